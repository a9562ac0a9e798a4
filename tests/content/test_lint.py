"""What the check finds in cases whose files are readable: codes, evidence, notes, the key's own grade."""

from collections.abc import Callable
from pathlib import Path

import pytest

from coachapp.codesets import CodeSets
from coachapp.content.lint import lint
from coachapp.content.loader import load
from coachapp.content.yamlread import Located
from coachapp.domain.questions import Concept, Section
from tests.content.samples import CASE, MARK, NOTE, marked

Write = Callable[..., Path]
CONCEPTS = (
    Concept(id="fracture-treatment", section=Section.SURGERY_20000, title="T", lesson="L", source="S"),
    Concept(id="icd-seventh-character", section=Section.ICD10CM, title="T", lesson="L", source="S"),
)
# The sample chart is short; that is not what these tests are about.
LONG_NOTE = NOTE + "\nNo further findings." * 80 + "\n"


def run(file: Path, codesets: CodeSets) -> tuple[list[Located], list[Located]]:
    return lint(load(file), codesets, concepts=CONCEPTS)


def test_a_sound_case_is_clean(case_file: Write, codesets: CodeSets) -> None:
    assert run(case_file(note=LONG_NOTE), codesets) == ([], [])


ERRORS = [
    # codes of the key
    (
        "      code: S52.501A",
        f"      code: {MARK}S52.501",
        "S52.501 is not billable on 2026-05-12; it needs a 7th character (A, B",
    ),
    ("      code: S52.501A", f"      code: {MARK}S52.50", "S52.50 is not billable on 2026-05-12"),
    ("      code: S52.501A", f"      code: {MARK}S52.501Z", "S52.501Z is no ICD-10-CM code"),
    ("      code: W00.0XXA", f"      code: {MARK}WO0.0XXA", "WO0.0XXA is no ICD-10-CM code; did you mean W00.0XXA?"),
    (
        "      code: W00.0XXA",
        f"      code: {MARK}W00.0A",
        "W00.0A is no ICD-10-CM code; two placeholders X are missing before the 7th character; did you mean W00.0XXA?",
    ),
    ("      code: W00.0XXA", f'      code: {MARK}"401.9"', "it looks like an ICD-9-CM code"),
    ('      code: "25605"', f"      code: {MARK}S52501A", "S52501A is a diagnosis, but stands among the services"),
    ("      code: W00.0XXA", f"      code: {MARK}G35", "G35 is not billable on 2026-05-12"),
    ("      code: W00.0XXA", f'      code: {MARK}"99213"', "99213 is no diagnosis; it is a CPT number"),
    ("      code: W00.0XXA", f"      code: {MARK}J1885", "J18.85 is no diagnosis; it is a HCPCS code"),
    ("code: S52.591A", f"code: {MARK}S52.591", "S52.591 is not billable"),
    ('      code: "25605"', f"      code: {MARK}S52.501A", "S52.501A is a diagnosis, but stands among the services"),
    ('      code: "25605"', f"      code: {MARK}J9999X", "J9999X is neither a CPT nor a HCPCS code"),
    ('      code: "25605"', f"      code: {MARK}J1020", "J1020 is no HCPCS code on 2026-05-12"),
    # codes of traps
    ("code: S52.502A, kind", f"code: {MARK}S52.502, kind", "S52.502 is not billable"),
    ("code: S52.502A, kind", f"code: {MARK}S52.5Q2A, kind", "S52.5Q2A is no ICD-10-CM code"),
    (
        "code: S52.502A, kind: diagnosis, line: d1, label: laterality",
        f"code: {MARK}S52.502A, kind: diagnosis, line: d1, label: not_billable",
        "the label is not_billable, but S52.502A is valid and billable on 2026-05-12",
    ),
    (
        "code: S52.502A, kind: diagnosis, line: d1, label: laterality",
        f'code: {MARK}"25607-LT", kind: service, line: s1, label: unsupported',
        "write 25607 alone, without LT",
    ),
    # evidence
    ("quote: slipped on ice", f"quote: {MARK}slipped on snow", "evidence not found in op-note: "),
    ("quote: slipped on ice", f"quote: {MARK}Slipped on ice", "other capitals: 'slipped on ice'"),
    ("quote: slipped on ice", f"quote: {MARK}left wrist is normal", "the words stand in report"),
    (
        "document: op-note, quote: slipped",
        f"document: {MARK}opnote, quote: slipped",
        "no document 'opnote'; it has op-note, report",
    ),
    ('quote: "closed reduction", nth: 2', f'quote: {MARK}"closed reduction", nth: 3', "nth is 3"),
    ('quote: "closed reduction", nth: 2', f'quote: {MARK}"closed reduction"', "occur 2 times"),
    # the key
    ('pos: "22"', f'pos: {MARK}"30"', "30 is no place-of-service number"),
    ("      code: W00.0XXA", f"      code: {MARK}S52.591A", "S52.591A could answer both d1 and d2"),
    (
        "      code: W00.0XXA",
        f"      code: W00.0XXA\n      accept: [{{code: {MARK}S52.501A, credit: 1}}]",
        "S52.501A could answer both d1 and d2",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), ERRORS)
