"""Every kind of broken file gives its file, line and column; all of them at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from coachapp.content.loader import BadPath, load
from tests.content.samples import CASE, MARK, NOTE, QUESTION, marked

CaseFile = Callable[..., Path]

BROKEN = [
    # YAML
    ("level: practitioner", f"level: {MARK}&l practitioner", "the anchor &l is not allowed"),
    ("level: practitioner", f"level: {MARK}*l", "the alias *l is not allowed"),
    ("level: practitioner", f"level: {MARK}!!str practitioner", "the tag !!str is not allowed"),
    ("    diagnoses:", f"{MARK}\tdiagnoses:", "a tab in the indentation"),
    ("title: Broken wrist", f"title: Broken{MARK}: wrist: left", "a colon followed by a space"),
    ("minutes: 12\n", f"minutes: 12\n{MARK}minutes: 13\n", "the field 'minutes' stands twice"),
    ("      units: 1\n", f"      units: 1\n      {MARK}units: 2\n", "the field 'units' stands twice"),
    ("lesson: |", f"{MARK}---\nlesson: |", "a second document"),
    # fields
    (
        "      rationale: The side",
        f"      {MARK}rational: The side",
        "unknown field 'rational'; did you mean 'rationale'?",
    ),
    ("pos:", f"{MARK}zzz: 1\npos:", "unknown field 'zzz'; known here are answered, claim_form, concepts"),
    ("quote: slipped on ice}", f"quote: slipped on ice, {MARK}nht: 1}}", "unknown field 'nht'; did you mean 'nth'?"),
    ("task: Code the surgeon's claim.\n", "", "the field 'task' is missing"),
    ("      code: W00.0XXA\n", "", "the field 'code' is missing from id d2"),
    (", label: laterality", "", "the field 'label' is missing from code S52.502A"),
    # values
    ("minutes: 12", f"minutes: {MARK}soon", "minutes: 'soon' is no whole number"),
    ("minutes: 12", f"minutes: {MARK}0", "minutes: '0' must be at least 1"),
    ("minutes: 12", f"minutes:{MARK}", "minutes: the value is missing"),
    ("age: 67", f"age: {MARK}130", "age: '130' must be at most 120"),
    ("sex: female", f"sex: {MARK}woman", "sex: 'woman' is not one of female, male, unknown"),
    ("level: practitioner", f"level: {MARK}easy", "level: 'easy' is not one of foundation, practitioner, expert"),
    ("first: true", f"first: {MARK}perhaps", "first: 'perhaps' is neither true nor false"),
    ("credit: 0.5", f"credit: {MARK}half", "credit: 'half' is no number"),
    ("credit: 0.5", f"credit: {MARK}1.5", "credit: '1.5' must be at most 1"),
    ("credit: 0.5", f"credit: {MARK}nan", "credit: 'nan' must be"),
    ("date_of_service: 2026-05-12", f"date_of_service: {MARK}05/12/2026", "'05/12/2026' is no date"),
    ("date_of_service: 2026-05-12", f"date_of_service: {MARK}20260512", "'20260512' is no date"),
    ("date_of_service: 2026-05-12", f"date_of_service: {MARK}2026-02-30", "'2026-02-30' is no date"),
    ("verified: 2026-05-30", f"verified: {MARK}0", "'0' is no date"),
    ("verified: 2026-05-30", f"verified: {MARK}2019-05-30", "the date of the blind second coding"),
    (
        "specialty: orthopedics",
        f"specialty: {MARK}Bone Surgery",
        "'Bone Surgery' does not have the form: small letters",
    ),
    ('pos: "22"', f'pos: {MARK}"222"', "does not have the form: two digits"),
    ("modifiers: [RT,", f"modifiers: [{MARK}RTX,", "does not have the form: two capitals or digits"),
    ("modifiers: [RT,", f"modifiers: [{MARK}{{any_of: [RT], code: RT}},", "give either code or any_of, not both"),
    ('code: "25605"', f'code: {MARK}"25605-RT"', "write the code alone, without RT behind it"),
    ("title: Broken wrist", f"title: {MARK}[Broken, wrist]", "title: a text is wanted here, not a list"),
    ("patient: {age: 67, sex: female}", f"patient: {MARK}67", "patient: a mapping of fields is wanted here"),
    ("concepts: [fracture-treatment]", f"concepts: {MARK}fracture-treatment", "concepts: a list is wanted here"),
    ("concepts: [fracture-treatment]", f"concepts: {MARK}[]", "concepts: it has too few entries"),
    ("label: laterality", f"label: {MARK}missed", "missed is computed by the grader"),
    (
        "label: laterality",
        f"label: {MARK}wrong_side",
        "label: 'wrong_side' is not known here; did you mean wrong_setting?",
    ),
    # rules over several fields
    ("id: orthopedics/wrist", f"id: {MARK}orthopedics/elbow", "the file's place asks for 'orthopedics/wrist'"),
    ("specialty: orthopedics", f"specialty: {MARK}urology", "the id begins with orthopedics, the specialty is urology"),
    ("    - id: d2", f"    - id: {MARK}d1", "the line id d1 is used twice"),
    ("pointers: [d1]", f"pointers: [d1, {MARK}d9]", "s1 points to d9, which is no diagnosis"),
    ("primary: d1", f"primary: {MARK}d2", "s1 has primary d2, which is not among its pointers"),
    ("      optional: true\n", f"      optional: true\n      after: {MARK}d7\n", "d2 stands after d7"),
    ("      first: true\n", f"      first: true\n      optional: {MARK}true\n", "d1 is first and cannot be optional"),
    ("      optional: true\n", f"      first: {MARK}true\n", "more than one diagnosis is marked first"),
    ("      optional: true\n", f"      optional: true\n      poa: {MARK}Y\n", "poa belongs to inpatient claims only"),
    ("line: d1, label", f"line: {MARK}d7, label", "names the line d7, which is no diagnosis of the key"),
    ("id: report,", f"id: {MARK}op-note,", "two documents have the id op-note"),
    ("claim_form: professional\npayer", "claim_form: facility_outpatient\npayer", "pos belongs to professional claims"),
    ("  - name: as documented\n", f"  - name: as documented\n    no_service: {MARK}true\n", "no_service contradicts"),
    # documents
    ("file: op-note.md", f"file: {MARK}opnote.md", "the document opnote.md does not stand beside case.yaml"),
    ("file: op-note.md", f"file: {MARK}../op-note.md", "a file name that ends in .md, without a folder"),
    ("file: op-note.md", f"file: op-note.md, {MARK}text: x", "unknown field 'text'"),
]
# What is missing is told of where the fields stand that are there.
WHERE = {"task": (2, 1), "code: W00": (29, 7), ", label": (44, 5), "claim_form": (16, 6)}


@pytest.mark.parametrize(("old", "new", "message"), BROKEN)
def test_a_broken_case_names_line_and_column(case_file: CaseFile, old: str, new: str, message: str) -> None:
    if MARK in new:
        text, line, column = marked(CASE, old, new)
    else:
        text = CASE.replace(old, new)
        line, column = next(place for key, place in WHERE.items() if key in old)
    file = case_file(text)
    loaded = load(file)
    assert [e for e in loaded.errors if message in e.message], [str(e) for e in loaded.errors]
    found = next(e for e in loaded.errors if message in e.message)
    assert (found.file, found.line, found.column) == (str(file), line, column)
    assert loaded.cases == ()
    assert loaded.broken == {"orthopedics/wrist"}


def test_a_sound_case_loads_with_its_documents(case_file: CaseFile) -> None:
    loaded = load(case_file())
    assert (loaded.errors, loaded.warnings) == ([], [])
    (case,) = loaded.cases
    assert case.id == "orthopedics/wrist"
    assert case.documents[0].text == NOTE
    assert case.key.branches[0].services[0].code == "25605"


@pytest.mark.parametrize(
    ("note", "line", "column", "message"),
    [
        (b"# Note\n\nf\xff\n", 3, 2, "byte 0xff is not UTF-8"),
        (b"# Note\n\x07\n", 2, 1, "U+0007"),
        (b"x" * 300_000, 1, 1, "the most is 262,144"),
    ],
)
def test_a_document_that_cannot_be_read_names_its_own_place(
    case_file: CaseFile, note: bytes, line: int, column: int, message: str
) -> None:
    file = case_file(note=note)
    (error,) = load(file).errors
    assert (error.file, error.line, error.column) == (str(file.parent / "op-note.md"), line, column)
    assert message in error.message


def test_an_empty_document_is_told_of_at_its_name(case_file: CaseFile) -> None:
    (error,) = load(case_file(note=" \n")).errors
    assert (error.line, error.column, error.message) == (14, 46, "the document op-note.md is empty")


def test_a_document_may_not_lead_out_of_the_folder(case_file: CaseFile, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("secret")
    file = case_file(note=None)
    (file.parent / "op-note.md").symlink_to(tmp_path / "secret.md")
    (error,) = load(file).errors
    assert (error.line, error.column) == (14, 46)
    assert "leads out of the case's folder" in error.message


def test_a_document_that_is_not_listed_is_a_warning(case_file: CaseFile) -> None:
    file = case_file()
    (file.parent / "old-note.md").write_text("x")
    loaded = load(file)
    assert loaded.errors == []
    assert [(w.file, w.line, w.column) for w in loaded.warnings] == [(str(file.parent / "old-note.md"), 1, 1)]


def test_all_errors_of_all_files_come_at_once(case_file: CaseFile, question_file: CaseFile, tmp_path: Path) -> None:
    case_file(CASE.replace("minutes: 12", "minutes: x").replace("units: 1", "units: 0"))
    case_file(b"\xff", slug="elbow")
    question_file(QUESTION.replace("difficulty: 2", "difficulty: 9"))
    (tmp_path / "question_bank" / "concepts.yaml").write_text("- {id: a-b, section: em, title: T, lesson: L}\n")
    loaded = load(tmp_path)
    assert [(Path(e.file).name, e.line) for e in loaded.errors] == [
        ("case.yaml", 1),
        ("case.yaml", 12),
        ("case.yaml", 38),
        ("concepts.yaml", 1),
        ("wrist-01.yaml", 4),
    ]
    assert loaded.broken == {"orthopedics/wrist", "orthopedics/elbow", "icd10cm/wrist-01"}


BROKEN_QUESTIONS = [
    ("section: icd10cm", f"section: {MARK}icd", "section: 'icd' is not one of surgery-10000"),
    ("section: icd10cm", f"section: {MARK}em", "the id begins with icd10cm, the section is em"),
    ("id: icd10cm/wrist-01", f"id: {MARK}icd10cm/wrist", "the file's place asks for 'icd10cm/wrist-01'"),
    ("difficulty: 2", f"difficulty: {MARK}6", "difficulty: '6' must be at most 5"),
    ("use: both", f"use: {MARK}never", "use: 'never' is not one of practice, exam, both"),
    ("{id: b,", f"{{id: {MARK}a,", "two options have the id a"),
    ('text: "S52.501D"', f'text: {MARK}"S52.501A"', "option b has the same text as option a"),
    ("right: true", "right: false", "no option is right"),
    (", why: The wrong side.", "", "the field 'why' is missing from id c"),
    ("date_of_service: 2026-05-12\n", "", "options carry codes, so date_of_service must be given"),
    ("right: false, why: The", f"right: false, label: {MARK}units, why: The", "cannot be set by an author"),
    ("right: true,", f"right: true, label: {MARK}laterality,", "option a is right and carries no label"),
    ("enemies: []", f"enemies: {MARK}[icd10cm/wrist-01]", "the question names itself among its enemies"),
]
QUESTION_WHERE = {"right: true": (10, 1), ", why": (12, 3), "date_of_service": (9, 1)}


@pytest.mark.parametrize(("old", "new", "message"), BROKEN_QUESTIONS)
def test_a_broken_question_names_line_and_column(question_file: CaseFile, old: str, new: str, message: str) -> None:
    if MARK in new:
        text, line, column = marked(QUESTION, old, new)
    else:
        text = QUESTION.replace(old, new)
        line, column = next(place for key, place in QUESTION_WHERE.items() if key in old)
    file = question_file(text)
    found = [e for e in load(file).errors if message in e.message]
    assert [(e.file, e.line, e.column) for e in found][:1] == [(str(file), line, column)], load(file).errors


def test_a_section_case_needs_its_chart(question_file: CaseFile) -> None:
    text = QUESTION.replace("icd10cm/", "cases/").replace("section: icd10cm", "section: cases")
    (error,) = load(question_file(text, section="cases")).errors
    assert "needs an exhibit" in error.message


def test_one_id_may_be_used_once(case_file: CaseFile, tmp_path: Path) -> None:
    file = case_file()
    other = tmp_path / "more" / "orthopedics" / "wrist"
    other.mkdir(parents=True)
    for name in ("case.yaml", "op-note.md", "report.md"):
        (other / name).write_bytes((file.parent / name).read_bytes())
    (error,) = load(tmp_path).errors
    assert (error.file, error.line, error.column) == (str(other / "case.yaml"), 2, 5)
    assert f"also used by {file}" in error.message


def test_concepts_are_checked_each(tmp_path: Path) -> None:
    file = tmp_path / "concepts.yaml"
    file.write_text(
        "- {id: a-b, section: em, title: T, lesson: L, source: S}\n"
        "- {id: a-b, section: em, title: T, lesson: L, source: S}\n"
        "- {id: c-d, section: e/m, title: T, lesson: L, source: S}\n"
    )
    loaded = load(file)
    assert [(e.line, e.column) for e in loaded.errors] == [(2, 8), (3, 22)]
    assert [c.id for c in loaded.concepts or ()] == ["a-b"]
    file.write_text("id: a-b\n")
    assert "a list of concepts is wanted" in load(file).errors[0].message


def test_a_path_may_be_a_folder_a_file_or_a_tree(
    case_file: CaseFile, question_file: CaseFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, question = case_file(), question_file()
    for path in (case, case.parent, tmp_path / "cases", tmp_path):
        assert [c.id for c in load(path).cases] == ["orthopedics/wrist"]
    assert [q.id for q in load(question).questions] == ["icd10cm/wrist-01"]
    assert len(load(tmp_path).questions) == 1
    monkeypatch.chdir(case.parent)
    assert [c.id for c in load(Path()).cases] == ["orthopedics/wrist"]
    assert load(Path("case.yaml")).errors == []


@pytest.mark.parametrize("name", ["nothing", "note.txt", "plans"])
def test_a_path_without_content_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "note.txt").write_text("x")
    (tmp_path / "plans").mkdir()
    with pytest.raises(BadPath, match=name):
        load(tmp_path / name)


def test_what_would_be_overlooked_is_told(case_file: CaseFile, tmp_path: Path) -> None:
    case = case_file()
    (case.parent / "notes.yaml").write_text("a: 1\n")
    (tmp_path / "cases" / "README.md").write_text("x")
    (tmp_path / "cases" / "lost.md").write_text("x")
    (tmp_path / "cases" / "case.yml").write_text("x")
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "cpc.yaml").write_text("x")
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "x.yaml").write_text("x")
    loaded = load(tmp_path)
    assert [Path(e.file).name for e in loaded.errors] == ["case.yml"]
    assert [Path(w.file).name for w in loaded.warnings] == ["lost.md", "notes.yaml"]


def test_an_empty_tree_says_so(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    assert [w.message for w in loaded.warnings] == ["there are no cases and no questions here"]
    assert loaded.concepts is None
