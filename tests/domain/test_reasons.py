"""What is said of codes that do not exist, with the real code sets: what is known of them, and nothing invented."""

import re
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachapp.attempts.engine import judge
from coachapp.codesets import CodeSets
from coachapp.domain.axes import axis_between
from coachapp.domain.codes import dotted, undotted
from coachapp.domain.labelling import compare_diagnoses
from coachapp.domain.labels import Label

from .builders import DAY, case_of, claim_of

OF_THE_CODE_ALONE = {
    Label.INVALID_CODE,
    Label.SEVENTH_CHARACTER,
    Label.NOT_BILLABLE,
    Label.WRONG_CODE_SYSTEM,
    Label.UNSUPPORTED,
    Label.FIRST_LISTED,
}
# Words that only a comparison with the key would use.
COMPARING = re.compile(
    r"differ|\bsays\b|\bside\b|the chart supports|right category|\b(?:right|left|bilateral|acuity|severity|trimester)\b"
)


def judged(codesets, key: str, *entered: str, **fields):
    return judge(case_of({"diagnoses": [{"id": "d1", "code": key}]}, **fields), claim_of(*entered), codesets=codesets)


def first(codesets, key: str, entered: str, **fields):
    return next(line for line in judged(codesets, key, entered, **fields).lines if line.submitted).labels


@pytest.mark.parametrize(
    ("entered", "key", "label", "words"),
    [
        ("S16.1A", "S16.1XXA", Label.SEVENTH_CHARACTER, "two placeholders X are missing before the 7th character"),
        ("s16.1xa", "S16.1XXA", Label.SEVENTH_CHARACTER, "Did you mean S16.1XXA?"),
        ("S16.1XXXA", "S16.1XXA", Label.SEVENTH_CHARACTER, "Did you mean S16.1XXA?"),
        ("S161XXXA", "S16.1XXA", Label.SEVENTH_CHARACTER, "Did you mean S16.1XXA?"),
        ("S16.1D", "S16.1XXA", Label.SEVENTH_CHARACTER, "Did you mean S16.1XXD?"),
        ("T15.02A", "T15.02XA", Label.SEVENTH_CHARACTER, "Did you mean T15.02XA?"),
        ("T15.02XXA", "T15.02XA", Label.SEVENTH_CHARACTER, "Did you mean T15.02XA?"),
        ("T36.01A", "T36.0X1A", Label.SEVENTH_CHARACTER, "Did you mean T36.0X1A?"),
        ("W01.0A", "W01.0XXA", Label.SEVENTH_CHARACTER, "Did you mean W01.0XXA?"),
        ("S52.501XA", "S52.501A", Label.SEVENTH_CHARACTER, "one placeholder X too many"),
        ("S16.1XX", "S16.1XXA", Label.NOT_BILLABLE, "it needs a 7th character (A, D, S)"),
        ("S16.1X", "S16.1XXA", Label.NOT_BILLABLE, "placeholders X up to the 6th place and a 7th character (A, D, S)"),
        ("S52.501AA", "S52.501A", Label.INVALID_CODE, "one character too many. Did you mean S52.501A?"),
        ("E11.65X", "E11.65", Label.INVALID_CODE, "Did you mean E11.65?"),
        ("J45.909A", "J45.909", Label.INVALID_CODE, "one character too many. Did you mean J45.909?"),
        ("E11.6S", "E11.65", Label.INVALID_CODE, "Did you mean E11.65? The letter S and the digit 5"),
        ("E1l.65", "E11.65", Label.INVALID_CODE, "Did you mean E11.65? The letter L and the digit 1"),
        ("S52.501Z", "S52.501A", Label.INVALID_CODE, "Z is not among the 7th characters of S52.501 (A, B"),
        ("E11.56", "E11.65", Label.INVALID_CODE, "transposed. Did you mean E11.65?"),
        (
            "250.00",
            "E11.9",
            Label.INVALID_CODE,
            "looks like an ICD-9-CM code; ICD-9-CM was replaced on October 1, 2015",
        ),
        ("401.9", "I10", Label.INVALID_CODE, "looks like an ICD-9-CM code"),
        ("V58.69", "Z79.899", Label.INVALID_CODE, "looks like an ICD-9-CM code"),
        ("E885.9", "W01.0XXA", Label.INVALID_CODE, "Written E885.9, it looks like an ICD-9-CM code"),
        ("J1885", "J18.9", Label.WRONG_CODE_SYSTEM, "J1885 is a HCPCS Level II code, entered in a diagnosis box"),
        ("H40.11X1", "H40.1111", Label.NOT_VALID_ON_DATE, "It was replaced by H40.1111, H40.1121"),
    ],
)
def test_a_wrong_code_says_what_is_known_of_it(codesets: CodeSets, entered, key, label, words):
    labels = first(codesets, key, entered)
    assert (labels[0].label, words in labels[0].text) == (label, True), labels


