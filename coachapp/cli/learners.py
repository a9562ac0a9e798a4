"""`coachapp progress`: what is kept of every learner's knowledge."""

import json

import click
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.attempts import standings
from coachapp.attempts.evidence import count_learners, people_with_work
from coachapp.attempts.grades import enter_missing
from coachapp.cli import Refused
from coachapp.cli.database import open_session
from coachapp.cli.progress import show_progress
from coachapp.models.writing import begin_write
from coachapp.progress.upkeep import exam_in_view
from coachapp.web.people import find_by_email


@click.group()
def progress() -> None:
    """Reckon mastery, readiness and memory anew."""


@progress.command("rebuild", short_help="Work out memory and mastery again.")
@click.option("--person", "email", metavar="EMAIL", help="This person only; else everybody who has work graded.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rebuild_command(email: str | None, as_json: bool) -> None:
    """Replay the answers of everybody, or of one person, and reckon memory, mastery and readiness from them.

    The site does so by itself whenever grades arrive; this is for a database that was filled in another way.
    """
    with open_session() as session:
        if email is not None:
            person = find_by_email(session, email)
            if person is None:
                raise Refused(f"nobody here has the email {email}")
            done, added = 1, _rebuild(session, person.id)
            show_progress(1, 1, "learners")
        else:
            done, added = rebuild_everybody(session)
    if as_json:
        click.echo(json.dumps({"people": done, "reviews_added": added}))
    else:
        learners, reviews = "learner" if done == 1 else "learners", "review" if added == 1 else "reviews"
        click.echo(f"{done} {learners} reckoned, {added} {reviews} added", err=True)


def rebuild_everybody(session: Session) -> tuple[int, int]:
    """Reckon everybody who has work graded, then all of them together; return how many people and added reviews.

    Commits after each, so that what is done stays done when this is interrupted.
    """
    added, done, total = 0, 0, count_learners(session)
    people = people_with_work(session)
    while people:
        for person_id in people:
            added += _rebuild(session, person_id)
            done += 1
            show_progress(done, max(total, done), "learners")
        people = people_with_work(session, after=people[-1])
    begin_write(session)
    standings.take_snapshot(session, now=clock.now())
    session.commit()
    return done, added


def _rebuild(session: Session, person_id: int) -> int:
    begin_write(session)
    added = enter_missing(session, person_id)
    standings.refresh(session, person_id, now=clock.now(), exam=exam_in_view())
    session.commit()
    session.expunge_all()
    return added
