"""`coachapp people`."""

import pytest

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