def test_a_slip_earns_nothing_and_still_pairs(codesets: CodeSets):
    result = judged(codesets, "S16.1XXA", "S16.1A")
    (line,) = result.lines
    assert (line.expected.code, line.points) == ("S16.1XXA", 0)
    assert [(f.rule, "Did you mean S16.1XXA?" in f.text) for f in result.findings] == [("invalid_code", True)]


def test_a_code_not_yet_valid_names_what_came_before(codesets: CodeSets):
    labels = first(codesets, "H40.1111", "H40.1111", date_of_service="2016-05-01")
    assert labels == ()
    labels = first(codesets, "H40.11X1", "H40.1111", date_of_service="2016-05-01")
    assert "Until then, the code is H40.11X1." in labels[0].text


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ("S52501A", "S52501A is an ICD-10-CM diagnosis (S52.501A without its dot), entered in a service box."),
        ("E1165", "(E11.65 without its dot)"),
    ],
)
def test_a_diagnosis_without_its_dot_in_a_service_box(codesets: CodeSets, entered, words):
    case = case_of({"services": [{"id": "s1", "code": "99213"}]})
    result = judge(case, claim_of(services=[{"code": entered}]), codesets=codesets)
    label = next(line for line in result.lines if line.submitted).labels[0]
    assert (label.label, words in label.text) == (Label.WRONG_CODE_SYSTEM, True), label


def test_a_dotted_code_that_does_not_exist_in_a_service_box(codesets: CodeSets):
    case = case_of({"services": [{"id": "s1", "code": "99213"}]})
    result = judge(case, claim_of(services=[{"code": "T15.02A"}]), codesets=codesets)
    label = next(line for line in result.lines if line.submitted).labels[0]
    assert (label.label, "Only a diagnosis code has a dot" in label.text) == (Label.INVALID_CODE, True)


def test_a_procedure_code_that_does_not_exist_differs_in_no_axis(codesets: CodeSets):
    case = case_of({"services": [{"id": "p1", "code": "0DTJ4ZZ"}]}, form="inpatient")
    result = judge(case, claim_of(services=[{"code": "0DTJ9ZZ"}], form="inpatient"), codesets=codesets)
    labels = next(line for line in result.lines if line.submitted).labels
    assert Label.PCS_AXIS not in {label.label for label in labels}


@pytest.mark.parametrize(
    ("title", "other", "axis"),
    [
        ("acute bronchitis", "chronic bronchitis", "acuity"),
        ("acute bronchitis", "bronchitis, not specified", None),
        ("asthma, mild", "asthma, severe", "severity"),
        ("asthma, mild", "asthma, uncomplicated", None),
        ("pressure ulcer, stage 2", "pressure ulcer, stage 3", "stage"),
        ("foreign body in cornea, right eye", "foreign body in conjunctival sac", None),
        ("migraine with aura, intractable", "migraine with aura, not intractable", "intractability"),
        ("migraine with aura", "migraine without aura", "aura (with or without)"),
        ("gout with tophus", "gout", None),
        ("displaced fracture", "nondisplaced fracture", "type of fracture"),
    ],
)
def test_an_axis_needs_a_value_in_each_title(title, other, axis):
    assert axis_between(title, other) == axis == axis_between(other, title)


