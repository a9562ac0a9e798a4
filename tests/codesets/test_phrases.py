"""Everyday phrases: the table is sound, and its codes are what a search for the phrase gives."""

from collections import Counter
from pathlib import Path

import pytest

from coachapp.codesets import CodeSets
from coachapp.codesets.phrases import key, read_phrases, written_out
from coachapp.codesets.synonyms import other_words
from coachapp.domain.codes import undotted
from tests.bench.codes_queries import DEVELOPMENT, places_of, read_queries

LEAST_PHRASES = 600
LEAST_IN_FIVE, LEAST_FIRST = 0.95, 0.80


def test_there_are_enough_phrases_beside_the_abbreviations() -> None:
    assert len([phrase for _, phrase, _ in read_phrases() if phrase not in other_words()]) >= LEAST_PHRASES


def test_no_phrase_is_there_twice_in_other_forms() -> None:
    uses = Counter(tuple(sorted(key(written_out(phrase)))) for _, phrase, _ in read_phrases())
    assert [words for words, count in uses.items() if count > 1] == []


def test_every_target_exists(codesets: CodeSets) -> None:
    listed = {
        row[0]
        for row in codesets._release.query("SELECT bare FROM code WHERE listed AND kind NOT IN ('chapter', 'block')")
    }
    entries = read_phrases()
    assert [(phrase, code) for _, phrase, codes in entries for code in codes if undotted(code) not in listed] == []
    assert [phrase for _, phrase, codes in entries if not codes] == []


def test_each_phrase_finds_its_first_target_among_the_first_five(codesets: CodeSets) -> None:
    missed = [
        (phrase, codes[0])
        for _, phrase, codes in read_phrases()
        if codes[0] not in [hit.code for hit in codesets.search(phrase, limit=5)]
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("heat stroke", "T67.0"),
        ("long covid", "U09.9"),
        ("mini stroke", "G45.9"),
        ("type 2 DM w/ CKD 3a", "E11.22"),
        ("T2DM w/ CKD 4", "E11.22"),
        ("DM2 w/ neuropathy", "E11.40"),
        ("type 1 DM w/ ketoacidosis", "E10.1"),
        ("L knee OA", "M17.12"),
        ("OA, R hip", "M16.11"),
        ("left tennis elbow", "M77.12"),
        ("blood clot in left leg", "I82.402"),
        ("s/p right BKA", "Z89.511"),
        ("jumper's knee, R", "M76.51"),
        ("pulled hamstring left", "S76.312"),
        ("chf exac", "I50.9"),
        ("h/o CVA", "Z86.73"),
        ("r/o MI", "I21.9"),
        ("morning sickness", "O21.0"),
        ("boxer’s fracture", "S62.33"),
        ("lap chole", "0FT44ZZ"),
        ("rocephin 250 mg", "J0696"),
        ("toradol injection", "J1885"),
        ("cellulitis left forearm", "L03.114"),
        ("cellulitis of right shin", "L03.115"),
        ("abscess right thigh", "L02.415"),
        ("lipoma left arm", "D17.22"),
        ("both knees pain", "M25.561"),
        ("carpal tunnel both hands", "G56.03"),
        ("bilateral hip OA", "M16.0"),
        ("bruise left thigh", "S70.12"),
        ("burn left forearm second degree", "T22.212"),
        ("postoperative stroke", "I97.821"),
        ("DCIS left breast", "D05.12"),
        ("ibs-d", "K58.0"),
        ("car hit deer", "V40.5XXA"),
        ("fell off e-scooter", "V00.841A"),
        ("cellulitis NEC", "L03.90"),
    ],
)
def test_a_phrase_leads_to_its_code(codesets: CodeSets, text: str, first: str) -> None:
    assert codesets.search(text, limit=1)[0].code == first


def test_a_second_condition_is_found_too(codesets: CodeSets) -> None:
    assert "N18.31" in [hit.code for hit in codesets.search("type 2 DM w/ CKD 3a", limit=5)]
    assert "N18.4" in [hit.code for hit in codesets.search("T2DM w/ CKD stage IV", limit=5)]


def test_both_sides_without_a_code_of_their_own_give_one_code_for_each(codesets: CodeSets) -> None:
    assert [hit.code for hit in codesets.search("frozen shoulder both", limit=2)] == ["M75.01", "M75.02"]
    assert [hit.code for hit in codesets.search("bilateral knee pain", limit=2)] == ["M25.561", "M25.562"]


def test_later_encounters_are_not_given_where_none_is_named(codesets: CodeSets) -> None:
    found = [hit.code for hit in codesets.search("broken right arm", limit=5)]
    assert {"S42.301", "S42.301A"} <= set(found)
    assert "S42.301S" not in found


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("jumper's knee", "jumpers knee"),
        ("Jumper’s knee", "jumpers knee"),
        ("kidney stones", "kidney stone"),
        ("CKD stage iii", "ckd stage 3"),
        ("heart attack of the patient", "heart attack patient"),
        ("broken wrist", "fractured wrist"),
    ],
)
def test_forms_of_a_phrase_are_one_phrase(text: str, other: str) -> None:
    assert key(text) == key(other)


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("GERD w/o esophagitis", "GERD without esophagitis"),
        ("DM w/ CKD", "DM with CKD"),
        ("L knee OA", "left knee OA"),
        ("h/o DVT", "history DVT"),
        ("PNA 2/2 covid", "PNA due covid"),
        ("c/o CP", "CP"),
        ("b/l edema", "bilateral edema"),
        ("L", "L"),
    ],
)
def test_shorthand_is_written_out(text: str, full: str) -> None:
    assert written_out(text) == full


def test_the_development_list_is_answered(codesets: CodeSets, capsys: pytest.CaptureFixture[str]) -> None:
    queries = read_queries(DEVELOPMENT)
    places = places_of(codesets, queries)
    first, in_five = places.count(1) / len(places), 1 - places.count(None) / len(places)
    with capsys.disabled():
        print(f"\ndevelopment queries: first {first:.1%}, among the first five {in_five:.1%} of {len(places)}")
    assert len(queries) >= 200
    assert in_five >= LEAST_IN_FIVE
    assert first >= LEAST_FIRST


@pytest.mark.parametrize("text", ["- {query: x}", "- {codes: [I10]}", "- x", "- {query: x, codes: I10}"])
def test_a_list_of_queries_with_a_faulty_entry_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "queries.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="entry 1 must have a query"):
        read_queries(path)
