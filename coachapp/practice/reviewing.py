"""What the review of a graded claim shows: line by line mine, the key, the verdict, why, and the deciding words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coachapp.codesets import CodeSets
from coachapp.codesets.release import ReleaseMissing
from coachapp.content.render import Mark, mark
from coachapp.domain.codes import CodeFacts
from coachapp.domain.items import Branch, Case, ClaimForm
from coachapp.domain.keylines import KeyDiagnosis, KeyLine, KeyService, LineKind
from coachapp.domain.keytext import modifier_words, pointer_words
from coachapp.domain.labels import Severity, Verdict
from coachapp.domain.pos import PLACES
from coachapp.practice.alternatives import (
    OtherBranch,
    TrapLine,
    also_right,
    other_branches,
    trap_lines,
)
from coachapp.practice.lessons import Lesson, Lessons
from coachapp.practice.listing import AttemptRow
from coachapp.practice.pages import Chart, ChartDocument, chart_of
from coachapp.practice.quoting import MyEvidence, MyQuote
from coachapp.web.wording import label_words

# (name, words, what it says), in the order of the page.
SCORES = (
    (
        "coachapp",
        "Coachapp score",
        "Points earned of those possible; each unsupported line raises what was possible.",
    ),
    (
        "code_over_code",
        "Code over code",
        "Key codes you found; extra codes cost nothing. The working standard is 95%.",
    ),
    (
        "penalised",
        "Code over code, penalized",
        "Key codes you found, out of the codes you entered if those are more.",
    ),
    ("precision", "Precision", "How many of the codes you entered belong on the claim."),
    ("f1", "F1", "Code over code and precision in one number."),
    ("record_over_record", "Record over record", "All or nothing: 100% only if not one scored line has a remark."),
    ("first_listed", "First-listed", "Whether the right diagnosis or procedure stands first."),
    ("diagnoses", "Diagnoses", "The Coachapp rule on diagnosis lines alone."),
    ("services", "Services", "The Coachapp rule on service lines alone."),
    ("modifiers", "Modifiers", "Modifier points on the services you found."),
)

VERDICTS: Mapping[Verdict, tuple[str, str, str]] = {
    # verdict: (word, tone, sign)
    Verdict.RIGHT: ("Right", "good", "✓"),
    Verdict.PARTIAL: ("Partly right", "warn", "◐"),
    Verdict.WRONG: ("Wrong code", "bad", "✕"),
    Verdict.MISSED: ("Missed", "bad", "○"),
    Verdict.UNSUPPORTED: ("Not supported", "bad", "✕"),
    Verdict.OPTIONAL_PRESENT: ("Optional", "plain", "✓"),
    Verdict.OPTIONAL_ABSENT: ("Optional, left out", "plain", "–"),
}

_SEVERITIES = {
    Severity.ERROR: ("Error", "bad"),
    Severity.WARNING: ("Warning", "warn"),
    Severity.NOTE: ("Note", "plain"),
}


@dataclass(frozen=True, slots=True)
class Score:
    """One score by name, 0 to 1 or None, with what it says."""

    name: str
    words: str
    value: float | None
    about: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a line: a code with its title and the rest as (name, value)."""

    code: str
    title: str | None
    details: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the chart that decide a line; `mark_id` is where they are marked."""

    words: str
    document: str
    mark_id: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong with a line: a short name and the sentence."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One line of the review; a missed line has no `mine`, an unsupported one no `key`."""

    id: str
    mine: Entry | None
    key: Entry | None
    verdict: Verdict
    word: str
    tone: str
    sign: str
    points: float
    possible: float
    remarks: Sequence[Remark]
    why: str | None
    references: Sequence[str]
    quotes: Sequence[Quote]
    also: Sequence[str]
    my_quotes: Sequence[MyQuote]
    lessons: Sequence[Lesson]


