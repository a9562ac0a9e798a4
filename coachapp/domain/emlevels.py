"""Evaluation-and-management families and levels, for saying by how many levels a visit is off and which element.

The level of decision making is the highest that two of the three elements reach; the numbers and minutes are those of
the office, hospital, home and nursing-facility visits since 2023 (minutes are minima since 2024).
"""

from coachapp.domain.keylines import EmRating

# Family -> codes from the lowest level to the highest.
FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("office visit, new patient", ("99202", "99203", "99204", "99205")),
    ("office visit, established patient", ("99212", "99213", "99214", "99215")),
    ("initial hospital visit", ("99221", "99222", "99223")),
    ("subsequent hospital visit", ("99231", "99232", "99233")),
    ("hospital visit, in and out on one day", ("99234", "99235", "99236")),
    ("office consultation", ("99242", "99243", "99244", "99245")),
    ("hospital consultation", ("99252", "99253", "99254", "99255")),
    ("emergency visit", ("99281", "99282", "99283", "99284", "99285")),
    ("initial nursing facility visit", ("99304", "99305", "99306")),
    ("subsequent nursing facility visit", ("99307", "99308", "99309", "99310")),
    ("home visit, new patient", ("99341", "99342", "99344", "99345")),
    ("home visit, established patient", ("99347", "99348", "99349", "99350")),
)
_RANK = {"minimal": 1, "low": 2, "limited": 2, "moderate": 3, "high": 4, "extensive": 4}
# The decision making each code stands for, where the family has it (three-level families begin at straightforward/low).
_MDM: dict[str, int] = {
    **dict.fromkeys(("99202", "99212", "99221", "99231", "99234", "99242", "99252", "99282", "99341", "99347"), 1),
    **dict.fromkeys(("99203", "99213", "99243", "99253", "99283", "99342", "99348", "99308"), 2),
    **dict.fromkeys(("99204", "99214", "99222", "99232", "99235", "99244", "99254", "99284", "99344", "99349"), 3),
    **dict.fromkeys(("99205", "99215", "99223", "99233", "99236", "99245", "99255", "99285", "99345", "99350"), 4),
    **{"99304": 1, "99305": 3, "99306": 4, "99307": 1, "99309": 3, "99310": 4},
}
# Families of three levels take straightforward and low together.
_LOW_TOGETHER = frozenset({"99221", "99231", "99234", "99304"})
_WORDS = {1: "straightforward", 2: "low", 3: "moderate", 4: "high"}


def family_of(code: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the family a visit code belongs to, or None."""
    return next((family for family in FAMILIES if code in family[1]), None)


def level_sentence(code: str, key: str, rating: EmRating | None) -> str | None:
    """Say by how many levels `code` is off `key` and which elements decide; None where they are not one family."""
    family = family_of(key)
    if family is None or code not in family[1] or code == key:
        return None
    steps = family[1].index(code) - family[1].index(key)
    count = abs(steps)
    direction = "above" if steps > 0 else "below"
    text = f"{code} is {count} level{'s' if count > 1 else ''} {direction} {key} ({family[0]})."
    return f"{text} {_element_sentence(code, key, rating)}" if rating else text


def _element_sentence(code: str, key: str, rating: EmRating) -> str:
    if rating.basis == "time" and rating.minutes:
        return f"The level goes by time: {rating.minutes} minutes are documented."
    elements = [
        (name, value)
        for name, value in (("problems", rating.problems), ("data", rating.data), ("risk", rating.risk))
        if value is not None
    ]
    said = ", ".join(f"{name} {value}" for name, value in elements)
    target = _MDM.get(code)
    if target is None or len(elements) < 3:
        return f"The chart supports {said}."
    reached = 2 if code in _LOW_TOGETHER else target
    reach = [name for name, value in elements if _RANK[value] >= target]
    if len(reach) < 2:
        lacking = [name for name, value in elements if _RANK[value] < target]
        return f"The chart supports {said}; for {_WORDS[reached]} decision making, {' and '.join(lacking)} fall short."
    return f"The chart supports {said}; two of the three reach what {key} asks."
