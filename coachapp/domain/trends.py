"""How a learner's mastery moved: the evidence as it stood at moments in the past."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from coachapp.domain.mastery import HALF_LIFE, Answer, Evidence, fresh_weights


def evidence_over_time(answers: Iterable[Answer], moments: Sequence[datetime]) -> list[Evidence]:
    """Return at each moment, which must rise, what `coachapp.domain.mastery.evidence` gives of the answers until then.

    One pass: between two moments all weights fall by the same factor. Raises ValueError where moments fall.
    """
    if any(later < earlier for earlier, later in pairwise(moments)):
        raise ValueError("the moments must rise")
    weighed = fresh_weights(answers)
    right = wrong = 0.0
    count = place = 0
    found = []
    before: datetime | None = None
    for moment in moments:
        if before is not None:
            left = 0.5 ** ((moment - before) / HALF_LIFE)
            right, wrong = right * left, wrong * left
        while place < len(weighed) and weighed[place][0].at <= moment:
            answer, weight = weighed[place]
            weight *= 0.5 ** ((moment - answer.at) / HALF_LIFE)
            right, wrong, count = right + weight * answer.score, wrong + weight * (1 - answer.score), count + 1
            place += 1
        found.append(Evidence(right, wrong, count))
        before = moment
    return found
