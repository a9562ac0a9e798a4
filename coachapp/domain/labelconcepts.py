"""Which concepts a wrong line touches: every label leads to a rule that can be learned (grading.md section 6)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from coachapp.domain.keylines import LineKind
from coachapp.domain.labels import Label

_PCS_AXES = ("section", "body system", "operation", "body part", "approach", "device", "qualifier")


class LabelRule(NamedTuple):
    """The concept of a label, for all its lines or for some.

    `kind`, `codes` (a pattern that one of the label's codes matches from its beginning), `modifiers` (one of those in
    question), `axes` (of ICD-10-PCS, where the two codes differ) and `inpatient` narrow it; left at their defaults they
    narrow nothing. A `general` rule speaks only where nothing more exact is known: neither a rule that is not general
    nor a concept named at the key line.
    """

    label: Label
    concept: str
    kind: LineKind | None = None
    codes: str = ""
    modifiers: frozenset[str] = frozenset()
    axes: frozenset[str] = frozenset()
    inpatient: bool | None = None
    general: bool = False


class Slip(NamedTuple):
    """One thing wrong: a label with what decides which rule it touches."""

    label: Label
    kind: LineKind | None
    codes: tuple[str, ...]
    modifiers: tuple[str, ...] = ()


def concepts_for_line(
    line: Mapping[str, Any],
    *,
    line_concepts: Sequence[str] = (),
    inpatient: bool = False,
    mapping: Sequence[LabelRule] | None = None,
) -> tuple[str, ...]:
    """Return the ids of the concepts that a line of a stored Result speaks of, the most exact first, none twice.

    `line` is one of the `lines` of `results.result_data`. A line without labels speaks of the key line's own concepts
    (`line_concepts`, `KeyLine.concepts`). A wrong one adds those of its labels by `mapping`, which is `LABEL_CONCEPTS`
    where None is given. `inpatient`: the claim is an inpatient's, where a first diagnosis is principal.
    """
    submitted, expected = line["submitted"] or {}, line["expected"] or {}
    slots = [slot["any_of"] for slot in expected.get("modifiers", ()) if not slot.get("optional")]
    optional = {m for slot in expected.get("modifiers", ()) if slot.get("optional") for m in slot["any_of"]}
    at_issue = _differing(submitted.get("modifiers", ()), slots, optional)
    slips = [
        Slip(
            Label(each["label"]),
            LineKind(line["kind"]),
            tuple(each["codes"]),
            at_issue if each["element"] == "modifiers" else (),
        )
        for each in line["labels"]
    ]
    return _concepts(slips, line_concepts, inpatient, mapping)


def concepts_for_labels(labels: Iterable[Label], *, mapping: Sequence[LabelRule] | None = None) -> tuple[str, ...]:
    """Return the ids of the concepts of bare labels, where neither line nor codes are known."""
    return _concepts([Slip(label, None, ()) for label in labels], (), False, mapping)


def _differing(written: Sequence[str], slots: Sequence[Sequence[str]], optional: Iterable[str]) -> tuple[str, ...]:
    """Return the modifiers that are missing or too many; where there are none, those whose order is wrong."""
    allowed = {m for slot in slots for m in slot} | set(optional)
    missing = [slot[0] for slot in slots if not set(slot) & set(written)]
    extra = [m for m in written if m not in allowed]
    return (*missing, *extra) or tuple(written)


def _concepts(
    slips: Sequence[Slip], line_concepts: Sequence[str], inpatient: bool, mapping: Sequence[LabelRule] | None
) -> tuple[str, ...]:
    rules = LABEL_CONCEPTS if mapping is None else mapping
    exact: list[str] = []
    general: list[str] = []
    for slip in slips:
        found = list(_matching(slip, rules, inpatient))
        exact += [rule.concept for rule in found if not rule.general]
        if all(rule.general for rule in found):
            general += [rule.concept for rule in found]
    if line_concepts:
        general = []
    return tuple(dict.fromkeys((*exact, *line_concepts, *general)))


def _matching(slip: Slip, rules: Sequence[LabelRule], inpatient: bool) -> Iterator[LabelRule]:
    """Yield the first rule that fits; of modifiers and axes, where several are wrong, the first for each."""
    axes = _axes(slip.codes)
    parts: list[tuple[str | None, str | None]] = [(m, None) for m in slip.modifiers] or [(None, a) for a in axes]
    for modifier, axis in parts or [(None, None)]:
        for rule in rules:
            if rule.label is slip.label and _fits(rule, slip, modifier, axis, inpatient):
                yield rule
                break


def _fits(rule: LabelRule, slip: Slip, modifier: str | None, axis: str | None, inpatient: bool) -> bool:
    return (
        (rule.kind is None or rule.kind is slip.kind)
        and (not rule.codes or any(_pattern(rule.codes).match(code) for code in slip.codes))
        and (not rule.modifiers or modifier in rule.modifiers)
        and (not rule.axes or axis in rule.axes)
        and (rule.inpatient is None or rule.inpatient is inpatient)
    )


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _axes(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Name the axes in which two ICD-10-PCS codes differ."""
    if len(codes) != 2 or any(len(code) != 7 or "." in code for code in codes):
        return ()
    return tuple(name for name, a, b in zip(_PCS_AXES, *codes, strict=True) if a != b)


