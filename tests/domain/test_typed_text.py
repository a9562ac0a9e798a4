"""Format is not meaning: what may stand in a box without changing what is read from it."""

import re
import unicodedata

import pytest

from coachapp.domain.claimboxes import BoxError, read_place, read_units, split_pointers
from coachapp.domain.claimrows import Payload, read_payload
from coachapp.domain.codes import (
    lookup_spellings,
    normalise_diagnosis,
    normalise_modifier,
    normalise_service,
    search_text,
    split_modifiers,
)
from coachapp.domain.grading import grade
from coachapp.domain.items import Case, ClaimForm
from coachapp.domain.keylines import Poa
from coachapp.domain.responses import ClaimResponse, ResponseError, read_claim
from coachapp.domain.typed_text import character_name, code_text, foreign_character, is_blank, plain, query_text
from coachapp.paths import PACKAGE

from .builders import NOTHING_KNOWN, case_of

DIAGNOSES = [
    "S52,501A", "S52 501A", "S52-501A", "S52\u2011501A", "S52.501.A", "S52.501A,", "S52.501A.", "S52.501A;",
    "S52.501A\u202c", "\ufeffS52.501A", "S52\u200b.501A", "S52.5\u00ad01A", "Ｓ５２．５０１Ａ", "S52\u00b7501A",
    "(S52.501A)", "“S52.501A”", "S52.501A\ufe0f", "\u2066S52.501A\u2069", "s52\u2212501a", "ABK:S52501A", "S52.501A†",
    "\u040552.501\u0410", "S٥٢.501A", "S52\u3002501A", "S52：501A", "'S52.501A", "S52_501A",
]  # fmt: skip


@pytest.mark.parametrize("text", DIAGNOSES)
def test_a_diagnosis_is_read_in_any_format(text: str) -> None:
    assert normalise_diagnosis(text) == "S52.501A"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("S52.5O1A", "S52.5O1A"),  # the letter O is not mended
        ("S52.50lA", "S52.50LA"),
        ("S52.5\u041e1A", "S52.5O1A"),  # a Cyrillic O is the letter, not the digit
        ("T36.0 X1A", "T36.0X1A"),
        ("G40 A01", "G40.A01"),
        ("E11.9, I10", "E11.9, I10"),
        ("E11.9;I10", "E11.9;I10"),
        ("I10 E11.9", "I10 E11.9"),
        ("S52.\u0416", "S52.\u0416"),
        ("S52.501A²", "S52.501A²"),
        ("S52.\ufffd01A", "S52.\ufffd01A"),
        ("250.00", "250.00"),
        ("99213-25", "99213-25"),
        ("-", ""),
        ("\u200b", ""),
        ("?", "?"),
    ],
)
def test_what_is_no_format_of_one_diagnosis_stays(text: str, code: str) -> None:
    assert normalise_diagnosis(text) == code


SERVICES = [
    "25605:RT:59", "HC:25605:RT:59", "HC>25605>RT>59", "25605—RT—59", "25605\u2212RT\u221259", "25605\u00adRT\u00ad59",
    "25605\u2010rt\u201559", "25605/RT/59", "25605;RT;59", "25605.RT.59", "25605 RT 59.", "25605_RT_59", "+25605-RT-59",
    "２５６０５－ＲＴ－５９", "25605\ufe58RT\ufe6359", "25605\u3000RT\u202f59", "256\u200b05-R\u200dT-59",
    "256 05 RT 59", "25605, RT, 59,", '="25605-RT-59"', "25605（RT）59", "25605ーRTー59",
]  # fmt: skip


@pytest.mark.parametrize("text", SERVICES)
def test_a_service_and_its_modifiers_are_read_in_any_format(text: str) -> None:
    assert normalise_service(text) == ("25605", ("RT", "59"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A01.00", ("A01.00", ())),
        ("A01\u00b700", ("A01.00", ())),
        ("J10.10", ("J10.10", ())),
        ("S52,501A", ("S52.501A", ())),
        ("S52 501A", ("S52.501A", ())),
        ("J1885.", ("J1885", ())),
        ("G01\u00a021", ("G0121", ())),
        ("J1010.RT", ("J1010", ("RT",))),
        ("I10-25", ("I10", ("25",))),
        ("99213 99214", ("99213", ("99214",))),
        ("9921325", ("9921325", ())),
        ("00100", ("00100", ())),
        ("\u2014", ("", ())),
        ("?", ("?", ())),
    ],
)
def test_a_service_box_never_drops_a_dot(text: str, expected: tuple[str, tuple[str, ...]]) -> None:
    assert normalise_service(text) == expected


