"""One normal form for what people type as password, name and address."""

import importlib.util
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coachapp.domain.identity import TextUse, normal_text
from coachapp.models.schema import SCRIPTS

MIGRATION = SCRIPTS / "versions" / "0008_normal_names.py"


@pytest.mark.parametrize(
    "typed",
    [
        "josé@example.com",
        # An accent of its own; further down full-width letters.
        "jose\u0301@example.com",
        "JOSÉ@EXAMPLE.COM",
        "\uff4a\uff4f\uff53\u00e9\uff20\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45\uff0e\uff43\uff4f\uff4d",
        "  josé@example.com\u00a0",
        "\ufeffjosé@example.com",
        "jo\u200bsé@exam\u00adple.com",  # zero width space, soft hyphen
        "\u202ajosé@example.com\u202c",  # marks of direction, as copied from a chat
        "josé\ufe0f@example.com",
        "josé@example\u3002com",  # the full stop of a Japanese keyboard
        "jos\u00e9@ex\u0430mple.com".replace("\u0430", "a"),
    ],
)
def test_an_address_is_the_same_however_it_is_typed(typed: str) -> None:
    assert normal_text(typed, TextUse.ADDRESS) == "josé@example.com"


@pytest.mark.parametrize(
    "typed", ["a@xn--mnchen-3ya.example", "a@münchen.example", "A@MU\u0308NCHEN.example", "a@XN--MNCHEN-3YA.EXAMPLE"]
)
def test_a_domain_is_the_same_in_letters_and_in_ascii(typed: str) -> None:
    assert normal_text(typed, TextUse.ADDRESS) == "a@münchen.example"


@pytest.mark.parametrize("typed", ["a@xn--\u00e9.example", "a@xn--99999999999", "a@xn--", "xn--", "@", ""])
def test_what_is_no_address_is_only_folded(typed: str) -> None:
    assert normal_text(typed, TextUse.ADDRESS) == typed.casefold()


def test_letters_of_another_script_stay_another_address() -> None:
    assert normal_text("\u0430nna@example.com", TextUse.ADDRESS) != normal_text("anna@example.com", TextUse.ADDRESS)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Jose\u0301   García ", "José García"),
        ("\ufeffJosé\u00a0García\u200b", "José García"),
        ("José\tGarcía\u2028", "José García"),
        ("O\u2019Brien", "O\u2019Brien"),
        ("Ｊｏｓé", "Ｊｏｓé"),  # letters stay as the person writes them
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\u200b\u2060", ""),
    ],
)
def test_a_name_keeps_its_letters_and_loses_what_nobody_sees(typed: str, stored: str) -> None:
    assert normal_text(typed, TextUse.NAME) == stored


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_a_password_is_the_same_in_every_form_of_unicode(form: str) -> None:
    secret = "crème brûlée ﬁx ２０２６ Å"
    assert normal_text(unicodedata.normalize(form, secret), TextUse.PASSWORD) == "crème brûlée fix 2026 Å"  # type: ignore[arg-type]


def test_a_password_keeps_case_spaces_and_invisible_signs() -> None:
    assert normal_text(" Pass\u200bword  ", TextUse.PASSWORD) == " Pass\u200bword  "


@given(st.text(max_size=40), st.sampled_from(list(TextUse)))
@example("ΐ\u0345ß@ΐ.xn--mnchen-3ya", TextUse.ADDRESS)
@example("\u00a8a", TextUse.ADDRESS)
@example("a\u034f\u0308", TextUse.NAME)
def test_a_normal_form_is_its_own(typed: str, use: TextUse) -> None:
    normal = normal_text(typed, use)
    assert normal_text(normal, use) == normal


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.sampled_from(["NFC", "NFD"]))
def test_equal_texts_have_equal_forms(typed: str, form: str) -> None:
    other = unicodedata.normalize(form, typed)  # type: ignore[arg-type]
    for use in TextUse:
        assert normal_text(typed, use) == normal_text(other, use)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_the_migration_brings_rows_to_the_same_form(stored: str) -> None:
    module = _load(MIGRATION)
    assert module.normal_address(stored) == normal_text(stored, TextUse.ADDRESS)
    assert module.normal_name(stored) == normal_text(stored, TextUse.NAME)


def _load(path: Path) -> "object":
    spec = importlib.util.spec_from_file_location("normal_names", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
