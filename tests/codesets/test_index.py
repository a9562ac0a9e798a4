"""The parts of the index to ICD-10-CM: imported, searched, opened."""

from datetime import date

import pytest

from coachapp.codesets import CodeSets, Kind
from tests.codesets import samples
from tests.codesets.conftest import Import

DAY = date(2026, 11, 5)


def test_without_an_import_every_answer_is_empty(sets: CodeSets) -> None:
    assert sets.index_search("asthma") == []
    assert sets.index_letters() == ()
    assert sets.index_terms("A") == ()
    assert sets.index_entry("index-1") is None
    assert sets.index_parts() == ()


@pytest.mark.parametrize("text", [samples.INDEX_XML, samples.INDEX_CSV])
def test_the_alphabetic_index_is_searched_and_opened(bring: Import, sets: CodeSets, text: str) -> None:
    name = "index-2027.xml" if text.startswith("<") else "index-2027.csv"
    report = bring(Kind.INDEX, name, text)
    assert (report.release.id, report.release.entries, report.release.first) == ("FY2027", 6, date(2026, 10, 1))
    found = sets.index_search("asthma exacerbation", on=DAY)
    assert [(entry.path, entry.term, entry.code) for entry in found] == [
        (("Asthma, asthmatic", "with"), "exacerbation", "J45.901")
    ]
    # Main terms first; a word among the nonessential modifiers finds the entry, too.
    assert sets.index_search("asthma", on=DAY)[0].term == "Asthma, asthmatic"
    assert [entry.term for entry in sets.index_search("catarrhal", on=DAY)] == ["Asthma, asthmatic"]
    assert [entry.code for entry in sets.index_search("arthropathies", on=DAY)] == ["E11.61 [M14.6]"]
    page = sets.index_entry(found[0].id, on=DAY)
    assert page is not None
    assert [entry.term for entry in page.above] == ["Asthma, asthmatic", "with"]
    assert (page.entry.term, page.below, page.release.id) == ("exacerbation", (), "FY2027")
    top = sets.index_entry("index-1", on=DAY)
    assert top is not None
    assert [(entry.level, entry.term, entry.code, entry.see) for entry in top.below] == [
        (1, "with", "", ""),
        (2, "exacerbation", "J45.901", ""),
        (1, "cardiac", "", "Failure, ventricular, left"),
    ]
    assert (top.entry.nonessential, top.entry.code) == ("(bronchial) (catarrhal)", "J45.909")
    assert sets.index_letters(on=DAY) == (("A", 2), ("Z", 1))
    assert [entry.term for entry in sets.index_terms("a", on=DAY)] == ["Asthma, asthmatic", "Arthropathy"]
    assert sets.index_terms("Z", on=DAY)[0].see_also == "condition"


def test_abbreviations_work_in_the_index(bring: Import, sets: CodeSets) -> None:
    bring(Kind.INDEX, "index-2027.xml", samples.INDEX_XML.replace(">Zymotic<", ">Hypertension<"))
    assert [entry.term for entry in sets.index_search("htn", on=DAY)] == ["Hypertension"]


def test_the_external_cause_index(bring: Import, sets: CodeSets) -> None:
    bring(Kind.EXTERNAL_CAUSE, "e-2027.xml", samples.EXTERNAL_XML)
    found = sets.index_search("accident lightning", on=DAY)
    assert [(entry.kind, entry.see_also) for entry in found] == [(Kind.EXTERNAL_CAUSE, "T75.0")]
    assert sets.index_search("accident", kinds=[Kind.INDEX], on=DAY) == []


def test_the_neoplasm_table_has_columns_and_sites(bring: Import, sets: CodeSets) -> None:
    bring(Kind.NEOPLASM, "n-2027.xml", samples.NEOPLASM_XML)
    assert sets.index_letters(Kind.NEOPLASM, on=DAY) == (("B", 1), ("L", 1))
    lung = sets.index_terms("L", kind=Kind.NEOPLASM, on=DAY)[0]
    assert lung.cells == (("Malignant primary", "C34.9-"), ("Benign", "D14.3-"))
    page = sets.index_entry(lung.id, on=DAY)
    assert page is not None
    assert [entry.term for entry in page.below] == ["hilus"]
    assert [entry.term for entry in page.above] == ["Neoplasm, neoplastic"]


def test_the_table_of_drugs_has_columns(bring: Import, sets: CodeSets) -> None:
    bring(Kind.DRUGS, "d-2027.csv", samples.DRUGS_CSV)
    warfarin, sodium = sets.index_search("warfarin", on=DAY)
    assert dict(warfarin.cells)["Adverse effect"] == "T45.515"
    assert (sodium.path, dict(sodium.cells)["Underdosing"]) == (("Warfarin",), "T45.516")
    assert [letter for letter, _ in sets.index_letters(Kind.DRUGS, on=DAY)] == ["#", "W", "Z"]
    assert [info.kind for info in sets.index_parts(on=DAY)] == [Kind.DRUGS]


def test_the_edition_of_the_date_answers_else_the_latest(bring: Import, sets: CodeSets) -> None:
    bring(Kind.INDEX, "index-2026.xml", samples.INDEX_XML.replace("J45.901", "J45.OLD"))
    bring(Kind.INDEX, "index-2027.xml", samples.INDEX_XML)
    codes = [
        sets.index_search("exacerbation", on=day)[0].code
        for day in (date(2026, 1, 1), date(2027, 1, 1), date(2031, 1, 1))
    ]
    assert codes == ["J45.OLD", "J45.901", "J45.901"]


@pytest.mark.parametrize(
    "entry_id", ["", "index", "index-", "index-0", "index-999", "index-9999999999", "drugs-1", "x-1"]
)
def test_an_id_of_nothing_opens_nothing(bring: Import, sets: CodeSets, entry_id: str) -> None:
    bring(Kind.INDEX, "index-2027.xml", samples.INDEX_XML)
    assert sets.index_entry(entry_id, on=DAY) is None


@pytest.mark.parametrize("text", ["", '"', "NEAR(", "a AND", "*", "日本", "\x00", "x" * 5000])
def test_any_text_may_be_searched(bring: Import, sets: CodeSets, text: str) -> None:
    bring(Kind.INDEX, "index-2027.xml", samples.INDEX_XML)
    assert isinstance(sets.index_search(text, on=DAY), list)
    assert sets.index_search("asthma", limit=0, on=DAY) == []
