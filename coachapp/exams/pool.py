"""The questions a person may be asked, and when she last saw each."""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from coachapp.domain.assembly import PoolItem, pool_item
from coachapp.domain.plans import PlanKind
from coachapp.domain.questions import Section
from coachapp.domain.sittings import SittingState
from coachapp.models.attempts import Attempt
from coachapp.models.items import Concept, Item, ItemConcept, ItemKind, ItemVersion
from coachapp.models.sittings import Sitting
from coachapp.stored import question_of, shown

# Five hundred people who start in the same second must not parse, nor even read, the whole bank each.
_MOST_CACHED = 5000
_MOST_POOLS = 64
_cached: OrderedDict[str, PoolItem] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that may be asked: its item and current version, and what assembly needs to know."""

    item_id: int
    version_id: int
    item: PoolItem


# Pools by what they consist of: items, versions and beginnings of digests, so that no two have the same name.
_pools: OrderedDict[str, tuple[Candidate, ...]] = OrderedDict()
_NAME = cast(Item.id, String) + ":" + cast(ItemVersion.id, String) + ":" + func.substr(ItemVersion.digest, 1, 16)


def read_pool(
    session: Session,
    *,
    unverified: bool,
    cpt: bool,
    sections: Collection[Section] | None = None,
    concept: str | None = None,
    without: Collection[int] = (),
) -> list[Candidate]:
    """Read the questions of some sections or of one concept, less the items `without`, in three queries at most.

    For questions that were read before, one query that names them all is enough.
    """

    def among(query: Any) -> Any:
        query = query.join(ItemVersion, Item.current_version_id == ItemVersion.id)
        query = query.where(*shown(ItemKind.QUESTION, unverified=unverified, cpt=cpt))
        if sections is not None:
            query = query.where(Item.section.in_([section.value for section in sections]))
        if concept is not None:
            query = query.join(ItemConcept, ItemConcept.item_id == Item.id).where(ItemConcept.concept_slug == concept)
        return query

    name = session.scalar(among(select(func.aggregate_strings(_NAME, ",")).select_from(Item))) or ""
    with _lock:
        pool = _pools.get(name)
    if pool is None:
        query = among(select(Item.id, ItemVersion.id, ItemVersion.digest)).order_by(Item.slug)
        rows: list[tuple[int, int, str]] = [tuple(row) for row in session.execute(query)]
        items = _items(session, [(version_id, digest) for _, version_id, digest in rows])
        pool = tuple(Candidate(item_id, version_id, items[digest]) for item_id, version_id, digest in rows)
        with _lock:
            _pools[name] = pool
            while len(_pools) > _MOST_POOLS:
                _pools.popitem(last=False)
    return [candidate for candidate in pool if candidate.item_id not in without]


def _items(session: Session, wanted: list[tuple[int, str]]) -> dict[str, PoolItem]:
    with _lock:
        found = {digest: _cached[digest] for _, digest in wanted if digest in _cached}
    missing = [version_id for version_id, digest in wanted if digest not in found]
    if missing:
        versions = session.scalars(select(ItemVersion).where(ItemVersion.id.in_(missing)))
        read = {version.digest: pool_item(question_of(version)) for version in versions}
        found |= read
        with _lock:
            _cached.update(read)
            while len(_cached) > _MOST_CACHED:
                _cached.popitem(last=False)
    return found


def history(session: Session, person_id: int) -> dict[str, float]:
    """Return when a person last saw each question, by its id, in seconds since 1970.

    Of an exam all questions count as seen at its start, of a drill those that were worked on.
    """
    found: dict[str, float] = {}
    sittings = session.execute(
        select(Sitting.id, Sitting.plan["kind"].as_string(), Sitting.paper, Sitting.started_at)
        .where(Sitting.person_id == person_id, Sitting.state != SittingState.VOIDED)
        .order_by(Sitting.started_at, Sitting.id)
    ).all()
    if not sittings:
        return found
    worked: dict[int, set[int]] = {}
    rows = session.execute(
        select(Attempt.sitting_id, Attempt.slot).where(Attempt.person_id == person_id, Attempt.sitting_id.is_not(None))
    )
    for sitting_id, slot in rows:
        worked.setdefault(sitting_id or 0, set()).add(slot or 0)
    for sitting_id, kind, paper, started_at in sittings:
        for n, slot in enumerate(paper, start=1):
            if kind != PlanKind.DRILL or n in worked.get(sitting_id, ()):
                found[slot["item"]] = started_at.timestamp()
    return found


@dataclass(frozen=True, slots=True)
class DrillChoice:
    """A section or concept that can be drilled, and how many questions it has."""

    id: str
    title: str
    questions: int
    section: Section


def concept_choices(candidates: Iterable[Candidate], session: Session) -> list[DrillChoice]:
    """Return the concepts that the candidates are tagged with, by section and title."""
    item_ids = {candidate.item_id for candidate in candidates}
    counts: dict[str, int] = {}
    for item_id, slug in session.execute(select(ItemConcept.item_id, ItemConcept.concept_slug)):
        if item_id in item_ids:
            counts[slug] = counts.get(slug, 0) + 1
    order = list(Section)
    found = [
        DrillChoice(concept.slug, concept.title, counts[concept.slug], Section(concept.section))
        for concept in session.scalars(select(Concept))
        if concept.slug in counts
    ]
    return sorted(found, key=lambda choice: (order.index(choice.section), choice.title.casefold()))
