"""The rules that wrong lines touch: what to read again after a claim was graded, and what can be drilled."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coachapp.domain.items import Case, ClaimForm
from coachapp.domain.labelconcepts import concepts_for_labels, concepts_for_line
from coachapp.domain.labels import Label
from coachapp.domain.questions import Use
from coachapp.models.items import Concept, Item, ItemConcept, ItemKind
from coachapp.stored import shown

# More than these are no longer read.
MOST_A_LINE = 3


@dataclass(frozen=True, slots=True)
class Lesson:
    """A concept with its lesson and public source; `questions` is how many a drill on it could ask."""

    id: str
    title: str
    text: str
    source: str
    questions: int


@dataclass(frozen=True, slots=True)
class Lessons:
    """The lessons of one review: by the number of the line, and by the name of an element of the whole claim."""

    lines: Mapping[int, Sequence[Lesson]] = field(default_factory=dict)
    elements: Mapping[str, Sequence[Lesson]] = field(default_factory=dict)


def lessons_for(
    session: Session, case: Case, *, result: Mapping[str, Any], unverified: bool, cpt: bool, drills: bool = True
) -> Lessons:
    """Read the lessons of every line and element of a stored Result that has a label, in two queries.

    `unverified` and `cpt` say which questions this person may be asked; without `drills` none are counted.
    """
    own = {
        line.id: line.concepts
        for branch in case.key.branches
        if branch.name == result["branch"]
        for line in (*branch.diagnoses, *branch.services)
    }
    inpatient = case.claim_form is ClaimForm.INPATIENT
    lines: dict[int, tuple[str, ...]] = {
        number: concepts_for_line(
            line, line_concepts=own.get((line["expected"] or {}).get("id", ""), ()), inpatient=inpatient
        )
        for number, line in enumerate(result["lines"])
        if line["labels"]
    }
    elements = {
        element["element"]: concepts_for_labels([Label(label["label"]) for label in element["labels"]])
        for element in result.get("claim", ())
        if element["labels"]
    }
    wanted = {concept for found in (*lines.values(), *elements.values()) for concept in found}
    known = _read(session, wanted, unverified=unverified, cpt=cpt, drills=drills) if wanted else {}

    def pick(ids: Sequence[str]) -> list[Lesson]:
        return [known[each] for each in ids if each in known][:MOST_A_LINE]

    return Lessons(
        {number: pick(ids) for number, ids in lines.items()}, {name: pick(ids) for name, ids in elements.items()}
    )


def _read(session: Session, wanted: Iterable[str], *, unverified: bool, cpt: bool, drills: bool) -> dict[str, Lesson]:
    rows = session.scalars(select(Concept).where(Concept.slug.in_(sorted(wanted)))).all()
    counts: dict[str, int] = {}
    if drills:
        query = (
            select(ItemConcept.concept_slug, func.count())
            .join(Item, Item.id == ItemConcept.item_id)
            .where(
                ItemConcept.concept_slug.in_([row.slug for row in rows]),
                Item.use != Use.EXAM.value,
                *shown(ItemKind.QUESTION, unverified=unverified, cpt=cpt),
            )
            .group_by(ItemConcept.concept_slug)
        )
        counts = dict(session.execute(query).all())
    return {row.slug: Lesson(row.slug, row.title, row.lesson, row.source, counts.get(row.slug, 0)) for row in rows}