def test_an_error_stands_at_its_value(case_file: Write, codesets: CodeSets, old: str, new: str, message: str) -> None:
    text, line, column = marked(CASE, old, new)
    file = case_file(text, note=LONG_NOTE)
    errors, _ = run(file, codesets)
    found = [e for e in errors if message in e.message]
    assert [(e.file, e.line, e.column) for e in found] == [(str(file), line, column)], errors


def test_codes_and_evidence_are_checked_where_the_shape_is_wrong(case_file: Write, codesets: CodeSets) -> None:
    text = CASE.replace("minutes: 12", "minutes: x").replace("code: W00.0XXA", "code: W00.0")
    text = text.replace("slipped on ice", "slipped on snow").replace("      units: 1\n", "      unit: 1\n")
    errors, _ = run(case_file(text), codesets)
    assert [e.line for e in errors] == [12, 30, 33, 38]


def test_a_header_by_intent_is_no_error(case_file: Write, codesets: CodeSets) -> None:
    text = CASE.replace(
        "S52.502A, kind: diagnosis, line: d1, label: laterality", "S52.50, kind: diagnosis, label: not_billable"
    )
    assert run(case_file(text, note=LONG_NOTE), codesets)[0] == []


def test_a_manifestation_may_not_lead(case_file: Write, codesets: CodeSets) -> None:
    text = CASE.replace("      code: S52.501A", "      code: I43").replace("line: d1, label", "label")
    file = case_file(text, note=LONG_NOTE)
    errors, _ = run(file, codesets)
    assert [(e.line, e.column) for e in errors] == [(20, 5)]
    assert "branch 'as documented', handed in as a claim, has a fault: I43 is a manifestation code" in errors[0].message


WARNINGS = [
    (
        "concepts: [fracture-treatment]",
        f"concepts: [{MARK}fractures]",
        "the concept 'fractures' is not in concepts.yaml",
    ),
    ("      units: 1\n", f"      units: 1\n      concepts: [{MARK}x-y]\n", "the concept 'x-y' is not in concepts.yaml"),
    (
        "date_of_service: 2026-05-12",
        f"date_of_service: {MARK}2026-07-01",
        "can be checked for 2026-04-01 to 2026-06-30 only",
    ),
    ("      rationale: Moved into place without an incision.\n", "", "s1 is scored, but no rationale is given"),
    (
        '      evidence: [{document: op-note, quote: "closed reduction", nth: 2}]\n',
        "",
        "s1 is scored, but no evidence from the chart is given",
    ),
    (
        "      modifiers: [RT,",
        "      modifiers: [LT,",
        "25605-LT points to S52.501A: the modifier is for the left side, the diagnosis for the right side",
    ),
    ("code: S52.502A, kind", f"code: {MARK}S52.591A, kind", "the trap S52.591A is also an answer of the key"),
    ("      code: W00.0XXA", f"      code: {MARK}I12.9", "the note at I12.9 says use additional code"),
    ("      code: W00.0XXA", f"      code: {MARK}G63", "the note at G63 says code first"),
    ("      code: W00.0XXA", f"      code: {MARK}Z00.110", "meant for ages 0 to 0"),
]
WARNING_WHERE = {"rationale": (35, 7), "evidence": (35, 7), "modifiers": (23, 13)}