@pytest.mark.parametrize("text", ["0DT J4ZZ", "0DT-J4ZZ", "0dtj\u200b4zz", "0DTJ4ZZ.", "BBR:0DTJ4ZZ", "0DTJ4\u00adZZ"])
def test_a_procedure_is_read_in_any_format(text: str) -> None:
    assert normalise_service(text, inpatient=True) == ("0DTJ4ZZ", ())


def test_a_procedure_of_digits_is_no_service_with_a_modifier() -> None:
    assert normalise_service("00160\u00a070", inpatient=True) == ("0016070", ())
    assert normalise_service("00160\u00ad70", inpatient=True) == ("0016070", ())
    assert normalise_service("00160 70") == ("00160", ("70",))
    assert normalise_service("99213-25", inpatient=True) == ("99213", ("25",))


@pytest.mark.parametrize(
    "box",
    [
        "RT-59",
        "RT/59",
        "RT 59",
        "RT,59",
        "RT;59",
        "-RT-59",
        "RT.59",
        "rt:59",
        "RT\u201459",
        "R\u200bT 59",
        "ＲＴ　５９",
    ],
)
def test_a_modifier_box_holds_one_modifier_or_more(box: str) -> None:
    assert split_modifiers(box) == ("RT", "59")
    claim = read_claim({"services": [{"code": "25605", "modifiers": [box]}]}, ClaimForm.PROFESSIONAL)
    assert claim.services[0].modifiers == ("RT", "59")


@pytest.mark.parametrize("text", ["-RT", "RT.", " rt ", "R\u00adT", "\u2013RT", "(RT)", "ＲＴ"])
def test_punctuation_around_a_modifier_is_format(text: str) -> None:
    assert normalise_modifier(text) == "RT"
    assert split_modifiers(text) == ("RT",)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("2", 2), ("２", 2), ("2.", 2), ("2.0", 2), ("2.00", 2), ("x2", 2), ("×2", 2), ("٢", 2), ("\u200b2", 2),
        ("1,000", 1000), ("1 000", 1000), ("1\u202f000", 1000), ("1'000", 1000), ("1\u2019000", 1000), ("1，000", 1000),
        ("1\u00a02", 12), ("02", 2), ("", None), ("\u200b \ufeff", None), ("999,999", 999_999),
    ],
)  # fmt: skip
def test_units_are_read_in_any_format(text: str, units: int | None) -> None:
    assert read_units(text) == units


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1.000", "“1.000” is not a whole number; did you mean 1 or 1000?"),
        ("1.200", "“1.200” is not a whole number; did you mean 1200?"),
        ("2,0", "“2,0” is not a whole number; did you mean 2?"),
        ("1 2", "“1 2” is not a whole number; did you mean 12?"),
        ("1,5", "“1,5” is not a whole number"),
        ("\u22121", "“-1” is not a whole number"),
        ("2²", "“2²” is not a whole number"),
        ("½", "“½” is not a whole number"),
        ("2-3", "“2-3” is not a whole number"),
    ],
)
def test_units_that_may_mean_two_numbers_are_asked_about(text: str, message: str) -> None:
    with pytest.raises(BoxError) as caught:
        read_units(text)
    assert str(caught.value) == message


def test_a_step_submitted_before_is_read_as_it_was() -> None:
    row = {"code": "J1885", "modifiers": ["", "", "", ""], "units": "1,2", "pointers": ""}
    payload: Payload = {"diagnoses": [], "services": [row], "pos": "", "no_service": False}
    assert read_payload(payload, ClaimForm.PROFESSIONAL, stored=True).services[0].units == 12
    with pytest.raises(ResponseError, match="not a whole number"):
        read_payload(payload, ClaimForm.PROFESSIONAL)


@pytest.mark.parametrize(
    "text",
    ["AB", "A,B", "A/B", "A B", "A-B", "A.B.", "a;b", "ＡＢ", "A\u2014B", "A\u200bB", "A:B", "\u0410\u0412", "A、B"],
)
def test_pointers_are_read_in_any_format(text: str) -> None:
    assert split_pointers(text) == ["A", "B"]
    claim = read_claim({"services": [{"code": "25605", "pointers": [text]}]}, ClaimForm.PROFESSIONAL)
    assert claim.services[0].pointers == ("A", "B")


