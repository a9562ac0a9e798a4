"""Search over codes and titles."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coachapp.codesets import CodeSets
from coachapp.codesets.words import phrase
from coachapp.domain.codes import CodeSystem


def _codes(codesets: CodeSets, text: str, limit: int = 20) -> list[str]:
    return [hit.code for hit in codesets.search(text, limit=limit)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("S52.50", "S52.50"),
        ("s52501", "S52.501"),
        ("S52501a", "S52.501A"),
        ("e11", "E11"),
        ("j1010", "J1010"),
        ("0dtj4zz", "0DTJ4ZZ"),
        ("hypertension", "I10"),
        ("Hypertension, essential", "I10"),
        ("high blood pressure", "I10"),
        ("htn", "I10"),
        ("heart failure", "I50"),
        ("failure heart", "I50"),
        ("heart attack", "I21.9"),
        ("myocardial infarction", "I21.9"),
        ("copd", "J44.9"),
        ("pneumonia", "J18"),
        ("asthma", "J45"),
        ("urinary tract infection", "N39.0"),
        ("uti", "N39.0"),
        ("low back pain", "M54.5"),
        ("type 2 diabetes", "E11"),
        ("dm2", "E11"),
        ("wrist fracture", "S62.10"),
        ("distal radius fracture", "S52.5"),
        ("colles fracture", "S52.53"),
        ("ankle sprain", "S93.4"),
        ("breast cancer", "C50"),
        ("strep throat", "J02.0"),
        ("chest pain", "R07.9"),
        ("resection appendix percutaneous", "0DTJ4ZZ"),
        ("20 weeks gestation", "Z3A.20"),
        ("Ménière", "H81.0"),
    ],
)
def test_what_a_coder_types_finds_what_is_meant(codesets: CodeSets, text: str, first: str) -> None:
    assert _codes(codesets, text)[0] == first


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hypertenson", "I10"),
        ("diabtes type 2", "E11"),
        ("astma", "J45"),
        ("pnuemonia", "J18.9"),
        ("appendicits", "K37"),
        ("fractre lower end radius", "S52.5"),
        ("fractures radius lower end", "S52.5"),
        ("wheelchiar standard", "K0001"),
    ],
)
def test_slips_of_the_finger_are_forgiven(codesets: CodeSets, text: str, expected: str) -> None:
    assert expected in _codes(codesets, text)


def test_a_word_that_begins_others_is_never_corrected(codesets: CodeSets) -> None:
    assert all("triamcinolone" in (hit.title or "").lower() for hit in codesets.search("triamcin", limit=5))


def test_where_no_title_has_all_words_as_few_as_possible_are_dropped(codesets: CodeSets) -> None:
    # No title has all three; one has two of them, and any title with two stands before those with one.
    assert _codes(codesets, "other hypothyroidism levothyroxine", 1) == ["E03"]
    # A dog's bite of the hand is coded as an open bite of the hand.
    assert "S61.451" in _codes(codesets, "dog bite hand right", 10)


def test_a_word_that_nothing_has_is_passed_over(codesets: CodeSets) -> None:
    assert _codes(codesets, "heart zzzzqqqq failure", 3) == _codes(codesets, "heart failure", 3)


def test_a_dotted_beginning_means_icd_10_cm(codesets: CodeSets) -> None:
    assert {hit.system for hit in codesets.search("A01.0")} == {CodeSystem.ICD10CM}
    assert {hit.system for hit in codesets.search("A010")} == {CodeSystem.ICD10CM, CodeSystem.HCPCS}


def test_headers_and_codes_are_told_apart(codesets: CodeSets) -> None:
    billable = {hit.code: hit.billable for hit in codesets.search("S52.501")}
    assert billable["S52.501"] is False
    assert billable["S52.501A"] is True


def test_whole_words_stand_before_beginnings(codesets: CodeSets) -> None:
    titles = [(hit.title or "").lower() for hit in codesets.search("gout", limit=40)]
    whole = ["gout" in title.replace(",", " ").split() for title in titles]
    assert whole[0] is True
    assert titles[0] == "gout"


def test_gone_codes_are_not_offered(codesets: CodeSets) -> None:
    assert "H40.11X1" not in _codes(codesets, "H40.11X")
    assert "C78.31" not in _codes(codesets, "C78.3")


def test_one_system_and_limit(codesets: CodeSets) -> None:
    hits = codesets.search("wheelchair", limit=3, system=CodeSystem.HCPCS)
    assert len(hits) == 3
    assert {hit.system for hit in hits} == {CodeSystem.HCPCS}
    assert codesets.search("99213", system=CodeSystem.CPT) == []
    assert codesets.search("pain", limit=0) == []


@pytest.mark.parametrize("text", ["", "   ", "…", "zzzzqqqq", "日本語", "🦴", "\x00", '"', "*", "-"])
def test_nothing_found_is_an_empty_list(codesets: CodeSets, text: str) -> None:
    assert codesets.search(text) == []


@pytest.mark.parametrize(
    "text",
    ['"', "NEAR(", "a AND", "OR", "NOT x", "title:pain", "{bare}:x", "^pain", "pain*", "pain)", "'; DROP", "a" * 9999,
     "%", "_", "\ud800", "x " * 999, "1.", ".", "½ pain", "ﬁbrosis", "İ"],
)  # fmt: skip
def test_signs_of_the_query_language_are_only_signs(codesets: CodeSets, text: str) -> None:
    assert isinstance(codesets.search(text), list)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_search_never_raises(codesets: CodeSets, text: str) -> None:
    assert len(codesets.search(text, limit=5)) <= 5


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_code_is_found_by_itself(codesets: CodeSets, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, 98_186))
    code, bare = codesets._release.query("SELECT code, bare FROM code WHERE id = ?", number)[0]
    if "-" in code or " " in code:
        return
    assert codesets.search(code, limit=1)[0].code == code
    assert code in _codes(codesets, bare.lower(), limit=3)


@pytest.mark.parametrize(
    ("box", "claim_form", "text", "system"),
    [
        ("diagnosis", "professional", "a01", CodeSystem.ICD10CM),
        ("diagnosis", "inpatient", "appendix", CodeSystem.ICD10CM),
        ("service", "professional", "a01", CodeSystem.HCPCS),
        ("service", "facility", "wheelchair", CodeSystem.HCPCS),
        ("service", "inpatient", "appendix", CodeSystem.ICD10PCS),
    ],
)
def test_a_box_offers_its_own_system_only(
    codesets: CodeSets, box: str, claim_form: str, text: str, system: CodeSystem
) -> None:
    hits = codesets.suggest(text, box="diagnosis" if box == "diagnosis" else "service", claim_form=claim_form, limit=5)
    assert {hit.system for hit in hits} == {system}


def test_what_a_title_comes_down_to() -> None:
    assert phrase("Hypertension (arterial) (benign)") == "hypertension"
    assert phrase("Pneumonia, unspecified organism") == phrase("PNEUMONIA NOS") == "pneumonia"
    assert phrase("Fracture of the wrist") == phrase("wrist fracture")
