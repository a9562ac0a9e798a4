"""Which code systems no release answers for on a date."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.codesets import ReleaseInfo
from coachapp.codesets.coverage import gaps
from coachapp.codesets.shelf import CODE_KINDS, Kind


def release(kind: Kind, first: date, last: date, *, usable: bool = True) -> ReleaseInfo:
    """Return the description of a release for some days."""
    return ReleaseInfo(f"{kind}-{first}", kind, first, last, 1, "a test", Path("x.sqlite"), usable=usable)


Q2 = release(Kind.HCPCS, date(2026, 4, 1), date(2026, 6, 30))
Q4 = release(Kind.HCPCS, date(2026, 10, 1), date(2026, 12, 31))
ICD = release(Kind.ICD10CM, date(2015, 10, 1), date(2027, 3, 31))


@pytest.mark.parametrize(
    ("releases", "on", "kinds"),
    [
        ([Q2, ICD], date(2026, 6, 30), []),
        ([Q2, ICD], date(2026, 7, 1), ["hcpcs"]),
        ([Q2, Q4, ICD], date(2026, 12, 1), []),
        ([Q2, Q4, ICD], date(2026, 8, 1), ["hcpcs"]),
        ([Q2, ICD], date(2027, 4, 1), ["icd10cm", "hcpcs"]),
        ([Q2, ICD], date(2015, 1, 1), ["icd10cm", "hcpcs"]),
        ([ICD, release(Kind.CPT, date(2026, 1, 1), date(2026, 12, 31))], date(2027, 1, 1), ["cpt"]),
        ([Q2, release(Kind.HCPCS, date(2026, 7, 1), date(2026, 9, 30), usable=False)], date(2026, 8, 1), ["hcpcs"]),
        ([release(Kind.INDEX, date(2020, 1, 1), date(2020, 12, 31))], date(2026, 1, 1), []),
        ([], date(2026, 1, 1), []),
    ],
)
def test_a_system_without_a_release_for_the_date_is_named(
    releases: list[ReleaseInfo], on: date, kinds: list[str]
) -> None:
    assert [gap.kind.value for gap in gaps(releases, on=on)] == kinds


def test_the_text_names_the_end_and_the_import() -> None:
    (gap,) = gaps([Q2], on=date(2026, 12, 1))
    assert "end on Jun 30, 2026" in gap.text
    assert "`coachapp codes import hcpcs FILE`" in gap.text
    assert "HCPCS Quarterly Update" in gap.text
    (early,) = gaps([Q2], on=date(2026, 1, 1))
    assert "begin on Apr 1, 2026" in early.text


DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@given(st.lists(st.tuples(st.sampled_from(CODE_KINDS), DAYS, st.integers(0, 400))), DAYS)
def test_a_gap_is_exactly_a_system_whose_releases_miss_the_date(some: list[tuple[Kind, date, int]], on: date) -> None:
    releases = [release(kind, first, first + timedelta(days=length)) for kind, first, length in some]
    missing = {gap.kind for gap in gaps(releases, on=on)}
    for kind in CODE_KINDS:
        own = [one for one in releases if one.kind is kind]
        assert (kind in missing) == (bool(own) and all(not one.first <= on <= one.last for one in own))
