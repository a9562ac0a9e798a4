"""A sound case and a sound question as text, and marked variations of them."""

MARK = "«"

CASE = """\
# A case for tests.
id: orthopedics/wrist
title: Broken wrist
specialty: orthopedics
setting: outpatient hospital
claim_form: professional
payer: unstated
date_of_service: 2026-05-12
patient: {age: 67, sex: female}
task: Code the surgeon's claim.
level: practitioner
minutes: 12
documents:
- {id: op-note, title: Operative note, file: op-note.md}
- {id: report, title: X-ray report, file: report.md}
pos: "22"
concepts: [fracture-treatment]
key:
  branches:
  - name: as documented
    diagnoses:
    - id: d1
      code: S52.501A
      first: true
      accept: [{code: S52.591A, credit: 0.5, note: unspecified part}]
      evidence: [{document: op-note, quote: "fracture of the distal right radius"}]
      rationale: The side and the bone are named.
      references: ["ICD-10-CM Guidelines I.C.19.c"]
    - id: d2
      code: W00.0XXA
      optional: true
      evidence:
      - {document: op-note, quote: slipped on ice}
    services:
    - id: s1
      code: "25605"
      modifiers: [RT, {any_of: ["59", XS]}, {code: "51", optional: true}]
      units: 1
      pointers: [d1]
      primary: d1
      evidence: [{document: op-note, quote: "closed reduction", nth: 2}]
      rationale: Moved into place without an incision.
  traps:
  - {code: S52.502A, kind: diagnosis, line: d1, label: laterality, why: The report says right.}
lesson: |
  Read the side in the report.

  Then look at the manipulation.
verified: 2026-05-30
"""

NOTE = """\
# Operative note

A 67-year-old woman **slipped on
ice** and has a fracture of the distal right radius.

1. A closed reduction was planned.
2. Under block, closed reduction with good position.

| view | finding |
|---|---|
| lateral | volar tilt restored |
"""

REPORT = "# X-ray\n\nThe left wrist is normal.\n"

QUESTION = """\
id: icd10cm/wrist-01
section: icd10cm
concepts: [icd-seventh-character]
difficulty: 2
use: both
date_of_service: 2026-05-12
payer: unstated
stem: A patient has a first cast put on a broken right wrist. Which code is reported?
options:
- {id: a, text: "S52.501A", codes: [S52.501A, 25605-RT], right: true, why: Active treatment.}
- {id: b, text: "S52.501D", codes: [S52.501D], right: false, why: Aftercare has not begun.}
- {id: c, text: "S52.502A", codes: [S52.502A], right: false, why: The wrong side.}
shuffle: true
enemies: []
references: ["ICD-10-CM Guidelines I.C.19.c"]
verified: 2026-05-30
"""


def marked(text: str, old: str, new: str) -> tuple[str, int, int]:
    """Replace `old`, which occurs once, by `new`; return the text without the mark, and the line and column of it."""
    assert text.count(old) == 1, old
    broken = text.replace(old, new)
    index = broken.index(MARK)
    line = broken.count("\n", 0, index) + 1
    column = index - (broken.rfind("\n", 0, index) + 1) + 1
    return broken.replace(MARK, ""), line, column
