"""The letters of HCPCS, and answers in groups."""

from coachapp.codesets import CodeSets
from coachapp.domain.codes import CodeSystem


def test_hcpcs_opens_at_its_letters(codesets: CodeSets) -> None:
    letters = codesets.hcpcs_letters()
    assert "".join(mark.start for mark in letters) == "ABCEGHJKLMPQRSTUV"
    assert sum(mark.codes for mark in letters) == 7_409
    assert all(mark.name for mark in letters)


def test_answers_in_groups(codesets: CodeSets) -> None:
    groups = codesets.search_groups("asthma", limit=30)
    assert (groups[0].system, groups[0].head, groups[0].title) == (CodeSystem.ICD10CM, "J45", "Asthma")
    assert groups[0].hits[0].code == "J45"
    assert {hit.code[:3] for hit in groups[0].hits} == {"J45"}
    flat = [hit.code for group in groups for hit in group.hits]
    assert sorted(flat) == sorted(hit.code for hit in codesets.search("asthma", limit=30))
    systems = [group.system for group in groups]
    assert systems == sorted(systems, key=systems.index)
    assert len({(group.system, group.head) for group in groups}) == len(groups)


def test_groups_of_some_systems_only(codesets: CodeSets) -> None:
    groups = codesets.search_groups("wheelchair", systems=[CodeSystem.HCPCS], limit=10)
    assert {(group.system, group.title) for group in groups} == {(CodeSystem.HCPCS, None)}
    assert {group.head for group in groups} <= set("EKAT")
    assert codesets.search_groups("zzzzqqqq") == ()
