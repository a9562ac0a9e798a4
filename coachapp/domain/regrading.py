"""Work done on one version of an item, judged by the key of another: whether that can be, and by which."""

from datetime import datetime
from enum import StrEnum

from coachapp.domain.items import Case
from coachapp.domain.questions import Question


class Obstacle(StrEnum):
    """Why work on one version cannot be judged by the key of another: the learner was asked in another shape."""

    KIND = "kind"
    CLAIM_FORM = "claim_form"
    OPTIONS = "options"
    SEVERAL = "several"


class Part(StrEnum):
    """A part of an item in which two versions can differ."""

    TASK = "task"
    CHART = "chart"
    STEM = "stem"
    OPTIONS = "options"
    KEY = "key"
    REASONS = "reasons"
    DATE = "date"
    ABOUT = "about"


# The parts that a learner has before her while she works.
SHOWN = frozenset({Part.TASK, Part.CHART, Part.STEM, Part.OPTIONS, Part.DATE})


def obstacle(asked: Case | Question, judging: Case | Question) -> Obstacle | None:
    """Say what keeps an answer to `asked` from being judged by the key of `judging`, None where nothing does.

    A claim must have been written on the same form. A question must have offered the same options by id, and asked for
    one of them or for several just as the other does: whoever could choose only one has not failed to choose two.
    """
    if isinstance(asked, Case) and isinstance(judging, Case):
        return None if asked.claim_form is judging.claim_form else Obstacle.CLAIM_FORM
    if isinstance(asked, Question) and isinstance(judging, Question):
        if {option.id for option in asked.options} != {option.id for option in judging.options}:
            return Obstacle.OPTIONS
        return None if (len(asked.right) > 1) is (len(judging.right) > 1) else Obstacle.SEVERAL
    return Obstacle.KIND


def differences(asked: Case | Question, judging: Case | Question) -> tuple[Part, ...]:
    """Return the parts in which two versions of an item differ, in the order of `Part`.

    What was shown to the learner (task, chart, stem, options, date) is told apart from what judges her (key) and from
    what explains it (reasons); `about` is everything else, such as concepts and level.
    """
    mine, other = _parts(asked), _parts(judging)
    return tuple(part for part in Part if mine[part] != other[part])


def _parts(item: Case | Question) -> dict[Part, object]:
    found: dict[Part, object] = dict.fromkeys(Part)
    found[Part.DATE] = item.date_of_service
    if isinstance(item, Case):
        key, reasons = _without_words(item)
        found |= {
            Part.TASK: (item.task, item.patient, item.payer, item.claim_form),
            Part.CHART: item.documents,
            Part.KEY: (key, item.pos, item.policy),
            Part.REASONS: (reasons, item.lesson),
            Part.ABOUT: (item.title, item.specialty, item.setting, item.level, item.minutes, item.concepts),
        }
    else:
        found |= {
            Part.TASK: item.payer,
            Part.CHART: item.exhibit,
            Part.STEM: item.stem,
            Part.OPTIONS: {option.id: option.text for option in item.options},
            Part.KEY: item.right,
            Part.REASONS: ({option.id: (option.why, option.label) for option in item.options}, item.references),
            Part.ABOUT: (item.section, item.concepts, item.difficulty, item.use),
        }
    return found


# Fields of a key's lines and traps that explain and judge nothing.
_WORDS = ("evidence", "rationale", "references", "concepts", "why")


def _without_words(case: Case) -> tuple[object, object]:
    """Return the key without its explanations, and the explanations."""
    judging, words = [], []
    for branch in case.key.branches:
        for line in (*branch.diagnoses, *branch.services):
            data = line.model_dump()
            words.append([data.pop(name, None) for name in _WORDS])
            judging.append((branch.name, data))
        judging.append((branch.name, {"no_service": branch.no_service}))
    for trap in case.key.traps:
        data = trap.model_dump()
        words.append([data.pop(name, None) for name in _WORDS])
        judging.append(("", data))
    return judging, words


def reaches(decided: datetime, *, made: datetime, current: bool) -> bool:
    """Say whether the last decision about an item is about work on one of its versions.

    It is about the versions there were, not about one `made` after it was `decided`; and the version that is `current`
    stands for itself.
    """
    return not current and made <= decided
