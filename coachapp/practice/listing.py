"""What the list of cases and the history of attempts read: always the same few queries, however many rows there are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from coachapp.domain.items import ClaimForm, Level
from coachapp.models.attempts import Attempt, AttemptState, Grade
from coachapp.models.items import Item
from coachapp.web.paging import Page

ROWS_A_PAGE = 25


class CaseState(StrEnum):
    """How far one person is with a case."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the person asked the list for; an empty text asks for everything."""

    text: str = ""
    specialty: str = ""
    setting: str = ""
    level: str = ""
    form: str = ""
    state: str = ""

    def arguments(self) -> dict[str, str]:
        """Return the filters that ask for something, as arguments of an address."""
        names = {"q": self.text, "specialty": self.specialty, "setting": self.setting, "level": self.level}
        return {k: v for k, v in (names | {"form": self.form, "state": self.state}).items() if v}


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case as the list shows it. `score` is that of the last attempt handed in, 0 to 1."""

    slug: str
    title: str
    specialty: str
    setting: str
    level: str
    form: str
    minutes: int | None
    verified: bool
    state: CaseState
    score: float | None


@dataclass(frozen=True, slots=True)
class CaseList:
    """The list of cases: one page of it, and for each filter its choices with how many cases each has."""

    page: Page[CaseRow]
    filters: Filters
    everything: int
    choices: dict[str, list[tuple[str, int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One attempt of one's own history."""

    id: int
    slug: str
    title: str
    specialty: str | None
    state: AttemptState
    score: float | None
    started_at: datetime
    finished_at: datetime | None


def _state_of(person_id: int) -> ColumnElement[str]:
    def has(state: AttemptState) -> ColumnElement[bool]:
        return exists().where(Attempt.person_id == person_id, Attempt.item_id == Item.id, Attempt.state == state)

    return case(
        (has(AttemptState.OPEN), literal(CaseState.IN_PROGRESS.value)),
        (has(AttemptState.GRADED), literal(CaseState.DONE.value)),
        else_=literal(CaseState.NEW.value),
    )


def _last_score(person_id: int) -> ColumnElement[float | None]:
    return (
        select(Grade.score)
        .join(Attempt, Grade.attempt_id == Attempt.id)
        .where(Attempt.person_id == person_id, Attempt.item_id == Item.id)
        .order_by(Attempt.id.desc(), Grade.id.desc())
        .limit(1)
        .correlate(Item)
        .scalar_subquery()
    )


