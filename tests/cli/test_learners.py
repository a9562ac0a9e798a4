"""`coachapp progress rebuild`."""

from pathlib import Path

from sqlalchemy import create_engine, delete, select
from sqlalchemy.orm import Session

from coachapp.attempts import finishing, sittings
from coachapp.attempts.papers import paper_of, slot_data
from coachapp.content.sync import sync
from coachapp.domain.assembly import Slot
from coachapp.domain.examclock import Accommodation
from coachapp.domain.questions import Concept, Section
from coachapp.domain.slotwork import make_save
from coachapp.models.items import Item
from coachapp.models.memory import MemoryReview, MemoryState
from coachapp.models.people import Person
from coachapp.models.standing import PriorSnapshot, ProgressState, Standing
from tests.cli.conftest import Run
from tests.domain.exam_builders import drill, question
from tests.exams.conftest import T0


def fill(data: Path) -> None:
    """Store two learners with an answer each, of whom nothing was reckoned."""
    engine = create_engine(f"sqlite:///{data / 'coachapp.sqlite'}")
    with Session(engine) as session:
        concept = Concept(id="some-concept", section=Section.EM, title="T", lesson="L", source="S")
        sync(session, [], questions=[question()], concepts=[concept], now=T0)
        item = session.scalars(select(Item)).one()
        for name in ("ann", "bo"):
            who = Person(email=f"{name}@x.org", name=name, password_hash="x", time_zone="UTC", created_at=T0)
            session.add(who)
            session.flush()
            assert item.current_version_id is not None
            slot = slot_data(
                Slot(item.slug, Section.EM, ("a", "b", "c", "d")),
                item_id=item.id,
                version_id=item.current_version_id,
            )
            sitting = sittings.start(
                session,
                who.id,
                plan=drill({Section.EM: 1}),
                paper=[slot],
                seed=1,
                now=T0,
                accommodation=Accommodation(),
                scope="drill",
            )
            work = make_save(base_seq=0, save_id="s", answer=["a"])
            finishing.check(session, sitting, slot=paper_of(sitting)[0], work=work, now=T0)
        session.execute(delete(MemoryReview))
        session.execute(delete(ProgressState))
        session.commit()
    engine.dispose()


def counts(data: Path) -> list[int]:
    engine = create_engine(f"sqlite:///{data / 'coachapp.sqlite'}")
    with Session(engine) as session:
        found = [
            len(session.scalars(select(table)).all()) for table in (MemoryReview, MemoryState, Standing, PriorSnapshot)
        ]
    engine.dispose()
    return found


def test_everybody_is_reckoned_from_the_answers_alone(ready: Run, data: Path) -> None:
    fill(data)
    outcome = ready("progress", "rebuild", "--json")
    assert (outcome.code, outcome.json) == (0, {"people": 2, "reviews_added": 2})
    assert "1/2 learners" in outcome.err
    assert counts(data) == [2, 2, 8, 1]
    again = ready("progress", "rebuild")
    assert (again.code, again.out) == (0, "")
    assert "2 learners reckoned, 0 reviews added" in again.err


def test_one_person_is_reckoned(ready: Run, data: Path) -> None:
    fill(data)
    outcome = ready("progress", "rebuild", "--person", "Bo@x.org")
    assert outcome.code == 0
    assert "1 learner reckoned, 1 review added" in outcome.err
    assert counts(data) == [1, 1, 4, 0]


def test_nobody_of_that_name_and_nobody_at_all(ready: Run, data: Path) -> None:
    outcome = ready("progress", "rebuild", "--person", "eve@x.org")
    assert (outcome.code, outcome.out) == (2, "")
    assert "nobody here has the email eve@x.org" in outcome.err
    outcome = ready("progress", "rebuild", "--json")
    assert (outcome.code, outcome.json) == (0, {"people": 0, "reviews_added": 0})
