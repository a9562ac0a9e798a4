"""`coachapp items analyse` on the command line."""

import random
from pathlib import Path

import pytest

from coachapp.domain.psychometrics import analyse, score_table

from .conftest import Run

ITEM_FIELDS = ["difficulty", "sd", "point_biserial", "discriminative_efficiency", "upper_lower_27", "alpha_if_dropped"]
TEST_FIELDS = ["mean", "median", "sd", "skewness", "kurtosis", "alpha", "sem"]
SMALL = "person,a,b,c\np1,1,1,1\np2,1,1,0\np3,1,0,1\np4,1,0,0\np5,0,0,0\n"


@pytest.fixture
def files(tmp_path: Path):
    def write(scores: str | bytes, maxima: str | None = None) -> list[str]:
        path = tmp_path / "scores.csv"
        path.write_bytes(scores if isinstance(scores, bytes) else scores.encode())
        arguments = ["items", "analyse", "--scores", str(path), "--json"]
        if maxima is not None:
            (tmp_path / "max.csv").write_text(maxima, encoding="utf-8")
            arguments += ["--max", str(tmp_path / "max.csv")]
        return arguments

    return write


def test_json_has_the_shape_of_the_contract(run: Run, files) -> None:
    outcome = run(*files(SMALL))
    assert (outcome.code, outcome.err) == (0, "")
    found = outcome.json
    assert list(found) == ["n", "items", "test"]
    assert found["n"] == 5
    assert list(found["items"]) == ["a", "b", "c"]
    assert list(found["items"]["a"]) == ITEM_FIELDS
    assert list(found["test"]) == TEST_FIELDS
    assert found["items"]["a"]["difficulty"] == 0.8
    assert found["test"]["alpha"] == pytest.approx(1.5 * (1 - 0.8 / 1.3))
    columns = {"a": [1, 1, 1, 1, 0], "b": [1, 1, 0, 0, 0], "c": [1, 0, 1, 0, 0]}
    expected = analyse(score_table(columns))
    for item, figures in expected.items.items():
        assert found["items"][item] == {field: getattr(figures, field) for field in ITEM_FIELDS}
    assert found["test"] == {field: getattr(expected.test, field) for field in TEST_FIELDS}


def test_undefined_is_null_and_empty_is_not_presented(run: Run, files) -> None:
    found = run(*files("person,a,b\np1,1,\np2,1,1\n")).json
    assert found["items"]["a"]["point_biserial"] is None
    assert found["items"]["b"] == dict.fromkeys(ITEM_FIELDS) | {"difficulty": 1, "upper_lower_27": 0}
    assert (found["test"]["alpha"], found["test"]["mean"]) == (None, 1.5)


def test_maxima_count_where_given(run: Run, files) -> None:
    found = run(*files("person,case,q\np1,4,1\np2,1,0.5\n", "item,max\ncase,5\n")).json
    assert (found["items"]["case"]["difficulty"], found["items"]["q"]["difficulty"]) == (0.5, 0.75)


def test_an_absent_person_is_left_out_and_named(run: Run, files) -> None:
    outcome = run(*files(SMALL + "p6,,,\n"))
    assert outcome.json == run(*files(SMALL)).json
    assert outcome.err == "1 person was presented no item and left out.\n"


def test_byte_order_mark_line_ends_quotes_and_blanks_do_no_harm(run: Run, files) -> None:
    windows = "\ufeff" + SMALL.replace("\n", "\r\n").replace("p1,1,1", '"p1", 1 ,1.0') + "\r\n\r\n"
    assert run(*files(windows)).json == run(*files(SMALL)).json


def test_rows_in_any_order_give_the_same_bytes(run: Run, files) -> None:
    shuffled = random.Random(4)
    rows = [
        f"p{i}," + ",".join(shuffled.choice(["0", "0.1", "0.2", "0.3", "1", ""]) for _ in range(6)) for i in range(40)
    ]
    header = "person,q1,q2,q3,q4,q5,q6\n"
    first = run(*files(header + "\n".join(rows)))
    shuffled.shuffle(rows)
    assert run(*files(header + "\n".join(rows))).out == first.out
    assert first.code == 0


def test_without_json_a_table_is_printed(run: Run, files) -> None:
    outcome = run(*files("person,a,b\np1,1,1\np2,1,0\n")[:-1])
    lines = outcome.out.splitlines()
    assert outcome.code == 0
    assert lines[1].split() == ["a", "2", "1.000", "0.000", "–", "–", "0.000", "–"]
    assert "2 examinees, 2 items" in lines
    assert lines[-1] == "Provisional: fewer than 30 examinees."


