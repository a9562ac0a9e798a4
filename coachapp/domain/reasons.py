"""What is known of a code that cannot stand: a sentence or two about the code alone, never about an answer key."""

from datetime import date

from coachapp.domain.codes import CodeFact, Slip, undotted
from coachapp.domain.spelling import PLACEHOLDERS, icd9_spelling, looks_like_icd9, looks_like_icd9_procedure

_FULL = 7
_MOST_SHOWN = 6
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")


def why_not_a_code(fact: CodeFact) -> str:
    """Return what is known of a code that never existed: how it is misspelled, and the code that may be meant."""
    parts = [f"{fact.code} is not a code{_colon(_fault(fact))}."]
    if fact.suggestion:
        parts.append(f"Did you mean {fact.suggestion}?")
    mixed = _mixed_up(fact)
    if mixed:
        parts.append(mixed)
    older = _older_classification(fact.code)
    if older:
        parts.append(older)
    return " ".join(parts)


def hint(fact: CodeFact) -> str:
    """Return the second half of a message that has said already that a code does not exist, with its separator."""
    said = [_fault(fact), f"did you mean {fact.suggestion}?" if fact.suggestion else ""]
    older = _older_classification(fact.code)
    if older and not fact.suggestion:
        said.append(older[0].lower() + older[1:].rstrip("."))
    return "".join(f"; {part}" for part in said if part)


def instead_of(fact: CodeFact, on: date) -> str:
    """Return which codes stand, on the date, for a code that is valid on another; "" where the table names none."""
    if not fact.replaced_by:
        return ""
    shown, more = fact.replaced_by[:_MOST_SHOWN], len(fact.replaced_by) > _MOST_SHOWN
    names = [*shown, "others"] if more else list(shown)
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
    if fact.valid_from and on < fact.valid_from:
        return f"Until then, the code is {listed}."
    return f"It was replaced by {listed}."


def belongs_elsewhere(fact: CodeFact) -> bool:
    """Say whether another system has the code; where only letters and digits were mixed up, that counts first."""
    return bool(fact.elsewhere) and fact.slip is not Slip.LOOKALIKE


def is_placeholder_slip(fact: CodeFact) -> bool:
    """Say whether a code fails only by its placeholders, and mending them gives a code with a 7th character."""
    return fact.slip in PLACEHOLDERS and len(undotted(fact.suggestion or "")) == _FULL


def lacks_only_the_seventh(fact: CodeFact) -> bool:
    """Say whether a code that never existed is a header and its placeholders, without the 7th character (S16.1XX)."""
    bare = undotted(fact.code)
    return bool(
        fact.never_existed
        and fact.stem
        and fact.seventh
        and len(bare) < _FULL
        and bare.endswith("X")
        and bare.rstrip("X") == undotted(fact.stem)
    )


def seventh_characters(fact: CodeFact) -> str:
    """Return the 7th characters in force, parted by commas."""
    return ", ".join(character for character, _ in fact.seventh)


def _colon(words: str) -> str:
    return f": {words}" if words else ""


def _fault(fact: CodeFact) -> str:
    """Return what is wrong with the characters of a code, in words that go on a sentence; "" where it is not known."""
    bare, meant = undotted(fact.code), undotted(fact.suggestion or "")
    number = abs(len(bare) - len(meant))
    match fact.slip:
        case Slip.PLACEHOLDER_MISSING:
            missing = "a placeholder X is missing" if number == 1 else f"{_NUMBERS[number]} placeholders X are missing"
            return f"{missing} before the 7th character" if meant[5] == "X" else missing
        case Slip.PLACEHOLDER_SURPLUS:
            return f"it has {_NUMBERS[number]} placeholder{'s' if number > 1 else ''} X too many"
        case Slip.PLACEHOLDER_MISPLACED:
            return "the placeholder X is in the wrong place"
        case Slip.SURPLUS:
            return f"it has {_NUMBERS[number]} character{'s' if number > 1 else ''} too many"
        case Slip.MISSING:
            return "a character seems to be missing"
        case Slip.TRANSPOSED:
            return "two neighboring characters seem to be transposed"
        case Slip.LOOKALIKE:
            return ""
    return _beyond_the_stem(fact, bare)


def _beyond_the_stem(fact: CodeFact, bare: str) -> str:
    if lacks_only_the_seventh(fact):
        return f"the 7th character is missing ({seventh_characters(fact)})"
    if not fact.stem or _older_classification(fact.code):
        return ""
    known = [character for character, _ in fact.seventh]
    if len(bare) == _FULL and known and bare[:6].rstrip("X") == undotted(fact.stem) and bare[6] not in known:
        return f"{bare[6]} is not among the 7th characters of {fact.stem} ({', '.join(known)})"
    return f"it extends the header {fact.stem}, none of whose codes continues so"


def _mixed_up(fact: CodeFact) -> str:
    if fact.slip != Slip.LOOKALIKE or fact.suggestion is None:
        return ""
    pairs = zip(undotted(fact.code), undotted(fact.suggestion), strict=True)
    ours, theirs = next((a, b) for a, b in pairs if a != b)
    letter, digit = (ours, theirs) if theirs.isdigit() else (theirs, ours)
    return f"The letter {letter} and the digit {digit} are easily mixed up."


def _older_classification(code: str) -> str:
    ended = "ICD-9-CM was replaced on October 1, 2015."
    if looks_like_icd9_procedure(code):
        return f"It looks like an ICD-9-CM procedure code; {ended}"
    if not looks_like_icd9(code):
        return ""
    older = icd9_spelling(code)
    return f"{'It' if older == code else f'Written {older}, it'} looks like an ICD-9-CM code; {ended}"