@pytest.mark.parametrize(("old", "new", "message"), WARNINGS)
def test_a_warning_stands_at_its_value(case_file: Write, codesets: CodeSets, old: str, new: str, message: str) -> None:
    if MARK in new:
        text, line, column = marked(CASE, old, new)
    else:
        text = CASE.replace(old, new)
        line, column = next(place for key, place in WARNING_WHERE.items() if f" {key}:" in old)
    file = case_file(text, note=LONG_NOTE)
    errors, warnings = run(file, codesets)
    assert errors == []
    found = [w for w in warnings if message in w.message]
    assert [(w.file, w.line, w.column) for w in found] == [(str(file), line, column)], warnings


def test_an_excludes1_pair_is_a_warning_unless_the_exception_is_cited(case_file: Write, codesets: CodeSets) -> None:
    text = CASE.replace("      code: S52.501A", "      code: J02.0").replace(
        "      code: W00.0XXA", "      code: J03.00"
    )
    text = text.replace("code: S52.591A", "code: J02.9")
    _, warnings = run(case_file(text, note=LONG_NOTE), codesets)
    (found,) = [w for w in warnings if "Excludes1" in w.message]
    assert (found.line, found.column) == (23, 13)
    cited = text.replace("ICD-10-CM Guidelines I.C.19.c", "ICD-10-CM Guidelines I.A.12.a")
    _, warnings = run(case_file(cited, note=LONG_NOTE), codesets)
    assert not [w for w in warnings if "Excludes1" in w.message]


def test_a_note_that_is_answered_is_no_warning(case_file: Write, codesets: CodeSets) -> None:
    text = CASE.replace("      code: S52.501A", "      code: I12.9").replace(
        "      code: W00.0XXA", "      code: N18.31"
    )
    _, warnings = run(case_file(text.replace("code: S52.591A", "code: I10"), note=LONG_NOTE), codesets)
    assert not [w for w in warnings if "the note at" in w.message]


def test_a_chart_of_few_words_is_a_warning(case_file: Write, codesets: CodeSets) -> None:
    _, warnings = run(case_file(), codesets)
    assert [(w.line, w.column) for w in warnings] == [(13, 1)]
    assert "the chart has 41 words; 200 to 1200 are usual" in warnings[0].message


INPATIENT = """\
id: orthopedics/wrist
title: Broken wrist
specialty: orthopedics
setting: hospital
claim_form: inpatient
date_of_service: 2026-08-12
patient: {age: 67, sex: female}
task: Code the hospital's claim.
level: practitioner
minutes: 12
documents:
- {id: op-note, title: Operative note, file: op-note.md}
- {id: report, title: X-ray report, file: report.md}
concepts: [fracture-treatment]
key:
  branches:
  - name: as documented
    diagnoses:
    - {id: d1, code: S52.501A, first: true, poa: Y, rationale: r, evidence: [{document: op-note, quote: right radius}]}
    services:
    - {id: s1, code: 0PSHXZZ, first: true, rationale: r, evidence: [{document: op-note, quote: a fracture}]}
  traps:
  - {code: "25605", kind: service, line: s1, label: wrong_setting, why: CPT is for the surgeon.}
lesson: L
"""


def test_an_inpatient_case_takes_icd_10_pcs(case_file: Write, codesets: CodeSets) -> None:
    assert run(case_file(INPATIENT, note=LONG_NOTE), codesets) == ([], [])
    text, line, column = marked(INPATIENT, "code: 0PSHXZZ", f'code: {MARK}"25605"')
    errors, _ = run(case_file(text, note=LONG_NOTE), codesets)
    assert [(e.line, e.column) for e in errors] == [(line, column)]
    assert "25605 is no ICD-10-PCS code" in errors[0].message
    text, line, column = marked(INPATIENT, "code: 0PSHXZZ", f"code: {MARK}0PSHXZQ")
    errors, _ = run(case_file(text, note=LONG_NOTE), codesets)
    assert [(e.line, e.column) for e in errors] == [(line, column)]


