"""Reads one case, one attempt or the sample, and builds the page it is shown on."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from coachapp.attempts import engine
from coachapp.codesets import CodeSets
from coachapp.domain.claimrows import Payload
from coachapp.domain.items import Case, Level
from coachapp.models.attempts import Attempt, Grade, Step
from coachapp.models.items import Item, ItemKind
from coachapp.practice.forms import blank_payload
from coachapp.practice.lessons import lessons_for
from coachapp.practice.listing import attempts_at
from coachapp.practice.lookup import notes_of
from coachapp.practice.pages import SolvePage, chart_of, solve_rows
from coachapp.practice.reviewing import Regraded, ReviewPage, review_page
from coachapp.stored import case_of, current_version, shown
from coachapp.web.asked import whole_number


def case_item(slug: str, *, unverified: bool, cpt: bool) -> Select[Item]:
    """Select the case with this id, if it may be seen."""
    return select(Item).where(Item.slug == slug, *shown(ItemKind.CASE, unverified=unverified, cpt=cpt))


def own_attempt(attempt_id: int, person_id: int) -> Select[Attempt]:
    """Select an attempt at a case, if it is this person's; answers in exams are shown by the exam alone."""
    return select(Attempt).where(Attempt.id == attempt_id, Attempt.person_id == person_id, Attempt.sitting_id.is_(None))


def solve_page(
    session: Session,
    person_id: int,
    *,
    item: Item,
    codesets: CodeSets,
    now: datetime,
    rows: Mapping[str, int] | None = None,
) -> SolvePage:
    """Return the solve page of a case, with the draft of the open attempt and the version that attempt began with."""
    attempt = engine.find_open(session, person_id, item_id=item.id)
    draft = engine.last_accepted(session, attempt) if attempt else None
    version = attempt.item_version if attempt else current_version(item)
    case = case_of(version)
    payload = solve_rows(draft.payload if draft else blank_payload(), case.claim_form, rows)
    return SolvePage(
        chart=chart_of(case),
        payload=payload,
        notes=notes_of(codesets, payload, form=case.claim_form, on=case.date_of_service),
        version_id=version.id,
        attempt_id=attempt.id if attempt else None,
        seq=attempt.draft_seq if attempt else 0,
        saved_at=draft.at if draft else None,
        opened_at=now,
        history=attempts_at(session, person_id, item.id),
    )


def case_for(item: Item, attempt: Attempt | None) -> Case:
    """Return the case as its open attempt sees it, else as it is now."""
    return case_of(attempt.item_version if attempt else current_version(item))


def sample_item(session: Session, *, cpt: bool) -> Item | None:
    """Return the case anyone may try: the shortest verified foundation case, the first by id of equals."""
    query = (
        select(Item)
        .where(*shown(ItemKind.CASE, unverified=False, cpt=cpt))
        .order_by(Item.level != Level.FOUNDATION.value, Item.minutes, Item.slug)
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def sample_page(
    item: Item, *, codesets: CodeSets, payload: Payload | None = None, rows: Mapping[str, int] | None = None
) -> SolvePage:
    """Return the solve page of the sample, of which nothing is stored."""
    version = current_version(item)
    case = case_of(version)
    filled = solve_rows(payload or blank_payload(), case.claim_form, rows)
    notes = notes_of(codesets, filled, form=case.claim_form, on=case.date_of_service)
    return SolvePage(chart=chart_of(case), payload=filled, notes=notes, version_id=version.id, sample=True)


def graded_page(
    session: Session, attempt: Attempt, *, codesets: CodeSets, unverified: bool, cpt: bool
) -> ReviewPage | None:
    """Return the review of an attempt by its newest grade, or None if it has none.

    `unverified` and `cpt`: which questions the reader may be led to.
    """
    query = select(Grade).where(Grade.attempt_id == attempt.id).order_by(Grade.id.desc()).limit(2)
    newest, *before = [*session.scalars(query), None]
    if newest is None:
        return None
    regraded = None
    if newest.regrade is not None and before[0] is not None:
        regraded = Regraded(newest.at, newest.regrade.reason, before[0].score)
    case = case_of(newest.item_version)
    return review_page(
        case,
        newest.result,
        codesets=codesets,
        payload=session.get_one(Step, newest.step_id).payload,
        seconds=attempt.active_ms / 1000,
        finished_at=attempt.finished_at,
        attempt_id=attempt.id,
        history=attempts_at(session, attempt.person_id, attempt.item_id),
        lessons=lessons_for(session, case, result=newest.result, unverified=unverified, cpt=cpt),
        regraded=regraded,
    )


def rows_asked(arguments: Mapping[str, str]) -> dict[str, int]:
    """Read how many rows of each kind an address asks for (`dx`, `sv`); anything odd asks for none."""
    found: Sequence[tuple[str, str]] = [(name, arguments.get(name, "")) for name in ("dx", "sv")]
    return {name: int(text) for name, text in found if whole_number(text, most=999) is not None}
