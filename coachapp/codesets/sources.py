"""The files a release is built from: where they lie, what they say, and a stamp that changes when they do."""

import csv
import gzip
import hashlib
import importlib.util
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import yaml

from coachapp.domain.codes import CodeSystem
from coachapp.paths import DATA

SCHEMA = 2
"""The number of the release file's table layout: raise it and every installation builds its file anew."""

DATA_FIRST, DATA_LAST = date(2015, 10, 1), date(2027, 3, 31)
"""The ends of the ICD validity data: a span that touches one may well go on beyond it."""

EDITION = date(2026, 4, 1)
"""The day the tabular list in the package took effect; its codes are those valid on this day."""

QUARTER_FIRST, QUARTER_LAST = date(2026, 4, 1), date(2026, 6, 30)
"""The days for which the HCPCS Level II list is known."""

ICD10CM_DATES = DATA / "icd10cm_valid_dates_FY2016-FY2027.csv.gz"
ICD10PCS_DATES = DATA / "icd10pcs_valid_dates_FY2016-FY2027.csv.gz"
ICD10PCS_TITLES = DATA / "icd10pcs_long_titles_FY2024.csv.gz"
HCPCS_CODES = DATA / "hcpcs_level2_2026Q2.csv.gz"
ICD10PCS_INDEX = DATA / "icd10pcs_index_FY2025.csv.gz"
ICD10CM_CONVERSIONS = DATA / "icd10cm_conversion_table_FY2026.csv.gz"
DESCRIPTOR_WORDS = DATA / "descriptor_words.yaml"
CORRECTIONS = DATA / "title_corrections.yaml"
_BUILT_FROM = (
    ICD10CM_DATES,
    ICD10PCS_DATES,
    ICD10PCS_TITLES,
    ICD10PCS_INDEX,
    HCPCS_CODES,
    DESCRIPTOR_WORDS,
    CORRECTIONS,
)


class SourceMissing(Exception):
    """A file that a release is built from is not there."""


@dataclass(frozen=True, slots=True)
class Dates:
    """When a code was reportable, and its editor flags over time; each row is first day, last day (and flags)."""

    spans: tuple[tuple[date, date], ...]
    flags: tuple[tuple[date, date, str], ...]


def tabular_xml() -> Path:
    """Return the tabular list's XML file inside the installed package simple-icd-10-cm; SourceMissing where it is not.

    The package itself is never imported: that would read the whole file for two seconds.
    """
    spec = importlib.util.find_spec("simple_icd_10_cm")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    found = sorted(path for folder in folders for path in (Path(folder) / "data").glob("*tabular*.xml"))
    if not found:
        raise SourceMissing("The ICD-10-CM tabular list was not found: install the package simple-icd-10-cm 1.5.")
    return found[0]


def stamp() -> str:
    """Return the stamp of a release built now: the table layout and a hash of every file it is built from."""
    digest = hashlib.sha256(f"schema {SCHEMA}".encode())
    for path in (tabular_xml(), *_BUILT_FROM):
        if not path.is_file():
            raise SourceMissing(f"The code-set file {path.name} is missing from {path.parent}.")
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{SCHEMA}-{digest.hexdigest()[:32]}"


def read_dates(path: Path) -> dict[str, Dates]:
    """Read a validity file into dates by code as it is written there, contiguous rows joined."""
    rows: defaultdict[str, list[tuple[date, date, str]]] = defaultdict(list)
    for row in _rows(path):
        rows[row["code"]].append((_day(row["date_start"]), _day(row["date_end"]), row["mce_flags"]))
    return {
        code: Dates(
            spans=joined([(first, last) for first, last, _ in sorted(parts)]),
            flags=tuple(part for part in sorted(parts) if part[2]),
        )
        for code, parts in rows.items()
    }


def read_titles(path: Path) -> dict[str, str]:
    """Read a list of codes with titles: the first column is the code, the second its title."""
    return {code: title for code, title, *_ in (row.values() for row in _rows(path))}


def read_corrections() -> dict[tuple[CodeSystem, str], str]:
    """Read the titles that replace outdated ones, by code system and code."""
    entries = yaml.safe_load(CORRECTIONS.read_text(encoding="utf-8"))
    return {(CodeSystem(entry["system"]), entry["code"]): entry["title"] for entry in entries}


def joined(spans: list[tuple[date, date]]) -> tuple[tuple[date, date], ...]:
    """Join overlapping and adjoining spans of days, given in order of their first day."""
    merged: list[tuple[date, date]] = []
    for first, last in spans:
        if merged and first <= merged[-1][1] + timedelta(days=1):
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def without(spans: tuple[tuple[date, date], ...], cut: tuple[tuple[date, date], ...]) -> tuple[tuple[date, date], ...]:
    """Return the days of `spans` that are in no span of `cut`."""
    for cut_first, cut_last in cut:
        left: list[tuple[date, date]] = []
        for first, last in spans:
            if first < cut_first:
                left.append((first, min(last, cut_first - timedelta(days=1))))
            if last > cut_last:
                left.append((max(first, cut_last + timedelta(days=1)), last))
        spans = tuple(left)
    return spans


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@cache
def _day(text: str) -> date:
    # The files hold 170,000 rows and some thirty different days.
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
