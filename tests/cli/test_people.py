"""`coachapp people`."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.models.audit import AuditAction, AuditEntry
from coachapp.models.people import Person, ResetRequest, ThrottleKind
from coachapp.web.passwords import verify_and_renew
from coachapp.web.throttle import keys_of, record_failure, seconds_to_wait
from tests.cli.conftest import Run


def test_adding_prints_the_password_once_and_listing_does_not(ready: Run) -> None:
    made = ready("people", "add", "Ana@Example.org", "--name", " Ana Lee ", "--role", "admin", "--json").json
    assert made["email"] == "ana@example.org"
    assert len(made["password"]) >= 20
    assert ready("people", "list", "--json").json == [
        {"email": "ana@example.org", "name": "Ana Lee", "role": "admin", "active": True, "demo": False}
    ]
    listed = ready("people", "list").out
    assert "Ana Lee" in listed
    assert made["password"] not in listed


def test_the_password_can_come_from_standard_input(ready: Run) -> None:
    made = ready("people", "add", "b@example.org", "--name", "Bo", "--password-stdin", "--json", stdin="tulip gravel\n")
    assert made.json == {"email": "b@example.org", "name": "Bo", "role": "student"}
    short = ready("people", "add", "c@example.org", "--name", "Cy", "--password-stdin", stdin="short\n")
    assert short.code == 2
    assert "at least 10 characters" in short.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ana", "--name", "Ana"], "is no email address"),
        (["a@example.org", "--name", "  "], "--name must have 1 to 120 characters"),
        (["a@example.org"], "--name"),
        (["a@example.org", "--name", "A", "--role", "wizard"], "wizard"),
    ],
)
def test_what_cannot_be_added_is_said(ready: Run, arguments: list[str], words: str) -> None:
    outcome = ready("people", "add", *arguments)
    assert outcome.code == 2
    assert words in outcome.err
    assert outcome.out == ""


def test_an_address_is_added_once(ready: Run) -> None:
    ready("people", "add", "a@example.org", "--name", "A")
    outcome = ready("people", "add", "A@example.org", "--name", "B")
    assert outcome.code == 2
    assert "already an account" in outcome.err


def test_roles_change_but_one_administrator_stays(ready: Run) -> None:
    ready("people", "add", "a@example.org", "--name", "A", "--role", "admin")
    assert ready("people", "role", "b@example.org", "admin").code == 2
    outcome = ready("people", "role", "a@example.org", "student")
    assert outcome.code == 2
    assert "only administrator" in outcome.err
    ready("people", "add", "b@example.org", "--name", "B")
    assert ready("people", "role", "B@example.org", "admin").code == 0
    assert ready("people", "role", "a@example.org", "student").code == 0
    assert [p["email"] for p in ready("people", "list", "--role", "admin", "--json").json] == ["b@example.org"]


def test_an_empty_list_says_how_to_begin(ready: Run) -> None:
    outcome = ready("people", "list")
    assert (outcome.code, outcome.out) == (0, "")
    assert "coachapp people add" in outcome.err
    assert ready("people", "list", "--json").json == []


def test_without_init_the_answer_is_to_run_it(run: Run) -> None:
    outcome = run("people", "list")
    assert outcome.code == 2
    assert "coachapp init" in outcome.err


def test_people_are_known_however_they_are_typed(ready: Run) -> None:
    wide = "\uff4a\uff4f\uff53\uff45\uff20\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45\uff0e\uff43\uff4f\uff4d"
    made = ready(
        "people", "add", wide, "--name", "Jose\u0301 \u200b", "--password-stdin", "--json", stdin="cafe\u0301 au lait\n"
    )
    assert made.json == {"email": "jose@example.com", "name": "José", "role": "student"}
    assert ready("people", "role", "JO\u200bSE@example.com", "instructor").code == 0
    nobody = ready("people", "role", "jos\udce9@example.com", "instructor")
    assert nobody.code == 2
    assert "nobody here" in nobody.err
    again = ready("people", "add", "jose@example.com", "--name", "J")
    assert (again.code, "already an account" in again.err) == (2, True)


def test_a_password_that_is_no_text_is_refused(ready: Run) -> None:
    said = ready("people", "add", "b@example.org", "--name", "B", "--password-stdin", stdin=b"caf\xe9 au lait\n")
    assert said.code == 2
    assert "the password" in said.err


def test_a_lost_password_is_given_anew_and_ends_what_was_signed_in(ready: Run, data: Path) -> None:
    made = ready("people", "add", "a@example.org", "--name", "Ana", "--role", "admin", "--json").json
    engine = create_engine(f"sqlite:///{data / 'coachapp.sqlite'}")
    with Session(engine) as session:
        person = session.scalars(select(Person)).one()
        epoch, old_hash = person.sign_in_epoch, person.password_hash
        now = clock.now()
        session.add(ResetRequest(person_id=person.id, requested_at=now))
        keys = keys_of("a@example.org", "192.0.2.1")
        for _ in range(20):
            record_failure(session, keys, now)
        session.commit()
        assert seconds_to_wait(session, {ThrottleKind.ACCOUNT: keys.account}, now)
    outcome = ready("people", "reset", "A@Example.org", "--json")
    assert outcome.json["email"] == "a@example.org"
    assert outcome.json["role"] == "admin"
    with Session(engine) as session:
        person = session.scalars(select(Person)).one()
        assert verify_and_renew(person.password_hash, outcome.json["password"])[0]
        assert not verify_and_renew(person.password_hash, made["password"])[0]
        assert person.password_hash != old_hash
        assert person.sign_in_epoch > epoch
        assert session.scalars(select(ResetRequest)).one().closed_at is not None
        assert not seconds_to_wait(session, {ThrottleKind.ACCOUNT: keys.account}, now)
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert (entry.action, entry.actor_id, entry.subject) == (AuditAction.PASSWORD_CHANGED, None, "a@example.org")
    engine.dispose()


def test_a_new_password_can_be_typed_and_is_checked(ready: Run) -> None:
    ready("people", "add", "a@example.org", "--name", "Ana")
    made = ready("people", "reset", "a@example.org", "--password-stdin", "--json", stdin="tulip gravel\n")
    assert made.json == {"email": "a@example.org", "name": "Ana", "role": "student"}
    for arguments, stdin, words in (
        (["b@example.org"], None, "nobody here has the email b@example.org"),
        (["a@example.org", "--password-stdin"], "short\n", "at least 10 characters"),
        (["a@example.org", "--password-stdin"], "", "at least 10 characters"),
    ):
        outcome = ready("people", "reset", *arguments, stdin=stdin)
        assert (outcome.code, outcome.out) == (2, "")
        assert words in outcome.err


def test_a_switched_off_account_stays_so_and_that_is_said(ready: Run, data: Path) -> None:
    ready("people", "add", "a@example.org", "--name", "Ana")
    engine = create_engine(f"sqlite:///{data / 'coachapp.sqlite'}")
    with Session(engine) as session:
        session.scalars(select(Person)).one().disabled_at = clock.now()
        session.commit()
    engine.dispose()
    outcome = ready("people", "reset", "a@example.org")
    assert outcome.code == 0
    assert "the account is switched off" in outcome.err
