"""`coachapp items analyse --answers --key`: how each option works, by hand, and every fault of the two files."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Outcome, Run

SCORES = "person,a,b,c\np1,1,1,1\np2,1,1,0\np3,1,0,1\np4,1,0,0\np5,0,0,0\n"
ANSWERS = "person,a\np1,A\np2,A\np3,B\np4,A\np5,\n"
KEY = "item,right\na,A\n"
FIELDS = ["option", "right", "chosen", "share", "mean_total", "correlation", "functional"]
Analyse = Callable[..., Outcome]


@pytest.fixture
def analyse(run: Run, tmp_path: Path) -> Analyse:
    """Return a function that analyses scores, answers and key given as text; None: the file is not named."""

    def call(scores: str, answers: str | None, key: str | None, *options: str) -> Outcome:
        arguments = ["items", "analyse"]
        for name, text in (("scores", scores), ("answers", answers), ("key", key)):
            if text is not None:
                (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
                arguments += [f"--{name}", str(tmp_path / f"{name}.csv")]
        return run(*arguments, *options)

    return call


def test_options_by_hand(analyse: Analyse) -> None:
    # R of item a is 2 1 1 0 0. A is chosen by 1, 2, 4: T 3 2 1; chose = 1 1 0 1 0, cov 0.15, var 0.3, var R 0.7.
    # B is chosen by 3: T 2; chose = 0 0 1 0 0, cov (1 − 4/5)/4 = 0.05, var 0.2.
    outcome = analyse(SCORES, ANSWERS, KEY, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    found = outcome.json["items"]
    a, b = found["a"]["options"]
    assert list(a) == FIELDS
    assert a == {
        "option": "A",
        "right": True,
        "chosen": 3,
        "share": 0.6,
        "mean_total": 2,
        "correlation": pytest.approx(0.15 / math.sqrt(0.3 * 0.7)),
        "functional": True,
    }
    assert (b["option"], b["right"], b["chosen"], b["share"], b["mean_total"]) == ("B", False, 1, 0.2, 2)
    assert b["correlation"] == pytest.approx(0.05 / math.sqrt(0.2 * 0.7))
    assert found["a"]["key_suspect"] is False
    assert (found["b"]["options"], found["b"]["key_suspect"]) == (None, None)


def test_the_other_figures_are_those_without_answers(analyse: Analyse) -> None:
    plain, found = analyse(SCORES, None, None, "--json").json, analyse(SCORES, ANSWERS, KEY, "--json").json
    for one in found["items"].values():
        del one["options"], one["key_suspect"]
    assert found == plain


def test_rows_of_the_answers_may_stand_in_any_order(analyse: Analyse) -> None:
    head, *rows = ANSWERS.splitlines()
    turned = "\n".join([head, *reversed(rows)])
    assert analyse(SCORES, turned, KEY, "--json").out == analyse(SCORES, ANSWERS, KEY, "--json").out


def test_a_wrong_option_that_the_better_choose_is_said_so(analyse: Analyse) -> None:
    scores, answers = "person,x,y\n1,0,1\n2,0,1\n3,1,0\n4,1,0\n", "person,x\n1,B\n2,B\n3,A\n4,A\n"
    found = analyse(scores, answers, "item,right\nx,A\n", "--json").json["items"]["x"]
    assert [one["correlation"] for one in found["options"]] == [-1, 1]
    assert found["key_suspect"] is True
    printed = analyse(scores, answers, "item,right\nx,A\n").out
    assert "Key suspect, for a wrong option goes better with the rest of the test: x" in printed


def test_several_options_may_be_chosen_and_right(analyse: Analyse) -> None:
    scores, answers = "person,x,y\n1,1,1\n2,0,1\n", "person,x\n1,c; a\n2,a;b\n"
    found = analyse(scores, answers, "item,right\nx,a;c\n", "--json").json["items"]["x"]["options"]
    assert [(one["option"], one["right"], one["share"]) for one in found] == [
        ("a", True, 1),
        ("b", False, 0.5),
        ("c", True, 0.5),
    ]


def test_under_5_percent_is_non_functional_and_an_option_nobody_chose_is_told(analyse: Analyse) -> None:
    people = range(40)
    scores = "person,x,y\n" + "".join(f"{n},{int(n > 1)},{n % 2}\n" for n in people)
    answers = "person,x\n" + "".join(f"{n},{'D' if n == 0 else 'B' if n == 1 else 'C'}\n" for n in people)
    outcome = analyse(scores, answers.replace("1,B", "1,D"), "item,right\nx,A\n")
    rows = [line.split() for line in outcome.out.splitlines() if line.startswith("x ")][1:]
    assert rows[0] == ["x", "A", "*", "0", "0.000", "–", "–"]
    assert rows[1][:5] == ["x", "C", "38", "0.950", rows[1][4]]
    assert rows[2][:4] == ["x", "D", "2", "0.050"]
    assert "non-functional" not in outcome.out
    found = analyse(scores, answers, "item,right\nx,A\n", "--json").json["items"]["x"]["options"]
    assert [(one["option"], one["share"], one["functional"]) for one in found] == [
        ("A", 0, False),
        ("B", 0.025, False),
        ("C", 0.95, True),
        ("D", 0.025, False),
    ]
    assert analyse(scores, answers, "item,right\nx,A\n").out.count("non-functional") == 2


def test_of_one_person_and_of_nobody_little_is_defined(analyse: Analyse) -> None:
    found = analyse("person,x,y\n1,1,\n", "person,x,y\n1,A,\n", "item,right\nx,A\ny,A\n", "--json").json["items"]
    [x], [y] = found["x"]["options"], found["y"]["options"]
    assert (x["chosen"], x["share"], x["mean_total"], x["correlation"]) == (1, 1, 1, None)
    assert (y["chosen"], y["share"], y["mean_total"], y["correlation"], y["functional"]) == (0, None, None, None, None)
    assert found["x"]["key_suspect"] is False


@pytest.mark.parametrize(
    ("answers", "place"),
    [
        ("person,z\np1,A\n", "row 1, column 2: the scores have no item z"),
        ("person,a\np9,A\n", "row 2, column 1: the scores have no person p9"),
        ("person,a\np1,A\n", "there is no row for the person p2"),
        (ANSWERS.replace("p2,A", "p2,A,B"), "row 3, column 3: cells in the row: 3; expected: 2"),
        (ANSWERS.replace("p2,A", "p2,A;"), "row 3, column 2 (a): 'A;' names an option without a name"),
        (ANSWERS.replace("p2,A", "p2,A;A"), "row 3, column 2 (a): 'A;A' names an option twice"),
        (ANSWERS + "p1,A\n", "row 7, column 1: the person p1 stands already in row 2, column 1"),
        ("people,a\np1,A\n", "row 1, column 1: the header must be person,<item ids>, and begins with 'people'"),
    ],
)
def test_faulty_answers_are_refused_with_row_and_column(analyse: Analyse, answers: str, place: str) -> None:
    outcome = analyse(SCORES, answers, KEY, "--json")
    assert (outcome.code, outcome.out) == (2, "")
    assert f"answers.csv: {place}" in outcome.err


def test_an_answer_to_what_was_not_presented_is_refused(analyse: Analyse) -> None:
    outcome = analyse(SCORES.replace("p2,1,1,0", "p2,,1,0"), ANSWERS, KEY, "--json")
    assert (outcome.code, outcome.out) == (2, "")
    told = "answers.csv: row 3, column 2 (a): A was chosen, but by the scores p2 was not presented the item"
    assert told in outcome.err


def test_texts_are_no_options(analyse: Analyse) -> None:
    people = range(30)
    scores = "person,a\n" + "".join(f"{n},1\n" for n in people)
    answers = "person,a\n" + "".join(f"{n},text {n}\n" for n in people)
    outcome = analyse(scores, answers, "item,right\na,text 1\n")
    assert (outcome.code, outcome.out) == (2, "")
    assert "answers.csv: row 1, column 2 (a): 30 different options; at most 26" in outcome.err


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("item,right\nb,A\n", "row 2, column 1: the answers have no item b"),
        ("item,right\n", "there is no row for the item a"),
        ("item,right\na,\n", "row 2, column 2 (a): no option is right"),
        ("item,right\na,A\na,B\n", "row 3, column 1: the item a stands already in row 2, column 1"),
        ("item,right\na,A;;B\n", "row 2, column 2 (a): 'A;;B' names an option without a name"),
        ("item,max\na,A\n", "row 1, column 2: the header must be item,right; here stands 'max'"),
        ("", "row 1, column 1: the file is empty"),
    ],
)
def test_a_faulty_key_is_refused_with_row_and_column(analyse: Analyse, key: str, place: str) -> None:
    outcome = analyse(SCORES, ANSWERS, key, "--json")
    assert (outcome.code, outcome.out) == (2, "")
    assert f"key.csv: {place}" in outcome.err


@pytest.mark.parametrize(("answers", "key"), [(ANSWERS, None), (None, KEY)])
def test_answers_and_key_go_together(analyse: Analyse, answers: str | None, key: str | None) -> None:
    outcome = analyse(SCORES, answers, key, "--json")
    assert (outcome.code, outcome.out) == (2, "")
    assert "--answers and --key go together" in outcome.err
