"""ICD-10-PCS codes read character by character."""

import pytest

from coachapp.codesets.pcs import axis_name, read_out


def spoken(code: str) -> list[tuple[str, str | None]]:
    """Return the names and values of a code's characters."""
    return [(axis.name, axis.value) for axis in read_out(code)]


def test_a_medical_and_surgical_code_is_read_to_its_end() -> None:
    assert spoken("0DB68ZX") == [
        ("Section", "Medical and Surgical"),
        ("Body system", "Gastrointestinal System"),
        ("Root operation", "Excision"),
        ("Body part", "Stomach"),
        ("Approach", "Via Natural or Artificial Opening Endoscopic"),
        ("Device", "No Device"),
        ("Qualifier", "Diagnostic"),
    ]


def test_root_operation_and_approach_carry_their_definitions() -> None:
    root, approach = read_out("0DB68ZX")[2], read_out("0DB68ZX")[4]
    assert root.definition == "Cutting out or off, without replacement, a portion of a body part"
    assert root.explanation
    assert root.examples
    assert approach.definition
    assert approach.definition.startswith("Entry of instrumentation")


def test_other_sections_name_what_is_known_and_leave_out_what_is_not() -> None:
    assert spoken("3E03317")[:3] == [
        ("Section", "Administration"),
        ("Body system or region", "Physiological Systems and Anatomical Regions"),
        ("Root operation", "Introduction"),
    ]
    assert spoken("3E03317")[4:6] == [("Approach", "Percutaneous"), ("Substance", None)]
    assert spoken("B2111ZZ")[1:3] == [("Body system", "Heart"), ("Root type", "Fluoroscopy")]
    assert spoken("GZB0ZZZ")[1:3] == [("Body system", "None"), ("Type", "Electroconvulsive Therapy")]


@pytest.mark.parametrize("beginning", ["", "I", "I00", "0", "0DB68ZXZZ", "ÄÖ"])
def test_any_beginning_can_be_read(beginning: str) -> None:
    assert len(read_out(beginning)) == min(len(beginning), 7)
    assert axis_name(beginning)


def test_the_next_character_is_named() -> None:
    assert [axis_name("0DB68ZX"[:n]) for n in range(7)] == [axis.name for axis in read_out("0DB68ZX")]


def test_x_means_diagnostic_only_after_operations_that_can_be() -> None:
    assert read_out("0DB68ZX")[6].value == "Diagnostic"
    assert read_out("0XX00ZX")[6].value is None
