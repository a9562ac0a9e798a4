"""A person's own settings."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.attempts.accommodations import grant
from coachapp.models.audit import AuditAction, AuditEntry
from coachapp.models.people import Person
from coachapp.web.zones import zone_choices
from tests.conftest import PASSWORD, MakePerson, SignIn

NEW = "tulip gravel orbit"
ADDRESS = "student1@example.org"


def profile(who: Person, **changes: str) -> dict[str, str]:
    """Return the posted form of somebody's profile with changes."""
    return {"name": who.name, "email": who.email, "time_zone": who.time_zone, "current_password": "", **changes}


def test_name_and_zone_are_saved(sign_in: SignIn, person: MakePerson, db_session: Session) -> None:
    who = person()
    client = sign_in(who)
    assert client.post("/profile", data=profile(who, name="Ana", time_zone="Asia/Tokyo")).status_code == 303
    db_session.refresh(who)
    assert (who.name, who.time_zone) == ("Ana", "Asia/Tokyo")
    page = client.get("/profile").text
    assert "Saved." in page
    assert '<option selected value="Asia/Tokyo">' in page


def test_another_address_needs_the_password(sign_in: SignIn, person: MakePerson, db_session: Session) -> None:
    who = person()
    client = sign_in(who)
    for current in ("", "wrong"):
        answer = client.post("/profile", data=profile(who, email="new@example.org", current_password=current))
        assert answer.status_code == 422
        assert "type your current password here" in answer.text
    assert (
        client.post("/profile", data=profile(who, email="NEW@example.org", current_password=PASSWORD)).status_code
        == 303
    )
    db_session.refresh(who)
    assert who.email == "new@example.org"


def test_an_address_of_somebody_else_is_refused(sign_in: SignIn, person: MakePerson, db_session: Session) -> None:
    other, who = person(), person()
    answer = sign_in(who).post(
        "/profile", data=profile(who, email=other.email, current_password=PASSWORD, name="Changed")
    )
    assert answer.status_code == 422
    assert "Another account has this email." in answer.text
    db_session.refresh(who)
    assert who.name != "Changed"


@pytest.mark.parametrize("change", [{"name": ""}, {"time_zone": "Mars/Crater"}, {"time_zone": ""}, {"email": "x"}])
def test_what_cannot_be_saved_is_422(sign_in: SignIn, person: MakePerson, change: dict[str, str]) -> None:
    who = person()
    assert sign_in(who).post("/profile", data=profile(who, **change)).status_code == 422


def test_demo_addresses_are_addresses(sign_in: SignIn, person: MakePerson) -> None:
    from coachapp.cli.demo import PEOPLE

    who = person(email=PEOPLE[0][2], demo=True)
    assert sign_in(who).post("/profile", data=profile(who)).status_code == 303


def test_zones_begin_with_those_of_the_united_states() -> None:
    names = [choice.value for choice in zone_choices()]
    assert names[0] == "America/New_York"
    assert {"UTC", "Europe/Berlin", "Pacific/Honolulu"} <= set(names)
    assert len(names) == len(set(names))


def test_changing_the_password_keeps_this_device_and_ends_the_others(
    sign_in: SignIn, person: MakePerson, db_session: Session
) -> None:
    who = person()
    here, there = sign_in(who), sign_in(who)
    answer = here.post("/profile/password", data={"current_password": PASSWORD, "password": NEW, "password_again": NEW})
    assert answer.status_code == 303
    assert here.get("/profile").status_code == 200
    assert there.get("/profile").status_code == 303
    assert db_session.scalars(select(AuditEntry.action)).all() == [AuditAction.PASSWORD_CHANGED]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"current_password": "wrong", "password": NEW, "password_again": NEW}, "This is not your current password."),
        ({"current_password": PASSWORD, "password": "short", "password_again": "short"}, "at least 10"),
        ({"current_password": PASSWORD, "password": NEW, "password_again": "other"}, "The two passwords differ."),
        (
            {
                "current_password": PASSWORD,
                "password": "student1@example.org",
                "password_again": "student1@example.org",
            },
            "other than your email",
        ),
    ],
)
def test_a_password_that_cannot_be_changed_is_422(sign_in: SignIn, data: dict[str, str], words: str) -> None:
    answer = sign_in().post("/profile/password", data=data)
    assert answer.status_code == 422
    assert words in answer.text


def test_guessing_the_current_password_is_slowed_down(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    client, now = sign_in(), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    for _ in range(5):
        client.post("/profile/password", data={"current_password": "wrong", "password": NEW, "password_again": NEW})
    assert (
        client.post(
            "/profile/password", data={"current_password": PASSWORD, "password": NEW, "password_again": NEW}
        ).status_code
        == 422
    )


def test_signing_out_everywhere(sign_in: SignIn, person: MakePerson) -> None:
    who = person()
    here, there = sign_in(who), sign_in(who)
    assert here.post("/profile/sign-out-everywhere").status_code == 303
    assert here.get("/profile").status_code == 303
    assert there.get("/profile").status_code == 303


def test_a_stale_profile_form_does_not_carry_the_password_back(app: Flask, sign_in: SignIn, person: MakePerson) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    who = person()
    data = profile(who, email="new@example.org", current_password="hush hush hush")
    answer = sign_in(who).post("/profile", data=data, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 400
    assert "hush" not in answer.text


def test_every_password_box_has_the_word_in_its_name() -> None:
    from wtforms import PasswordField

    from coachapp.accounts import forms

    for form in (forms.Register, forms.NewPassword, forms.SignInForm, forms.ChangePassword, forms.ProfileForm):
        assert all("password" in box.name for box in form() if isinstance(box, PasswordField))


def test_accommodations_are_told_in_plain_words(sign_in: SignIn, db_session: Session) -> None:
    student, other = sign_in(), sign_in()
    assert "None: you have the usual time." in student.get("/profile").text
    now = datetime(2026, 5, 2, 15, tzinfo=UTC)
    who = student.person.id  # type: ignore[attr-defined]
    grant(db_session, who, factor=Decimal("1.50"), breaks=20, reason="r", by_id=None, now=now)
    grant(db_session, who, extra=10, extension=2880, scope="cpc", reason="r", by_id=None, now=now)
    grant(db_session, who, extra=10, scope="cpc-half", reason="r", by_id=None, now=now)
    grant(db_session, who, scope="cpc-half", reason="over", by_id=None, now=now)
    db_session.commit()
    page = student.get("/profile").text
    assert "Every exam: 1.5 times the usual minutes, breaks of 20 minutes in all." in page
    assert "CPC mock exam, full length: 10 minutes more, a close 2 days later." in page
    assert "Since May 2, 2026." in page
    assert "half length" not in page
    assert "half length" not in student.post("/profile", data={"name": ""}).text
    assert "None: you have the usual time." in other.get("/profile").text
