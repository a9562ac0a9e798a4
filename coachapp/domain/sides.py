"""Sides and parts of the body, as modifiers and the titles of diagnoses name them."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from coachapp.domain.codes import CodeFact, undotted

RIGHT, LEFT = "right", "left"
OPPOSITE = {RIGHT: LEFT, LEFT: RIGHT}


class Place(NamedTuple):
    """A side of the body, or a part on that side. `part`: toe, finger, eyelid, coronary or ""; `number`: which, or "".

    Toes and fingers are counted from 1, the great toe or the thumb; eyelids are upper or lower; a coronary vessel has
    the letters of its modifier and no side.
    """

    side: str
    part: str = ""
    number: str = ""


def _digits() -> dict[str, Place]:
    found = {}
    for part, letter in (("toe", "T"), ("finger", "F")):
        for number in range(1, 6):
            found[f"{letter}{'A' if number == 1 else number - 1}"] = Place(LEFT, part, str(number))
            found[f"{letter}{number + 4}"] = Place(RIGHT, part, str(number))
    return found


# HCPCS Level II modifiers that name a side or a part (CMS HCPCS quarterly file).
_MODIFIERS: dict[str, tuple[Place, ...]] = {
    "RT": (Place(RIGHT),),
    "LT": (Place(LEFT),),
    "50": (Place(RIGHT), Place(LEFT)),
    "E1": (Place(LEFT, "eyelid", "upper"),),
    "E2": (Place(LEFT, "eyelid", "lower"),),
    "E3": (Place(RIGHT, "eyelid", "upper"),),
    "E4": (Place(RIGHT, "eyelid", "lower"),),
    **{modifier: (place,) for modifier, place in _digits().items()},
    **{modifier: (Place("", "coronary", modifier),) for modifier in ("LC", "LD", "LM", "RC", "RI")},
}
SIDED_MODIFIERS = frozenset(_MODIFIERS)

_SIDE = re.compile(r"\b(right|left)\b", re.IGNORECASE)
# Titles in which the word is no side of the patient: something left behind, stretches of the colon, shunts.
_NO_SIDE = re.compile(r"accidentally left|\[(?:right|left)\] colon|\b(?:right|left)[ -](?:to\b|sided\b)", re.IGNORECASE)
_HEART = ("I0", "I2", "I3", "I4", "I5", "Q20", "Q21", "Q22", "Q23", "Q24", "Q25", "Q26", "Q893")
# Sides of the patient that are not the side of an organ under treatment: a paralysis and what a stroke leaves behind,
# a stroke itself (its deficits cross), quadrants and flanks of the abdomen, half a field of vision, a stretch of the
# colon, external causes (V-Y), status and history (Z), codes for special purposes (U).
_NOT_TREATED = (
    *("G81", "G82", "G83", "I60", "I61", "I62", "I63", "I69", "P91", "R10", "R19", "R39", "H5346", "K515"),
    *"UVWXYZ",
)
_QUADRANT = re.compile(r"\bquadrant\b(?!.*\bbreast\b)")
_FINGERS = {"thumb": "1", "index finger": "2", "middle finger": "3", "ring finger": "4", "little finger": "5"}
_CORONARY = {
    "left main": "LM",
    "left anterior descending": "LD",
    "left circumflex": "LC",
    "right coronary": "RC",
}
# A vessel of a title and the modifiers that do not contradict it: the left main leads to every other left vessel.
_SAME_VESSEL = {"LM": "LM LD LC RI", "LD": "LD LM", "LC": "LC LM", "RC": "RC"}


def side_of_title(fact: CodeFact) -> str | None:
    """Return the side of the patient that a diagnosis' title names, if exactly one; worked out once for each fact."""
    if "side" not in fact.derived:
        fact.derived["side"] = _side_of_title(fact)
    side: str | None = fact.derived["side"]
    return side


def _side_of_title(fact: CodeFact) -> str | None:
    title = fact.title or ""
    sides: set[str] = {word.lower() for word in _SIDE.findall(title)}
    if len(sides) != 1 or undotted(fact.code).startswith(_HEART) or _NO_SIDE.search(title):
        return None
    return sides.pop()


