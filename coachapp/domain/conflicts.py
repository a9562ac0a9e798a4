"""Fill counts by section with questions no two of which are enemies, by complete search.

Assembly comes here only when swaps found no paper, so the cost of being exact is paid only where it decides between
"there is none" and "not found". The search splits at the connected groups of enemies, which are small.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Counts = tuple[int, ...]


def neighbours(listed: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return the enemies of each question among the keys of `listed`, in both directions."""
    found: dict[str, set[str]] = {i: set() for i in listed}
    for i, enemies in listed.items():
        for enemy in enemies:
            if enemy in found and enemy != i:
                found[i].add(enemy)
                found[enemy].add(i)
    return {i: frozenset(enemies) for i, enemies in found.items()}


@dataclass(frozen=True, slots=True)
class _Option:
    """Counts by section that can be reached, and the questions that reach them."""

    counts: Counts
    items: frozenset[str]


def best_fill(
    needs: Mapping[str, int], section_of: Mapping[str, str], enemies: Mapping[str, frozenset[str]]
) -> set[str]:
    """Return questions, no two of them enemies, that fill `needs` as far as any such choice can.

    A section never gets more than it needs. If the result fills less than all, no choice fills all.
    """
    chosen: set[str] = set()
    left = dict(needs)
    # A question without enemies never stands in the way of another.
    for i in sorted(section_of):
        if not enemies[i] and left[section_of[i]] > 0:
            chosen.add(i)
            left[section_of[i]] -= 1
    open_sections = [section for section, count in left.items() if count > 0]
    if not open_sections:
        return chosen
    place = {section: k for k, section in enumerate(open_sections)}
    caps = tuple(left[section] for section in open_sections)
    wanted = frozenset(i for i in section_of if enemies[i] and section_of[i] in place)
    search = _Search({i: place[section_of[i]] for i in wanted}, enemies, caps)
    reached = [_Option((0,) * len(caps), frozenset())]
    for group in _groups(wanted, enemies):
        parts = search.options(group)
        reached = search.best(
            _Option(_sum(a.counts, b.counts, caps), a.items | b.items) for a in reached for b in parts
        )
    fullest = max(reached, key=lambda option: (sum(option.counts), option.counts))
    for i in sorted(fullest.items):
        if left[section_of[i]] > 0:
            chosen.add(i)
            left[section_of[i]] -= 1
    return chosen


def _sum(a: Counts, b: Counts, caps: Counts) -> Counts:
    return tuple(min(cap, x + y) for x, y, cap in zip(a, b, caps, strict=True))


def _groups(items: frozenset[str], enemies: Mapping[str, frozenset[str]]) -> list[frozenset[str]]:
    """Return the connected groups of enemies among `items`."""
    groups: list[frozenset[str]] = []
    left = set(items)
    while left:
        group: set[str] = set()
        border = {min(left)}
        while border:
            group |= border
            border = {e for i in border for e in enemies[i] if e in items} - group
        groups.append(frozenset(group))
        left -= group
    return groups


class _Search:
    """All counts that a set of questions can reach; what another choice reaches as well or better is dropped."""

    def __init__(self, place: Mapping[str, int], enemies: Mapping[str, frozenset[str]], caps: Counts) -> None:
        self.place = place
        self.enemies = enemies
        self.caps = caps
        self.known: dict[frozenset[str], list[_Option]] = {}

    def options(self, items: frozenset[str]) -> list[_Option]:
        if items not in self.known:
            self.known[items] = self._options(items)
        return self.known[items]

    def _options(self, items: frozenset[str]) -> list[_Option]:
        nothing = [_Option((0,) * len(self.caps), frozenset())]
        if not items:
            return nothing
        groups = _groups(items, self.enemies)
        if len(groups) > 1:
            reached = nothing
            for group in groups:
                reached = self.best(
                    _Option(_sum(a.counts, b.counts, self.caps), a.items | b.items)
                    for a in reached
                    for b in self.options(group)
                )
            return reached
        # Leaving out or taking the one with the most enemies takes the most away from what is left to search.
        pivot = max(sorted(items), key=lambda i: len(self.enemies[i] & items))
        unit = tuple(int(k == self.place[pivot]) for k in range(len(self.caps)))
        taken = [
            _Option(_sum(unit, option.counts, self.caps), option.items | {pivot})
            for option in self.options(items - self.enemies[pivot] - {pivot})
        ]
        return self.best([*taken, *self.options(items - {pivot})] if self.enemies[pivot] & items else taken)

    def best(self, options: Iterable[_Option]) -> list[_Option]:
        """Return the options that no other reaches or surpasses in every section."""
        kept: list[_Option] = []
        for option in sorted(options, key=lambda option: -sum(option.counts)):
            if not any(all(x <= y for x, y in zip(option.counts, other.counts, strict=True)) for other in kept):
                kept.append(option)
        return kept