def test_a_dash_that_may_be_a_range_is_asked_about() -> None:
    with pytest.raises(BoxError, match=r"did you mean A, C or A, B, C\?"):
        split_pointers("A-C")
    assert split_pointers("C-A") == ["C", "A"]  # no range runs backwards
    with pytest.raises(ResponseError, match=r"services\[0\].pointers.*did you mean A, D or A, B, C, D"):
        read_claim({"services": [{"code": "25605", "pointers": ["A\u2013D"]}]}, ClaimForm.PROFESSIONAL)


@pytest.mark.parametrize("text", ["11", "１１", "11.", " 1\u00a01 ", "\u200b11", "١١"])
def test_a_place_of_service_is_read_in_any_format(text: str) -> None:
    assert read_place(text) == "11"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"pos": "O2"}, "'O2' is not a place of service of two digits; did you mean 02?"),
        ({"pos": "2"}, "did you mean 02?"),
        ({"pos": "1²"}, "is not a place of service of two digits"),
        ({"services": [{"code": "25605", "pointers": ["2"]}]}, "'2' is no row of this claim (A to L); did you mean B?"),
        (
            {"services": [{"code": "25605", "modifiers": ["RT59"]}]},
            "'RT59' is not a modifier of two characters; did you",
        ),
        ({"services": [{"code": "25605", "modifiers": ["R²"]}]}, "'R²' is not a modifier of two characters"),
        ({"services": [{"code": "J1885", "units": 2.5}]}, "must be a whole number, not 2.5"),
    ],
)
def test_what_cannot_be_read_for_sure_is_asked_about(data: dict[str, object], message: str) -> None:
    with pytest.raises(ResponseError, match=re.escape(message)):
        read_claim(data, ClaimForm.PROFESSIONAL)


def test_a_whole_number_of_json_may_have_a_decimal_point() -> None:
    assert read_claim({"services": [{"code": "J1885", "units": 2.0}]}, ClaimForm.PROFESSIONAL).services[0].units == 2


@pytest.mark.parametrize("text", ["y", "Ｙ", "Y.", "\u200bY", " Y ", "\u202aY\u202c"])
def test_present_on_admission_is_read_in_any_format(text: str) -> None:
    claim = read_claim({"diagnoses": [{"code": "E11.9", "poa": text, "letter": "ｂ"}]}, ClaimForm.INPATIENT)
    assert (claim.diagnoses[0].poa, claim.diagnoses[0].letter) == (Poa.YES, "B")


def test_a_claim_that_shows_nothing_is_blank() -> None:
    hidden = "\u200b\u00ad\ufeff "
    data = {
        "diagnoses": [{"code": hidden, "poa": hidden}],
        "services": [{"code": hidden, "modifiers": [hidden], "pointers": [hidden]}],
        "pos": hidden,
    }
    assert read_claim(data, ClaimForm.PROFESSIONAL).blank


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("s52\u2011501a", "S52.501A"), ("S52,501A", "S52.501A"), ("25605-RT-59", "25605"), ("99213:25", "99213"),
        ("J10.10", "J10.10"), ("J1010", "J1010"), ("J10 10", "J1010"), ("HC:G0121:PT", "G0121"), ("Ｉ１０", "I10"),
        ("00160-70", "00160"), ("S52.501A.", "S52.501A"), ("0DTJ4ZZ", "0DTJ4ZZ"), ("\u0415 11.9", "E11.9"), ("?", "?"),
        ("99213.25", "99213"),
    ],
)  # fmt: skip
def test_a_code_to_look_up_is_read_in_any_format(text: str, first: str) -> None:
    assert lookup_spellings(text)[0] == first


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("S52,501A", "S52.501A"), ("S52\u2011501A,", "S52.501A"), ("\u041511.9", "E11.9"),
        ("ｈｅａｒｔ　block", "heart block"), ("heart\u200b failure.", "heart failure"), ("Crohn\u2019s", "Crohn's"),
        ("S50-S59", "S50-S59"), ("β-blocker", "β-blocker"), ("G0121-PT", "G0121-PT"), ("C50-C61", "C50-C61"),
        ("E11\u2024 9", "E11. 9"), ("Ménière", "Ménière"), ("B12-low", "B12-low"),
    ],
)  # fmt: skip
def test_a_query_is_cleaned_and_keeps_its_words(text: str, query: str) -> None:
    assert search_text(text) == query