_DIAGNOSIS, _SERVICE = LineKind.DIAGNOSIS, LineKind.SERVICE
_PCS = r"[0-9A-HJ-NP-Z]{7}$"
_OFFICE = r"992(?:0[2-5]|1[1-5])"
_HOSPITAL = r"992[23]\d|9930[4-9]|9931[0-6]"
_EMERGENCY = r"9928[1-5]"
_HOME = r"993[45]\d"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_BY_MODIFIER = (
    ("modifier-24", _set("24")),
    ("modifier-25", _set("25")),
    ("modifier-26", _set("26 TC")),
    ("modifier-33-preventive", _set("33")),
    ("modifier-pt-screening", _set("PT")),
    ("modifier-50-bilateral", _set("50")),
    ("modifier-53", _set("52 53")),
    ("modifier-57", _set("57")),
    ("modifier-58", _set("58")),
    ("modifier-59-distinct", _set("59 XE XP XS XU")),
    ("modifier-73-74", _set("73 74")),
    ("modifier-76-77", _set("76 77 91")),
    ("modifier-78", _set("78")),
    ("modifier-79", _set("79")),
    ("modifier-rt-lt", _set("RT LT")),
    ("modifier-fingers-toes-lids", _set("FA F1 F2 F3 F4 F5 F6 F7 F8 F9 TA T1 T2 T3 T4 T5 T6 T7 T8 T9")),
    ("modifier-fingers-toes-lids", _set("E1 E2 E3 E4 LC LD LM RC RI")),
    ("modifier-assistant-surgeon", _set("62 80 81 82 AS")),
    ("drug-units-waste", _set("JW JZ")),
    ("em-split-shared", _set("FS")),
    ("anesthesia-medical-direction", _set("AA QK QX QY QZ")),
    ("anesthesia-supervision-above-four", _set("AD")),
    ("anesthesia-physical-status", _set("P1 P2 P3 P4 P5 P6")),
    ("advance-beneficiary-notice", _set("GA GX GY GZ")),
)
_MODIFIER_LABELS = (Label.MODIFIER_MISSING, Label.MODIFIER_EXTRA, Label.MODIFIER_WRONG)


def _code_choice(label: Label) -> tuple[LabelRule, ...]:
    """Return the rules of a label by which a code is not the one the chart supports."""
    return (
        LabelRule(label, "icd-diabetes-multiple-codes", _DIAGNOSIS, r"E(?:08|09|10|11|13)"),
        LabelRule(label, "hypertension-heart-kidney", _DIAGNOSIS, r"I1[13]"),
        LabelRule(label, "icd-heart-failure-type", _DIAGNOSIS, r"I50"),
        LabelRule(label, "icd-ckd-stage", _DIAGNOSIS, r"N18"),
        LabelRule(label, "icd-pressure-ulcer", _DIAGNOSIS, r"L89"),
        LabelRule(label, "icd-glaucoma-stage", _DIAGNOSIS, r"H40"),
        LabelRule(label, "icd-burns", _DIAGNOSIS, r"T(?:2[0-8]|3[0-2])"),
        LabelRule(label, "icd-external-cause", _DIAGNOSIS, r"[V-Y]"),
        LabelRule(label, "anesthesia-code-by-procedure", _SERVICE, r"0[01]\d{3}$"),
        LabelRule(label, "pcs-root-operation", _SERVICE, _PCS),
        LabelRule(label, "code-from-documentation", _SERVICE, general=True),
    )


