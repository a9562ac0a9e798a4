"""Check questions beyond their shape: dates, length of stems and exhibits, enemies, near-duplicates."""

from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from coachapp.content.lint_case import DIAGNOSIS_WINDOW, SERVICE_WINDOW
from coachapp.content.loader import QuestionFile
from coachapp.content.render import collapse
from coachapp.content.yamlread import Located, Source
from coachapp.domain.codes import CodeSystem
from coachapp.domain.questions import Question, Section, option_code

# Two stems with their exhibits more alike than this, in per cent of characters, ask the same thing.
_ALIKE = 95
LEAST_EXHIBIT, MOST_EXHIBIT = 150, 500


def question_warnings(question: Question, source: Source) -> Iterator[Located]:
    """Yield what an author should look at again, though it may be right."""
    systems = {option_code(code)[1] for option in question.options for code in option.codes}
    if question.date_of_service is not None and systems:
        first, last = SERVICE_WINDOW if systems & {CodeSystem.CPT, CodeSystem.HCPCS} else DIAGNOSIS_WINDOW
        if not first <= question.date_of_service <= last:
            message = f"the codes of this question can be checked for {first} to {last} only"
            yield source.at(("date_of_service",), message)
    if question.section is Section.CASES and question.exhibit is not None:
        words = len(question.exhibit.split())
        if not LEAST_EXHIBIT <= words <= MOST_EXHIBIT:
            message = f"the exhibit has {words} words; {LEAST_EXHIBIT} to {MOST_EXHIBIT} are usual"
            yield source.at(("exhibit",), message)
    for position, option in enumerate(question.options):
        text = option.text.casefold()
        if "all of the above" in text or "none of the above" in text:
            yield source.at(
                ("options", position, "text"), "options are shuffled, so nothing stands above; name what is meant"
            )


def likenesses(files: Sequence[QuestionFile]) -> Iterator[Located]:
    """Yield a warning for each question that asks nearly what an earlier one asks, options included."""
    seen: list[tuple[str, str]] = []
    for file in files:
        question = file.question
        if question is None:
            continue
        options = " ".join(sorted(option.text for option in question.options))
        text = collapse(f"{question.exhibit or ''} {question.stem} {options}")
        alike = next((other for other, theirs in seen if fuzz.ratio(text, theirs, score_cutoff=_ALIKE)), None)
        if alike:
            yield file.source.at(("stem",), f"nearly the same as the question {alike}")
        seen.append((question.id, text))
