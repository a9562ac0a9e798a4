"""The bundled ranges of POA exempt codes."""

from datetime import date

from coachapp.codesets import CodeSets
from coachapp.codesets.poa import poa_ranges

DAY = date(2026, 5, 12)


def test_no_code_is_in_a_range_of_each_kind() -> None:
    ranges = poa_ranges()
    for exempt in ranges.exempt:
        for reported in ranges.reported:
            assert exempt.last < reported.first[: len(exempt.last)] or reported.last[: len(exempt.first)] < exempt.first


def test_every_end_of_a_range_is_a_code_or_a_header(codesets: CodeSets) -> None:
    ranges = poa_ranges()
    for span in (*ranges.exempt, *ranges.reported):
        for end in (span.first, span.last):
            written = end if len(end) <= 3 else f"{end[:3]}.{end[3:]}"
            assert codesets.lookup(written, on=DAY).valid, end


def test_headers_are_neither(codesets: CodeSets) -> None:
    facts = codesets.facts_for(on=DAY, diagnoses=["Z79", "Z79.4", "J18", "J18.9"], services=(), inpatient=True)
    assert [facts.diagnosis(code).poa_exempt for code in ("Z79", "Z79.4", "J18", "J18.9")] == [None, True, None, False]