LABEL_CONCEPTS: tuple[LabelRule, ...] = (
    LabelRule(Label.INTEGRAL_SYMPTOM, "icd-signs-symptoms-integral"),
    LabelRule(Label.UNCERTAIN_DIAGNOSIS, "icd-uncertain-diagnosis"),
    LabelRule(Label.BUNDLED, "pcs-integral-steps", _SERVICE, _PCS),
    LabelRule(Label.BUNDLED, "ncci-bundling"),
    LabelRule(Label.GLOBAL_PACKAGE, "global-package"),
    LabelRule(Label.COMBINATION_CODE, "icd-combination-codes", _DIAGNOSIS),
    LabelRule(Label.COMBINATION_CODE, "ncci-bundling"),
    LabelRule(Label.HISTORY_ACTIVE, "icd-active-cancer-history", codes=r"C|Z85"),
    LabelRule(Label.HISTORY_ACTIVE, "icd-status-history"),
    LabelRule(Label.SCREENING_DIAGNOSTIC, "medicare-colorectal-screening", _SERVICE, r"G01(?:0[4-6]|2[0-2])|453[3-9]"),
    LabelRule(Label.SCREENING_DIAGNOSTIC, "breast-imaging-diagnostic", _SERVICE, r"7706[5-7]|7706[1-3]|G0279"),
    LabelRule(Label.SCREENING_DIAGNOSTIC, "icd-screening"),
    LabelRule(Label.NEW_ESTABLISHED, "new-established-patient"),
    LabelRule(Label.ADD_ON, "add-on-codes"),
    LabelRule(Label.PROFESSIONAL_TECHNICAL, "modifier-26"),
    LabelRule(Label.WRONG_SETTING, "em-initial-subsequent-hospital", _SERVICE, r"992[23]\d"),
    LabelRule(Label.WRONG_SETTING, "em-emergency-department", _SERVICE, _EMERGENCY),
    LabelRule(Label.WRONG_SETTING, "em-home-residence", _SERVICE, _HOME),
    LabelRule(Label.WRONG_SETTING, "facility-visit-level", _SERVICE, r"G0463"),
    LabelRule(Label.WRONG_SETTING, "place-of-service"),
    LabelRule(Label.WRONG_PAYER, "medicare-vaccine-administration", _SERVICE, r"G00(?:08|09|10)|9047\d"),
    LabelRule(Label.WRONG_PAYER, "medicare-colorectal-screening", _SERVICE, r"G01(?:0[4-6]|2[0-2])|453[3-9]"),
    LabelRule(Label.WRONG_PAYER, "annual-wellness-visit", _SERVICE, r"G0438|G0439|G0402|993[89]\d"),
    LabelRule(Label.WRONG_PAYER, "drug-testing-classes", _SERVICE, r"G048\d|8030\d"),
    LabelRule(Label.WRONG_PAYER, "payer-own-codes"),
    LabelRule(Label.DUPLICATE, "modifier-76-77", _SERVICE),
    LabelRule(Label.DUPLICATE, "icd-report-once"),
    LabelRule(Label.INVALID_CODE, "code-valid-on-date"),
    LabelRule(Label.NOT_VALID_ON_DATE, "code-valid-on-date"),
    LabelRule(Label.NOT_BILLABLE, "icd-seventh-character", _DIAGNOSIS, r"\w{3}\.\w{4}$"),
    LabelRule(Label.NOT_BILLABLE, "icd-specificity"),
    LabelRule(Label.WRONG_CODE_SYSTEM, "code-set-of-each-box"),
    LabelRule(Label.FIRST_LISTED, "pcs-principal-procedure", _SERVICE),
    LabelRule(Label.FIRST_LISTED, "icd-principal-diagnosis", inpatient=True),
    LabelRule(Label.FIRST_LISTED, "icd-first-listed"),
    LabelRule(Label.ETIOLOGY_MANIFESTATION_ORDER, "sequencing-etiology-manifestation"),
    LabelRule(Label.UNSPECIFIED, "code-from-documentation", _SERVICE, general=True),
    LabelRule(Label.UNSPECIFIED, "icd-specificity"),
    LabelRule(Label.LATERALITY, "modifier-rt-lt", _SERVICE),
    LabelRule(Label.LATERALITY, "icd-laterality"),
    LabelRule(Label.SEVENTH_CHARACTER, "icd-seventh-character"),
    LabelRule(Label.SEQUELA, "icd-stroke-sequela", codes=r"I69|I6[0-3]"),
    LabelRule(Label.SEQUELA, "icd-sequela"),
    LabelRule(Label.TRIMESTER, "icd-trimester-weeks"),
    LabelRule(Label.INTENT, "icd-external-cause", codes=r"[V-Y]"),
    LabelRule(Label.INTENT, "icd-poisoning-adverse-effect"),
    *_code_choice(Label.SAME_CATEGORY),
    LabelRule(Label.SAME_CATEGORY, "icd-specificity", general=True),
    *_code_choice(Label.OTHER_CATEGORY),
    LabelRule(Label.OTHER_CATEGORY, "icd-index-then-tabular", general=True),
    LabelRule(Label.ACCEPTED_NOT_BEST, "code-from-documentation", _SERVICE, general=True),
    LabelRule(Label.ACCEPTED_NOT_BEST, "icd-specificity", general=True),
    LabelRule(Label.PCS_AXIS, "pcs-obstetrics", codes=r"1\w{6}$"),
    LabelRule(Label.PCS_AXIS, "pcs-body-part", axes=frozenset({"section", "body system", "body part"})),
    LabelRule(Label.PCS_AXIS, "pcs-approach", axes=frozenset({"approach"})),
    LabelRule(Label.PCS_AXIS, "pcs-device", axes=frozenset({"device"})),
    LabelRule(Label.PCS_AXIS, "pcs-biopsy-diagnostic", axes=frozenset({"qualifier"})),
    LabelRule(Label.PCS_AXIS, "pcs-excision-resection", codes=r"0\w[BT]", axes=frozenset({"operation"})),
    LabelRule(Label.PCS_AXIS, "pcs-root-operation"),
    LabelRule(Label.EM_LEVEL, "em-mdm-office", codes=_OFFICE),
    LabelRule(Label.EM_LEVEL, "em-mdm-hospital", codes=_HOSPITAL),
    LabelRule(Label.EM_LEVEL, "em-emergency-department", codes=_EMERGENCY),
    LabelRule(Label.EM_LEVEL, "em-home-residence", codes=_HOME),
    LabelRule(Label.EM_LEVEL, "em-mdm-office"),
    *(
        LabelRule(label, concept, modifiers=modifiers)
        for label in _MODIFIER_LABELS
        for concept, modifiers in _BY_MODIFIER
    ),
    *(LabelRule(label, "modifier-choice") for label in (*_MODIFIER_LABELS, Label.MODIFIER_ORDER)),
    LabelRule(Label.UNITS, "drug-units", codes=r"J|Q[259]|C9|A9\d{3}$"),
    LabelRule(Label.UNITS, "anesthesia-time", codes=r"0[01]\d{3}$"),
    LabelRule(Label.UNITS, "infusion-time", codes=r"963[67]\d|964[01]\d"),
    LabelRule(Label.UNITS, "therapy-minutes", codes=r"97[0-7]\d\d"),
    LabelRule(Label.UNITS, "pathology-specimen-units", codes=r"883\d\d"),
    LabelRule(Label.UNITS, "critical-care-time", codes=r"9929[12]"),
    LabelRule(Label.UNITS, "vaccine-administration-components", codes=r"904[67]\d"),
    LabelRule(Label.UNITS, "units-of-service"),
    LabelRule(Label.POINTER, "medical-necessity-linkage"),
    LabelRule(Label.POA, "poa-indicator"),
    LabelRule(Label.PLACE_OF_SERVICE, "place-of-service"),
    LabelRule(Label.MISSED, "icd-secondary-diagnosis-inpatient", _DIAGNOSIS, inpatient=True, general=True),
    LabelRule(Label.MISSED, "icd-coexisting-conditions", _DIAGNOSIS, general=True),
    LabelRule(Label.MISSED, "code-from-documentation", general=True),
    LabelRule(Label.UNSUPPORTED, "icd-assessment-over-problem-list", _DIAGNOSIS, general=True),
    LabelRule(Label.UNSUPPORTED, "code-from-documentation", general=True),
)


def mapped_concepts() -> frozenset[str]:
    """Return the id of every concept that `LABEL_CONCEPTS` names; the concept file must have each of them."""
    return frozenset(rule.concept for rule in LABEL_CONCEPTS)
