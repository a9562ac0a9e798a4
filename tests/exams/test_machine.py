"""Any sequence of acts on a sitting, against a model: nothing acknowledged is lost, nothing closed reopens."""

import contextlib
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from coachapp.attempts import accommodations, finishing, sittings
from coachapp.attempts.papers import paper_of, slot_data
from coachapp.attempts.sittings import SittingClosed, SittingOnBreak, StaleSave
from coachapp.content.sync import sync
from coachapp.domain.assembly import Slot
from coachapp.domain.questions import Question, Section
from coachapp.domain.sittings import SittingState
from coachapp.domain.slotwork import make_save
from coachapp.models import db
from coachapp.models.attempts import Attempt, Step
from coachapp.models.items import Item
from coachapp.models.people import Person
from coachapp.models.sittings import Sitting
from tests.domain.exam_builders import plan, question
from tests.exams.conftest import T0

SLOTS = st.integers(1, 4)
ANSWERS = st.sampled_from(["", "a", "b", "c", "d"])
GRACE = timedelta(seconds=30)


class SittingMachine(RuleBasedStateMachine):
    """Acts of a candidate with two tabs, an instructor and the sweep; time only goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        db.metadata.create_all(self.engine)
        self.session = Session(self.engine)
        self.questions: list[Question] = [question(f"em/q-{n}", right="abcd"[n]) for n in range(4)]
        sync(self.session, [], questions=self.questions, concepts=[], now=T0)
        self.person = Person(email="x@example.org", name="X", password_hash="", time_zone="UTC", created_at=T0)
        self.session.add(self.person)
        self.session.flush()
        self.now: datetime = T0
        self.acked: dict[int, tuple[int, str, str]] = {}  # slot: seq, save_id, answer
        self.made = 0
        self.closed = False
        self.granted = timedelta(minutes=3)
        self.breaks = timedelta(0)

    @initialize(breaks=st.integers(0, 2))
    def begin(self, breaks: int) -> None:
        accommodations.grant(self.session, self.person.id, breaks=breaks, reason="x", by_id=None, now=T0)
        self.breaks = timedelta(minutes=breaks)
        paper = []
        for item in self.session.scalars(select(Item).order_by(Item.slug)):
            assert item.current_version_id is not None
            slot = Slot(item.slug, Section.EM, ("a", "b", "c", "d"))
            paper.append(slot_data(slot, item_id=item.id, version_id=item.current_version_id))
        self.sitting: Sitting = sittings.start(
            self.session,
            self.person.id,
            plan=plan({Section.EM: 4}),
            paper=paper,
            seed=0,
            now=T0,
            accommodation=accommodations.in_force(self.session, self.person.id, scope="mock"),
            scope="mock",
        )
        self.session.commit()

    def _save(self, slot: int, answer: str, base: int, save_id: str) -> Any:
        work = make_save(answer=list(answer), base_seq=base, save_id=save_id)
        try:
            step = sittings.save(
                self.session, self.sitting, slot=paper_of(self.sitting)[slot - 1], work=work, now=self.now
            )
        except SittingClosed:
            self.closed = True
            return None
        except (StaleSave, SittingOnBreak) as error:
            assert not self.closed
            return error
        finally:
            self.session.commit()
        return step

    @rule(slot=SLOTS, answer=ANSWERS)
    def save(self, slot: int, answer: str) -> None:
        self.made += 1
        save_id = f"s{self.made}"
        seq = self.acked[slot][0] if slot in self.acked else 0
        step = self._save(slot, answer, seq, save_id)
        assert not isinstance(step, StaleSave)
        if isinstance(step, Step):
            assert not self.closed
            assert self.now < T0 + self.granted + self.breaks + GRACE, "more time than granted"
            assert step.seq == seq + 1
            self.acked[slot] = (step.seq, save_id, answer)

    @rule(slot=SLOTS, answer=ANSWERS, off=st.integers(-2, 3))
    def save_on_another_state(self, slot: int, answer: str, off: int) -> None:
        seq = self.acked[slot][0] if slot in self.acked else 0
        if off == 0 or seq + off < 0:
            return
        self.made += 1
        outcome = self._save(slot, answer, seq + off, f"s{self.made}")
        assert not isinstance(outcome, Step)
        if isinstance(outcome, StaleSave):
            assert outcome.seq == seq

    @precondition(lambda self: self.acked)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        slot = data.draw(st.sampled_from(sorted(self.acked)))
        seq, save_id, answer = self.acked[slot]
        step = self._save(slot, answer, seq - 1, save_id)
        assert isinstance(step, Step)
        assert step.seq == seq

    @rule(seconds=st.integers(0, 120))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def take_break(self) -> None:
        with contextlib.suppress(ValueError, SittingClosed):
            sittings.begin_break(self.session, self.sitting, now=self.now)
        self.session.commit()

    @rule()
    def come_back(self) -> None:
        try:
            sittings.end_break(self.session, self.sitting, now=self.now)
        except SittingClosed:
            self.closed = True
        self.session.commit()

    @rule(extra=st.integers(0, 2))
    def grant(self, extra: int) -> None:
        was_open = not self.sitting.state.closed
        accommodations.grant(
            self.session,
            self.person.id,
            factor=Decimal(1),
            extra=extra,
            breaks=None,
            reason="x",
            by_id=None,
            now=self.now,
        )
        self.session.commit()
        if was_open and not self.sitting.state.closed:
            self.granted = max(self.granted, timedelta(minutes=3 + extra))

    @rule()
    def sweep(self) -> None:
        for sitting_id in sittings.due(self.session, now=self.now):
            finishing.finish(self.session, sitting_id, now=self.now)
        self.session.commit()
        limit = T0 + self.granted + self.breaks + GRACE
        if self.now >= limit:
            assert self.sitting.state is SittingState.GRADED, "not closed and graded by a sweep after the end"

    @precondition(lambda self: self.now > T0 + timedelta(minutes=2))
    @rule()
    def hand_in(self) -> None:
        sittings.hand_in(self.session, self.sitting, now=self.now)
        self.session.commit()
        self.closed = True

    @invariant()
    def nothing_is_lost_and_nothing_reopens(self) -> None:
        if not hasattr(self, "sitting"):
            return
        self.session.expire_all()
        if self.closed:
            assert self.sitting.state.closed
        self.closed = self.closed or self.sitting.state.closed
        held = {
            attempt.slot: (step.seq, step.payload["save_id"], "".join(step.payload["answer"]))
            for attempt in self.session.scalars(select(Attempt))
            for step in attempt.steps[-1:]
        }
        assert held == self.acked

    @invariant()
    def the_score_is_the_fold_of_the_steps(self) -> None:
        if not hasattr(self, "sitting") or self.sitting.state is not SittingState.GRADED:
            return
        right = sum(
            self.acked.get(n, (0, "", ""))[2] == "abcd"[n - 1] for n in range(1, 5)
        )  # computed from what was acknowledged, not from the grades
        assert (self.sitting.right_count, self.sitting.scored_count) == (right, 4)
        assert self.sitting.passed == (100 * right >= 70 * 4)

    def teardown(self) -> None:
        self.session.close()
        self.engine.dispose()


TestSitting = SittingMachine.TestCase
TestSitting.settings = settings(max_examples=40, stateful_step_count=25)
