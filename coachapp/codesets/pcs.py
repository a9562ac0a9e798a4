"""ICD-10-PCS read character by character: what each place is called, what its value means, and its definition."""

import csv
import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from coachapp.paths import DATA

SECTIONS = DATA / "icd10pcs_sections.yaml"
BODY_SYSTEMS = DATA / "icd10pcs_body_systems_FY2025.csv.gz"
ROOT_OPERATIONS = DATA / "icd10pcs_root_operations_FY2025.csv.gz"
BODY_PARTS = DATA / "icd10pcs_body_part_FY2025.csv.gz"
APPROACHES = DATA / "icd10pcs_approach_FY2025.csv.gz"

LENGTH = 7
DIAGNOSTIC = "9BD"
"""The root operations drainage, excision and extraction, whose qualifier X says that they were done for diagnosis."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One character of a procedure code. `place` counts from 1; `value` is None where our data do not name it."""

    place: int
    name: str
    character: str
    value: str | None = None
    definition: str | None = None
    explanation: str | None = None
    examples: str | None = None


@dataclass(frozen=True, slots=True)
class _Names:
    """The named values, by the characters they depend on: section and value, or section, system and value."""

    sections: dict[str, dict[str, Any]]
    systems: dict[str, str]
    roots: dict[str, dict[str, str]]
    parts: dict[str, str]
    approaches: dict[str, dict[str, str]]


def read_out(beginning: str) -> tuple[Axis, ...]:
    """Return what each character of a code or of its beginning says; at most seven are read, in capitals.

    A section that there is not (a code can begin with neither O nor I) is read without names.
    """
    return tuple(_axis(beginning, place) for place in range(1, min(len(beginning), LENGTH) + 1))


def axis_name(beginning: str) -> str:
    """Return what the character that follows a beginning is called; the first is the section."""
    if not beginning:
        return "Section"
    section = _names().sections.get(beginning[0])
    return str(section["axes"][len(beginning) - 1]) if section and len(beginning) < LENGTH else "Character"


def _axis(code: str, place: int) -> Axis:
    names, character = _names(), code[place - 1]
    name, section = axis_name(code[: place - 1]), code[0]
    if place == 1:
        return Axis(place, name, character, names.sections.get(section, {}).get("name"))
    if place == 2:
        return Axis(place, name, character, names.systems.get(code[:2]))
    if place == 3 and (root := names.roots.get(section + character)):
        return Axis(
            place,
            name,
            character,
            root["definition_of"],
            root["definition"],
            root["explanation"] or None,
            root["examples"] or None,
        )
    if place == 3:
        return Axis(place, name, character, names.sections.get(section, {}).get("roots", {}).get(character))
    if place == 4:
        return Axis(place, name, character, names.parts.get(code[:2] + character))
    # The values of an approach mean the same in every section that has one.
    if name == "Approach" and (approach := names.approaches.get("0" + character)):
        return Axis(place, name, character, approach["value"], approach["definition"])
    if place in (6, 7) and section in "01" and character == "Z":
        # In sections 0 and 1 the value Z of these places is always the absence of what they name.
        return Axis(place, name, character, f"No {name}")
    if place == LENGTH and section == "0" and character == "X" and code[2] in DIAGNOSTIC:
        return Axis(place, name, character, "Diagnostic")
    return Axis(place, name, character)


@cache
def _names() -> _Names:
    sections = yaml.safe_load(SECTIONS.read_text(encoding="utf-8"))
    systems = {
        section + character: name
        for section, about in sections.items()
        for character, name in about.get("systems", {}).items()
    }
    systems |= {row["section"] + row["code"]: row["definition"] for row in _rows(BODY_SYSTEMS)}
    roots = {
        row["section"] + row["code"]: {
            "definition_of": row["value"],
            "definition": _line(row["definition"]),
            "explanation": _line(row["explanation"]),
            "examples": _line(row["examples"]),
        }
        for row in _rows(ROOT_OPERATIONS)
    }
    parts = {row["section"] + row["body_system"] + row["body_part"]: row["def_bp"] for row in _rows(BODY_PARTS)}
    approaches = {
        row["section"] + row["code"]: {"value": row["value"], "definition": _line(row["definition"])}
        for row in _rows(APPROACHES)
    }
    return _Names(sections, systems, roots, parts, approaches)


def _line(text: str) -> str:
    return " ".join(text.split())


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
