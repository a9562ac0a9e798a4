"""What two official titles differ in: an axis is named only where each title names a value of it."""

import re

# Values of one axis, as titles write them. Whole words; the longest reading counts ("not intractable").
_WORDS: tuple[tuple[str, str], ...] = (
    ("side", r"right|left|bilateral|unilateral"),
    ("acuity", r"acute on chronic|acute|subacute|chronic|transient|persistent"),
    ("episode", r"single episode|recurrent"),
    ("severity", r"mild|moderate|severe|profound|major|minor"),
    ("stage", r"stage [0-9]+[a-d]?|stage [ivx]+"),
    ("grade", r"grade [0-9]+|grade [ivx]+"),
    ("degree", r"first degree|second degree|third degree"),
    ("type", r"type [0-9]+|type [ivx]+|type [a-d]"),
    ("intractability", r"not intractable|intractable"),
    ("type of fracture", r"displaced|nondisplaced"),
    ("type of fracture", r"comminuted|spiral|transverse|oblique|segmental|torus|greenstick"),
    ("dominance", r"nondominant|dominant"),
    ("remission", r"in (?:full|partial|early|sustained) remission|in relapse|not having achieved remission"),
)
_AXES = tuple((name, re.compile(rf"\b(?:{values})\b")) for name, values in _WORDS)
_BESIDE = re.compile(r"\b(with|without)(?: mention of)?((?: (?!with|without|and\b|or\b)[a-z]+){1,3})")
_ENCOUNTERS = re.compile(r"\b(initial|subsequent) encounter\b|\bsequelae?\b")


def axis_between(title: str, other: str) -> str | None:
    """Return the name of the first axis of which two titles, in lower case, name different values; None if none."""
    for name, values in _AXES:
        these, those = set(values.findall(title)), set(values.findall(other))
        if these - those and those - these:
            return name
    return _accompanied(title, other)


def _accompanied(title: str, other: str) -> str | None:
    """Return what one title says is there and the other says is not ("with aura", "without aura")."""
    these, those = _beside(title), _beside(other)
    for words, sign in these.items():
        if words in those and those[words] != sign:
            return f"{words} (with or without)"
    return None


def _beside(title: str) -> dict[str, str]:
    """Return each beginning of the words that stand after "with" or "without", and which of the two it is."""
    found: dict[str, set[str]] = {}
    for sign, phrase in _BESIDE.findall(title):
        words = phrase.split()
        found.setdefault(" ".join(words), set()).add(sign)
    return {words: signs.pop() for words, signs in found.items() if len(signs) == 1}


def encounter_of(title: str) -> str | None:
    """Return what a title, in lower case, says of the encounter: "encounter", "sequela" or nothing."""
    match = _ENCOUNTERS.search(title)
    if match is None:
        return None
    return "encounter" if match[1] else "sequela"
