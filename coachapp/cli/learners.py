"""`coachapp progress`: what is kept of every learner's knowledge."""

import json

import click

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


@progress.command("rebuild")
@click.option("--person", "email", metavar="EMAIL", help="This person only; else everybody who has work graded.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rebuild_command(email: str | None, as_json: bool) -> None:
    """Replay the answers of everybody, or of one person, and reckon memory, mastery and readiness from them.

    The site does so by itself whenever grades arrive; this is for a database that was filled in another way.
    """
    added = done = 0
    with open_session() as session:
        if email is not None:
            person = find_by_email(session, email)
            if person is None:
                raise Refused(f"nobody here has the email {email}")
            people = [person.id]
        else:
            people = people_with_work(session)
        total = len(people) if email is not None else count_learners(session)
        while people:
            for person_id in people:
                begin_write(session)
                added += enter_missing(session, person_id)
                standings.refresh(session, person_id, now=clock.now(), exam=exam_in_view())
                session.commit()
                session.expunge_all()
                done += 1
                show_progress(done, max(total, done), "learners")
            people = people_with_work(session, after=people[-1]) if email is None else []
        if email is None:
            begin_write(session)
            standings.take_snapshot(session, now=clock.now())
            session.commit()
    if as_json:
        click.echo(json.dumps({"people": done, "reviews_added": added}))
    else:
        click.echo(f"{done} {'learner' if done == 1 else 'learners'} reckoned, {added} reviews added", err=True)
