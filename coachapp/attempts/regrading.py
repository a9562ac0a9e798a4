"""Judge stored work again by a newer key: what that would change, the decision, and carrying it out.

Nothing is overwritten: every attempt keeps its steps and earlier grades and gets one grade more. Nothing here commits.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from coachapp.attempts import finishing, rulings
from coachapp.attempts.engine import judge
from coachapp.attempts.evidence import is_latest_grade
from coachapp.attempts.grades import Judged, enter
from coachapp.attempts.rulings import ScoreChange
from coachapp.codesets import CodeSets
from coachapp.domain.claimrows import read_payload
from coachapp.domain.items import Case
from coachapp.domain.keytext import key_words
from coachapp.domain.questiongrading import POLICY, grade_question, question_result_data
from coachapp.domain.questions import Question
from coachapp.domain.regrading import SHOWN, Obstacle, Part, differences, obstacle
from coachapp.domain.results import result_data
from coachapp.domain.sittings import SittingState, answer_of
from coachapp.models.attempts import Attempt, AttemptState, Grade, Step
from coachapp.models.items import Item, ItemVersion
from coachapp.models.regrades import Regrade
from coachapp.models.sittings import Sitting
from coachapp.stored import current_version, item_of

# Attempts of one turn: so many hold the database for about a quarter of a second.
AT_ONCE = 50
# Values closer than this are the same score: what a sum of floats does to one is no change of it.
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class AskedVersion:
    """Work on one `version` of an item that another key than the `current` one judged; how much, by how many."""

    version: ItemVersion
    current: ItemVersion
    attempts: int
    people: int

    @property
    def obstacle(self) -> Obstacle | None:
        """Return why the current key cannot judge this work, None where it can."""
        return obstacle(item_of(self.version), item_of(self.current))

    @property
    def parts(self) -> Sequence[Part]:
        """Return in what the current version differs."""
        return differences(item_of(self.version), item_of(self.current))

    @property
    def only_then(self) -> list[str]:
        """Return what only the key of this version asserts, in words."""
        return _only_in(self.version, self.current)

    @property
    def only_now(self) -> list[str]:
        """Return what only the current key asserts, in words."""
        return _only_in(self.current, self.version)


def _only_in(version: ItemVersion, other: ItemVersion) -> list[str]:
    there = key_words(item_of(other))
    return [words for words in key_words(item_of(version)) if words not in there]


@dataclass(frozen=True, slots=True)
class Behind:
    """An item on which work was judged by another key than its `current` one, by the versions that were asked."""

    item: Item
    current: ItemVersion
    asked: Sequence[AskedVersion]

    @property
    def attempts(self) -> int:
        """Return how many attempts the current key can judge again."""
        return sum(one.attempts for one in self.asked if one.obstacle is None)

    @property
    def shown_otherwise(self) -> bool:
        """Say whether the current version shows something else than was asked where its key can judge."""
        return any(SHOWN & set(one.parts) for one in self.asked if one.obstacle is None)


class Move(NamedTuple):
    """So many attempts go from one score to another; None is a score of a claim that has none."""

    before: float | None
    after: float | None
    attempts: int

    @property
    def changed(self) -> bool:
        """Say whether the score becomes another one."""
        return _differs(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a regrade would do. `moves` are sorted by how much a score changes; `exams`: graded sittings that change.

    `last_id`: the last decision about this item, 0 before the first: what a new one builds upon.
    """

    behind: Behind
    moves: Sequence[Move]
    exams: Sequence[ScoreChange]
    last_id: int

    def count(self, *, up: bool) -> int:
        """Return how many attempts go up, or down."""
        return sum(m.attempts for m in self.moves if m.changed and ((m.after or 0) > (m.before or 0)) is up)

    @property
    def same(self) -> int:
        """Return how many attempts keep their score."""
        return sum(move.attempts for move in self.moves if not move.changed)


