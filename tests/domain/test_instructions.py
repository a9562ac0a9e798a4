"""Notes "code first", "use additional code" and "code also", judged as whole notes, with the real tabular list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.codesets import CodeSets
from coachapp.domain.codes import CodeFact, CodeRange, Note, NoteKind, dotted
from coachapp.domain.findings import Finding
from coachapp.domain.grading import grade, key_claim
from coachapp.domain.instructionedits import instruction_findings, judged_notes
from coachapp.domain.instructions import Strictness, instructions
from coachapp.domain.labels import Label, Severity

from .builders import DAY, case_of, claim_of

# The disease, and the code that stands below it because a note at one of the two says so.
PAIRS = [
    ("G30.9", "F02.80"),
    ("G20.A1", "F02.80"),
    ("A41.9", "R65.20"),
    ("I12.9", "N18.30"),
    ("E11.22", "N18.4"),
    ("I11.0", "I50.22"),
    ("I13.0", "I50.33"),
    ("E11.621", "L97.411"),
    ("I70.233", "L97.311"),
    ("I96", "L89.154"),
    ("J10.08", "J15.4"),
    ("N18.4", "D63.1"),
    ("C34.11", "D63.0"),
    ("K86.1", "E08.9"),
    ("E11.43", "K31.84"),
    ("E11.39", "H42"),
    ("E85.4", "G63"),
    ("U07.1", "J12.82"),
    ("B20", "C46.0"),
    ("I69.391", "R13.10"),
    ("I63.9", "R29.704"),
    ("F10.129", "Y90.1"),
    ("C50.911", "Z17.0"),
    ("O99.213", "E66.01"),
    ("Z08", "Z85.3"),
    ("J47.9", "B90.9"),
    ("A41.9", "I26.90"),
    ("D70.1", "T45.1X5A"),
    ("R11.2", "T45.1X5A"),
    ("N39.0", "F05"),
    ("I50.9", "J91.8"),
    ("N39.0", "B96.20"),
    ("N18.6", "Z99.2"),
]
# Codes that no instruction note names or is kin to, and that carry none.
UNRELATED = ["H61.23", "L60.0", "K40.90", "H52.13", "N60.11", "J34.2", "S93.401A"]
CARRIERS = sorted({code for pair in PAIRS for code in pair} | {"E11.9", "I10", "N17.9", "J44.9", "T86.11", "G62.0"})


def findings(codesets: CodeSets, *codes: str) -> list[Finding]:
    facts = codesets.facts_for(on=DAY, diagnoses=codes, services=(), inpatient=False)
    return instruction_findings({code: facts.diagnosis(code) for code in codes})


def drawn(codesets: CodeSets, *codes: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(finding.rule, finding.codes) for finding in findings(codesets, *codes)]


@pytest.mark.parametrize(
    "codes",
    [
        "G30.9 F02.80",
        "G20.A1 F02.80",
        "B20 F02.80",
        "A41.9 R65.20 N17.9",
        # "such as: sepsis NOS (A41.9)" gives an example of an infection; it is not the only one.
        "A41.51 R65.20 J96.01",
        "A40.3 R65.20 J96.01",
        "B37.7 R65.21 N17.9",
        "E11.22 I12.9 N18.4",
        "E11.22 N18.30 I10",
        "I13.0 I50.33 N18.4",
        "I12.0 N18.6 Z99.2",
        "E11.621 L97.411 L97.422",
        "J10.08 J15.4",
        "I96 L89.154",
        "E43 Z68.1",
        "E66.01 Z68.41",
        "N18.4 Z94.0",
        "K86.1 E08.9 Z79.4",
        "E09.9 T38.0X5A",
        "T45.1X1A G62.0",
        "G62.0 T45.1X5A",
        "R11.2 T45.1X5A",
        "C34.11 D63.0",
        "G89.3 C61",
        "C61 G89.3",
        "J47.9 B90.9",
        "B20 C46.0",
        "I50.9 J91.8",
        "N39.0 F05",
        "M05.79 D63.8",
        "O62.1 Z3A.39 Z37.0",
        # The stroke scale's own note names infarctions alone; the hemorrhage asks for the scale.
        "I61.9 R29.704",
        "U07.1 J12.82",
        "G90.81 T43.225A",
    ],
)
def test_a_note_is_answered_by_any_code_of_its_list(codesets: CodeSets, codes: str) -> None:
    assert drawn(codesets, *codes.split()) == []


@pytest.mark.parametrize(
    "codes",
    [
        "J44.9",  # tobacco: told by the record alone
        "E11.9",  # insulin, tablets
        "N18.30",  # "any associated" hypertension or diabetes
        "I50.22",
        "N39.0",  # organism
        "C34.11",
        "J45.909",
        "I25.10",
        "S83.241A",
        "Z79.899",
        "Z87.891",
        "E66.01",  # body mass index, "if known"
        "I63.9",
        "M80.08XA",
        "E13.9",
        "T86.11",
        "K50.00",
        "N40.1",
        "J18.9",
        "L97.411",
        "D69.6",
        "G43.909",
    ],
)
def test_a_note_about_what_nothing_on_the_claim_concerns_is_not_shown(codesets: CodeSets, codes: str) -> None:
    assert drawn(codesets, *codes.split()) == []


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ("F02.80", [("code_first", "F02.80")]),
        ("I10 F02.80", [("code_first", "F02.80")]),
        ("I10 R65.20", [("code_first", "R65.20"), ("use_additional", "R65.20")]),
        ("A41.9 R65.20", [("use_additional", "R65.20")]),
        ("I12.9", [("use_additional", "I12.9")]),
        # Heart failure and kidney disease are two notes.
        ("I13.0", [("use_additional", "I13.0"), ("use_additional", "I13.0")]),
        ("I13.0 I50.33", [("use_additional", "I13.0")]),
        # The note names N18.1-N18.4 and N18.9 only.
        ("I12.9 N18.6 Z99.2", [("use_additional", "I12.9")]),
        ("E11.621", [("use_additional", "E11.621")]),
        ("N18.6", [("use_additional", "N18.6")]),
        ("C50.911", [("use_additional", "C50.911")]),
        ("T24.312A T31.10", [("use_additional", "T24.312A")]),
        ("E08.9", [("code_first", "E08.9")]),
        ("D63.8", [("code_first", "D63.8")]),
        ("G62.0", [("use_additional", "G62.0")]),
        ("Z51.11", [("code_also", "Z51.11")]),
        ("Z00.01", [("use_additional", "Z00.01")]),
        # Kin on the claim: the combination code may be the one that is missing (Guidelines I.A.15, I.C.9.a, I.C.4.a).
        ("I10 N18.30", [("code_first", "N18.30")]),
        ("N18.30 E11.9", [("code_first", "N18.30")]),
        ("I50.22 I10", [("code_first", "I50.22")]),
        ("L97.411 E11.9", [("code_first", "L97.411")]),
        ("J10.1 J12.9", [("code_first", "J12.9")]),
        ("E11.9 K31.84", [("code_first", "K31.84")]),
        ("G30.9 F03.90", [("use_additional", "G30.9")]),
    ],
)
def test_an_unanswered_note_worth_reading_is_shown_once(
    codesets: CodeSets, codes: str, expected: list[tuple[str, str]]
) -> None:
    assert drawn(codesets, *codes.split()) == [(rule, (code,)) for rule, code in expected]
    assert all(finding.severity is Severity.NOTE for finding in findings(codesets, *codes.split()))


def test_codes_that_carry_a_note_of_the_same_words_share_one_finding(codesets: CodeSets) -> None:
    assert drawn(codesets, "T22.211A", "T23.161A", "T31.0") == [("use_additional", ("T22.211A", "T23.161A"))]


def test_a_note_is_quoted_with_its_list_and_a_long_list_is_cut(codesets: CodeSets) -> None:
    (finding,) = findings(codesets, "F02.80")
    assert finding.text.startswith(
        "Code first at F02: “the underlying physiological condition, such as: Alzheimer's (G30.-); cerebral"
    )
    assert finding.text.endswith("… (19 more)”")


@pytest.mark.parametrize(("disease", "second"), PAIRS)
def test_the_second_code_above_the_disease_is_a_finding(codesets: CodeSets, disease: str, second: str) -> None:
    assert [f for f in findings(codesets, disease, second) if f.rule.endswith("_order")] == []
    reversals = [f for f in findings(codesets, second, disease) if f.rule.endswith("_order")]
    assert len(reversals) == 1
    assert second in reversals[0].codes
    assert "I.A.13" in reversals[0].text


@pytest.mark.parametrize(
    ("codes", "severity"),
    [
        ("N18.30 I12.9", Severity.ERROR),
        ("I10 N18.30 I12.9", Severity.ERROR),
        ("F02.80 G30.9", Severity.ERROR),
        ("R65.20 A41.9 N17.9", Severity.ERROR),
        ("L89.154 I96", Severity.ERROR),
        ("G90.81 T43.221A", Severity.ERROR),
        # "if applicable", "if known": the record decides.
        ("J15.4 J10.08", Severity.WARNING),
        ("K31.84 E11.43", Severity.WARNING),
        # Something else stands above, which may be the disease meant.
        ("I10 F02.80 G30.9", Severity.WARNING),
        ("F05 N39.0", Severity.WARNING),
        ("B96.20 N39.0", Severity.WARNING),
    ],
)
def test_a_reversed_order_is_an_error_where_the_note_leaves_no_choice(
    codesets: CodeSets, codes: str, severity: Severity
) -> None:
    assert [f.severity for f in findings(codesets, *codes.split()) if f.rule.endswith("_order")] == [severity]


@pytest.mark.parametrize(
    "codes",
    [
        "J44.9 F17.210",
        "F17.210 J44.9",
        "F17.210 Z71.6",
        "Z79.4 E11.9",
        "N17.9 A41.9 R65.20",
        # Another code above asks for the organism, the drug or the stage.
        "L03.115 B95.62 N39.0",
        "S01.01XA X00.1XXA T22.211A",
        "D70.1 T45.1X5A K12.31",
        "E11.22 N18.4 I12.9",
        # A drug of poisoning is first.
        "T45.1X1A G62.0",
        # "Code also" sets no order.
        "I10 I16.0",
        "I16.0 I10",
        "J45.909 J44.9",
        # The disease above may be the one that caused the anemia.
        "M05.79 D63.8 E03.9",
    ],
)
def test_an_order_that_may_be_right_is_no_finding(codesets: CodeSets, codes: str) -> None:
    assert [f for f in findings(codesets, *codes.split()) if f.rule.endswith("_order")] == []


def test_where_the_key_asserts_the_order_the_line_carries_its_label(codesets: CodeSets) -> None:
    key = {
        "diagnoses": [
            {"id": "d1", "code": "I12.9", "first": True},
            {"id": "d2", "code": "N18.30", "after": "d1"},
        ]
    }
    case = case_of(key)
    facts = codesets.facts_for(on=DAY, diagnoses=["I12.9", "N18.30"], services=(), inpatient=False)
    result = grade(case, claim_of("N18.30", "I12.9"), facts=facts)
    labels = {label.label for line in result.lines for label in line.labels}
    assert Label.ETIOLOGY_MANIFESTATION_ORDER in labels
    assert "code_first_order" in {finding.rule for finding in result.findings}
    assert "code_first_order" not in {f.rule for f in grade(case, key_claim(case), facts=facts).findings}


@given(st.data())
def test_a_key_that_asserts_the_order_draws_no_order_finding(codesets: CodeSets, data: st.DataObject) -> None:
    """The claim of a key whose second codes stand `after` their diseases is in order, however its lines are listed."""
    pairs = data.draw(st.lists(st.sampled_from(PAIRS), min_size=1, max_size=1))
    others = data.draw(st.lists(st.sampled_from(UNRELATED), max_size=3, unique=True))
    lines = [{"id": f"x{i}", "code": code} for i, code in enumerate(others)]
    for i, (disease, second) in enumerate(pairs):
        lines += [{"id": f"d{i}", "code": disease}, {"id": f"m{i}", "code": second, "after": f"d{i}"}]
    case = case_of({"diagnoses": data.draw(st.permutations(lines))})
    codes = [entry.code for entry in key_claim(case).diagnoses]
    assert [f for f in findings(codesets, *codes) if f.rule.endswith("_order")] == []


@given(st.lists(st.sampled_from(CARRIERS), min_size=1, max_size=6, unique=True), st.data())
def test_any_code_of_a_notes_list_answers_it(codesets: CodeSets, codes: list[str], data: st.DataObject) -> None:
    facts = codesets.facts_for(on=DAY, diagnoses=codes, services=(), inpatient=False)
    unanswered = judged_notes({code: facts.diagnosis(code) for code in codes})
    for note, finding in unanswered:
        spans = [span for span in note.ranges if not span.characters]
        if finding.rule.endswith("_order") or not spans:
            continue
        answer = dotted(data.draw(st.sampled_from(spans)).first)
        if answer in codes:
            continue
        # Above for "code first", below for the others.
        claim = [answer, *codes] if note.kind is NoteKind.CODE_FIRST else [*codes, answer]
        again = findings(codesets, *claim)
        assert not any(f.text == finding.text for f in again)


@given(
    st.lists(st.sampled_from(CARRIERS), min_size=1, max_size=6, unique=True),
    st.sampled_from(UNRELATED),
    st.integers(0, 6),
)
def test_an_unrelated_code_never_adds_a_note(codesets: CodeSets, codes: list[str], other: str, place: int) -> None:
    before = {finding.codes for finding in findings(codesets, *codes)}
    longer = [*codes[:place], other, *codes[place:]]
    assert {finding.codes for finding in findings(codesets, *longer)} <= before


@given(
    st.lists(st.sampled_from(CARRIERS), min_size=1, max_size=6, unique=True),
    st.permutations(UNRELATED[:4]),
    st.permutations(UNRELATED[:4]),
)
def test_the_order_of_unrelated_codes_changes_no_note(
    codesets: CodeSets, codes: list[str], some: list[str], same: list[str]
) -> None:
    def mixed(others: list[str]) -> list[str]:
        return [others[0], *codes[:2], others[1], *codes[2:], *others[2:]]

    assert findings(codesets, *mixed(some)) == findings(codesets, *mixed(same))


def fact_of(code: str, *rows: tuple[NoteKind, str], title: str = "A disease") -> CodeFact:
    """Build a fact with notes at its category; a code in parentheses is one the note names."""
    notes = []
    for kind, text in rows:
        inside = text.partition("(")[2].partition(")")[0].replace(".", "").rstrip("-")
        notes.append(Note(kind, text, code[:3], (CodeRange(inside, inside),) if inside[1:2].isdigit() else ()))
    return CodeFact(code, title=title, notes=tuple(notes))


def test_rows_of_one_kind_at_one_place_are_parted_into_notes() -> None:
    fact = fact_of(
        "K85.9",
        (NoteKind.USE_ADDITIONAL, "code for adverse effect, if applicable (T45.1)"),
        (NoteKind.USE_ADDITIONAL, "code to identify the ulcer, such as:"),
        (NoteKind.USE_ADDITIONAL, "gastric ulcer (K25.-)"),
        (NoteKind.USE_ADDITIONAL, "or duodenal ulcer (K26.-)"),
        (NoteKind.USE_ADDITIONAL, "external cause code to identify the source (X32)"),
        (NoteKind.CODE_FIRST, "underlying disease, such as:"),
        (NoteKind.CODE_FIRST, "gout (M10.-)"),
    )
    assert [(note.kind, len(note.ranges), note.strictness) for note in instructions(fact)] == [
        (NoteKind.USE_ADDITIONAL, 1, Strictness.CONDITIONAL),
        (NoteKind.USE_ADDITIONAL, 2, Strictness.REQUIRED),
        (NoteKind.USE_ADDITIONAL, 1, Strictness.REQUIRED),
        (NoteKind.CODE_FIRST, 1, Strictness.REQUIRED),
    ]


@pytest.mark.parametrize(
    "heading",
    [
        "code to identify:",
        "code, if applicable, to identify:",
        "code (if applicable):",
        "code(s) to specify:",
        "code to identify presence of:",
        "any associated:",
    ],
)
def test_the_condition_of_a_heading_holds_for_its_lines(heading: str) -> None:
    rows = ((NoteKind.USE_ADDITIONAL, heading), (NoteKind.USE_ADDITIONAL, "gastric ulcer (K25.-)"))
    (note,) = instructions(fact_of("L40.0", *rows))
    assert note.strictness is Strictness.CONDITIONAL


def test_what_a_note_names_does_not_depend_on_how_much_it_remembers(monkeypatch: pytest.MonkeyPatch) -> None:
    (note,) = instructions(fact_of("L40.0", (NoteKind.CODE_FIRST, "ulcer (K25.-)")))
    assert note.named_among({"K250", "K260"}) == {"K250"}
    monkeypatch.setattr("coachapp.domain.instructions._MOST_REMEMBERED", 0)
    assert note.named_among({"K250", "K251", "K261"}) == {"K250", "K251"}
    assert note.compared == {"K250", "K260"}