def _matching(filters: Filters, state: ColumnElement[str]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, wanted in (
        (Item.specialty, filters.specialty),
        (Item.setting, filters.setting),
        (Item.level, filters.level),
        (Item.claim_form, filters.form),
    ):
        if wanted:
            found.append(column == wanted)
    if filters.state:
        found.append(state == filters.state)
    for word in filters.text.split()[:10]:
        columns = (Item.title, Item.specialty, Item.setting)
        found.append(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    return found


def list_cases(
    session: Session, person_id: int, *, filters: Filters, number: int, seen: Sequence[ColumnElement[bool]]
) -> CaseList:
    """Read one page of the cases that `seen` lets this person see, in four queries."""
    state = _state_of(person_id)
    conditions = (*seen, *_matching(filters, state))
    groups = session.execute(
        select(Item.specialty, Item.setting, Item.level, Item.claim_form, func.count())
        .where(*seen)
        .group_by(Item.specialty, Item.setting, Item.level, Item.claim_form)
    ).all()
    choices: dict[str, dict[str, int]] = {"specialty": {}, "setting": {}, "level": {}, "form": {}, "state": {}}
    for *values, count in groups:
        for name, value in zip(("specialty", "setting", "level", "form"), values, strict=True):
            if value:
                choices[name][value] = choices[name].get(value, 0) + count
    for value, count in session.execute(select(state, func.count()).where(*seen).group_by(state)):
        choices["state"][value] = count
    everything = sum(row[-1] for row in groups)
    total = session.scalar(select(func.count()).select_from(Item).where(*conditions)) or 0
    number = last_page(number, total)
    levels = case({level.value: i for i, level in enumerate(Level)}, value=Item.level, else_=len(Level))
    found = session.execute(
        select(Item, state, _last_score(person_id))
        .where(*conditions)
        .order_by(Item.specialty, levels, Item.title, Item.id)
        .limit(ROWS_A_PAGE)
        .offset((number - 1) * ROWS_A_PAGE)
    )
    rows = [_case_row(item, CaseState(how_far), score) for item, how_far, score in found]
    return CaseList(
        page=Page(rows=rows, number=number, total=total, per_page=ROWS_A_PAGE),
        filters=filters,
        everything=everything,
        choices={name: _sorted(name, counts) for name, counts in choices.items()},
    )


def _case_row(item: Item, state: CaseState, score: float | None) -> CaseRow:
    return CaseRow(
        slug=item.slug,
        title=item.title,
        specialty=item.specialty or "",
        setting=item.setting or "",
        level=item.level or "",
        form=item.claim_form or "",
        minutes=item.minutes,
        verified=item.verified is not None,
        state=state,
        score=score,
    )


def last_page(number: int, total: int) -> int:
    """Return the number of the page asked for, or of the last one there is."""
    return min(number, max(1, -(-total // ROWS_A_PAGE)))


def _sorted(name: str, counts: dict[str, int]) -> list[tuple[str, int]]:
    natural: dict[str, list[str]] = {"level": [*Level], "form": [*ClaimForm], "state": [*CaseState]}
    order = natural.get(name)
    return sorted(counts.items(), key=lambda pair: (order.index(pair[0]) if order else 0, pair[0].casefold()))


def _attempt_row(row: Any) -> AttemptRow:
    return AttemptRow(*row)


def list_attempts(session: Session, person_id: int, *, number: int) -> Page[AttemptRow]:
    """Read one page of a person's attempts, newest first, in two queries."""
    # Answers in exams and drills stand in the report of their sitting.
    own = (Attempt.person_id == person_id, Attempt.sitting_id.is_(None))
    total = session.scalar(select(func.count()).select_from(Attempt).where(*own)) or 0
    number = last_page(number, total)
    query = (
        attempt_rows(person_id)
        .order_by(Attempt.started_at.desc(), Attempt.id.desc())
        .limit(ROWS_A_PAGE)
        .offset((number - 1) * ROWS_A_PAGE)
    )
    rows = [_attempt_row(row) for row in session.execute(query)]
    return Page(rows=rows, number=number, total=total, per_page=ROWS_A_PAGE)


def attempts_at(session: Session, person_id: int, item_id: int) -> Sequence[AttemptRow]:
    """Read this person's attempts at one case that were handed in, newest first, the last twenty."""
    query = (
        attempt_rows(person_id)
        .where(Attempt.item_id == item_id, Attempt.state == AttemptState.GRADED)
        .order_by(Attempt.id.desc())
        .limit(20)
    )
    return [_attempt_row(row) for row in session.execute(query)]


def attempt_rows(
    person_id: int,
) -> Select[int, str, str, str | None, AttemptState, float | None, datetime, datetime | None]:
    """Select a person's attempts with the score that counts: the newest grade."""
    score = (
        select(Grade.score)
        .where(Grade.attempt_id == Attempt.id)
        .order_by(Grade.id.desc())
        .limit(1)
        .correlate(Attempt)
        .scalar_subquery()
    )
    return (
        select(
            Attempt.id,
            Item.slug,
            Item.title,
            Item.specialty,
            Attempt.state,
            score,
            Attempt.started_at,
            Attempt.finished_at,
        )
        .join(Item, Attempt.item_id == Item.id)
        .where(Attempt.person_id == person_id, Attempt.sitting_id.is_(None))
    )