@pytest.mark.parametrize(
    ("scores", "place"),
    [
        ("person,a,b\np1,1\n", "row 2, column 3: cells in the row: 2; expected: 3"),
        ("person,a\np1,1\np2,1,0\n", "row 3, column 3: cells in the row: 3; expected: 2"),
        ("person,a\np1,1\n\np2,0\n", "row 3, column 1: the row is empty"),
        ("person,a\np1,1\np2,0\np1,0\n", "row 4, column 1: the person p1 stands already in row 2, column 1"),
        ("person,a,b,a\np1,1,1,1\n", "row 1, column 4: the item a stands already in row 1, column 2"),
        ("person,a,\np1,1,1\n", "row 1, column 3: the item has no name"),
        ("person,a\n,1\n", "row 2, column 1: the person has no name"),
        ("person,a,b\np1,1,x\n", "row 2, column 3 (b): 'x' is not a number"),
        ("person,a\np1,NaN\n", "row 2, column 2 (a): 'NaN' is not a number"),
        ("person,a\np1,inf\n", "row 2, column 2 (a): 'inf' is not a number"),
        ("person,a\np1,-Infinity\n", "row 2, column 2 (a): '-Infinity' is not a number"),
        ("person,a\np1,1_0\n", "row 2, column 2 (a): '1_0' is not a number"),
        ("person,a\np1,٣\n", "row 2, column 2 (a): '٣' is not a number"),
        ('person,a\np1,"0,5"\n', "row 2, column 2 (a): '0,5' is not a number"),
        ("person,a\np1,0\np2,1.5\n", "row 3, column 2 (a): 1.5 is not from 0 to 1"),
        ("person,a\np1,-1\n", "row 2, column 2 (a): -1 is not from 0 to 1"),
        ("person,a\np1,1e999999\n", "row 2, column 2 (a): 1e999999 is not from 0 to 1"),
        ("person,a\np1,1e-999999\n", "row 2, column 2 (a): 1e-999999 has more than 60 digits after the point"),
        ("", "row 1, column 1: the file is empty"),
        ("\n\n", "row 1, column 1: the file is empty"),
        ("person,a\n", "row 2, column 1: there is no person"),
        ("person\np1\n", "row 1, column 2: the header names no item"),
        ("p1,1,0\np2,1,1\n", "row 1, column 1: the header must be person,<item ids>, and begins with 'p1'"),
        ('person,a\np1,"1\n', "row 2, column 1: not CSV"),
        (b"person,a,b\np1,1,\xff\n", "row 2, column 3: byte 17 is not UTF-8"),
        (b"person,a\np1,\x00\n", "row 2, column"),
    ],
)
def test_a_faulty_matrix_is_refused_with_row_and_column(run: Run, files, scores: str | bytes, place: str) -> None:
    outcome = run(*files(scores))
    assert (outcome.code, outcome.out) == (2, "")
    assert f"scores.csv: {place}" in outcome.err


@pytest.mark.parametrize(
    ("maxima", "place"),
    [
        ("item,max\nz,2\n", "row 2, column 1: the scores have no item z"),
        ("item,max\na,2\na,3\n", "row 3, column 1: the item a stands already in row 2, column 1"),
        ("item,max\na,two\n", "row 2, column 2 (a): 'two' is not a number"),
        ("item,max\na,\n", "row 2, column 2 (a): '' is not a number"),
        ("item,max\na,0\n", "row 2, column 2 (a): a maximum is above 0 and at most 1000000, not 0"),
        ("item,max\na,-1\n", "row 2, column 2 (a): a maximum is above 0 and at most 1000000, not -1"),
        ("item,max\na,1e999\n", "row 2, column 2 (a): a maximum is above 0 and at most 1000000, not 1e999"),
        ("item,max\na\n", "row 2, column 2: cells in the row: 1; expected: 2"),
        ("item,max,note\na,1,x\n", "row 1, column 3: cells in the row: 3; expected: 2"),
        ("item,most\na,1\n", "row 1, column 2: the header must be item,max; here stands 'most'"),
        ("item\na\n", "row 1, column 2: the header must be item,max; here stands ''"),
        ("", "row 1, column 1: the file is empty"),
    ],
)
def test_faulty_maxima_are_refused_with_row_and_column(run: Run, files, maxima: str, place: str) -> None:
    outcome = run(*files(SMALL, maxima))
    assert (outcome.code, outcome.out) == (2, "")
    assert f"max.csv: {place}" in outcome.err


def test_a_file_that_cannot_be_read_is_refused(run: Run, tmp_path: Path) -> None:
    outcome = run("items", "analyse", "--scores", str(tmp_path / "none.csv"), "--json")
    assert (outcome.code, outcome.out) == (2, "")
    assert "none.csv: No such file or directory" in outcome.err
    assert run("items", "analyse", "--json").code == 2


def test_a_file_beyond_all_measure_is_refused(run: Run, files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachapp.cli.score_files.MOST_BYTES", 10)
    assert "larger than" in run(*files(SMALL)).err
