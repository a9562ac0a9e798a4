"""Balance, likeness and counts of the bank, from first principles."""

from math import comb

import pytest

from coachapp.content.balance import balance_of, balance_warnings
from coachapp.content.loader import CaseFile, Loaded, QuestionFile
from coachapp.content.similar import closest_pairs
from coachapp.content.stocktaking import TOPICS, case_stock, question_stock, report
from coachapp.content.yamlread import Source
from coachapp.domain.items import Case
from coachapp.domain.questions import Question
from tests.domain.builders import case_of
from tests.domain.exam_builders import plan, question

LONG = " and a good deal more, as only a right option tends to have"


def asked(number: int, *, right: str = "a", longest: str | None = None, **fields: object) -> Question:
    """Return a question of which one option may be longer than the others."""
    made = question(f"em/q-{number:03}", right=right, **fields)
    options = [
        option.model_copy(update={"text": f"Option {option.id}" + (LONG if option.id == longest else "")})
        for option in made.options
    ]
    return made.model_copy(update={"options": tuple(options)})


def loaded(*items: Question | Case) -> Loaded:
    """Return items as if read from files."""
    found = Loaded()
    for item in items:
        if isinstance(item, Case):
            found.case_files.append(CaseFile(item.id, Source(item.id), item))
        else:
            found.question_files.append(QuestionFile(item.id, Source(item.id), item))
    return found


def test_letters_are_counted_as_written_and_as_shown() -> None:
    found = balance_of([asked(1, right="b"), asked(2, right="b", shuffle=False), asked(3, right="ad")])
    assert found.written == {"A": 1, "B": 2, "C": 0, "D": 1}
    assert found.shown == {"A": 0, "B": 1, "C": 0, "D": 0}


def test_the_longest_is_counted_only_where_one_option_is_longer_than_all() -> None:
    questions = [asked(1, longest="a"), asked(2, longest="b"), asked(3), asked(4, right="ab", longest="b")]
    longest = balance_of(questions).longest
    assert (longest.questions, longest.right) == (3, 2)
    assert longest.expected == pytest.approx(1 / 4 + 1 / 4 + 2 / 4)
    miss = 3 / 4 * 3 / 4 * 1 / 2
    one = 2 * (1 / 4 * 3 / 4 * 1 / 2) + 3 / 4 * 3 / 4 * 1 / 2
    assert longest.too_often == pytest.approx(1 - miss - one, abs=1e-6)


def test_the_chance_of_a_count_is_the_binomial() -> None:
    questions = [asked(n, longest="a" if n < 6 else "b") for n in range(10)]
    expected = sum(comb(10, k) * 0.25**k * 0.75 ** (10 - k) for k in range(6, 11))
    assert balance_of(questions).longest.too_often == pytest.approx(expected, abs=1e-6)


def test_a_right_option_that_is_too_often_the_longest_is_told() -> None:
    assert balance_warnings([asked(n, right="abcd"[n % 4], longest="abcd"[n % 4]) for n in range(4)]) == [
        "em: the right option is the longest in 4 of 4; chance gives 1.0",
        "all sections: the right option is the longest in 4 of 4; chance gives 1.0",
    ]
    assert balance_warnings([asked(n, right="abc"[n], longest="abc"[n] if n else "d") for n in range(3)]) == []


def test_a_right_option_that_is_never_the_longest_gives_it_away_too() -> None:
    found = balance_warnings([asked(n, right="abcd"[n % 4], longest="abcd"[(n + 1) % 4]) for n in range(20)])
    assert found[0].startswith("em: the right option is the longest in only 0 of 20, so that the longest can be ruled")


def test_one_letter_too_often_right_is_told() -> None:
    found = balance_warnings([asked(n, right="c") for n in range(6)])
    assert "em: C is right in 6 of 6 as written; chance gives 1.5" in found
    assert not [each for each in found if "as shown" in each]
    fixed = balance_warnings([asked(n, right="c", shuffle=False) for n in range(6)])
    assert "em: C is right in 6 of 6 as shown; chance gives 1.5" in fixed


