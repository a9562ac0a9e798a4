"""Choose the questions of a paper: pure, and the same for the same seed.

Hard rules: exact counts by section, no question twice, no two enemies. Within them the questions seen longest ago come
first, those never seen before all; among equals the difficulties are spread evenly. While enough unseen questions are
left for several papers, those papers are laid out together and the first is taken, so that a greedy choice now does
not force a later mock to repeat a question.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from coachapp.domain.conflicts import best_fill, neighbours
from coachapp.domain.plans import ExamPlan, PaperOrder
from coachapp.domain.questions import Question, Section, Use

T = TypeVar("T")

# Papers laid out together: four mocks in a row share no question.
PAPERS_AHEAD = 4
_SWAPS_PER_ITEM = 40


@dataclass(frozen=True, slots=True)
class PoolItem:
    """What assembly needs to know of a question. `options` in the order of the file; `right` of them."""

    id: str
    section: Section
    difficulty: int
    use: Use
    options: tuple[str, ...]
    right: frozenset[str]
    shuffle: bool = True
    enemies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a paper: the question, its options in the order shown, and whether it counts."""

    item: str
    section: Section
    options: tuple[str, ...]
    scored: bool = True


@dataclass(frozen=True, slots=True)
class Paper:
    """The questions of one exam, in order."""

    slots: tuple[Slot, ...]


class Short(Exception):
    """The pool holds no paper of this plan: `lacking` says how many questions which section is short of."""

    def __init__(self, lacking: Mapping[Section, int]) -> None:
        """Keep the numbers; sections that have enough are not among them."""
        self.lacking = dict(lacking)
        super().__init__("; ".join(f"{section} lacks {count}" for section, count in self.lacking.items()))


def pool_item(question: Question) -> PoolItem:
    """Return what assembly needs to know of a question."""
    return PoolItem(
        id=question.id,
        section=question.section,
        difficulty=question.difficulty,
        use=question.use,
        options=tuple(option.id for option in question.options),
        right=question.right,
        shuffle=question.shuffle,
        enemies=frozenset(question.enemies),
    )


def assemble(plan: ExamPlan, pool: Iterable[PoolItem], *, history: Mapping[str, float], seed: int) -> Paper:
    """Return a paper of `plan` from those of `pool` that its kind may use.

    `history` maps the id of a question to when the learner last saw it, in any unit that grows with time; what is not
    in it was never seen. Raises Short only where no paper exists.
    """
    rng = Random(f"paper {seed}")  # noqa: S311  (papers are reproducible, not secret keys)
    needs = plan.needs()
    items = {item.id: item for item in pool if item.use in plan.uses and item.section in needs}
    sections = {section: sorted(i for i, item in items.items() if item.section is section) for section in needs}
    lacking = {section: need - len(sections[section]) for section, need in needs.items()}
    if any(short > 0 for short in lacking.values()):
        raise Short({section: short for section, short in lacking.items() if short > 0})
    chosen = _Chooser(needs, sections, items=items, history=history, rng=rng).choose()
    return _paper(plan, [items[i] for i in sorted(chosen)], rng)


def assemble_many(
    plan: ExamPlan, pool: Iterable[PoolItem], *, history: Mapping[str, float], seed: int, papers: int
) -> list[Paper]:
    """Return several papers in a row, each made as if the learner had just sat those before it."""
    items = list(pool)
    seen = dict(history)
    latest = max(seen.values(), default=0.0)
    made: list[Paper] = []
    for number in range(papers):
        # The first is the paper that `assemble` gives; the later ones have seeds of their own.
        paper = assemble(plan, items, history=seen, seed=seed + number)
        made.append(paper)
        seen.update({slot.item: latest + number + 1 for slot in paper.slots})
    return made


