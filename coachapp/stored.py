"""Stored items: which are shown, and their versions as domain values and back."""

import hashlib
import json
from collections import OrderedDict
from threading import Lock
from typing import Any

from sqlalchemy import ColumnElement

from coachapp.domain.items import Case
from coachapp.domain.questions import Question
from coachapp.models.items import Item, ItemKind, ItemVersion

_MOST_CACHED = 512


def content_of(item: Case | Question) -> dict[str, Any]:
    """Return an item as the plain data that a version stores; what is at its default is left out."""
    return item.model_dump(mode="json", exclude_defaults=True)


def digest_of(content: dict[str, Any]) -> str:
    """Return the SHA-256 of plain data in canonical JSON, as 64 hexadecimal digits."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def shown(kind: ItemKind, *, unverified: bool, cpt: bool) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on Item under which items of a kind are shown: current, not retired.

    Those not verified are shown only with `unverified`, those that name CPT numbers only with `cpt`.
    """
    conditions = [Item.kind == kind, Item.retired_at.is_(None), Item.current_version_id.is_not(None)]
    if not unverified:
        conditions.append(Item.verified.is_not(None))
    if not cpt:
        conditions.append(Item.carries_cpt.is_(False))
    return tuple(conditions)


def current_version(item: Item) -> ItemVersion:
    """Return the current version of an item; raises LookupError for an item without one."""
    if item.current_version is None:
        raise LookupError(f"{item.slug} has no version")
    return item.current_version


_parsed: OrderedDict[str, Case | Question] = OrderedDict()
_parsed_lock = Lock()


def item_of(version: ItemVersion) -> Case | Question:
    """Return the stored content of a version as its domain type; equal contents are parsed once."""
    with _parsed_lock:
        if version.digest in _parsed:
            _parsed.move_to_end(version.digest)
            return _parsed[version.digest]
    is_case = "key" in version.content
    item = Case.model_validate(version.content) if is_case else Question.model_validate(version.content)
    with _parsed_lock:
        _parsed[version.digest] = item
        if len(_parsed) > _MOST_CACHED:
            _parsed.popitem(last=False)
    return item


def case_of(version: ItemVersion) -> Case:
    """Return the stored case of a version. Raises TypeError where it is a question."""
    item = item_of(version)
    if not isinstance(item, Case):
        raise TypeError(f"version {version.id} is a question, not a case")
    return item


def question_of(version: ItemVersion) -> Question:
    """Return the stored question of a version. Raises TypeError where it is a case."""
    item = item_of(version)
    if not isinstance(item, Question):
        raise TypeError(f"version {version.id} is a case, not a question")
    return item
