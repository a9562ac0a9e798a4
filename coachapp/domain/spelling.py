"""Near spellings of a code that does not exist: what may have been meant, in a fixed order of preference."""

import re
from collections.abc import Container, Iterator, Sequence
from itertools import combinations, product
from typing import NamedTuple

from coachapp.domain.codes import Slip, swaps

PLACEHOLDERS = frozenset({Slip.PLACEHOLDER_MISSING, Slip.PLACEHOLDER_SURPLUS, Slip.PLACEHOLDER_MISPLACED})


class Suggestion(NamedTuple):
    """A code that may have been meant, without its dot, and how it differs from what was entered."""

    code: str
    slip: Slip


class Spellings(NamedTuple):
    """Near spellings of one kind. `headers`: headers may be offered too. `alone`: only where no other is a code."""

    pairs: tuple[Suggestion, ...]
    headers: bool = False
    alone: bool = True


_SHORTEST, _LONGEST = 3, 11
_FULL = 7  # characters of a code with a 7th character
_MOST_EXCHANGES = 3
_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = {"O": "0", "I": "1", "L": "1", "S": "5", "B": "8", "Z": "2", "G": "6"}
_LOOKALIKES: dict[str, tuple[str, ...]] = {
    **{letter: (digit,) for letter, digit in _DIGITS.items()},
    "0": ("O",),
    "1": ("I", "L"),
    "5": ("S",),
    "8": ("B",),
    "2": ("Z",),
    "6": ("G",),
}


def near_spellings(bare: str, *, diagnosis: bool, icd9: bool = False) -> tuple[Spellings, ...]:
    """Return the groups of near spellings of an undotted code in capitals, the likeliest first; none is the code.

    `diagnosis`: the rules of ICD-10-CM hold, whose codes fill empty places before a 7th character with the placeholder
    X (ICD-10-CM Guidelines I.A.4 and I.A.5). `icd9`: the code looks like one of ICD-9-CM, whose digits are no slip of
    the pen. What is no row of 3 to 11 ASCII letters and digits has none.
    """
    if not (_SHORTEST <= len(bare) <= _LONGEST and bare.isascii() and bare.isalnum()):
        return ()
    groups = [mixed_up(bare)]
    if any(character.isdigit() for character in bare):
        groups.append(shortened(bare))
        if not icd9:
            groups += [_placed(bare)] if diagnosis else []
            groups += [*_lookalikes(bare), _turned(bare), _edited(bare)]
    return tuple(group for group in groups if group.pairs)


def mixed_up(bare: str) -> Spellings:
    """Return what exchanging O and 0, I and 1 gives, in as many places as needed, headers included."""
    return Spellings(tuple(Suggestion(code, Slip.LOOKALIKE) for code in swaps(bare)), headers=True, alone=False)


def choose(groups: Sequence[Spellings], *, reportable: Container[str], headers: Container[str]) -> Suggestion | None:
    """Return the first near spelling that is a code, or None: of a group that must be alone, the only one.

    Where a group leaves several to choose from, nothing is known, and later groups are not asked.
    """
    for group in groups:
        known = [pair for pair in group.pairs if pair.code in reportable or (group.headers and pair.code in headers)]
        if known:
            return known[0] if len(known) == 1 or not group.alone else None
    return None


def shortened(bare: str) -> Spellings:
    """Return the beginnings of a code, the longest first: a reportable code takes no further characters."""
    beginnings = (bare[:length] for length in range(len(bare) - 1, _SHORTEST - 1, -1))
    return Spellings(tuple(Suggestion(code, Slip.SURPLUS) for code in beginnings), alone=False)


def _placed(bare: str) -> Spellings:
    """Return every way to set placeholders between the characters behind the category; none of them at the end."""
    category, rest = bare[:3], bare[3:]
    core = rest.replace("X", "")
    places = _FULL - len(category)
    if not 1 <= len(core) <= places:
        return Spellings(())
    codes: dict[str, None] = {}
    if "X" in rest:
        codes[category + core] = None
    for kept in combinations(range(places - 1), len(core) - 1):
        row = ["X"] * places
        for place, character in zip((*kept, places - 1), core, strict=True):
            row[place] = character
        codes[category + "".join(row)] = None
    codes.pop(bare, None)
    return Spellings(tuple(Suggestion(code, _placeholder_slip(bare, code)) for code in codes))


