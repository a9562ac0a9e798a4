"""A class with an instructor and students, work to give to it, and a clock."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from coachapp.classroom.operations import create_classroom
from coachapp.content.plans import LoadedPlans
from coachapp.content.sync import sync
from coachapp.domain.permissions import Role
from coachapp.domain.questions import Concept, Section
from coachapp.models.attempts import Attempt, AttemptState, Grade, Step, StepKind
from coachapp.models.classroom import Assignment, Classroom, Membership
from coachapp.models.items import Item
from coachapp.models.people import Person
from tests.conftest import MakePerson, SignIn
from tests.domain.exam_builders import drill, plan
from tests.exams.conftest import T0, bank, stock
from tests.exams.turning import at
from tests.practice.samples import hidden, scope, stay, wrist

__all__ = ["at", "stock"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLANS = LoadedPlans(
    plans={
        "mock": plan({Section.EM: 6, Section.ICD10CM: 6}, title="The mock"),
        "drill-em": drill({Section.EM: 4}, id="drill-em", title="Drill: EM"),
    }
)


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> LoadedPlans:
    """Set the plans of the site: a mock of twelve questions and a drill of four."""
    for module in (
        *("coachapp.classroom.routes", "coachapp.classroom.assignment_routes"),
        *("coachapp.exams.routes", "coachapp.exams.operations", "coachapp.exams.given_routes", "coachapp.exams.desk"),
        *("coachapp.progress.queries", "coachapp.progress.upkeep"),
    ):
        monkeypatch.setattr(f"{module}.bundled_plans", lambda: PLANS)
    return PLANS


@dataclass
class Course:
    """A class, its instructor and student with their browsers, and the cases there are."""

    classroom: Classroom
    teacher: FlaskClient
    student: FlaskClient
    student_id: int
    cases: dict[str, Item]
    session: Session

    def give(self, **values: Any) -> Assignment:
        """Store an assignment, the broken wrist opened at T0 and due a day later unless told otherwise."""
        if "plan_id" not in values:
            values = {"item_id": self.cases["orthopedics/broken-wrist"].id, **values}
        values = {"title": "Given", "opens_at": T0, "due_at": T0 + DAY, "zone": "America/Chicago", **values}
        found = Assignment(classroom_id=self.classroom.id, created_at=T0, **values)
        self.session.rollback()
        self.session.add(found)
        self.session.commit()
        return found

    def join(self, person: Person) -> None:
        """Put a person into the class."""
        self.session.rollback()
        self.session.add(Membership(classroom_id=self.classroom.id, person_id=person.id, joined_at=T0))
        self.session.commit()

    def hand_in(self, person_id: int, *, finished: Any, score: float = 0.5, slug: str = "broken-wrist") -> Attempt:
        """Store a claim that was handed in at a moment."""
        item = self.cases[f"orthopedics/{slug}"]
        self.session.rollback()
        attempt = Attempt(
            person_id=person_id,
            item_id=item.id,
            item_version_id=item.current_version_id,
            state=AttemptState.GRADED,
            started_at=finished - HOUR,
            finished_at=finished,
        )
        step = Step(attempt=attempt, seq=1, kind=StepKind.SUBMIT, payload={}, at=finished)
        self.session.add_all([attempt, step])
        self.session.flush()
        for value in (0.01, score):  # a regrade counts
            grade = Grade(
                attempt_id=attempt.id,
                step_id=step.id,
                item_version_id=attempt.item_version_id,
                policy="coachapp-1",
                score=value,
                result={"lines": [], "claim": [], "scores": {}, "totals": {"missed": 0, "unsupported": 0}},
                at=finished,
            )
            self.session.add(grade)
            self.session.flush()
        self.session.commit()
        return attempt

    @property
    def address(self) -> str:
        """Return the address of the class."""
        return f"/classes/{self.classroom.id}"


@pytest.fixture
def course(
    plans: LoadedPlans,
    at: Any,
    sign_in: SignIn,
    person: MakePerson,
    db_session: Session,
) -> Course:
    """Return a class with one student, on a site with cases, questions and plans; the time is T0."""
    concepts = [
        Concept(id=name, section=Section.EM, title=name, lesson="A lesson.", source="A source.")
        for name in ("some-concept", "other-concept", "fracture-treatment")
    ]
    # In one go: what is left out of a later one is retired.
    sync(db_session, [wrist(), stay(), scope(), hidden()], questions=bank(), concepts=concepts, now=T0)
    db_session.commit()
    cases = {item.slug: item for item in db_session.query(Item)}
    teacher, student = person(Role.INSTRUCTOR, name="Indira"), person(name="Sam")
    classroom = create_classroom(db_session, teacher, name="Fall 2026", now=T0)
    db_session.commit()
    made = Course(classroom, sign_in(teacher), sign_in(student), student.id, cases, db_session)
    made.join(student)
    return made
