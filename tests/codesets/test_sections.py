"""Browsing HCPCS by letter and ICD-10-PCS by section, and answers in groups."""

from coachapp.codesets import CodeSets
from coachapp.codesets.sections import pcs_name
from coachapp.domain.codes import CodeSystem


def test_hcpcs_opens_at_its_letters(codesets: CodeSets) -> None:
    letters = codesets.hcpcs_letters()
    assert "".join(mark.start for mark in letters) == "ABCEGHJKLMPQRSTUV"
    assert sum(mark.codes for mark in letters) == 7_409
    assert all(mark.name for mark in letters)
    supplies = codesets.hcpcs_by_letter("e")
    assert len(supplies) == next(mark.codes for mark in letters if mark.start == "E")
    assert [entry.code for entry in supplies] == sorted(entry.code for entry in supplies)
    assert codesets.hcpcs_by_letter("") == codesets.hcpcs_by_letter("X") == ()


def test_procedures_open_at_sections_body_systems_and_tables(codesets: CodeSets) -> None:
    sections = codesets.pcs_starts()
    assert "".join(mark.start for mark in sections) == "0123456789BCDFGHX"
    assert (sections[0].name, sections[-1].name) == ("Medical and Surgical", "New Technology")
    assert sum(mark.codes for mark in sections) == 79_193
    systems = {mark.start: mark.name for mark in codesets.pcs_starts("0")}
    assert systems["0D"] == "Gastrointestinal System"
    tables = {mark.start: mark.name for mark in codesets.pcs_starts("0d")}
    assert tables["0DT"] == "Resection"
    assert "0DTJ4ZZ" in [entry.code for entry in codesets.pcs_table("0DT")]
    assert [entry.code for entry in codesets.pcs_table("0dtj4zz")] == ["0DTJ4ZZ"]
    assert codesets.pcs_table("0D") == codesets.pcs_table("ZZZ") == ()
    assert codesets.pcs_starts("O") == ()


def test_names_that_the_tables_do_not_have_are_none() -> None:
    assert (pcs_name("B2"), pcs_name("Z"), pcs_name("0DT4"), pcs_name("")) == (None, None, None, None)
    assert pcs_name("10E") == "Delivery"


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
