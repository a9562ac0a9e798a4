"""The instruction notes that the bundled keys draw when they are submitted as they stand.

The table of all of them: pytest -s tests/content/test_key_notes.py -k table.
"""

from collections.abc import Iterator

from coachapp.codesets import CodeSets
from coachapp.content.loader import load
from coachapp.domain.findings import Finding
from coachapp.domain.grading import grade, key_claim
from coachapp.domain.items import ClaimForm
from coachapp.paths import bundled

KINDS = ("code_first", "use_additional", "code_also")
MOST = 2


def own_keys(codesets: CodeSets) -> Iterator[tuple[str, list[Finding]]]:
    """Yield each branch of each key, with and without its optional lines, and the instruction notes it draws."""
    for case in load(bundled("cases")).cases:
        diagnoses, services = case.all_codes()
        facts = codesets.facts_for(
            on=case.date_of_service,
            diagnoses=diagnoses,
            services=services,
            inpatient=case.claim_form is ClaimForm.INPATIENT,
        )
        for index, branch in enumerate(case.key.branches):
            for optional in (True, False):
                claim = key_claim(case, index, optional=optional)
                found = [f for f in grade(case, claim, facts=facts).findings if f.rule.startswith(KINDS)]
                listed = " ".join(entry.code for entry in claim.diagnoses)
                yield f"{case.id} · {branch.name}{'' if optional else ' · optional lines left out'} · {listed}", found


def test_table_of_the_notes_own_keys_draw(codesets: CodeSets) -> None:
    """Each key draws at most two notes, and its order is that of the tabular list."""
    keys = list(own_keys(codesets))
    for name, found in keys:
        if found:
            print(f"\n{len(found)}  {name}")
        for finding in found:
            print(f"      {finding.text}")
    print(f"\n{sum(len(found) for _, found in keys)} notes on {len(keys)} claims of own keys")
    assert {name: len(found) for name, found in keys if len(found) > MOST} == {}
    assert [(name, f.text) for name, found in keys for f in found if f.rule.endswith("_order")] == []