def assemble_apart(plan: ExamPlan, pool: Iterable[PoolItem], *, seed: int, papers: int) -> list[Paper]:
    """Return several papers that share no question, the first of them what `assemble` gives to a new learner.

    Raises Short where the pool does not hold so many: by section, how many questions more they need.
    """
    items = list(pool)
    usable = Counter(item.section for item in items if item.use in plan.uses)
    lacking = {section: papers * need - usable[section] for section, need in plan.needs().items()}
    if any(short > 0 for short in lacking.values()):
        raise Short({section: short for section, short in lacking.items() if short > 0})
    made = assemble_many(plan, items, history={}, seed=seed, papers=papers)
    placed = Counter((slot.section, slot.item) for paper in made for slot in paper.slots)
    again = Counter(dict.fromkeys(plan.needs(), 0))
    for (section, _), times in placed.items():
        again[section] += times - 1
    if again.total():  # enemies stand in the way
        raise Short({section: count for section, count in again.items() if count})
    return made


class _Chooser:
    """Chooses which questions stand in a paper."""

    def __init__(
        self,
        needs: Mapping[Section, int],
        sections: Mapping[Section, Sequence[str]],
        *,
        items: Mapping[str, PoolItem],
        history: Mapping[str, float],
        rng: Random,
    ) -> None:
        self.needs = needs
        self.sections = sections
        self.items = items
        self.rng = rng
        self.seen = {i: history.get(i, float("-inf")) for i in items}
        self.enemies = neighbours({i: item.enemies for i, item in items.items()})

    def choose(self) -> set[str]:
        fresh = {s: [i for i in ids if self.seen[i] == float("-inf")] for s, ids in self.sections.items()}
        ahead = min(PAPERS_AHEAD, *(len(fresh[s]) // need for s, need in self.needs.items()))
        for papers in range(ahead, 1, -1):
            parts = _Parts(self, papers)
            for section, need in self.needs.items():
                parts.deal(section, self._spread(fresh[section], papers * need), fresh[section])
            if parts.reconcile():
                return parts.members(0)
        parts = _Parts(self, 1)
        for section, need in self.needs.items():
            parts.deal(section, self._oldest(section, need), self.sections[section])
        if parts.reconcile():
            return self._freshen(parts.members(0))
        return self._freshen(self._exact())

    def _oldest(self, section: Section, need: int) -> list[str]:
        """Return the questions seen longest ago; of those seen at the same time, a spread of difficulties."""
        taken: list[str] = []
        tiers: dict[float, list[str]] = {}
        for i in self.sections[section]:
            tiers.setdefault(self.seen[i], []).append(i)
        for moment in sorted(tiers):
            if len(taken) == need:
                break
            taken += self._spread(tiers[moment], min(len(tiers[moment]), need - len(taken)))
        return self._by_difficulty(taken)

    def _by_difficulty(self, ids: Sequence[str]) -> list[str]:
        return sorted(_shuffled(ids, self.rng), key=lambda i: self.items[i].difficulty)

    def _spread(self, ids: Sequence[str], count: int) -> list[str]:
        """Return `count` of `ids`: every (n/count)-th along the difficulties (systematic sampling, random start)."""
        if not count:
            return []
        ordered = self._by_difficulty(ids)
        start = self.rng.random()
        return [ordered[int((start + k) * len(ordered) / count)] for k in range(count)]

    def _exact(self) -> set[str]:
        """Return a paper found by complete search. Raises Short where there is none."""
        section_of = {i: item.section.value for i, item in self.items.items()}
        found = best_fill({s.value: need for s, need in self.needs.items()}, section_of, self.enemies)
        filled = Counter(section_of[i] for i in found)
        lacking = {s: need - filled[s] for s, need in self.needs.items() if filled[s] < need}
        if lacking:
            raise Short(lacking)
        return found

    def _freshen(self, chosen: set[str]) -> set[str]:
        """Replace a question by one of its section seen longer ago wherever no enemy stands in the way."""
        changed = True
        while changed:  # ends, for each round makes the paper older
            changed = False
            for ids in self.sections.values():
                for new in sorted((i for i in ids if i not in chosen), key=lambda i: (self.seen[i], i)):
                    foes = self.enemies[new] & chosen
                    # An enemy in the paper bars the way unless it is itself what gives way.
                    leaving = [i for i in ids if i in chosen and self.seen[i] > self.seen[new] and foes <= {i}]
                    if leaving:
                        chosen.remove(max(leaving, key=lambda i: (self.seen[i], i)))
                        chosen.add(new)
                        changed = True
        return chosen


class _Parts:
    """Questions dealt to several papers and a rest; swaps inside a section part the enemies."""

    def __init__(self, chooser: _Chooser, papers: int) -> None:
        self.chooser = chooser
        self.papers = papers
        self.rest = papers
        self.part: dict[str, int] = {}

    def deal(self, section: Section, taken: Sequence[str], others: Iterable[str]) -> None:
        """Deal out what was taken, in the order of difficulty and in turn, so that each paper gets a like mix."""
        turn: list[int] = []
        for i in taken:
            turn = turn or _shuffled(range(self.papers), self.chooser.rng)
            self.part[i] = turn.pop()
        for i in others:
            self.part.setdefault(i, self.rest)

    def members(self, part: int) -> set[str]:
        return {i for i, where in self.part.items() if where == part}

    def _foes(self, i: str, part: int) -> int:
        if part == self.rest:
            return 0
        return sum(self.part.get(enemy) == part for enemy in self.chooser.enemies[i])

    def _in_conflict(self) -> list[str]:
        return [i for i in sorted(self.part) if self.chooser.enemies[i] and self._foes(i, self.part[i])]

    def reconcile(self) -> bool:
        """Swap until no paper holds two enemies; say whether that came about."""
        tries = _SWAPS_PER_ITEM * len(self.part)
        while conflict := self._in_conflict():
            if tries <= 0:
                return False
            tries -= 1
            self._swap(self.chooser.rng.choice(conflict))
        return True

    def _swap(self, i: str) -> None:
        """Change places with the question of the section that leaves the fewest conflicts, then the least else."""
        chooser, here = self.chooser, self.part[i]
        section = chooser.items[i].section
        best: list[str] = []
        least: tuple[int, float, int] | None = None
        for other in chooser.sections[section]:
            there = self.part.get(other, here)
            if there == here:
                continue
            before = self._foes(i, here) + self._foes(other, there)
            self.part[i], self.part[other] = there, here
            cost = (
                self._foes(i, there) + self._foes(other, here) - before,
                chooser.seen[other] if there == self.rest else float("-inf"),
                abs(chooser.items[i].difficulty - chooser.items[other].difficulty),
            )
            self.part[i], self.part[other] = here, there
            if least is None or cost < least:
                best, least = [], cost
            if cost == least:
                best.append(other)
        if best:
            other = chooser.rng.choice(best)
            self.part[i], self.part[other] = self.part[other], here


def _shuffled(values: Iterable[T], rng: Random) -> list[T]:
    found = list(values)
    rng.shuffle(found)
    return found


def _paper(plan: ExamPlan, chosen: Sequence[PoolItem], rng: Random) -> Paper:
    options = dict(_orders(_shuffled(chosen, rng), rng))
    unscored: set[str] = set()
    for entry in plan.sections:
        ids = [item.id for item in chosen if item.section is entry.section]
        unscored.update(rng.sample(ids, entry.unscored))
    places = [entry.section for entry in plan.sections]
    ordered = _shuffled(chosen, rng)
    if plan.order is PaperOrder.SECTION:
        ordered.sort(key=lambda item: places.index(item.section))
    return Paper(tuple(Slot(i.id, i.section, options[i.id], scored=i.id not in unscored) for i in ordered))


def _orders(items: Sequence[PoolItem], rng: Random) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield an order of options for each question, so that right answers stand equally often at each letter.

    Questions come in random order, so that their sequence in the paper tells nothing. Those whose order is fixed count
    first, then those with the fewest letters to choose from.
    """
    used: Counter[int] = Counter()
    for item in sorted(items, key=lambda item: (item.shuffle, len(item.options))):
        if not item.shuffle:
            used.update(place for place, option in enumerate(item.options) if option in item.right)
            yield item.id, item.options
            continue
        order = _shuffled(item.options, rng)
        if len(item.right) == 1:
            places = _shuffled(range(len(order)), rng)
            place = min(places, key=lambda p: used[p])
            right = next(iter(item.right))
            order.remove(right)
            order.insert(place, right)
            used[place] += 1
        yield item.id, tuple(order)