@dataclass(frozen=True, slots=True)
class ElementLine:
    """An element of the claim as a whole: place of service, or "no service to report"."""

    name: str
    mine: str
    key: str
    right: bool
    remarks: Sequence[Remark]
    points: float
    possible: float
    lessons: Sequence[Lesson]


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A remark about the claim as a claim, whatever the key says."""

    word: str
    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class Regraded:
    """The key was corrected and the claim judged again `at`; `before`: the Coachapp score of the judgement before."""

    at: datetime
    reason: str
    before: float | None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """A graded claim explained. `seconds` is None where no time was kept (the sample)."""

    chart: Chart
    documents: Sequence[ChartDocument]
    score: float | None
    scores: Sequence[Score]
    policy: str
    branch: str
    others: Sequence[OtherBranch]
    traps: Sequence[TrapLine]
    diagnoses: Sequence[ReviewLine]
    services: Sequence[ReviewLine]
    elements: Sequence[ElementLine]
    findings: Sequence[FindingLine]
    counts: Mapping[str, int]
    lesson: Sequence[str]
    seconds: float | None = None
    finished_at: datetime | None = None
    attempt_id: int | None = None
    history: Sequence[AttemptRow] = ()
    sample: bool = False
    regraded: Regraded | None = None

    @property
    def quoted(self) -> bool:
        """Say whether the learner attached words of the chart to any line."""
        return any(line.my_quotes for line in (*self.diagnoses, *self.services))


def review_page(
    case: Case,
    result: Mapping[str, Any],
    *,
    codesets: CodeSets,
    payload: Mapping[str, Any] | None = None,
    seconds: float | None = None,
    finished_at: datetime | None = None,
    attempt_id: int | None = None,
    history: Sequence[AttemptRow] = (),
    sample: bool = False,
    lessons: Lessons | None = None,
    regraded: Regraded | None = None,
) -> ReviewPage:
    """Explain a stored Result (grading.md section 10) against the version of the case it was graded with.

    `payload` holds the rows as handed in, for the words of the chart attached to them.
    """
    lessons = lessons or Lessons()
    branch = next((b for b in case.key.branches if b.name == result["branch"]), case.key.branches[0])
    titles = _titles(case, result, codesets)
    evidence = MyEvidence(case, payload, result)
    builder = _Lines(case, branch, result, titles, evidence, lessons=lessons)
    lines = [(line["kind"], builder.line(number, line)) for number, line in enumerate(result["lines"])]
    verdicts = [line.verdict for _, line in lines]
    scores = result["scores"]
    return ReviewPage(
        chart=chart_of(case),
        documents=_marked(case, branch, evidence),
        score=scores.get("coachapp"),
        scores=[Score(name, words, scores.get(name), about) for name, words, about in SCORES if name in scores],
        policy=result["policy"],
        branch=branch.name,
        others=other_branches(case, branch, scores=result.get("branches", ())),
        traps=trap_lines(case, result, titles=titles),
        diagnoses=[line for kind, line in lines if kind == LineKind.DIAGNOSIS],
        services=[line for kind, line in lines if kind == LineKind.SERVICE],
        elements=[_element(element, lessons) for element in result.get("claim", [])],
        findings=[_finding(finding) for finding in result.get("findings", [])],
        counts={verdict.value: verdicts.count(verdict) for verdict in Verdict},
        lesson=[part.strip() for part in case.lesson.split("\n\n") if part.strip()],
        seconds=seconds,
        finished_at=finished_at,
        attempt_id=attempt_id,
        history=history,
        sample=sample,
        regraded=regraded,
    )


def _titles(case: Case, result: Mapping[str, Any], codesets: CodeSets) -> CodeFacts:
    """Read the titles of every code on the page; without a code-set file the page does without titles."""
    codes: dict[str, set[str]] = {LineKind.DIAGNOSIS: set(), LineKind.SERVICE: set()}
    for line in result["lines"]:
        codes[line["kind"]] |= {side["code"] for side in (line["submitted"], line["expected"]) if side}
    for branch in case.key.branches:
        codes[LineKind.DIAGNOSIS] |= {code for d in branch.diagnoses for code in d.credits}
        codes[LineKind.SERVICE] |= {code for s in branch.services for code in s.credits}
    for trap in case.key.traps:
        codes[trap.kind].add(trap.code)
    try:
        return codesets.facts_for(
            on=case.date_of_service,
            diagnoses=codes[LineKind.DIAGNOSIS],
            services=codes[LineKind.SERVICE],
            inpatient=case.claim_form is ClaimForm.INPATIENT,
        )
    except ReleaseMissing:
        return CodeFacts(case.date_of_service)


def _marked(case: Case, branch: Branch, evidence: MyEvidence) -> list[ChartDocument]:
    """Return the chart with the evidence of every line of the branch marked, and with the learner's own."""
    marks = {document: list(found) for document, found in evidence.marks.items()}
    for line in (*branch.diagnoses, *branch.services):
        for number, each in enumerate(line.evidence, 1):
            marks.setdefault(each.document, []).append(Mark(each.quote, _mark_id(line, number), line.id, each.nth))
    return [ChartDocument(d.id, d.title, mark(d.text, marks.get(d.id, []))) for d in case.documents]


def _mark_id(line: KeyLine, number: int) -> str:
    return f"evidence-{line.id}-{number}"


