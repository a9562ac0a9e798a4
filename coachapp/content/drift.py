"""How far the database is from the files that this installation carries."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.content.sync import FROM_FILE, load_bundled
from coachapp.domain.items import Case
from coachapp.domain.questions import Question
from coachapp.models.items import Item, ItemVersion
from coachapp.stored import content_of, digest_of


@dataclass(slots=True)
class Drift:
    """Items by id: in the files only, other than stored, without a file, broken in the files."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def waiting(self) -> int:
        """Return how many items a sync would touch."""
        return len(self.new) + len(self.changed) + len(self.gone)


def drift(session: Session) -> Drift:
    """Compare the stored items with the files; nothing is written. Items last edited on the site are theirs alone."""
    loaded, found = load_bundled(), Drift()
    found.broken = sorted(loaded.broken)
    rows = session.execute(
        select(Item.slug, Item.retired_at, ItemVersion.digest, ItemVersion.source).join(
            ItemVersion, Item.current_version_id == ItemVersion.id
        )
    )
    stored = {slug: (retired_at, digest, source) for slug, retired_at, digest, source in rows}
    items: list[Case | Question] = [*loaded.cases, *loaded.questions]
    files = {item.id: item for item in items}
    for slug, item in sorted(files.items()):
        if slug not in stored:
            found.new.append(slug)
            continue
        retired_at, digest, source = stored[slug]
        if source == FROM_FILE and (retired_at is not None or digest != digest_of(content_of(item))):
            found.changed.append(slug)
    for slug, (retired_at, _, source) in sorted(stored.items()):
        if slug not in files and slug not in loaded.broken and retired_at is None and source == FROM_FILE:
            found.gone.append(slug)
    return found
