"""Bring the items of the files into the database: a changed file makes a new version, a vanished one retires it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.content.loader import Loaded, load
from coachapp.content.yamlread import Located
from coachapp.domain.items import Case, carries_cpt
from coachapp.domain.questions import Concept, Question, question_carries_cpt
from coachapp.models.items import Concept as ConceptRow
from coachapp.models.items import Item, ItemConcept, ItemKind, ItemVersion
from coachapp.paths import bundled
from coachapp.stored import content_of, digest_of

FROM_FILE = "file"
_TITLE_LENGTH = 300


@dataclass(slots=True)
class SyncReport:
    """What a sync did, by item id. `kept`: broken in the files, or last edited on the site."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    concepts: int = 0
    errors: list[Located] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain data; errors as on the command line."""
        names = ("created", "updated", "unchanged", "retired", "restored", "kept", "concepts")
        return {**{name: getattr(self, name) for name in names}, "errors": [str(error) for error in self.errors]}


def sync(
    session: Session,
    cases: Iterable[Case],
    *,
    questions: Iterable[Question],
    concepts: Iterable[Concept],
    now: datetime,
    keep: Collection[str] = (),
) -> SyncReport:
    """Store cases, questions and concepts as they are now in the files; twice the same changes nothing.

    A changed item gets a new version; one that went back to an earlier state points to that version again. An item
    whose file is gone is retired, not deleted, unless its id is in `keep`; one that comes back is restored. Items last
    edited on the site are kept as they are. Concepts are never removed, for what people learned is tagged with them.
    Does not commit.
    """
    report = SyncReport()
    known = _sync_concepts(session, concepts)
    report.concepts = len(known)
    rows = {item.slug: item for item in session.scalars(select(Item))}
    items: list[Case | Question] = [*cases, *questions]
    for item in items:
        _sync_item(session, rows.get(item.id), item, known=known, now=now, report=report)
    seen = {item.id for item in items}
    for slug in sorted(rows.keys() - seen):
        row = rows[slug]
        if slug in keep:
            report.kept.append(slug)
        elif row.retired_at is None and not _edited_here(row):
            row.retired_at = now
            report.retired.append(slug)
    session.flush()
    return report


def _sync_concepts(session: Session, concepts: Iterable[Concept]) -> frozenset[str]:
    rows = {row.slug: row for row in session.scalars(select(ConceptRow))}
    for concept in concepts:
        row = rows.get(concept.id)
        if row is None:
            row = rows[concept.id] = ConceptRow(slug=concept.id)
            session.add(row)
        row.section = concept.section.value
        row.title, row.lesson, row.source = concept.title, concept.lesson, concept.source
    session.flush()
    return frozenset(rows)


def _sync_item(
    session: Session,
    row: Item | None,
    item: Case | Question,
    *,
    known: frozenset[str],
    now: datetime,
    report: SyncReport,
) -> None:
    if row is not None and _edited_here(row):
        report.kept.append(item.id)
        return
    content = content_of(item)
    digest = digest_of(content)
    is_new = row is None
    if row is None:
        kind = ItemKind.CASE if isinstance(item, Case) else ItemKind.QUESTION
        row = Item(slug=item.id, kind=kind, title="")
        session.add(row)
    changed = row.current_version is None or row.current_version.digest != digest
    if changed:
        row.current_version = _version(row, content, digest=digest, now=now)
    _describe(row, item)
    _tag(row, item, known)
    if row.retired_at is not None:
        row.retired_at = None
        report.restored.append(item.id)
    elif is_new:
        report.created.append(item.id)
    elif changed:
        report.updated.append(item.id)
    else:
        report.unchanged.append(item.id)


def _edited_here(row: Item) -> bool:
    """Say whether an item's current version was written on the site."""
    return row.current_version is not None and row.current_version.source != FROM_FILE


def _version(row: Item, content: dict[str, Any], *, digest: str, now: datetime) -> ItemVersion:
    """Return the item's version with this digest, made if it never had one."""
    for version in row.versions:
        if version.digest == digest:
            return version
    number = max((version.number for version in row.versions), default=0) + 1
    version = ItemVersion(number=number, digest=digest, content=content, source=FROM_FILE, created_at=now)
    row.versions.append(version)
    return version


def _describe(row: Item, item: Case | Question) -> None:
    """Copy to the item what lists filter on."""
    row.date_of_service = item.date_of_service
    row.verified = item.verified
    if isinstance(item, Case):
        row.title, row.specialty, row.setting = item.title[:_TITLE_LENGTH], item.specialty, item.setting
        row.claim_form, row.level, row.minutes = item.claim_form.value, item.level.value, item.minutes
        row.carries_cpt = carries_cpt(item)
    else:
        row.title, row.section = _short_title(item.stem), item.section.value
        row.difficulty, row.use = item.difficulty, item.use.value
        row.carries_cpt = question_carries_cpt(item)


def _short_title(stem: str) -> str:
    text = " ".join(stem.split())
    return text if len(text) <= _TITLE_LENGTH else text[: _TITLE_LENGTH - 1] + "…"


def _tag(row: Item, item: Case | Question, known: frozenset[str]) -> None:
    """Tag the item with its concepts and those of its key lines; a concept without an entry has nothing to show."""
    wanted = set(item.concepts)
    if isinstance(item, Case):
        for branch in item.key.branches:
            wanted.update(concept for line in (*branch.diagnoses, *branch.services) for concept in line.concepts)
    wanted &= known
    for tag in list(row.concepts):
        if tag.concept_slug in wanted:
            wanted.remove(tag.concept_slug)
        else:
            row.concepts.remove(tag)
    row.concepts.extend(ItemConcept(concept_slug=slug) for slug in sorted(wanted))


def load_bundled() -> Loaded:
    """Read the cases, questions and concepts that this installation carries."""
    return load(bundled("cases"), bundled("question_bank"))


def sync_bundled(session: Session, now: datetime) -> SyncReport:
    """Sync the files that this installation carries; what is broken among them is left as stored and reported.

    Does not commit.
    """
    loaded = load_bundled()
    report = sync(
        session,
        loaded.cases,
        questions=loaded.questions,
        concepts=loaded.concepts or (),
        now=now,
        keep=loaded.broken,
    )
    report.errors = loaded.errors
    return report