class _Lines:
    """Turns the lines of one Result into lines of the page."""

    def __init__(
        self,
        case: Case,
        branch: Branch,
        result: Mapping[str, Any],
        facts: CodeFacts,
        evidence: MyEvidence,
        *,
        lessons: Lessons,
    ) -> None:
        self.case, self.branch, self.facts, self.evidence, self.lessons = case, branch, facts, evidence, lessons
        self.documents = {d.id: d.title for d in case.documents}
        lines: tuple[KeyLine, ...] = (*branch.diagnoses, *branch.services)
        self.key = {line.id: line for line in lines}
        submitted = (line["submitted"] for line in result["lines"] if line["kind"] == LineKind.DIAGNOSIS)
        self.letters = {entry["letter"]: entry["code"] for entry in submitted if entry}

    def line(self, number: int, line: Mapping[str, Any]) -> ReviewLine:
        verdict = Verdict(line["verdict"])
        word, tone, sign = VERDICTS[verdict]
        expected = self.key.get(line["expected"]["id"]) if line["expected"] else None
        remarks = [Remark(label_words(label["label"]), label["text"]) for label in line["labels"]]
        why = line["why"] if line["why"] not in [remark.text for remark in remarks] else None
        line_id, submitted = f"line-{number + 1}", line["submitted"]
        return ReviewLine(
            id=line_id,
            mine=self._mine(line["kind"], submitted) if submitted else None,
            key=self._expected(expected) if expected else None,
            verdict=verdict,
            word=word,
            tone=tone,
            sign=sign,
            points=line["points"],
            possible=line["possible"],
            remarks=remarks,
            why=why,
            references=expected.references if expected else (),
            quotes=self._quotes(expected) if expected else (),
            also=also_right(expected, titles=self.facts) if expected else (),
            my_quotes=self.evidence.quotes(line["kind"], submitted["index"], line_id=line_id, key=expected)
            if submitted
            else (),
            lessons=self.lessons.lines.get(number, ()),
        )

    def _mine(self, kind: str, entry: Mapping[str, Any]) -> Entry:
        form = self.case.claim_form
        details: list[tuple[str, str]] = []
        if kind == LineKind.DIAGNOSIS:
            details.append(("Row", entry["letter"]))
            if form is ClaimForm.INPATIENT:
                details.append(("POA", entry["poa"] or "exempt"))
            return Entry(entry["code"], self.facts.diagnosis(entry["code"]).title, details)
        if form is not ClaimForm.INPATIENT:
            details.append(("Modifiers", " ".join(entry["modifiers"]) or "none"))
            details.append(("Units", f"{entry['units']:,}"))
        if form is ClaimForm.PROFESSIONAL:
            pointed = [f"{p} ({self.letters[p]})" if p in self.letters else p for p in entry["pointers"]]
            details.append(("Points to", ", ".join(pointed) or "none"))
        return Entry(entry["code"], self.facts.service(entry["code"]).title, details)

    def _expected(self, line: KeyLine) -> Entry:
        details: list[tuple[str, str]] = []
        if isinstance(line, KeyDiagnosis):
            if line.first:
                details.append(("Place", "first"))
            elif line.after:
                details.append(("Place", f"after {self.key[line.after].code}"))
            if line.poa:
                details.append(("POA", line.poa.value))
            return Entry(line.code, self.facts.diagnosis(line.code).title, details)
        if isinstance(line, KeyService):
            if line.first:
                details.append(("Place", "first"))
            if self.case.claim_form is not ClaimForm.INPATIENT:
                details.append(("Modifiers", modifier_words(line)))
            if line.units is not None:
                details.append(("Units", f"{line.units:,}"))
            if line.pointers is not None:
                codes = {name: each.code for name, each in self.key.items()}
                details.append(("Points to", pointer_words(line, codes)))
        return Entry(line.code, self.facts.service(line.code).title, details)

    def _quotes(self, line: KeyLine) -> list[Quote]:
        return [
            Quote(evidence.quote, self.documents.get(evidence.document, evidence.document), _mark_id(line, number))
            for number, evidence in enumerate(line.evidence, 1)
        ]


def _element(element: Mapping[str, Any], lessons: Lessons) -> ElementLine:
    def words(value: object) -> str:
        if isinstance(value, bool):
            return "stated" if value else "not stated"
        return f"{value} {PLACES.get(str(value), '')}".strip() if value else "none"

    name = {"place_of_service": "Place of service", "no_service": "No service to report"}[element["element"]]
    remarks = [Remark(label_words(label["label"]), label["text"]) for label in element["labels"]]
    right = not remarks and element["points"] == element["possible"]
    mine, key = words(element["submitted"]), words(element["expected"])
    read = lessons.elements.get(element["element"], ())
    return ElementLine(name, mine, key, right, remarks, element["points"], element["possible"], read)


def _finding(finding: Mapping[str, Any]) -> FindingLine:
    word, tone = _SEVERITIES[Severity(finding["severity"])]
    return FindingLine(word, tone, finding["text"])
