"""Stock of the question bank and the case library against what the library is meant to hold."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from coachapp.content.balance import Balance, balance_of, balance_warnings
from coachapp.content.loader import Loaded
from coachapp.content.similar import CLOSEST, closest_pairs
from coachapp.domain.codes import CodeSystem
from coachapp.domain.items import Case, ClaimForm, Level
from coachapp.domain.plans import ExamPlan
from coachapp.domain.questions import Question, Section, Use, option_code

# The first 200 items shared at most 0.18 of their runs of words with another; copies in which every figure, side and
# sex and every eighth word were changed still shared 0.30 or more.
ALIKE = 0.3
PAPERS = 4
LEAST_CASES = 60
LEAST_A_TOPIC = 2


class Topic(NamedTuple):
    """Something that at least two charts are to be about: by their concepts, modifiers, or a pattern of diagnoses."""

    name: str
    concepts: frozenset[str] = frozenset()
    modifiers: frozenset[str] = frozenset()
    diagnoses: str = ""


def _topic(name: str, concepts: str = "", modifiers: str = "", diagnoses: str = "") -> Topic:
    return Topic(name, frozenset(concepts.split()), frozenset(modifiers.split()), diagnoses)


TOPICS: tuple[Topic, ...] = (
    _topic("screening turned therapeutic", "modifier-pt-screening modifier-33-preventive", "PT 33"),
    _topic("visit inside a global period", "modifier-24 visit-in-global-period", "24"),
    _topic("58, 78 or 79", "modifier-58 modifier-78 modifier-79", "58 78 79"),
    _topic("co-surgeon or assistant", "modifier-assistant-surgeon", "62 80 81 82 AS"),
    _topic("stopped procedure", "modifier-53 modifier-73-74", "52 53 73 74"),
    _topic("bilateral", "modifier-50-bilateral", "50"),
    _topic("drug waste", "drug-units-waste", "JW"),
    _topic("infusion hierarchy", "infusion-hierarchy"),
    _topic("vaccine with visit", "vaccine-administration-components medicare-vaccine-administration"),
    _topic("preventive with problem", "preventive-visit-with-problem"),
    _topic("critical care", "critical-care-time"),
    _topic("observation or hospital visit", "em-initial-subsequent-hospital em-same-date-admission-discharge"),
    _topic("therapy minutes", "therapy-minutes"),
    _topic("psychotherapy with visit", "psychotherapy-with-visit"),
    _topic("per-specimen pathology", "pathology-specimen-units prostate-biopsy-pathology"),
    _topic("hypertension, heart failure and kidney disease", "hypertension-heart-kidney", diagnoses="I13"),
    _topic("diabetes combinations", "icd-diabetes-multiple-codes", diagnoses=r"E(?:08|09|10|11|13)\.[2-6]"),
    _topic("active cancer versus history", "icd-active-cancer-history", diagnoses="Z85"),
    _topic("sepsis", "icd-sepsis", diagnoses=r"A4[01]|R65\.2"),
    _topic("stroke sequela", "icd-stroke-sequela", diagnoses="I69"),
    _topic("fracture in healing", diagnoses=r"(?:S\d2|M80|M84).*[DEFGHJKMNPQR]$"),
    _topic("poisoning versus adverse effect", "icd-poisoning-adverse-effect"),
    _topic("delivery", "obstetric-package icd-delivery-outcome icd-uncomplicated-delivery", diagnoses="Z37|O80"),
    _topic("newborn", "icd-newborn-record", diagnoses="Z38"),
    _topic("burn", "icd-burns", diagnoses=r"T2[0-5]"),
)


def report(loaded: Loaded, plans: Mapping[str, ExamPlan]) -> dict[str, Any]:
    """Return the stock as plain data: `questions`, `cases`, `closest_pairs`, `warnings`."""
    pairs = closest_pairs(loaded, count=max(CLOSEST, len(loaded.questions) + len(loaded.cases)))
    warnings = [
        f"{pair.one} and {pair.two} share {pair.similarity:.0%} of their runs of words"
        for pair in pairs
        if pair.similarity >= ALIKE
    ]
    return {
        "questions": question_stock(loaded.questions, plans.get("cpc")),
        "cases": case_stock(loaded.cases),
        "closest_pairs": [asdict(pair) for pair in pairs[:CLOSEST]],
        "warnings": balance_warnings(loaded.questions) + warnings,
    }


def question_stock(questions: Sequence[Question], plan: ExamPlan | None) -> dict[str, Any]:
    """Return counts and balance of questions, in all and by section; `target` is four times the plan's count."""
    targets = {part.section: PAPERS * part.count for part in plan.sections} if plan else {}
    sections = {}
    for section in Section:
        own = [question for question in questions if question.section is section]
        sections[section.value] = {"target": targets.get(section), **_described(own)}
    return {"target": sum(targets.values()) or None, **_described(questions), "by_section": sections}


