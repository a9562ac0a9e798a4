"""Real look-ups: the rate at which the code meant is among the first ten answers."""

from pathlib import Path

import pytest
import yaml

from coachapp.codesets import CodeSets
from coachapp.codesets.synonyms import other_words
from coachapp.domain.codes import CodeSystem

LOOKUPS = yaml.load(Path(__file__).with_name("lookups.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
LEAST_RATE = 0.95


def test_there_are_enough_lookups_and_each_is_of_a_code(codesets: CodeSets) -> None:
    assert len(LOOKUPS) >= 150
    assert len({(one["type"], one.get("in")) for one in LOOKUPS}) == len(LOOKUPS)
    codes = {row[0] for row in codesets._release.query("SELECT code FROM code WHERE listed")}
    assert [one for one in LOOKUPS if one["find"] not in codes] == []


def test_what_coders_look_for_is_among_the_first_ten(codesets: CodeSets, capsys: pytest.CaptureFixture[str]) -> None:
    missed = []
    for one in LOOKUPS:
        system = CodeSystem(one["in"]) if "in" in one else None
        if one["find"] not in [hit.code for hit in codesets.search(one["type"], limit=10, system=system)]:
            missed.append(f"{one['type']} ({one['find']})")
    rate = 1 - len(missed) / len(LOOKUPS)
    with capsys.disabled():
        print(f"\nlook-ups found among the first ten: {rate:.1%} of {len(LOOKUPS)}")
    assert rate >= LEAST_RATE, missed


def test_the_abbreviations_are_many_and_well_formed() -> None:
    table = other_words()
    assert len(table) >= 200
    assert [word for word in table if word != word.lower() or " ".join(word.split()) != word] == []
    assert [word for word, others in table.items() if not others or any(not other.strip() for other in others)] == []


@pytest.mark.parametrize("word", ["htn", "copd", "cabg", "orif", "uti", "chf", "afib", "dm2", "gerd", "bph", "cva"])
def test_the_commonest_abbreviations_are_there(word: str) -> None:
    assert word in other_words()


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("lung cancer", "C34", "C34.90"),
        ("systolic heart failure", "I50.2", "I50.20"),
        ("type 2 diabetes", "E11", "E11.9"),
        ("fracture of lower end of radius", "S52.5", "S52.509A"),
    ],
)
def test_a_header_brings_the_code_that_says_no_more(codesets: CodeSets, text: str, first: str, second: str) -> None:
    found = [hit.code for hit in codesets.search(text, limit=10)]
    assert found.index(second) == found.index(first) + 1


def test_other_forms_of_a_word_are_the_word(codesets: CodeSets) -> None:
    assert "L4361" in [hit.code for hit in codesets.search("walking boots", system=CodeSystem.HCPCS)]
    assert codesets.search("parkinsons", limit=1)[0].code.startswith("G20")


def test_shortened_descriptors_are_found_by_the_full_words(codesets: CodeSets) -> None:
    found = [hit.code for hit in codesets.search("methylprednisolone acetate injection", system=CodeSystem.HCPCS)]
    assert found[0] == "J1010"


def test_the_index_of_procedures_names_them(codesets: CodeSets) -> None:
    hits = codesets.search("appendectomy percutaneous endoscopic", system=CodeSystem.ICD10PCS)
    assert "0DTJ4ZZ" in [hit.code for hit in hits]