def test_stems_are_measured_in_words() -> None:
    stems = [asked(n, stem=" ".join(["word"] * n), exhibit="two words") for n in (8, 18, 28, 38, 48)]
    found = balance_of(stems).stems
    assert found is not None
    assert (found.least, found.median, found.most) == (10, 30, 50)
    assert balance_of([]).stems is None


WORDS = "A surgeon repairs the torn tendon of a runner who fell on wet stairs at home last week and cannot lift his arm"


def test_copies_with_other_figures_are_found_and_strangers_are_not() -> None:
    first = asked(1, stem=f"{WORDS} after 3 weeks.")
    copy = asked(2, stem=f"{WORDS.replace('runner', 'dancer')} after 5 weeks.")
    other = asked(3, stem="Which of the following words means that a part of the bowel has slipped into another part?")
    pairs = closest_pairs(loaded(first, copy, other))
    assert (pairs[0].one, pairs[0].two) == ("em/q-001", "em/q-002")
    assert pairs[0].similarity > 0.6
    assert all(pair.similarity < 0.3 for pair in pairs[1:])
    told = report(loaded(first, copy, other), {})["warnings"]
    assert [each for each in told if each.startswith("em/q-001 and em/q-002 share")]


def test_charts_are_compared_with_each_other_and_with_exhibits() -> None:
    chart = case_of({"diagnoses": [{"id": "d1", "code": "I10"}]})
    document = chart.documents[0].model_copy(update={"text": WORDS})
    chart = chart.model_copy(update={"documents": (document,)})
    pairs = closest_pairs(loaded(chart, asked(1, exhibit=WORDS)))
    assert {pairs[0].one, pairs[0].two} == {"test/case", "em/q-001"}


def test_questions_are_counted_against_four_papers() -> None:
    from coachapp.domain.questions import Section

    stock = question_stock([asked(1), asked(2, difficulty=5, verified=None)], plan({Section.EM: 6}))
    assert (stock["target"], stock["questions"], stock["verified"]) == (24, 2, 1)
    assert stock["by_section"]["em"]["difficulty"] == {"1": 0, "2": 0, "3": 1, "4": 0, "5": 1}
    assert stock["by_section"]["anatomy"]["target"] is None


def test_right_options_with_modifiers_and_diagnoses_are_counted() -> None:
    made = asked(1, date_of_service="2026-05-12")
    options = (made.options[0].model_copy(update={"codes": ("25605-RT", "S52.501A")}), *made.options[1:])
    stock = question_stock([made.model_copy(update={"options": options}), asked(2)], None)
    assert (stock["with_modifier"], stock["with_diagnosis"]) == (1, 1)


@pytest.mark.parametrize(
    ("line", "topic"),
    [
        ({"diagnoses": [{"id": "d1", "code": "S52.501D"}]}, "fracture in healing"),
        ({"diagnoses": [{"id": "d1", "code": "I69.351"}]}, "stroke sequela"),
        ({"services": [{"id": "s1", "code": "25605", "modifiers": ["50"]}]}, "bilateral"),
        ({"services": [{"id": "s1", "code": "25605", "concepts": ["therapy-minutes"]}]}, "therapy minutes"),
    ],
)
def test_charts_are_counted_by_what_they_are_about(line: dict[str, object], topic: str) -> None:
    stock = case_stock([case_of(line)])
    assert [name for name, count in stock["topics"].items() if count] == [topic]
    assert (stock["several_branches"], stock["level"]["foundation"]) == (0, 1)


def test_an_optional_code_makes_no_topic() -> None:
    case = case_of({"diagnoses": [{"id": "d1", "code": "I10"}, {"id": "d2", "code": "Z85.3", "optional": True}]})
    assert not any(case_stock([case])["topics"].values())


def test_every_concept_of_a_topic_is_in_the_concept_file() -> None:
    from coachapp.content.loader import load
    from coachapp.paths import bundled

    known = {concept.id for concept in load(bundled("question_bank") / "concepts.yaml").concepts or ()}
    assert {concept for topic in TOPICS for concept in topic.concepts} <= known