def place_of_diagnosis(fact: CodeFact) -> Place | None:
    """Return the place of the organ under treatment that a diagnosis' title names; worked out once for each fact.

    None where the title names no side, both, or a side that is not that of an organ under treatment: a chamber of the
    heart, the dominant side of a paralysis, an absent limb, a status.
    """
    if "place" not in fact.derived:
        fact.derived["place"] = _place_of_diagnosis(fact)
    place: Place | None = fact.derived["place"]
    return place


def _place_of_diagnosis(fact: CodeFact) -> Place | None:
    title, bare = (fact.title or "").lower(), undotted(fact.code)
    if bare.startswith("I21"):
        vessel = next((letters for words, letters in _CORONARY.items() if words in title), None)
        return Place("", "coronary", vessel) if vessel else None
    side = side_of_title(fact)
    if side is None or bare.startswith(_NOT_TREATED) or _QUADRANT.search(title):
        return None
    lids = set(re.findall(r"\b(upper|lower) (?:eye)?lid\b", title))
    if "eyelid" in title:
        both = "upper and lower" in title
        return Place(side, "eyelid", "" if both or len(lids) != 1 else lids.pop())
    several = re.search(r"\bmultiple\b|\bexcept\b|\bincluding\b", title) is not None
    if re.search(r"\btoes?\b|\btoe\(s\)|\bhallux\b", title):
        great = re.search(r"\bgreat toe|\bhallux\b", title) is not None
        lesser = "lesser toe" in title
        return Place(side, "toe", "" if several or great == lesser else "1" if great else "2345")
    if re.search(r"\bfingers?\b|\bthumb\b", title):
        named = [number for words, number in _FINGERS.items() if words in title]
        return Place(side, "finger", named[0] if len(named) == 1 and not several else "")
    return Place(side)


def places_of_modifiers(modifiers: Iterable[str]) -> tuple[Place, ...]:
    """Return every place that the modifiers of a service name; both sides for modifier 50."""
    return tuple(place for modifier in modifiers for place in _MODIFIERS.get(modifier, ()))


def side_of_modifiers(modifiers: Iterable[str]) -> str | None:
    """Return the side that modifiers name, if exactly one."""
    sides = {place.side for place in places_of_modifiers(modifiers) if place.side}
    return sides.pop() if len(sides) == 1 else None


def agree(service: Place, diagnosis: Place) -> bool:
    """Say whether a place that a modifier names does not contradict the place that a diagnosis names."""
    if "coronary" in (service.part, diagnosis.part):
        return service.part != diagnosis.part or service.number in _SAME_VESSEL[diagnosis.number].split()
    if service.side != diagnosis.side:
        return False
    if not service.part or not diagnosis.part:
        return True
    if service.part != diagnosis.part:
        # A lid and a toe say nothing of each other; a toe is no finger.
        return "eyelid" in (service.part, diagnosis.part)
    return not service.number or not diagnosis.number or service.number in diagnosis.number


def conflict(services: tuple[Place, ...], diagnosis: Place | None) -> bool:
    """Say whether a service names places and none of them agrees with the diagnosis' place."""
    return diagnosis is not None and bool(services) and not any(agree(place, diagnosis) for place in services)


_TOES = {"1": "great toe", "2": "second toe", "3": "third toe", "4": "fourth toe", "5": "fifth toe"}
_VESSELS = {
    letters: f"{words} coronary artery".replace("coronary coronary", "coronary") for words, letters in _CORONARY.items()
}
_VESSELS["RI"] = "ramus intermedius"


def in_words(place: Place) -> str:
    """Return a place in words: right side, left upper eyelid, right great toe."""
    if place.part == "coronary":
        return _VESSELS[place.number]
    if place.part == "eyelid":
        return " ".join(word for word in (place.side, place.number, "eyelid") if word)
    if place.part == "toe":
        return f"{place.side} {'lesser toes' if len(place.number) > 1 else _TOES.get(place.number, 'foot')}"
    if place.part == "finger":
        names = {number: words for words, number in _FINGERS.items()}
        return f"{place.side} {names.get(place.number, 'hand')}"
    return f"{place.side} side"
