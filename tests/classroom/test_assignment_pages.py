"""What instructors and students see of assignments."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from coachapp.models.attempts import AttemptState
from coachapp.models.classroom import Classroom
from coachapp.models.people import Person
from tests.classroom.conftest import DAY, HOUR, Course
from tests.conftest import MakePerson, SignIn
from tests.exams.conftest import T0
from tests.exams.turning import Clock

MINUTE = timedelta(minutes=1)


def order(page: str, *words: str) -> list[str]:
    """Return the words in the order in which a page has them."""
    return sorted(words, key=page.index)


def row(page: str, name: str) -> str:
    """Return the row of a member."""
    found = next(one for one in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if f"{name}<" in one)
    return re.sub(r"<[^>]+>|\s+", " ", found)


@pytest.fixture
def members(course: Course, person: MakePerson) -> dict[str, Person]:
    """Put four more students into the class, by name."""
    made = {name: person(name=name, time_zone="UTC") for name in ("Ann", "Bea", "Cleo", "Dan")}
    for one in made.values():
        course.join(one)
    return made


def test_who_needs_a_word_comes_first(course: Course, members: dict[str, Person], at: Clock) -> None:
    one = course.give(instructions="Mind the **side**.")
    course.hand_in(members["Ann"].id, finished=T0 + DAY - timedelta(microseconds=1), score=0.8)
    course.hand_in(members["Bea"].id, finished=T0 + DAY, score=0.6)
    course.hand_in(members["Cleo"].id, finished=T0 + DAY + 3 * HOUR, score=0.7)
    begun = course.hand_in(members["Dan"].id, finished=T0 + HOUR)
    begun.state, begun.finished_at = AttemptState.OPEN, None
    course.session.commit()
    at.now = T0 + 2 * DAY
    page = course.teacher.get(f"{course.address}/assignments/{one.id}").text
    names = ["Sam", "Dan", "Cleo", "Bea", "Ann"]
    assert order(page, *(f">{name}<" for name in names)) == [f">{name}<" for name in names]
    assert "Overdue, not begun" in row(page, "Sam")
    assert "Overdue, begun" in row(page, "Dan")
    assert "3 hours late" in row(page, "Cleo")
    assert "70%" in row(page, "Cleo")
    assert "1 minute late" in row(page, "Bea"), "the minute is over when its end has come"
    assert "In time" in row(page, "Ann")
    assert "80%" in row(page, "Ann")
    assert "Mind the <strong>side</strong>." in page
    listed = course.teacher.get(course.address).text
    assert '<strong class="number">3</strong> of <span class="number">5</span> handed in' in listed
    assert '<span class="number">2</span> late' in listed
    assert '<span class="number">2</span> not yet' in listed


def test_before_it_is_due_who_has_not_begun_comes_first(course: Course, members: dict[str, Person], at: Clock) -> None:
    one = course.give(due_at=None)
    course.hand_in(members["Ann"].id, finished=T0)
    page = course.teacher.get(f"{course.address}/assignments/{one.id}").text
    assert order(page, ">Sam<", ">Ann<", ">Bea<") == [">Bea<", ">Sam<", ">Ann<"]
    assert "Overdue" not in page
    assert "no date" in page


def test_the_list_of_a_class_goes_by_stage(course: Course, at: Clock) -> None:
    course.give(title="Far", due_at=T0 + 5 * DAY)
    course.give(title="Near", due_at=T0 + 2 * DAY)
    course.give(title="Soon", opens_at=T0 + DAY, due_at=None)
    course.give(title="Over", opens_at=T0 - 5 * DAY, due_at=T0)
    course.give(title="Still open", plan_id="mock", opens_at=T0 - DAY, due_at=T0, closes_at=T0 + DAY)
    page = course.teacher.get(course.address).text
    wanted = ['id="open"', ">Still open<", ">Near<", ">Far<", 'id="coming"', ">Soon<", 'id="past"', ">Over<"]
    assert order(page, *wanted) == wanted


def test_an_empty_class_is_told_what_to_do(course: Course, sign_in: SignIn) -> None:
    assert "Nothing has been given to this class yet." in course.teacher.get(course.address).text
    answer = course.teacher.post("/classes", data={"name": "Empty"})
    course.session.rollback()
    course.classroom = course.session.get_one(Classroom, int(answer.location.rsplit("/", 1)[1]))
    one = course.give()
    page = course.teacher.get(f"{answer.location}/assignments/{one.id}").text
    assert "Nobody is in this class yet." in page


def test_a_student_finds_what_to_do_in_her_own_time_and_words(course: Course, at: Clock) -> None:
    course.give(title="Late one", due_at=T0 - 2 * DAY, opens_at=T0 - 5 * DAY)
    course.give(title="Next one", due_at=T0 + DAY + 15 * HOUR, instructions="Read **it**.")
    course.give(title="Coming one", opens_at=T0 + MINUTE)
    course.give(title="Drill one", plan_id="drill-em", due_at=None)
    course.give(title="Exam one", plan_id="mock", due_at=T0 + 3 * DAY, closes_at=T0 + 4 * DAY)
    course.give(title="Missed one", plan_id="mock", opens_at=T0 - DAY, due_at=None, closes_at=T0)
    course.give(title="Hidden one", item_id=course.cases["urology/stone"].id)
    page = course.student.get("/assignments").text
    assert "Coming one" not in page
    wanted = ["Late one", "Next one", "Exam one", "Drill one", 'id="past"', "Missed one", "Hidden one"]
    assert order(page, *wanted) == wanted
    assert "2 days late" in page
    assert "due tomorrow, 11:59 PM" in page  # five in the morning of Sunday, UTC
    assert "due Monday, 8:59 AM" in page
    assert "closes Tuesday, 8:59 AM" in page
    assert "Read <strong>it</strong>." in page
    assert 'href="/cases/orthopedics/broken-wrist"' in page
    assert 'name="plan" value="drill-em"' in page
    assert "/exam" in page
    assert "Ask your instructor for a later close." in page
    assert "This work is not on the site any more." in page
    assert len(re.findall(r'class="btn btn-primary"', page)) == 1


def test_what_is_handed_in_moves_down_with_its_review(course: Course, at: Clock) -> None:
    course.give(title="Mine", due_at=T0 + HOUR)
    attempt = course.hand_in(course.student_id, finished=T0 + HOUR, score=0.62)
    at.now = T0 + 2 * HOUR
    page = course.student.get("/assignments").text
    assert "Nothing. You have done what was given to you." in page
    assert ">Late<" in page
    assert "62%" in page
    assert f'href="/attempts/{attempt.id}"' in page
    assert "Nothing has been given to you" in course.teacher.get("/assignments").text


def test_the_join_page_leads_to_assignments(course: Course, sign_in: SignIn) -> None:
    assert 'href="/assignments"' in course.student.get("/join").text
    assert 'href="/assignments"' not in sign_in().get("/join").text


@pytest.mark.parametrize("who", ["teacher", "student"])
def test_queries_do_not_grow_with_members_and_assignments(
    course: Course,
    person: MakePerson,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
    who: str,
) -> None:
    first = course.give()
    client = getattr(course, who)
    paths = [course.address, f"{course.address}/assignments/{first.id}"] if who == "teacher" else ["/assignments"]
    counts = []
    for _ in range(3):
        course.give(plan_id="drill-em")
        course.give(plan_id="mock", closes_at=T0 + DAY)
        other = person()
        course.join(other)
        course.hand_in(other.id, finished=T0)
        for path in paths:
            with count_queries() as seen:
                assert client.get(path).status_code == 200
            counts.append(len(seen))
    assert counts[: len(paths)] == counts[-len(paths) :]
    assert max(counts) <= 9