def _described(questions: Sequence[Question]) -> dict[str, Any]:
    rights = [[option for option in question.options if option.right] for question in questions]
    measured: Balance = balance_of(questions)
    return {
        "questions": len(questions),
        "verified": sum(question.verified is not None for question in questions),
        "difficulty": _counted((str(question.difficulty) for question in questions), [*"12345"]),
        "use": _counted((question.use.value for question in questions), [use.value for use in Use]),
        "with_modifier": sum(any(_has_modifier(code) for o in right for code in o.codes) for right in rights),
        "with_diagnosis": sum(
            any(option_code(code)[1] is CodeSystem.ICD10CM for o in right for code in o.codes) for right in rights
        ),
        "letters_written": measured.written,
        "letters_shown_unshuffled": measured.shown,
        "longest": asdict(measured.longest),
        "stem_words": asdict(measured.stems) if measured.stems else None,
    }


def _has_modifier(code: str) -> bool:
    return "-" in code and option_code(code)[1] is not CodeSystem.ICD10CM


def _counted(values: Iterable[str], names: Sequence[str]) -> dict[str, int]:
    counts = Counter(values)
    return {name: counts[name] for name in names}


def case_stock(cases: Sequence[Case]) -> dict[str, Any]:
    """Return counts of cases: in all, by level, claim form and specialty, and of what charts are to be about."""

    def number(has: Callable[[Case], bool]) -> int:
        return sum(has(case) for case in cases)

    return {
        "cases": len(cases),
        "target": LEAST_CASES,
        "verified": number(lambda case: case.verified is not None),
        "level": _counted((case.level.value for case in cases), [level.value for level in Level]),
        "claim_form": _counted((case.claim_form.value for case in cases), [form.value for form in ClaimForm]),
        "several_documents": number(lambda case: len(case.documents) > 1),
        "several_branches": number(lambda case: len(case.key.branches) > 1),
        "with_traps": number(lambda case: bool(case.key.traps)),
        "no_service": number(lambda case: any(branch.no_service for branch in case.key.branches)),
        "specialty": dict(sorted(Counter(case.specialty for case in cases).items())),
        "topics": {topic.name: sum(_about(case, topic) for case in cases) for topic in TOPICS},
    }


def _about(case: Case, topic: Topic) -> bool:
    concepts = set(case.concepts)
    modifiers: set[str] = set()
    diagnoses: set[str] = set()
    for branch in case.key.branches:
        concepts.update(concept for line in (*branch.diagnoses, *branch.services) for concept in line.concepts)
        modifiers.update(m for line in branch.services for slot in line.required_modifiers for m in slot.any_of)
        diagnoses.update(line.code for line in branch.diagnoses if not line.optional)
    return bool(
        concepts & topic.concepts
        or modifiers & topic.modifiers
        or (topic.diagnoses and any(re.match(topic.diagnoses, code) for code in diagnoses))
    )
