"""What may not stand first among the diagnoses of a claim, and what may stand only there."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from coachapp.domain.codes import CodeFact, undotted
from coachapp.domain.labels import Severity


class Obstacle(NamedTuple):
    """Why a code may not stand in its place. `rule` is the stable name of the finding, `text` names the source."""

    rule: str
    severity: Severity
    code: str
    text: str


EXTERNAL_CAUSE = "external_cause_first"
MANIFESTATION = "manifestation_first"
SECONDARY_ONLY = "secondary_code_first"
SEQUELA = "sequela_first"
UNACCEPTABLE = "unacceptable_principal"
NEEDS_SECONDARY = "principal_needs_secondary"
QUESTIONABLE = "questionable_admission"
FIRST_ONLY = "first_only_below"

_I_B_14 = "ICD-10-CM Guidelines I.B.14"
# Undotted beginnings of codes that a guideline keeps from the first place in every setting: what they are, its source.
_SECONDARY_ONLY = (
    ("R652", "adds severe sepsis to an infection", "ICD-10-CM Guidelines I.C.1.d.1.b"),
    (
        "R651",
        "adds the inflammatory response to its noninfectious cause",
        "ICD-10-CM Guidelines I.C.18.g",
    ),
    (
        "Z37",
        "adds the outcome of delivery to the mother's record",
        "ICD-10-CM Guidelines I.C.15.b.5, I.C.21.c.11",
    ),
    (
        "Z3A",
        "adds the weeks of gestation to an obstetric diagnosis",
        "ICD-10-CM Tabular List, Z3A code first note",
    ),
    (
        "Z331",
        "says that the pregnancy is incidental to the encounter",
        "ICD-10-CM Guidelines I.C.21.c.3",
    ),
    ("Z68", "adds the body mass index to a weight diagnosis", _I_B_14),
    *((f"R402{n}", "adds the coma scale to a diagnosis", _I_B_14) for n in range(1, 5)),
    ("R297", "adds the stroke scale to a stroke", _I_B_14),
    *((f"Z{n}", "adds a social determinant of health", _I_B_14) for n in (*range(55, 61), *range(62, 66))),
    ("Z283", "adds the status of underimmunization", _I_B_14),
    *((f"B{n}", "names the organism of an infection", "ICD-10-CM Guidelines I.C.1.b") for n in range(95, 98)),
    (
        "Z16",
        "adds drug resistance to an infection",
        "ICD-10-CM Guidelines I.C.1.c",
    ),
)
# What the fifth or sixth character of T36-T50 says where it is no poisoning.
_DRUG_INTENTS = {
    "5": (
        "is an adverse effect code",
        "ICD-10-CM Guidelines I.C.19.e.5.a",
    ),
    "6": (
        "is an underdosing code",
        "ICD-10-CM Guidelines I.C.19.e.5.c",
    ),
}
# Category Z15 is, as the guidelines for fiscal year 2026 put it, generally no first-listed code: that is a warning.
_SUSCEPTIBILITY = "Z15"
# ICD-10-CM Guidelines I.C.21.c.16, with the exceptions it names.
_FIRST_ONLY = re.compile(
    r"Z00(?!6)|Z01|Z02|Z04|Z3181|Z3183|Z3184|Z332|Z34|Z38|Z39|Z40|Z42|Z510|Z511|Z52(?!9)|Z761|Z762|Z9912"
)


def first_obstacles(codes: Sequence[str], facts: Mapping[str, CodeFact], *, inpatient: bool) -> tuple[Obstacle, ...]:
    """Return what keeps diagnoses from the places they stand in, `codes` in the order of the claim.

    Only the first code is asked whether it may stand first. What the Medicare Code Editor alone says concerns the
    principal diagnosis of an inpatient claim; what a guideline says holds in every setting.
    """
    if not codes:
        return ()
    first = facts[codes[0]]
    found = first_obstacle(first, inpatient=inpatient)
    obstacles = [found] if found is not None else []
    if found is None and inpatient and "reqsdx" in first.flags and len(set(codes)) == 1:
        text = (
            f"{first.code} is a principal diagnosis only with a secondary diagnosis beside it, and none is listed "
            "(Medicare Code Editor, requires secondary diagnosis)."
        )
        obstacles.append(Obstacle(NEEDS_SECONDARY, Severity.ERROR, first.code, text))
    below = [code for code in codes if _first_only(facts[code])]
    if below and below[0] != codes[0]:
        obstacles += [
            Obstacle(
                FIRST_ONLY,
                Severity.WARNING,
                code,
                _first_only_text(code),
            )
            for code in dict.fromkeys(below)
            if not (inpatient and "unacceptable" in facts[code].flags)
        ]
    return tuple(obstacles)


def first_obstacle(fact: CodeFact, *, inpatient: bool) -> Obstacle | None:
    """Return why a code may not stand first, the gravest reason, or None; worked out once for each fact."""
    name = "first_inpatient" if inpatient else "first_outpatient"
    if name not in fact.derived:
        fact.derived[name] = _obstacle(fact, inpatient)
    found: Obstacle | None = fact.derived[name]
    return found


def may_stand_first(fact: CodeFact, *, inpatient: bool) -> bool:
    """Say whether no error speaks against a code in the first place."""
    found = first_obstacle(fact, inpatient=inpatient)
    return found is None or found.severity is not Severity.ERROR


def _obstacle(fact: CodeFact, inpatient: bool) -> Obstacle | None:
    code, bare = fact.code, undotted(fact.code)
    if fact.valid is False:
        return None
    what: tuple[str, str, str] | None = None
    if bare[:1] in ("V", "W", "X", "Y"):
        what = (
            EXTERNAL_CAUSE,
            "is an external cause code",
            "ICD-10-CM Guidelines I.C.20.a.6",
        )
    elif "manifestation" in fact.flags or "in diseases classified elsewhere" in (fact.title or "").lower():
        what = (
            MANIFESTATION,
            "is a manifestation code",
            "ICD-10-CM Guidelines I.A.13",
        )
    elif "T36" <= bare[:3] <= "T50" and (said := _DRUG_INTENTS.get(_intent(bare))):
        what = (SECONDARY_ONLY, *said)
    else:
        for beginning, words, source in _SECONDARY_ONLY:
            if bare.startswith(beginning):
                what = (SECONDARY_ONLY, words, source)
                break
    if what is not None:
        rule, words, source = what
        return Obstacle(rule, Severity.ERROR, code, f"{code} {words} and may not be listed first ({source}).")
    if inpatient and "unacceptable" in fact.flags and "reqsdx" not in fact.flags:
        text = (
            f"{code} is not accepted as the principal diagnosis of an inpatient claim: it does not by itself describe "
            "an illness or injury that calls for admission (Medicare Code Editor, unacceptable principal diagnosis)."
        )
        return Obstacle(UNACCEPTABLE, Severity.ERROR, code, text)
    if bare.startswith(_SUSCEPTIBILITY):
        text = (
            f"{code} adds a genetic susceptibility and is generally not listed first: the condition, the follow-up or "
            "the genetic counseling is (ICD-10-CM Guidelines I.C.21.c.3)."
        )
        return Obstacle(SECONDARY_ONLY, Severity.WARNING, code, text)
    if bare[:1] in ("S", "T") and len(bare) == 7 and bare[-1] == "S":
        text = (
            f"{code} names the injury behind a sequela; the condition that remains is listed before it "
            "(ICD-10-CM Guidelines I.B.10)."
        )
        return Obstacle(SEQUELA, Severity.WARNING, code, text)
    if inpatient and "qadm" in fact.flags:
        text = (
            f"{code} as the principal diagnosis is questioned, whatever is listed below it: on its own it is seldom "
            "a reason for inpatient admission (Medicare Code Editor, questionable admission)."
        )
        return Obstacle(QUESTIONABLE, Severity.WARNING, code, text)
    return None


def _intent(bare: str) -> str:
    # T36-T50 carry the intent in the 6th place, or in the 5th where the 6th is a placeholder or missing.
    return bare[5:6] if bare[5:6] not in ("", "X") else bare[4:5]


def _first_only_text(code: str) -> str:
    # An observation for a reason that has nothing to do with the first-listed diagnosis may be listed below it.
    observed = undotted(code).startswith("Z04")
    unrelated = ", or the observation is unrelated to the first-listed diagnosis" if observed else ""
    source = "I.C.21.c.6, I.C.21.c.16" if observed else "I.C.21.c.16"
    return (
        f"{code} is reported as the first-listed diagnosis only, unless the records of several encounters on one day "
        f"are combined{unrelated} (ICD-10-CM Guidelines {source})."
    )


def _first_only(fact: CodeFact) -> bool:
    held: bool | None = fact.derived.get("first_only")
    if held is None:
        held = fact.derived["first_only"] = fact.valid is not False and bool(_FIRST_ONLY.match(undotted(fact.code)))
    return held
