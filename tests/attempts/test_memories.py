"""What is read of memories: for pages that show them, and for pages that only count."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from coachapp.attempts.memories import due_by_concept, remembered
from coachapp.domain.scheduling import VERSION, MemoryPhase
from coachapp.models.items import Concept
from coachapp.models.memory import MemoryState
from coachapp.models.people import Person

NOW = datetime(2026, 5, 15, 14, tzinfo=UTC)


def test_what_is_due_is_counted_as_it_is_shown(db_session: Session, person: Callable[..., Person]) -> None:
    me, other = person(), person()
    for n, hours in enumerate((-30, 0, 1)):
        slug = f"concept-{n}"
        db_session.add(Concept(slug=slug, section="em", title=slug, lesson="A lesson.", source="A source."))
        for who, later in ((me, 0), (other, 100)):
            due = NOW + timedelta(hours=hours + later)
            db_session.add(
                MemoryState(
                    person_id=who.id,
                    concept_slug=slug,
                    phase=MemoryPhase.REVIEW,
                    stability=3.0,
                    difficulty=5.0,
                    due=due,
                    last_review=NOW - timedelta(days=3),
                    reviews=2,
                    lapses=0,
                    version=VERSION,
                )
            )
    db_session.commit()
    counted = due_by_concept(db_session, me.id, now=NOW)
    assert counted == {"concept-0": True, "concept-1": True, "concept-2": False}
    assert counted == {one.slug: one.is_due(NOW) for one in remembered(db_session, me.id)}