def test_a_note_that_a_line_cites_has_been_answered(case_file: Write, codesets: CodeSets) -> None:
    text = CASE.replace("      code: W00.0XXA", "      code: I12.9")
    _, warnings = run(case_file(text, note=LONG_NOTE), codesets)
    assert [w for w in warnings if "use additional code" in w.message]
    reference = '      references: ["ICD-10-CM Tabular List, I12.9 use additional code note"]\n'
    cited = text.replace("      code: I12.9\n", "      code: I12.9\n" + reference)
    assert cited != text
    _, warnings = run(case_file(cited, note=LONG_NOTE), codesets)
    assert not [w for w in warnings if "use additional code" in w.message]


@pytest.mark.parametrize("code", ["W18.30XA", "Z68.35", "B96.20", "R65.20", "T36.0X5A"])
def test_a_key_does_not_begin_with_a_code_that_adds_to_another(case_file: Write, codesets: CodeSets, code: str) -> None:
    text = CASE.replace("      code: S52.501A", f"      code: {code}").replace("line: d1, label", "label")
    errors, _ = run(case_file(text, note=LONG_NOTE), codesets)
    assert [f"{code} " in e.message and "may not be listed first" in e.message for e in errors] == [True]
    accepted = CASE.replace("accept: [{code: S52.591A", f"accept: [{{code: {code}")
    errors, _ = run(case_file(accepted, note=LONG_NOTE), codesets)
    assert [e.message.startswith(f"d1 is first, and {code} ") for e in errors] == [True]


@pytest.mark.parametrize("code", ["Z15.01", "Z15.89"])
def test_a_key_that_begins_with_a_susceptibility_is_a_warning(case_file: Write, codesets: CodeSets, code: str) -> None:
    text = CASE.replace("      code: S52.501A", f"      code: {code}").replace("line: d1, label", "label")
    errors, warnings = run(case_file(text, note=LONG_NOTE), codesets)
    assert not [e for e in errors if "listed first" in e.message]
    assert ["generally not listed first" in w.message for w in warnings].count(True) == 1


def test_the_code_editor_is_asked_for_inpatient_keys_alone(case_file: Write, codesets: CodeSets) -> None:
    text = INPATIENT.replace("S52.501A, first: true, poa: Y", "Z87.891, first: true, poa: exempt")
    errors, _ = run(case_file(text, note=LONG_NOTE), codesets)
    assert ["Medicare Code Editor" in e.message for e in errors] == [True]


def test_a_key_that_asserts_a_poa_indicator_of_an_exempt_code_is_a_warning(
    case_file: Write, codesets: CodeSets
) -> None:
    line = "    - {id: d2, code: Z79.4, poa: Y, optional: true}\n    services:\n"
    text, number, column = marked(
        INPATIENT.replace("    services:\n", line, 1), "poa: Y, optional", f"poa: {MARK}Y, optional"
    )
    errors, warnings = run(case_file(text, note=LONG_NOTE), codesets)
    assert errors == []
    assert [(w.line, w.column) for w in warnings] == [(number, column)]
    assert "Z79.4 is exempt from POA reporting; write poa: exempt" in warnings[0].message


def test_a_key_that_calls_a_reported_code_exempt_is_refused(case_file: Write, codesets: CodeSets) -> None:
    line = "    - {id: d2, code: J18.9, poa: exempt, optional: true}\n    services:\n"
    errors, _ = run(case_file(INPATIENT.replace("    services:\n", line, 1), note=LONG_NOTE), codesets)
    assert ["J18.9 is not exempt from POA reporting" in e.message for e in errors] == [True]
    unsaid = line.replace(" poa: exempt,", "")
    assert run(case_file(INPATIENT.replace("    services:\n", unsaid, 1), note=LONG_NOTE), codesets)[0] == []