def _placeholder_slip(bare: str, code: str) -> Slip:
    if len(code) == len(bare):
        return Slip.PLACEHOLDER_MISPLACED
    return Slip.PLACEHOLDER_MISSING if len(code) > len(bare) else Slip.PLACEHOLDER_SURPLUS


def _lookalikes(bare: str) -> Iterator[Spellings]:
    """Yield what exchanging look-alike letters and digits gives: fewest exchanges first, then letters to digits."""
    doubtful = [place for place, character in enumerate(bare) if character in _LOOKALIKES]
    for count in range(1, min(len(doubtful), _MOST_EXCHANGES) + 1):
        digits: list[str] = []
        others: list[str] = []
        for places in combinations(doubtful, count):
            for replaced in product(*(_LOOKALIKES[bare[place]] for place in places)):
                row = list(bare)
                for place, character in zip(places, replaced, strict=True):
                    row[place] = character
                into = digits if all(character.isdigit() for character in replaced) else others
                into.append("".join(row))
        for codes in (digits, others):
            yield Spellings(tuple(Suggestion(code, Slip.LOOKALIKE) for code in codes), headers=True)


def _turned(bare: str) -> Spellings:
    codes = dict.fromkeys(
        bare[:i] + bare[i + 1] + bare[i] + bare[i + 2 :] for i in range(len(bare) - 1) if bare[i] != bare[i + 1]
    )
    return Spellings(tuple(Suggestion(code, Slip.TRANSPOSED) for code in codes))


def _edited(bare: str) -> Spellings:
    """Return what leaving out or putting in one character gives."""
    shorter = dict.fromkeys(bare[:i] + bare[i + 1 :] for i in range(len(bare)))
    longer = dict.fromkeys(
        bare[:i] + character + bare[i:]
        for i in range(len(bare) + 1)
        for character in (_CHARACTERS if len(bare) < _FULL else "")
    )
    return Spellings(
        (
            *(Suggestion(code, Slip.SURPLUS) for code in shorter if len(code) >= _SHORTEST),
            *(Suggestion(code, Slip.MISSING) for code in longer),
        )
    )


_ICD9_DIAGNOSIS = re.compile(r"(?!000)\d{3}(\d|\.\d{1,2})?")
_ICD9_V = re.compile(r"V(0[1-9]|[1-8]\d|9[01])\d{0,2}")
_ICD9_E = re.compile(r"E(0[0-2]\d|030|[89]\d\d)\d?")
_ICD9_PROCEDURE = re.compile(r"\d{2}\.\d{1,2}")


def looks_like_icd9(code: str) -> bool:
    """Say whether a code has the shape of an ICD-9-CM diagnosis: 401.9, V58.69, E885.9, with or without its dot.

    Five digits without a dot have the shape of CPT and are not. ICD-10-CM has codes of the shapes V00 to V91 and
    E00 to E89 as well: ask only for what does not exist.
    """
    if _ICD9_DIAGNOSIS.fullmatch(code):
        return True
    bare = code.replace(".", "")
    return bool(_ICD9_V.fullmatch(bare) or _ICD9_E.fullmatch(bare))


def looks_like_icd9_procedure(code: str) -> bool:
    """Say whether a code has the shape of a procedure of ICD-9-CM volume 3: two digits, a dot, one or two digits."""
    return _ICD9_PROCEDURE.fullmatch(code) is not None


def icd9_spelling(code: str) -> str:
    """Return a code as ICD-9-CM would write it: an E code has its dot after the fourth character."""
    bare = code.replace(".", "")
    place = 4 if bare.startswith("E") else 3
    return bare if len(bare) <= place else f"{bare[:place]}.{bare[place:]}"
