"""Facts for the grader, and cards for the reader."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from coachapp.codesets import CodeSets
from coachapp.domain.codes import CodeFacts, CodeSystem, NoteKind

DAY = date(2026, 5, 12)


def _facts(codesets: CodeSets, *, on: date = DAY, inpatient: bool = False, **codes: list[str]) -> CodeFacts:
    return codesets.facts_for(
        on=on, diagnoses=codes.get("diagnoses", []), services=codes.get("services", []), inpatient=inpatient
    )


def test_a_code_inherits_from_every_ancestor(codesets: CodeSets) -> None:
    fact = _facts(codesets, diagnoses=["S52.501A"]).diagnosis("S52.501A")
    assert fact.ancestors == ("S52.501", "S52.50", "S52.5", "S52", "S50-S59", "Chapter 19")
    assert (fact.system, fact.valid, fact.billable) == (CodeSystem.ICD10CM, True, True)
    excludes1 = fact.notes_of(NoteKind.EXCLUDES1)
    assert [(note.at, note.covers("S58011A")) for note in excludes1] == [("S52", True)]
    assert {note.at for note in fact.notes_of(NoteKind.EXCLUDES2)} == {"S52.5", "S52", "S50-S59", "Chapter 19"}
    places = [note.at for note in fact.notes]
    assert places == sorted(places, key=["S52.5", "S52", "S50-S59", "Chapter 19"].index)
    assert {note.at for note in fact.notes_of(NoteKind.NOTE)} == {"S52", "Chapter 19"}


def test_own_notes_stand_before_inherited_ones(codesets: CodeSets) -> None:
    fact = _facts(codesets, diagnoses=["I10"]).diagnosis("I10")
    assert fact.notes[0].at == "I10"
    assert fact.notes[-1].at == "Chapter 9"
    assert any(note.at == "I10-I1A" and note.kind is NoteKind.USE_ADDITIONAL for note in fact.notes)


def test_a_note_of_a_chapter_names_its_codes(codesets: CodeSets) -> None:
    fact = _facts(codesets, diagnoses=["A00.0"]).diagnosis("A00.0")
    assert any(note.at == "Chapter 1" and note.covers("O98011") for note in fact.notes_of(NoteKind.EXCLUDES2))


@pytest.mark.parametrize("code", ["S52.501", "S52.501A", "S52"])
def test_the_seventh_characters_are_the_nearest_table(codesets: CodeSets, code: str) -> None:
    seventh = dict(_facts(codesets, diagnoses=[code]).diagnosis(code).seventh)
    assert list(seventh) == list("ABCDEFGHJKMNPQRS")
    assert seventh["A"] == "initial encounter for closed fracture"
    assert seventh["S"] == "sequela"


def test_a_nearer_table_replaces_a_farther_one(codesets: CodeSets) -> None:
    # S52.52 are torus fractures, which have a table of their own.
    seventh = dict(_facts(codesets, diagnoses=["S52.521A"]).diagnosis("S52.521A").seventh)
    assert "B" not in seventh
    assert seventh["D"] == "subsequent encounter for fracture with routine healing"


def test_a_code_without_a_table_has_none(codesets: CodeSets) -> None:
    assert _facts(codesets, diagnoses=["I10"]).diagnosis("I10").seventh == ()


def test_flags_are_those_of_the_day(codesets: CodeSets) -> None:
    assert "manifestation" in _facts(codesets, diagnoses=["F02.80"]).diagnosis("F02.80").flags
    # The sex flags end on 2024-09-30.
    on_last_day = _facts(codesets, on=date(2024, 9, 30), diagnoses=["C61"]).diagnosis("C61")
    assert "male" in on_last_day.flags
    assert "male" not in _facts(codesets, on=date(2024, 10, 1), diagnoses=["C61"]).diagnosis("C61").flags


def test_a_letter_taken_for_a_digit_is_recognised(codesets: CodeSets) -> None:
    facts = _facts(codesets, diagnoses=["S52.5O1A", "I1O"], services=["J1O1O"])
    assert facts.diagnosis("S52.5O1A").valid is False
    assert facts.diagnosis("S52.5O1A").suggestion == "S52.501A"
    assert facts.diagnosis("S52.501A").billable is True
    assert facts.diagnosis("I1O").suggestion == "I10"
    assert facts.service("J1O1O").suggestion == "J1010"
    assert facts.service("J1010").title is not None
    assert facts.diagnosis("S52.501A").suggestion is None


def test_a_deleted_code_keeps_its_place_and_dates(codesets: CodeSets) -> None:
    fact = _facts(codesets, diagnoses=["H40.11X1"]).diagnosis("H40.11X1")
    assert (fact.valid, fact.billable, fact.valid_to, fact.title) == (False, False, date(2016, 9, 30), None)
    assert fact.ancestors[:3] == ("H40.11", "H40.1", "H40")


@pytest.mark.parametrize(
    ("code", "system", "valid", "elsewhere"),
    [
        ("J1010", CodeSystem.HCPCS, True, ()),
        ("A0100", CodeSystem.HCPCS, True, (CodeSystem.ICD10CM,)),
        ("A01.00", None, False, (CodeSystem.ICD10CM,)),
        ("S52.501A", None, False, (CodeSystem.ICD10CM,)),
        ("S52501A", None, False, (CodeSystem.ICD10CM,)),
        ("25605", CodeSystem.CPT, None, ()),
        ("A9998", CodeSystem.HCPCS, False, ()),
        ("D0120", CodeSystem.HCPCS, None, ()),
        ("0DTJ4ZZ", None, False, (CodeSystem.ICD10PCS,)),
        ("NONSENSE", None, False, ()),
    ],
)
def test_a_service_box(
    codesets: CodeSets, code: str, system: CodeSystem | None, valid: bool | None, elsewhere: tuple[CodeSystem, ...]
) -> None:
    fact = _facts(codesets, services=[code]).service(code)
    assert (fact.system, fact.valid, fact.billable, fact.elsewhere) == (system, valid, valid, elsewhere)


def test_a_service_box_outside_the_quarter_knows_nothing_of_supplies(codesets: CodeSets) -> None:
    facts = _facts(codesets, on=date(2026, 2, 1), services=["J1010", "A9998"])
    assert facts.service("J1010").valid is None
    assert facts.service("A9998").valid is None
    assert facts.service("A9998").system is CodeSystem.HCPCS


def test_an_inpatient_service_box_reads_procedures_only(codesets: CodeSets) -> None:
    facts = _facts(codesets, inpatient=True, services=["0DTJ4ZZ", "J1010", "44970", "0DTJ4ZO"])
    assert facts.service("0DTJ4ZZ").billable is True
    supply = facts.service("J1010")
    assert (supply.system, supply.valid, supply.elsewhere) == (None, False, (CodeSystem.HCPCS,))
    assert facts.service("44970").elsewhere == (CodeSystem.CPT,)
    assert facts.service("44970").valid is False
    assert facts.service("0DTJ4ZO").valid is False


@pytest.mark.parametrize(
    ("code", "elsewhere"),
    [("J10.10", (CodeSystem.HCPCS,)), ("99213", (CodeSystem.CPT,)), ("A01.00", (CodeSystem.HCPCS,)), ("ZZZ", ())],
)
def test_a_diagnosis_box_names_the_system_a_code_belongs_to(
    codesets: CodeSets, code: str, elsewhere: tuple[CodeSystem, ...]
) -> None:
    assert _facts(codesets, diagnoses=[code]).diagnosis(code).elsewhere == elsewhere


@pytest.fixture
def fresh(codesets: CodeSets) -> Iterator[CodeSets]:
    """Return code sets of which nothing has been asked yet."""
    with CodeSets(codesets.path) as opened:
        yield opened


def test_the_number_of_queries_does_not_grow_with_the_claim(fresh: CodeSets, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    query = fresh._release.query

    def counted(sql: str, *values: object) -> list[tuple[object, ...]]:
        asked.append(sql)
        return query(sql, *values)

    monkeypatch.setattr(fresh._release, "query", counted)
    codes = [str(row[0]) for row in query("SELECT code FROM code WHERE billable AND system = 'icd10cm' LIMIT 25")]
    _facts(fresh, diagnoses=codes[:1])
    few = len(asked)
    asked.clear()
    _facts(fresh, diagnoses=codes[1:])
    assert len(asked) == few <= 10
    asked.clear()
    assert len(_facts(fresh, diagnoses=codes).diagnoses) == 25
    assert asked == []


def test_threads_share_the_code_sets(fresh: CodeSets) -> None:
    codes = ["S52.501A", "I10", "E11.9", "A00.0"] * 10
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda code: _facts(fresh, diagnoses=[code]).diagnosis(code).billable, codes))
        hits = list(pool.map(lambda text: fresh.search(text, limit=1)[0].code, ["heart failure", "hypertension"] * 10))
    assert found == [True] * 40
    assert hits == ["I50", "I10"] * 10


def test_a_card_shows_path_notes_and_children(codesets: CodeSets) -> None:
    card = codesets.card("s52501", on=DAY)
    assert card is not None
    assert (card.entry.code, card.entry.kind, card.entry.billable) == ("S52.501", "subcategory", False)
    assert [entry.code for entry in card.path] == ["Chapter 19", "S50-S59", "S52", "S52.5", "S52.50"]
    assert [entry.code for entry in card.children][:2] == ["S52.501A", "S52.501B"]
    assert {note.at for note in card.notes} >= {"S52", "Chapter 19"}
    assert card.seventh[0][0] == "A"
    assert (card.state.valid, card.state.billable) == (True, False)


def test_cards_of_chapters_and_blocks(codesets: CodeSets) -> None:
    chapter = codesets.card("chapter 19", on=DAY)
    block = codesets.card("s50-s59", on=DAY)
    assert chapter is not None
    assert block is not None
    assert chapter.children[0].code == "S00-S09"
    assert "S52" in [entry.code for entry in block.children]
    assert (block.entry.title, block.state.valid) == ("Injuries to the elbow and forearm", None)


def test_a_card_of_nothing_is_none(codesets: CodeSets) -> None:
    assert codesets.card("ZZZ", on=DAY) is None
    assert codesets.card("", on=DAY) is None
    # A dot means ICD-10-CM, so the supply J1010 is not meant.
    assert codesets.card("J10.10", on=DAY) is None


def test_chapters_in_order(codesets: CodeSets) -> None:
    assert [entry.code for entry in codesets.chapters()] == [f"Chapter {n}" for n in range(1, 23)]