def test_characters_of_each_class() -> None:
    assert plain("a\u200b\u200d\u2060\ufeff\u00ad\u202e\u2069\ufe0f\u0007b") == "ab"
    assert plain("\u00a0\u202f\u2007\u3000\u2028\t") == " " * 6
    assert plain("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d") == "-" * 10
    assert plain("Ａｚ９．，：；／ 𝟓 \u212a") == "Az9.,:;/ 5 K"
    assert plain("é² ½ ① β") == "é² ½ ① β"
    assert plain("\ud800") == "\ufffd"
    assert code_text("аА ν \u0131\u0130") == "AA ν II"
    assert (foreign_character("S52.\u0436"), foreign_character("S52.501A†")) == ("\u0436", None)
    assert character_name("\u0436") == "cyrillic small letter zhe"
    assert (is_blank("\u200b \u00ad"), is_blank("-"), query_text(" a \u3000b ")) == (True, False, "a b")


def test_every_dash_and_every_format_character_of_unicode_is_known() -> None:
    everything = map(chr, range(0x110000))
    for character in everything:
        category = unicodedata.category(character)
        if category == "Pd":
            assert plain(character) == "-", character
        elif category == "Cf":
            assert plain(character) == "", character
        elif category == "Zs":
            assert plain(character) == " ", character
        elif category == "Nd":
            assert plain(character) == str(unicodedata.digit(character)), character


def test_the_page_reads_the_same_look_alikes() -> None:
    script = (PACKAGE / "static" / "js" / "typed.js").read_text(encoding="utf-8")
    pairs = re.findall(r'\["(\S+)", "([A-Z]+)"\]', script)
    theirs = {letter: latin for letters, capitals in pairs for letter, latin in zip(letters, capitals, strict=True)}
    assert len(theirs) == 64
    assert all(code_text(letter) == latin for letter, latin in theirs.items())


def scores(case: Case, claim: ClaimResponse) -> dict[str, float | None]:
    return dict(grade(case, claim, None, facts=NOTHING_KNOWN).scores)


@pytest.mark.parametrize(
    ("diagnosis", "service"),
    [
        ("S52.501A", "25605\u2014RT\u201459"),
        ("S52.501A\u202c", "25605-RT-59"),
        ("S52.501A", "25605:RT:59"),
        ("S52.501A,", "HC:25605:RT:59"),
        ("S52,501A", "25605 RT\u00a059"),
    ],
)
def test_a_correct_answer_pasted_from_elsewhere_is_correct(diagnosis: str, service: str) -> None:
    key = {
        "diagnoses": [{"id": "d1", "code": "S52.501A", "first": True}],
        "services": [{"id": "s1", "code": "25605", "modifiers": ["RT", "59"], "units": 1}],
    }
    claim = read_claim({"diagnoses": [{"code": diagnosis}], "services": [{"code": service}]}, ClaimForm.PROFESSIONAL)
    assert set(scores(case_of(key), claim).values()) <= {1.0, None}


def test_a_key_is_read_in_any_format() -> None:
    key = {
        "diagnoses": [{"id": "d1", "code": "S52\u2011501A\u200b", "accept": [{"code": "Ｓ52.591A", "credit": 0.5}]}],
        "services": [
            {"id": "s1", "code": "25605.", "modifiers": ["-RT\ufeff", {"any_of": ["５９", "xs."]}], "units": "１"}
        ],
    }
    case = case_of(
        key, pos="\uff11\uff11", traps=[{"code": "S52,502A", "kind": "diagnosis", "label": "laterality", "why": "."}]
    )
    branch = case.key.branches[0]
    assert branch.diagnoses[0].credits == {"S52.591A": 0.5, "S52.501A": 1.0}
    assert (branch.services[0].code, branch.services[0].units, case.pos) == ("25605", 1, "11")
    assert [slot.any_of for slot in branch.services[0].modifiers] == [("RT",), ("59", "XS")]
    assert case.key.traps[0].code == "S52.502A"