def test_an_open_side_contradicts_no_side(codesets: CodeSets):
    labels = first(codesets, "M17.12", "M17.10")
    assert Label.LATERALITY not in {label.label for label in labels}


def test_aphasia_after_a_stroke_is_not_called_a_current_condition(codesets: CodeSets):
    labels = first(codesets, "I69.30", "I69.320")
    assert Label.SEQUELA not in {label.label for label in labels}


@cache
def _book(codesets: CodeSets) -> tuple[str, ...]:
    rows = codesets.shelf.bundled.query("SELECT code FROM code WHERE system = 'icd10cm' AND billable AND listed")
    return tuple(code for (code,) in rows)


def _mutated(code: str, draw) -> str:
    """Change a code as a typist would: one character more, fewer, other, or two turned."""
    bare = undotted(code)
    at = draw(st.integers(0, len(bare) - 1))
    character = draw(st.sampled_from("0123456789ABDIOSXZ"))
    kind = draw(st.sampled_from(("more", "fewer", "other", "turned")))
    changed = {
        "more": bare[:at] + character + bare[at:],
        "fewer": bare[:at] + bare[at + 1 :],
        "other": bare[:at] + character + bare[at + 1 :],
        "turned": bare[:at] + bare[at : at + 2][::-1] + bare[at + 2 :],
    }
    return dotted(changed[kind])


@settings(max_examples=150)
@given(data=st.data())
def test_nothing_is_invented_about_a_code_that_does_not_exist(codesets: CodeSets, data: st.DataObject):
    book = _book(codesets)
    key = data.draw(st.sampled_from(book))
    entered = _mutated(key, data.draw)
    claim = claim_of(entered)
    facts = codesets.facts_for(on=DAY, diagnoses=[row.code for row in claim.diagnoses], services=[], inpatient=False)
    result = judged(codesets, key, entered)
    for line in result.lines:
        if line.submitted is None:
            continue
        fact = facts.diagnosis(line.submitted.code)
        if not fact.never_existed:
            assert fact.suggestion is None
            continue
        assert {label.label for label in line.labels} <= OF_THE_CODE_ALONE
        assert line.labels
        of_the_place = {Label.FIRST_LISTED, Label.UNSUPPORTED}
        texts = [label.text for label in line.labels if label.label not in of_the_place]
        texts += [f.text for f in result.findings if f.codes == (fact.code,) and f.rule == "invalid_code"]
        assert not [text for text in texts if COMPARING.search(text)]
        if fact.suggestion:
            offered = facts.diagnosis(fact.suggestion)
            assert offered.valid
            assert any(fact.suggestion in text for text in texts)


_WORDS_OF = {
    "side": ("right", "left", "bilateral", "unilateral"),
    "acuity": ("acute", "chronic", "transient", "persistent"),
    "severity": ("mild", "moderate", "severe", "profound", "major", "minor"),
}


@settings(max_examples=150)
@given(data=st.data())
def test_a_named_axis_stands_in_both_titles(codesets: CodeSets, data: st.DataObject):
    book = _book(codesets)
    at = data.draw(st.integers(0, len(book) - 40))
    codes = [book[at], book[at + data.draw(st.integers(1, 39))]]
    facts = codesets.facts_for(on=DAY, diagnoses=codes, services=[], inpatient=False)
    one, other = (facts.diagnosis(code) for code in codes)
    titles = [(fact.title or "").lower() for fact in (one, other)]
    for label in compare_diagnoses(one, other):
        if label.label is Label.LATERALITY:
            assert all(any(word in title for word in _WORDS_OF["side"]) for title in titles)
        named = re.search(r"They differ by (\w+)", label.text)
        if named and named[1] in _WORDS_OF:
            assert all(any(word in title for word in _WORDS_OF[named[1]]) for title in titles)
        if label.label is Label.SEQUELA:
            assert all("sequela" in title or "encounter" in title for title in titles)
