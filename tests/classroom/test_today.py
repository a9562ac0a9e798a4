"""What Today says of assignments: after what is under way, before reviews; one main act only."""

import re
from datetime import timedelta

from coachapp.models.attempts import AttemptState
from tests.classroom.conftest import DAY, HOUR, Course
from tests.exams.conftest import T0
from tests.exams.turning import Clock


def today(course: Course) -> tuple[str, list[str]]:
    """Return the student's page, and its main acts."""
    page = course.student.get("/today").text
    return page, re.findall(r'class="btn btn-primary[^>]*>([^<]+)<', page)


def test_the_assignment_that_is_due_first_is_the_main_act(course: Course, at: Clock) -> None:
    page, acts = today(course)
    assert "Assignments</h3>" not in page, "nothing has been given"
    course.give(title="Second", due_at=T0 + 3 * DAY)
    course.give(title="First", plan_id="drill-em", due_at=T0 + 2 * DAY)
    page, acts = today(course)
    assert '<h2 id="next">First</h2>' in page
    assert acts == ["Start the drill"]
    assert "Given to Fall 2026" in page
    assert "due Sunday, 8:59 AM" in page
    assert '<span class="number">2</span> <span class="muted">to do</span>' in page
    assert 'href="/assignments">All assignments' in page
    at.now = T0 + 4 * DAY
    page, acts = today(course)
    assert "2 days late" in page
    assert "to do, 2 overdue" in page
    course.give(title="Zeroth", opens_at=T0 - DAY, due_at=T0)
    page, acts = today(course)
    assert '<h2 id="next">Zeroth</h2>' in page
    assert acts == ["Open the case"]


def test_what_is_under_way_goes_before_it(course: Course, at: Clock) -> None:
    one = course.give(title="Midterm", plan_id="mock", due_at=T0 + DAY)
    assert today(course)[1] == ["Look at the exam"]
    course.student.post(f"/assignments/{one.id}/exam", data={"consent": "yes"})
    page, acts = today(course)
    assert "Go on with “The mock”" in page
    assert acts == ["Resume"]
    assert "From your class:" in page


def test_what_has_no_date_or_is_due_later_stands_beside_the_main_act(course: Course, at: Clock) -> None:
    first = course.give(title="Some day", due_at=None)
    page, acts = today(course)
    assert len(acts) == 1
    assert '<h2 id="next">Some day</h2>' not in page
    assert f'From your class: <a href="/assignments#assignment-{first.id}">Some day</a>' in page
    course.give(title="In a while", due_at=T0 + 7 * DAY + timedelta(seconds=1))
    page, _ = today(course)
    assert ">In a while</a>" in page
    at.now = T0 + timedelta(seconds=1)
    page, _ = today(course)
    assert '<h2 id="next">In a while</h2>' in page


def test_what_is_done_or_cannot_be_done_leaves_today_alone(course: Course, at: Clock) -> None:
    course.give(title="Done one")
    course.give(title="Hidden one", item_id=course.cases["urology/stone"].id)
    course.give(title="Closed one", plan_id="mock", due_at=None, closes_at=T0 + HOUR)
    course.hand_in(course.student_id, finished=T0 + HOUR)
    at.now = T0 + 2 * HOUR
    page, _ = today(course)
    assert "You have done what was given to you." in page
    assert "From your class" not in page


def test_a_case_begun_is_resumed(course: Course, at: Clock) -> None:
    course.give()
    attempt = course.hand_in(course.student_id, finished=T0 + HOUR)
    attempt.state, attempt.finished_at = AttemptState.OPEN, None
    course.session.commit()
    page, acts = today(course)
    assert "Go on with “Broken wrist”" in page
    assert acts == ["Resume"]
