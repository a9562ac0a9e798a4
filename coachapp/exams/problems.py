"""Problems that learners reported with questions: lists, and one with what she saw and what the question is now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, defer, joinedload

from coachapp.attempts.papers import PaperSlot, paper_of
from coachapp.attempts.withholding import withheld_from
from coachapp.content.render import render_document
from coachapp.domain import disclosure
from coachapp.domain.disclosure import Answer, ShownQuestion
from coachapp.domain.questions import Question, Section
from coachapp.domain.sittings import Ruling
from coachapp.exams.desk import ELSEWHERE, names
from coachapp.models.attempts import Attempt, Step
from coachapp.models.items import Item, ItemVersion
from coachapp.models.people import Person
from coachapp.models.sittings import ItemRuling, ProblemReport, Sitting
from coachapp.stored import question_of
from coachapp.web.paging import Page, paginate
from coachapp.web.sections import SECTION_NAMES


def _settled() -> ColumnElement[bool]:
    """Say in SQL whether a report was ruled upon after it was written."""
    return exists().where(
        ItemRuling.item_version_id == ProblemReport.item_version_id, ItemRuling.created_at >= ProblemReport.at
    )


def open_count(session: Session) -> int:
    """Return how many reports wait to be settled."""
    return session.scalar(select(func.count()).select_from(ProblemReport).where(~_settled())) or 0


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """One report in a list; `ruling` is the one that settled it, None while it is open."""

    id: int
    item: str
    version: int
    section: str
    text: str
    at: datetime
    reporter: str
    ruling: ItemRuling | None


@dataclass(frozen=True, slots=True)
class ProblemList:
    """A page of reports, and how many there are of each state and of each section in this state."""

    page: Page[ProblemReport]
    rows: Sequence[ProblemRow]
    open: int
    settled: int
    sections: Sequence[tuple[str, str, int]]


def problem_list(
    session: Session, actor: Person, *, settled: bool, section: Section | None, number: int
) -> ProblemList:
    """Return page `number` of the open or settled reports, newest first."""
    wanted = _settled() if settled else ~_settled()
    query: Select[ProblemReport] = (
        select(ProblemReport)
        .join(ProblemReport.item_version)
        .join(ItemVersion.item)
        .where(wanted)
        .options(
            joinedload(ProblemReport.item_version).options(defer(ItemVersion.content), joinedload(ItemVersion.item))
        )
        .order_by(ProblemReport.at.desc(), ProblemReport.id.desc())
    )
    if section is not None:
        query = query.where(Item.section == section.value)
    page = paginate(session, query, number=number)
    who = names(session, actor, {row.person_id for row in page.rows})
    rulings = _latest_rulings(session, {row.item_version_id for row in page.rows}) if settled else {}
    rows = [
        ProblemRow(
            id=row.id,
            item=row.item_version.item.slug,
            version=row.item_version.number,
            section=SECTION_NAMES[Section(row.item_version.item.section or "")],
            text=row.text,
            at=row.at,
            reporter=who.get(row.person_id, ELSEWHERE),
            ruling=rulings.get(row.item_version_id),
        )
        for row in page.rows
    ]
    total = session.scalar(select(func.count()).select_from(ProblemReport)) or 0
    waiting = open_count(session)
    counts = session.execute(
        select(Item.section, func.count())
        .select_from(ProblemReport)
        .join(ProblemReport.item_version)
        .join(ItemVersion.item)
        .where(wanted)
        .group_by(Item.section)
    ).all()
    by_section = {row[0]: row[1] for row in counts}
    sections = [(s.value, SECTION_NAMES[s], by_section[s.value]) for s in Section if s.value in by_section]
    return ProblemList(page, rows, open=waiting, settled=total - waiting, sections=sections)


def _latest_rulings(session: Session, version_ids: Collection[int]) -> dict[int, ItemRuling]:
    rows = session.scalars(
        select(ItemRuling)
        .where(ItemRuling.item_version_id.in_(version_ids))
        .options(joinedload(ItemRuling.created_by))
        .order_by(ItemRuling.id)
    )
    return {row.item_version_id: row for row in rows}


@dataclass(frozen=True, slots=True)
class Shown:
    """A question as asked; `answer` with its key is None while the reader's own exam withholds it."""

    question: ShownQuestion
    exhibit_html: str | None
    answer: Answer | None
    version: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the reporter had before her: place in her paper, exam, and the options in the order she saw."""

    n: int
    exam: str
    sitting_id: int
    answered: bool


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """One report. `then` is the version reported, `now` the current one where it is another."""

    report: ProblemReport
    item: Item
    reporter: str
    known: bool
    snapshot: Snapshot | None
    then: Shown
    now: Shown | None
    rulings: Sequence[ItemRuling]
    settled: bool
    others: Sequence[ProblemRow]

    @property
    def in_force(self) -> Ruling:
        """Return the ruling that counts now."""
        return self.rulings[0].ruling if self.rulings else Ruling.COUNT

    @property
    def last_ruling_id(self) -> int:
        """Return the id of the last ruling, 0 before the first: what a new one builds upon."""
        return self.rulings[0].id if self.rulings else 0


def report_by_id(report_id: int) -> Select[ProblemReport]:
    """Select one report with its question."""
    return (
        select(ProblemReport)
        .where(ProblemReport.id == report_id)
        .options(
            joinedload(ProblemReport.item_version).joinedload(ItemVersion.item).joinedload(Item.current_version),
        )
    )


def problem_page(session: Session, actor: Person, report: ProblemReport, *, now: datetime) -> ProblemPage:
    """Return one report with what was shown, what is shown now, and every ruling, the latest first."""
    version, item = report.item_version, report.item_version.item
    rulings = session.scalars(
        select(ItemRuling)
        .where(ItemRuling.item_version_id == version.id)
        .options(joinedload(ItemRuling.created_by))
        .order_by(ItemRuling.id.desc())
    ).all()
    found = _place(session, report)
    slot, sitting, payload = found or (None, None, {})
    held = item.id in withheld_from(session, actor.id, now=now)
    current = item.current_version
    people = names(session, actor, {report.person_id})
    return ProblemPage(
        report=report,
        item=item,
        reporter=people.get(report.person_id, ELSEWHERE),
        known=report.person_id in people,
        snapshot=None
        if slot is None or sitting is None
        else Snapshot(slot.n, sitting.plan["title"], sitting.id, answered=bool(payload.get("answer"))),
        then=_shown(version, slot.options if slot else None, chosen=payload.get("answer", ()), held=held),
        now=None if current is None or current.id == version.id else _shown(current, None, held=held),
        rulings=rulings,
        settled=any(ruling.created_at >= report.at for ruling in rulings),
        others=_others(session, actor, report),
    )


def _place(session: Session, report: ProblemReport) -> tuple[PaperSlot, Sitting, Mapping[str, Any]] | None:
    """Return where the question stood in the reporter's paper, and her answer when she reported; None if unknown."""
    before = session.scalars(
        select(Sitting)
        .where(Sitting.person_id == report.person_id, Sitting.started_at <= report.at)
        .order_by(Sitting.started_at.desc(), Sitting.id.desc())
    )
    for sitting in before:
        for slot in paper_of(sitting):
            if slot.version_id == report.item_version_id:
                step = session.scalar(
                    select(Step)
                    .join(Attempt, Step.attempt_id == Attempt.id)
                    .where(Attempt.sitting_id == sitting.id, Attempt.slot == slot.n, Step.at <= report.at)
                    .order_by(Step.seq.desc())
                    .limit(1)
                )
                return slot, sitting, step.payload if step else {}
    return None


def _shown(version: ItemVersion, options: Sequence[str] | None, *, held: bool, chosen: Collection[str] = ()) -> Shown:
    question: Question = question_of(version)
    order = options or [option.id for option in question.options]
    return Shown(
        question=disclosure.asked(question, order),
        exhibit_html=render_document(question.exhibit) if question.exhibit else None,
        answer=None if held else disclosure.answered(question, order, chosen=chosen),
        version=version.number,
    )


def _others(session: Session, actor: Person, report: ProblemReport) -> list[ProblemRow]:
    """Return the other open reports on the same version, which a ruling settles too."""
    rows = session.scalars(
        select(ProblemReport)
        .where(ProblemReport.item_version_id == report.item_version_id, ProblemReport.id != report.id, ~_settled())
        .order_by(ProblemReport.at)
    ).all()
    who = names(session, actor, {row.person_id for row in rows})
    item = report.item_version.item
    return [
        ProblemRow(
            id=row.id,
            item=item.slug,
            version=report.item_version.number,
            section=SECTION_NAMES[Section(item.section or "")],
            text=row.text,
            at=row.at,
            reporter=who.get(row.person_id, ELSEWHERE),
            ruling=None,
        )
        for row in rows
    ]
