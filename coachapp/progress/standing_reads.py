"""Reads behind the progress pages: each is a fixed number of queries, however much a learner has done."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts.evidence import is_latest_grade
from coachapp.domain.items import ClaimForm
from coachapp.domain.mastery import Evidence, Mastery
from coachapp.domain.overview import Overview, overview_from
from coachapp.domain.questions import Section
from coachapp.models.attempts import Attempt, AttemptState, Grade
from coachapp.models.items import Concept, Item, ItemConcept, ItemKind
from coachapp.models.standing import Standing, StandingKind
from coachapp.stored import shown
from coachapp.web.wording import slug_words

_FEW = (StandingKind.SECTION, StandingKind.READINESS, StandingKind.OVERVIEW)


def mastery_of(row: Standing) -> Mastery | None:
    """Return a standing as a mastery, None for one without figures."""
    if row.mean is None or row.low is None or row.high is None:
        return None
    return Mastery(row.mean, row.low, row.high, Evidence(row.right_weight, row.wrong_weight, row.answers))


@dataclass(frozen=True, slots=True)
class Figures:
    """Where a person stands, her concepts apart. `readiness`: by the id of the exam plan; `overview`: what her answers
    to questions said together at `as_of`, None before any counts.
    """

    sections: Mapping[Section, Mastery]
    readiness: Mapping[str, Standing]
    overview: Overview | None
    as_of: datetime | None


def figures_of(session: Session, person_id: int) -> Figures:
    """Return where a person stands, in one query."""
    rows = session.scalars(select(Standing).where(Standing.person_id == person_id, Standing.kind.in_(_FEW))).all()
    sections = {Section(row.key): mastery_of(row) for row in rows if row.kind is StandingKind.SECTION}
    whole = next((row for row in rows if row.kind is StandingKind.OVERVIEW), None)
    return Figures(
        sections={section: known for section, known in sections.items() if known is not None},
        readiness={row.key: row for row in rows if row.kind is StandingKind.READINESS},
        overview=None if whole is None else overview_from(whole.detail),
        as_of=None if whole is None else whole.computed_at,
    )


@dataclass(frozen=True, slots=True)
class GradedCase:
    """A case that was handed in, by its latest grade. `score` and `result` are those of the grade."""

    attempt_id: int
    title: str
    specialty: str
    setting: str
    inpatient: bool
    benchmark_minutes: int
    minutes: float
    at: datetime
    score: float | None
    result: Mapping[str, Any]


def graded_cases(
    session: Session,
    person_id: int,
    *,
    held: Collection[int],
    since: datetime | None = None,
    most: int | None = None,
) -> list[GradedCase]:
    """Return a person's graded cases, newest first, less those whose key is `held` back from her, in one query."""
    query = (
        select(
            Attempt.id,
            Attempt.item_id,
            Attempt.active_ms,
            Attempt.finished_at,
            Item.title,
            Item.specialty,
            Item.setting,
            Item.claim_form,
            Item.minutes,
            Grade.score,
            Grade.result,
        )
        .join(Item, Attempt.item_id == Item.id)
        .join(Grade, Grade.attempt_id == Attempt.id)
        .where(
            Attempt.person_id == person_id,
            Item.kind == ItemKind.CASE,
            Attempt.state == AttemptState.GRADED,
            is_latest_grade(),
        )
        .order_by(Attempt.finished_at.desc(), Attempt.id.desc())
    )
    if since is not None:
        query = query.where(Attempt.finished_at >= since)
    if held:
        query = query.where(Attempt.item_id.not_in(held))
    return [
        GradedCase(
            attempt_id=row.id,
            title=row.title,
            specialty=slug_words(row.specialty),
            setting=row.setting or "",
            inpatient=row.claim_form == ClaimForm.INPATIENT,
            benchmark_minutes=row.minutes or 0,
            minutes=row.active_ms / 60_000,
            at=row.finished_at,
            score=row.score,
            result=row.result,
        )
        for row in session.execute(query if most is None else query.limit(most))
    ]


@dataclass(frozen=True, slots=True)
class KnownConcept:
    """A concept a learner has been asked about, and whether there is a question to drill it with."""

    slug: str
    title: str
    section: Section
    mastery: Mastery
    drillable: bool


def known_concepts(session: Session, person_id: int, *, unverified: bool, cpt: bool) -> list[KnownConcept]:
    """Return what a person knows of each concept she was asked about, weakest first, in two queries."""
    rows = session.execute(
        select(Standing, Concept.title, Concept.section)
        .join(Concept, Concept.slug == Standing.key)
        .where(Standing.person_id == person_id, Standing.kind == StandingKind.CONCEPT)
    )
    asked = select(ItemConcept.concept_slug).join(Item, Item.id == ItemConcept.item_id)
    visible = shown(ItemKind.QUESTION, unverified=unverified, cpt=cpt)
    drillable = set(session.scalars(asked.where(*visible).distinct()))
    found = [
        KnownConcept(row.key, title, Section(section), mastery, row.key in drillable)
        for row, title, section in rows
        if (mastery := mastery_of(row)) is not None and mastery.evidence.answers
    ]
    return sorted(found, key=lambda one: (one.mastery.mean, one.title.casefold()))