def behind(session: Session, *, item_id: int | None = None) -> list[Behind]:
    """Return every item with work that another key than its current one judged, the one with most of it first.

    `item_id`: that item only. Attempts in voided sittings are left out: they count nowhere.
    """
    # Asked for by themselves, for there are few: else the database goes through all grades there are.
    query = select(ItemVersion.id).join(Item, ItemVersion.item_id == Item.id)
    if item_id is not None:
        query = query.where(Item.id == item_id)
    older = session.scalars(query.where(ItemVersion.id != Item.current_version_id)).all()
    if not older:
        return []
    rows = session.execute(
        select(Attempt.item_version_id, func.count(), func.count(Attempt.person_id.distinct()))
        .select_from(Grade)
        .join(Attempt, Grade.attempt_id == Attempt.id)
        .outerjoin(Sitting, Attempt.sitting_id == Sitting.id)
        .where(Grade.item_version_id.in_(older), *_counted())
        .group_by(Attempt.item_version_id)
    )
    counts = {row[0]: (row[1], row[2]) for row in rows}
    versions = session.scalars(
        select(ItemVersion)
        .where(ItemVersion.id.in_(counts))
        .options(joinedload(ItemVersion.item).joinedload(Item.current_version))
        .order_by(ItemVersion.item_id, ItemVersion.number)
    )
    found: dict[Item, list[AskedVersion]] = {}
    for version in versions:
        asked = AskedVersion(version, current_version(version.item), *counts[version.id])
        found.setdefault(version.item, []).append(asked)
    result = [Behind(item, current_version(item), asked) for item, asked in found.items()]
    return sorted(result, key=lambda one: (-one.attempts, one.item.slug))


def undecided(session: Session) -> list[Behind]:
    """Return of `behind` what nobody has decided about: items with a regrade under way are left out."""
    under_way = set(session.scalars(select(Regrade.item_id).where(Regrade.finished_at.is_(None))))
    return [one for one in behind(session) if one.item.id not in under_way]


def count_to_decide(session: Session) -> int:
    """Return about how many items a decision would judge work again."""
    return sum(one.attempts > 0 for one in undecided(session))


def preview(session: Session, item: Item, *, codesets: CodeSets) -> Preview:
    """Work out what judging all work on an item by its current key would change; nothing is written.

    Raises LookupError for an item without a version.
    """
    version = current_version(item)
    work = list(_replayed(session, item, version=version, codesets=codesets, limit=None))
    moves = Counter((one.before, one.judged.score) for one in work)
    ours = behind(session, item_id=item.id)
    return Preview(
        behind=ours[0] if ours else Behind(item, version, ()),
        moves=sorted((Move(*key, n) for key, n in moves.items()), key=_by_size),
        exams=_exams(session, work),
        last_id=last_regrade_id(session, item.id),
    )


def _by_size(move: Move) -> tuple[bool, float, float]:
    return not move.changed, -abs((move.after or 0) - (move.before or 0)), move.before or 0


def last_regrade_id(session: Session, item_id: int) -> int:
    """Return the id of the last decision about an item, 0 before the first."""
    return session.scalar(select(func.max(Regrade.id)).where(Regrade.item_id == item_id)) or 0


def accept(session: Session, item: Item, *, reason: str, by_id: int | None, now: datetime) -> Regrade:
    """Decide that work on an item is judged by its current key from now on; `carry_out` judges what there is.

    Raises LookupError for an item without a version.
    """
    row = Regrade(item=item, to_version=current_version(item), reason=reason, created_by_id=by_id, created_at=now)
    session.add(row)
    session.flush()
    return row


def unfinished(session: Session) -> list[int]:
    """Return the ids of regrades that are accepted and not carried out wholly, oldest first."""
    return list(session.scalars(select(Regrade.id).where(Regrade.finished_at.is_(None)).order_by(Regrade.id)))


def left_over(session: Session, regrade: Regrade) -> int:
    """Return how many attempts an accepted regrade has still to judge."""
    fit = _fit(regrade.item, item_of(regrade.to_version))
    work = _work_on(regrade.item_id, regrade.to_version_id, fit).with_only_columns(func.count()).order_by(None)
    return session.scalar(work) or 0


