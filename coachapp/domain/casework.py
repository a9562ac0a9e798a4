"""What graded cases say of a coder's work: accuracy of codes, single elements, and slips by label and code family.

Everything is read from stored results (the shape of `coachapp.domain.results.result_data`), so that it follows a
regrade. Lines of the key that are optional count nowhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from coachapp.domain.codes import CodeSystem, service_system
from coachapp.domain.labels import Label, Verdict
from coachapp.domain.rates import Rate, rate_of

Data = Mapping[str, Any]

# The working standard of the field, and on how many coded elements it is measured.
STANDARD = 0.95
ELEMENTS = 100

_OPTIONAL = frozenset({Verdict.OPTIONAL_PRESENT, Verdict.OPTIONAL_ABSENT})
_FOUND = frozenset({Verdict.RIGHT, Verdict.PARTIAL})
_MODIFIERS = frozenset({Label.MODIFIER_MISSING, Label.MODIFIER_EXTRA, Label.MODIFIER_WRONG, Label.MODIFIER_ORDER})


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Code over code: key codes found of key codes, over the latest elements. `under`: missed; `over`: not supported.

    `cases`: from how many cases the elements come.
    """

    rate: Rate
    under: int
    over: int
    cases: int


def coded_elements(result: Data) -> list[float]:
    """Return the credit of every key code that counts, in the order of the lines: 1 found, 0 wrong or missed.

    Another code that the key accepts in part gives what the key says.
    """
    found = []
    for line in result["lines"]:
        expected, verdict = line["expected"], Verdict(line["verdict"])
        if expected is None or verdict in _OPTIONAL:
            continue
        found.append(_credit(line["submitted"], expected) if verdict in _FOUND else 0.0)
    return found


def _credit(submitted: Data | None, expected: Data) -> float:
    written = submitted["code"] if submitted else ""
    if written == expected["code"]:
        return 1.0
    return next((float(a["credit"]) for a in expected.get("accept", ()) if a["code"] == written), 1.0)


def accuracy(results: Iterable[Data], *, most: int = ELEMENTS) -> Accuracy:
    """Return the accuracy over the latest `most` coded elements; `results` come newest first, whole cases are counted.

    The last case taken may bring the number above `most`: a case is not cut in the middle.
    """
    credits: list[float] = []
    under = over = cases = 0
    for result in results:
        if len(credits) >= most:
            break
        credits += coded_elements(result)
        under += int(result["totals"]["missed"])
        over += int(result["totals"]["unsupported"])
        cases += 1
    return Accuracy(rate_of(credits), under, over, cases)


class Element(StrEnum):
    """What is looked at on its own."""

    FIRST_LISTED = "first_listed"
    MODIFIERS = "modifiers"
    UNITS = "units"
    POINTERS = "pointers"


def element_rates(results: Iterable[Data]) -> dict[Element, Rate]:
    """Return how often each element was right, of the times the key asserted it on a line whose code was found.

    First-listed: of cases whose key names a first diagnosis or procedure. Modifiers, units, pointers: of service lines.
    """
    seen: dict[Element, list[float]] = {element: [] for element in Element}
    for result in results:
        if (first := result["scores"].get("first_listed")) is not None:
            seen[Element.FIRST_LISTED].append(first)
        scores_modifiers = result["scores"].get("modifiers") is not None
        for line in result["lines"]:
            expected = line["expected"]
            if line["kind"] != "service" or expected is None or Verdict(line["verdict"]) not in _FOUND:
                continue
            labels = {Label(one["label"]) for one in line["labels"]}
            if scores_modifiers:
                seen[Element.MODIFIERS].append(float(not labels & _MODIFIERS))
            if "units" in expected:
                seen[Element.UNITS].append(float(Label.UNITS not in labels))
            if expected.get("pointers"):
                seen[Element.POINTERS].append(float(Label.POINTER not in labels))
    return {element: rate_of(values) for element, values in seen.items()}


@dataclass(frozen=True, slots=True)
class SlipLine:
    """One line that was not right. `label`: its primary label; `code`: what was written, or what was missed."""

    label: Label
    family: str
    code: str
    written: bool
    text: str


def slips(result: Data, *, inpatient: bool) -> list[SlipLine]:
    """Return every line, and element of the claim as a whole, that earned a label, by its primary one."""
    found = []
    for line in result["lines"]:
        verdict = Verdict(line["verdict"])
        if not line["labels"] or verdict in _OPTIONAL:
            continue
        shown = line["submitted"] or line["expected"]
        first = line["labels"][0]
        family = code_family(shown["code"], diagnosis=line["kind"] == "diagnosis", inpatient=inpatient)
        found.append(
            SlipLine(Label(first["label"]), family, shown["code"], line["submitted"] is not None, first["text"])
        )
    for element in result["claim"]:
        found += [
            SlipLine(Label(one["label"]), "Claim as a whole", str(element["submitted"] or "–"), True, one["text"])
            for one in element["labels"][:1]
        ]
    return found


_CHAPTERS: Sequence[tuple[str, str]] = (
    ("C", "Infections"),
    ("D50", "Neoplasms"),
    ("E", "Blood and immune system"),
    ("F", "Endocrine, nutrition, metabolism"),
    ("G", "Mental and behavioral"),
    ("H", "Nervous system"),
    ("H60", "Eye"),
    ("I", "Ear"),
    ("J", "Circulatory system"),
    ("K", "Respiratory system"),
    ("L", "Digestive system"),
    ("M", "Skin"),
    ("N", "Musculoskeletal system"),
    ("O", "Genitourinary system"),
    ("P", "Pregnancy and childbirth"),
    ("Q", "Perinatal period"),
    ("R", "Congenital conditions"),
    ("S", "Symptoms and signs"),
    ("U", "Injury and poisoning"),
    ("V", "Special purposes"),
    ("Z", "External causes"),
    ("ZZ", "Factors influencing health"),
)
_NUMBERS: Sequence[tuple[int, str]] = (
    (10000, "Anesthesia"),
    (20000, "10000 series"),
    (30000, "20000 series"),
    (40000, "30000 series"),
    (50000, "40000 series"),
    (60700, "50000 series"),
    (70000, "60000 series"),
    (80000, "Radiology"),
    (90000, "Pathology and laboratory"),
    (99202, "Medicine"),
    (99500, "Evaluation and management"),
    (100000, "Medicine"),
)


def code_family(code: str, *, diagnosis: bool, inpatient: bool = False) -> str:
    """Return the family of a code for the error profile: its ICD-10-CM chapter or the area of a service code.

    CPT 50000 to 60699 are one family, as the sections of the examination are.
    """
    if diagnosis:
        bare = code.upper().replace(".", "")[:3]
        return f"ICD-10-CM: {next((name for end, name in _CHAPTERS if bare < end), 'other').lower()}"
    if inpatient:
        return "ICD-10-PCS"
    if code[:5].isdigit() and len(code) == 5:
        return f"CPT: {next(name for end, name in _NUMBERS if int(code) < end)}"
    return "HCPCS Level II" if service_system(code) is CodeSystem.HCPCS else "Other codes"
