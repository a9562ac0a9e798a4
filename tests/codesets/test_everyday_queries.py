"""The held-out list of everyday queries is large, mixed, free of repetition, and its answers are valid codes."""

from collections import Counter
from datetime import date

import pytest

from coachapp.codesets import CodeSets
from coachapp.domain.codes import CodeSystem, undotted
from tests.codesets.everyday import KINDS, EverydayQuery, everyday_queries

DAY = date(2026, 5, 12)


def _is_answer(codesets: CodeSets, answer: str) -> bool:
    """Tell whether an answer is written as in the code sets and valid on the day; under a dash, some code below it."""
    if not answer.endswith("-"):
        # G0402 is a service and, without its dot, the diagnosis G04.02.
        first = codesets.lookup(answer, on=DAY)
        return any(result.valid is True and result.code == answer for result in (first, *first.also))
    start = undotted(answer[:-1])
    if len(start) < 3 or codesets.lookup(answer[:-1], on=DAY).code != answer[:-1]:
        return False
    browse = codesets.browse(DAY)
    entries = [
        entry
        for system in (CodeSystem.ICD10CM, CodeSystem.ICD10PCS)
        for entry in browse.beginning(system, start, limit=1000)
        if entry.billable
    ]
    return any(state.valid for state in browse.states(entries).values())


def test_the_list_is_large_and_has_enough_of_every_kind() -> None:
    counts = Counter(entry.kind for entry in everyday_queries())
    assert counts.total() >= 500
    assert counts.keys() == KINDS.keys()
    assert {kind: counts[kind] for kind, fewest in KINDS.items() if counts[kind] < fewest} == {}


def test_no_query_stands_twice() -> None:
    counts = Counter(" ".join(entry.query.casefold().split()) for entry in everyday_queries())
    assert [query for query, count in counts.items() if count > 1] == []


def test_queries_are_typed_on_one_line_and_short() -> None:
    assert [entry.query for entry in everyday_queries() if not 1 <= len(entry.query.split()) <= 6] == []
    assert [entry.query for entry in everyday_queries() if entry.query != entry.query.strip()] == []


def test_every_answer_is_a_code_or_header_valid_on_the_day(codesets: CodeSets) -> None:
    answers = {answer for entry in everyday_queries() for answer in entry.codes}
    assert sorted(answer for answer in answers if not _is_answer(codesets, answer)) == []


def test_no_answer_stands_twice_in_an_entry() -> None:
    repeated = [
        entry.query
        for entry in everyday_queries()
        if len(set(entry.codes)) < len(entry.codes)
        or any(
            EverydayQuery("", (header,), "").accepts(other.rstrip("-"))
            for header in entry.codes
            for other in entry.codes
            if header != other and header.endswith("-")
        )
    ]
    assert repeated == []


@pytest.mark.parametrize(
    "answer",
    [
        "S16.1A",  # no placeholder
        "E119",  # no dot
        "J18.99",
        "J1030",  # a code of the past
        "M54.5X-",
        "C78.31",  # new on 2026-10-01
        "I84-",
        "E1-",  # no header
        "0SR0Z-",
    ],
)
def test_a_wrong_answer_is_recognised(codesets: CodeSets, answer: str) -> None:
    assert not _is_answer(codesets, answer)


def test_a_dash_accepts_the_header_and_what_is_below() -> None:
    entry = EverydayQuery("hip fracture", ("S72.00-", "S72.0"), "external_cause")
    assert all(map(entry.accepts, ["S72.00", "S72.001A", "S72.0"]))
    assert not any(map(entry.accepts, ["S72", "S72.01", "S72.011A"]))


def test_codes_of_two_systems_are_not_confused() -> None:
    visit = EverydayQuery("welcome to Medicare visit", ("G0402",), "hcpcs")
    assert visit.accepts("G0402")
    assert not visit.accepts("G04.02")
    ladder = EverydayQuery("fall from ladder", ("W11-", "0SRC0J-", "E11-"), "external_cause")
    assert all(map(ladder.accepts, ["W11", "W11.XXXA", "0SRC0J9", "E11.9"]))
    assert not any(map(ladder.accepts, ["E1130", "0SRC0L9"]))
