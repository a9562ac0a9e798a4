"""Where browsing HCPCS and ICD-10-PCS begins: letters, and sections with their body systems and operations."""

import csv
import gzip
from dataclasses import dataclass
from functools import cache
from typing import Any

from coachapp.codesets.card import Entry
from coachapp.codesets.release import View
from coachapp.codesets.sources import ICD10PCS_BODY_SYSTEMS, ICD10PCS_OPERATIONS
from coachapp.domain.codes import CodeSystem

HCPCS_LETTERS = {
    "A": "Transport, medical and surgical supplies, administrative",
    "B": "Enteral and parenteral therapy",
    "C": "Hospital outpatient services and items",
    "D": "Dental procedures",
    "E": "Durable medical equipment",
    "G": "Temporary procedures and professional services",
    "H": "Alcohol and drug abuse treatment, behavioral health",
    "J": "Drugs not taken by mouth, chemotherapy",
    "K": "Temporary codes for durable medical equipment",
    "L": "Orthotics and prosthetics",
    "M": "Medical services, quality measures",
    "P": "Pathology and laboratory, blood products",
    "Q": "Temporary codes",
    "R": "Diagnostic radiology: transport of equipment",
    "S": "Temporary codes of private payers",
    "T": "Codes of state Medicaid agencies",
    "U": "Laboratory tests for coronavirus",
    "V": "Vision, hearing and speech services",
}
"""What the codes of each HCPCS letter are, in our own words."""

PCS_SECTIONS = {
    "0": "Medical and Surgical",
    "1": "Obstetrics",
    "2": "Placement",
    "3": "Administration",
    "4": "Measurement and Monitoring",
    "5": "Extracorporeal or Systemic Assistance and Performance",
    "6": "Extracorporeal or Systemic Therapies",
    "7": "Osteopathic",
    "8": "Other Procedures",
    "9": "Chiropractic",
    "B": "Imaging",
    "C": "Nuclear Medicine",
    "D": "Radiation Therapy",
    "F": "Physical Rehabilitation and Diagnostic Audiology",
    "G": "Mental Health",
    "H": "Substance Abuse Treatment",
    "X": "New Technology",
}
"""The sections of ICD-10-PCS, by their first character."""


@dataclass(frozen=True, slots=True)
class Shelfmark:
    """One step of browsing: a letter, or a section, body system or table by its first characters.

    `name`: None where the carried tables name none (body systems outside sections 0 and 1). `codes`: how many codes in
    use begin so.
    """

    start: str
    name: str | None
    codes: int


def hcpcs_letters(view: View) -> tuple[Shelfmark, ...]:
    """Return the letters that HCPCS codes begin with, with what they are about."""
    return tuple(
        Shelfmark(start, HCPCS_LETTERS.get(start), count) for start, count in _starts(view, CodeSystem.HCPCS, "")
    )


def hcpcs_by_letter(view: View, letter: str) -> tuple[Entry, ...]:
    """Return the HCPCS codes in use under a letter, in order."""
    return _codes(view, CodeSystem.HCPCS, letter.upper()[:1] or "-")


def pcs_starts(view: View, start: str) -> tuple[Shelfmark, ...]:
    """Return what follows a beginning of at most two characters: sections, body systems, tables by operation."""
    typed = start.upper()[:2]
    found = []
    for longer, count in _starts(view, CodeSystem.ICD10PCS, typed):
        found.append(Shelfmark(longer, pcs_name(longer), count))
    return tuple(found)


def pcs_name(start: str) -> str | None:
    """Return the name of a section, body system (two characters) or root operation (three); None if unknown."""
    if len(start) == 1:
        return PCS_SECTIONS.get(start)
    if len(start) == 2:
        return _body_systems().get((start[0], start[1]))
    return _operations().get((start[0], start[2])) if len(start) == 3 else None


def pcs_table(view: View, start: str) -> tuple[Entry, ...]:
    """Return the ICD-10-PCS codes in use that begin with three characters or more, in order."""
    typed = start.upper()
    return _codes(view, CodeSystem.ICD10PCS, typed) if len(typed) >= 3 else ()


def _starts(view: View, system: CodeSystem, start: str) -> list[tuple[str, int]]:
    release = view.chosen.get(system)
    if release is None:
        return []
    rows = release.query(
        f"SELECT substr(bare, 1, {len(start) + 1}), count(*) FROM code"  # noqa: S608
        " WHERE system = ? AND listed AND bare >= ? AND bare < ? GROUP BY 1 ORDER BY 1",
        system,
        start,
        start + "\x7f",
    )
    return [(str(longer), int(count)) for longer, count in rows]


def _codes(view: View, system: CodeSystem, start: str) -> tuple[Entry, ...]:
    release = view.chosen.get(system)
    if release is None:
        return ()
    rows: list[tuple[Any, ...]] = release.query(
        "SELECT code, kind, title, billable FROM code"
        " WHERE system = ? AND listed AND bare >= ? AND bare < ? ORDER BY bare",
        system,
        start,
        start + "\x7f",
    )
    return tuple(Entry(code, system, kind, title, bool(billable)) for code, kind, title, billable in rows)


@cache
def _body_systems() -> dict[tuple[str, str], str]:
    with gzip.open(ICD10PCS_BODY_SYSTEMS, "rt", encoding="utf-8", newline="") as file:
        return {(row["section"], row["code"]): row["definition"] for row in csv.DictReader(file)}


@cache
def _operations() -> dict[tuple[str, str], str]:
    with gzip.open(ICD10PCS_OPERATIONS, "rt", encoding="utf-8", newline="") as file:
        return {(row["section"], row["code"]): row["value"] for row in csv.DictReader(file)}
