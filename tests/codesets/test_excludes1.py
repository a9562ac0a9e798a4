"""Excludes1 notes reach every code below them: the release against a second reading of the XML."""

from collections import defaultdict
from datetime import date
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import parse

from coachapp.codesets import CodeSets, sources
from coachapp.domain.codes import NoteKind

DAY = date(2026, 5, 12)
CHUNK = 4_000  # as many as the code sets keep at a time
Notes = list[tuple[str, str]]


def _own(element: Element, at: str) -> Notes:
    return [(at, " ".join((note.text or "").split())) for note in element.iterfind("excludes1/note") if note.text]


def _by_stem() -> dict[str, Notes]:
    """Return the Excludes1 notes in force for every code of the XML as written there, by walking down from the top."""
    found: dict[str, Notes] = {}

    def walk(element: Element, above: Notes) -> None:
        name = element.findtext("name") or ""
        notes = _own(element, name) + above
        found[name] = notes
        for below in element.iterfind("diag"):
            walk(below, notes)

    for chapter in parse(sources.tabular_xml()).iterfind("chapter"):
        chapter_notes = _own(chapter, f"Chapter {chapter.findtext('name')}")
        earlier: list[tuple[str, str, Notes]] = []
        for section in chapter.iterfind("section"):
            first, _, last = section.attrib["id"].partition("-")
            last = last or first
            # Blocks that enclose others stand before them, side by side in the file: the narrowest is the nearest.
            around = [one for one in earlier if one[0] <= first and last <= one[1]]
            inherited = [note for one in sorted(around, key=lambda one: one[1]) for note in one[2]]
            own = _own(section, f"{first}-{last}")
            earlier.append((first, last, own))
            for diagnosis in section.iterfind("diag"):
                walk(diagnosis, own + inherited + chapter_notes)
    return found


def test_every_code_has_the_excludes1_notes_of_all_its_ancestors(
    codesets: CodeSets, capsys: pytest.CaptureFixture[str]
) -> None:
    stems = _by_stem()
    codes = [row[0] for row in codesets._release.query("SELECT code FROM code WHERE system = 'icd10cm' AND billable")]
    expected: dict[str, Notes] = {}
    for code in codes:
        # A 7th character and the placeholders before it are not in the XML: the code stands under its stem.
        stem = code
        while stem not in stems:
            stem = stem[:-1].rstrip(".")
        expected[code] = stems[stem]
    inheriting = [code for code in codes if any(at != code for at, _ in expected[code])]
    pairs, wrong = 0, defaultdict(list)
    for start in range(0, len(inheriting), CHUNK):
        chunk = inheriting[start : start + CHUNK]
        facts = codesets.facts_for(on=DAY, diagnoses=chunk, services=[], inpatient=False)
        for code in chunk:
            found = [(note.at, note.text) for note in facts.diagnosis(code).notes_of(NoteKind.EXCLUDES1)]
            pairs += len(found)
            if sorted(found) != sorted(expected[code]):
                wrong[code] = found
    with capsys.disabled():
        print(
            f"\nExcludes1: {len(codes):,} codes, {len(inheriting):,} inherit from an ancestor, {pairs:,} notes in force"
        )
    assert len(inheriting) > 40_000
    assert dict(list(wrong.items())[:3]) == {}