def carry_out(session: Session, regrade_id: int, *, codesets: CodeSets, now: datetime, limit: int = AT_ONCE) -> bool:
    """Judge up to `limit` attempts again and say whether any is left; what is judged is not judged twice.

    A decision that was overtaken, by a newer version or a later decision, ends as it is.
    """
    regrade = session.get_one(Regrade, regrade_id)
    session.refresh(regrade, with_for_update=True)
    if regrade.finished_at is not None:
        return False
    overtaken = (
        regrade.item.current_version_id != regrade.to_version_id
        or last_regrade_id(session, regrade.item_id) != regrade.id
    )
    if not overtaken:
        work = list(_replayed(session, regrade.item, version=regrade.to_version, codesets=codesets, limit=limit))
        enter(session, [one.judged for one in work], at=now, regrade_id=regrade.id)
        for sitting in _graded_sittings(session, {one.judged.attempt.sitting_id for one in work}):
            finishing.rescore(session, sitting)
        regrade.judged += len(work)
        regrade.changed += sum(_differs(one.before, one.judged.score) for one in work)
        if len(work) == limit:
            session.flush()
            return True
    regrade.finished_at = now
    session.flush()
    return False


def _differs(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(before - after) > _SAME


class _Replayed(NamedTuple):
    before: float | None
    judged: Judged


def _replayed(
    session: Session, item: Item, *, version: ItemVersion, codesets: CodeSets, limit: int | None
) -> Iterator[_Replayed]:
    """Yield the work on an item that another key judged last, as `version` judges it, the earliest attempt first."""
    key = item_of(version)
    work = _work_on(item.id, version.id, _fit(item, key)).limit(limit)
    for attempt, step, before in session.execute(work):
        yield _Replayed(before, _judge(attempt, step, version=version, key=key, codesets=codesets))


def _fit(item: Item, key: Case | Question) -> list[int]:
    """Return the ids of the versions of an item whose work a key can judge."""
    return [one.id for one in item.versions if obstacle(item_of(one), key) is None]


def _work_on(item_id: int, version_id: int, asked: Collection[int]) -> Select[Attempt, Step, float | None]:
    return (
        select(Attempt, Step, Grade.score)
        .join(Grade, Grade.attempt_id == Attempt.id)
        .join(Step, Grade.step_id == Step.id)
        .outerjoin(Sitting, Attempt.sitting_id == Sitting.id)
        .where(
            Attempt.item_id == item_id,
            Attempt.item_version_id.in_(asked),
            Grade.item_version_id != version_id,
            *_counted(),
        )
        .order_by(Attempt.id)
    )


def _counted() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on an attempt, its grade and its sitting under which the grade counts."""
    return (
        Attempt.state == AttemptState.GRADED,
        or_(Attempt.sitting_id.is_(None), Sitting.state != SittingState.VOIDED),
        is_latest_grade(),
    )


def _judge(attempt: Attempt, step: Step, *, version: ItemVersion, key: Case | Question, codesets: CodeSets) -> Judged:
    if isinstance(key, Question):
        answer = grade_question(key, answer_of(step.payload))
        return Judged(attempt, step, version, POLICY, float(answer.earned), question_result_data(answer))
    result = judge(key, read_payload(step.payload, key.claim_form, stored=True), codesets=codesets)
    return Judged(attempt, step, version, result.policy, result.scores["coachapp"], result_data(result))


def _graded_sittings(session: Session, ids: Collection[int | None]) -> Sequence[Sitting]:
    return session.scalars(
        select(Sitting)
        .where(Sitting.id.in_([one for one in ids if one is not None]), Sitting.state == SittingState.GRADED)
        .options(joinedload(Sitting.person))
        .order_by(Sitting.id)
    ).all()


def _exams(session: Session, work: Sequence[_Replayed]) -> list[ScoreChange]:
    """Return the graded sittings whose score the new judgements would change."""
    earned = {
        one.judged.attempt.id: int(one.judged.result["earned"])
        for one in work
        if one.judged.attempt.sitting_id is not None and _differs(one.before, one.judged.score)
    }
    touched = {one.judged.attempt.sitting_id for one in work if one.judged.attempt.id in earned}
    changes = []
    for sitting in _graded_sittings(session, touched):
        change = rulings.change_of_score(sitting, finishing.score_of(session, sitting, earned=earned))
        if change is not None:
            changes.append(change)
    return changes
