"""The files that `coachapp content new` writes: complete, commented and free of errors, to be written over."""

from pathlib import Path

from coachapp.content.loader import CASE_FILE

_CASE = """\
# A case: a chart to code and its answer key. Every field is explained in cases/README.md.
# Check as you write:  coachapp content check {folder}
id: {item_id}
title: Sore throat for three days        # what a learner sees in the list; it must not give the answer away
specialty: {specialty}
setting: physician office                # where the patient was, in plain words
claim_form: professional                 # professional | facility_outpatient | inpatient
payer: unstated                          # medicare | medicaid | commercial | unstated (= CPT rules)
date_of_service: 2026-05-12
patient: {{age: 34, sex: female}}          # invented; sex: female | male | unknown
task: Code the physician's claim for this office visit.
level: foundation                        # foundation | practitioner | expert
minutes: 6                               # how long a working coder would need
documents:
- {{id: visit, title: Office visit, file: visit.md}}
pos: "11"                                # place of service; leave it out if it is not to be scored
concepts: [icd-signs-symptoms-integral]  # ids from question_bank/concepts.yaml
key:
  branches:
  - name: as documented                  # one branch for each complete acceptable claim
    diagnoses:
    - id: d1
      code: J02.0
      first: true                        # must be the first-listed diagnosis
      evidence:                          # exact words of one paragraph, list item or table cell
      - {{document: visit, quote: "Streptococcal pharyngitis"}}
      rationale: The rapid test was positive and the physician names the cause.
      references: ["ICD-10-CM Guidelines IV.G"]
      concepts: [icd-signs-symptoms-integral]
    services:
    - id: s1
      code: "99213"                      # codes of digits stand in quotation marks
      modifiers: []                      # RT; {{any_of: ["59", XS]}}; {{code: "51", optional: true}}
      units: 1
      pointers: [d1]
      primary: d1
      em: {{basis: mdm, problems: low, data: limited, risk: moderate}}
      evidence:
      - {{document: visit, quote: "Amoxicillin 500 mg twice a day for 10 days"}}
      rationale: One acute uncomplicated illness is a low problem; the prescription alone does not raise the level.
      references: ["CPT E/M Guidelines, levels by medical decision making"]
  traps:                                 # wrong codes that you expect, and why they are wrong
  - {{code: R07.0, kind: diagnosis, line: d1, label: integral_symptom, why: The pain belongs to the infection.}}
lesson: |
  What to take away from this chart, in a paragraph or two.
# answered: []                           # warnings that are no fault here: {{check: …, codes: […], why: …}}
# verified: 2026-05-30                   # set only after a second coding without sight of the key
"""

_VISIT = """\
# Office visit

**Date:** 05/12. Established patient.

**Reason:** Sore throat for three days, worse on swallowing. No cough.

**Exam:** Temperature 38.4. Tonsils red with exudate, tender anterior nodes. Ears and chest clear.

**Tests today:** Rapid strep test positive.

## Assessment and plan

1. Streptococcal pharyngitis
2. Amoxicillin 500 mg twice a day for 10 days; fluids; back if not better in 48 hours
"""

_QUESTION = """\
# A multiple-choice question. Every field is explained in question_bank/README.md.
# Check as you write:  coachapp content check {file}
id: {item_id}
section: {section}
concepts: [icd-signs-symptoms-integral]  # ids from question_bank/concepts.yaml
difficulty: 2                            # 1 to 5
use: both                                # practice | exam | both
date_of_service: 2026-05-12              # needed where options carry codes
payer: unstated                          # medicare | medicaid | commercial | unstated (= CPT rules)
{exhibit}stem: >-
  A patient has had pain on swallowing for three days. The rapid strep test is positive and the physician's assessment
  is streptococcal pharyngitis. Which diagnosis is reported?
options:                                 # ids are never reused; codes: what is checked for the date of service
- {{id: a, text: J02.0, codes: [J02.0], right: true, why: The assessment names the cause.}}
- {{id: b, text: J02.9, codes: [J02.9], right: false, why: The cause is documented.}}
- {{id: c, text: R07.0, codes: [R07.0], right: false, why: The pain belongs to the infection.}}
- {{id: d, text: "J02.0, R07.0", codes: [J02.0, R07.0], right: false, why: The pain is not coded beside its cause.}}
shuffle: true                            # false only where the order of the options has a meaning
enemies: []                              # ids of questions that give this one away
references: ["ICD-10-CM Guidelines I.B.5"]
# answered: []                           # warnings that are no fault here: {{check: …, codes: […], why: …}}
# verified: 2026-05-30                   # set only after a second coding without sight of the key
"""

_EXHIBIT = """\
exhibit: |                               # the chart that the question asks about, 150 to 500 words
  Office visit. Sore throat for three days, worse on swallowing, no cough. Temperature 38.4, tonsils red with exudate,
  tender anterior nodes. Rapid strep test positive. Assessment: streptococcal pharyngitis. Amoxicillin for 10 days.
"""


def case_skeleton(item_id: str, root: Path) -> dict[Path, str]:
    """Return the files of a new case below `root` and their text."""
    folder = root / item_id
    text = _CASE.format(item_id=item_id, specialty=item_id.split("/", maxsplit=1)[0], folder=folder)
    return {folder / CASE_FILE: text, folder / "visit.md": _VISIT}


def question_skeleton(item_id: str, root: Path) -> dict[Path, str]:
    """Return the file of a new question below `root` and its text."""
    file = root / f"{item_id}.yaml"
    section = item_id.split("/", maxsplit=1)[0]
    exhibit = _EXHIBIT if section == "cases" else ""
    return {file: _QUESTION.format(item_id=item_id, section=section, exhibit=exhibit, file=file)}
