"""The ICD-10-CM tabular list: its XML read into a flat list of nodes, 7th characters expanded."""

import re
from collections.abc import Container
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import parse

from coachapp.domain.codes import NoteKind, undotted

_NOTE_KINDS = {
    "notes": NoteKind.NOTE,
    "includes": NoteKind.INCLUDES,
    "inclusionTerm": NoteKind.INCLUSION_TERM,
    "excludes1": NoteKind.EXCLUDES1,
    "excludes2": NoteKind.EXCLUDES2,
    "codeFirst": NoteKind.CODE_FIRST,
    "useAdditionalCode": NoteKind.USE_ADDITIONAL,
    "codeAlso": NoteKind.CODE_ALSO,
    "sevenChrNote": NoteKind.SEVENTH,
}
_RANGE_AT_END = re.compile(r"\s*\([A-Z]\d[0-9A-Z](?:-[A-Z]\d[0-9A-Z])?\)$")


class NodeKind(StrEnum):
    """What a place in a code set's hierarchy is."""

    CHAPTER = "chapter"
    BLOCK = "block"
    CATEGORY = "category"
    SUBCATEGORY = "subcategory"
    CODE = "code"


@dataclass(slots=True)
class TabularNode:
    """One chapter, block, category, subcategory or code of the tabular list.

    `code`: "Chapter 19", "S50-S59", "S52", "S52.501A". `seventh`: the 7th characters defined here, not inherited.
    """

    code: str
    kind: NodeKind
    title: str
    parent: str | None
    notes: list[tuple[NoteKind, str]] = field(default_factory=list)
    seventh: list[tuple[str, str]] = field(default_factory=list)


def read_tabular(path: Path, existing: Container[str]) -> list[TabularNode]:
    """Read the tabular list in its own order.

    `existing`: dotted codes reportable on the edition's day. The XML gives 7th characters by category; some
    combinations do not exist (S06.1X7D: died before regaining consciousness has no subsequent encounter).
    """
    nodes: list[TabularNode] = []
    for chapter in parse(path).iterfind("chapter"):
        top = TabularNode(f"Chapter {_text(chapter, 'name')}", NodeKind.CHAPTER, _title(chapter), None)
        _read_notes(chapter, top)
        nodes.append(top)
        sections = [(_bounds(section.attrib["id"]), section) for section in chapter.iterfind("section")]
        for at, (bounds, section) in enumerate(sections):
            # The file lists enclosing blocks (C00-C96, V00-V99) beside the ones they enclose and before them; C7A
            # stands before C76-C80 and is no part of it, though it sorts there.
            wider = [b for b, _ in sections[:at] if b[0] <= bounds[0] and bounds[1] <= b[1]]
            around = min(wider, key=lambda b: sum(b[0] <= o[0] and o[1] <= b[1] for o, _ in sections), default=None)
            block = TabularNode(
                "-".join(bounds), NodeKind.BLOCK, _title(section), "-".join(around) if around else top.code
            )
            _read_notes(section, block)
            nodes.append(block)
            for diagnosis in section.iterfind("diag"):
                _read_diagnosis(diagnosis, block.code, [], existing, nodes)
    return nodes


def _read_diagnosis(
    element: Element,
    parent: str,
    seventh: list[tuple[str, str]],
    existing: Container[str],
    nodes: list[TabularNode],
) -> None:
    code = _text(element, "name")
    children = element.findall("diag")
    node = TabularNode(code, NodeKind.CODE, _text(element, "desc"), parent)
    _read_notes(element, node)
    nodes.append(node)
    seventh = node.seventh or seventh
    for child in children:
        _read_diagnosis(child, code, seventh, existing, nodes)
    extended = []
    if not children:
        stem = undotted(code).ljust(6, "X")
        for character, meaning in seventh:
            full = f"{stem[:3]}.{stem[3:]}{character}"
            if full in existing:
                extended.append(TabularNode(full, NodeKind.CODE, f"{node.title}, {meaning}", code))
        nodes.extend(extended)
    if children or extended:
        node.kind = NodeKind.CATEGORY if len(code) == 3 else NodeKind.SUBCATEGORY


def _read_notes(element: Element, node: TabularNode) -> None:
    for part in element:
        kind = _NOTE_KINDS.get(part.tag)
        if kind:
            node.notes.extend((kind, text) for text in (_plain(note) for note in part.iterfind("note")) if text)
        elif part.tag == "sevenChrDef":
            node.seventh.extend((e.attrib["char"], _plain(e)) for e in part.iterfind("extension"))


def _bounds(section_id: str) -> tuple[str, str]:
    first, _, last = section_id.partition("-")
    return first, last or first


def _title(element: Element) -> str:
    return _RANGE_AT_END.sub("", _text(element, "desc"))


def _text(element: Element, tag: str) -> str:
    found = element.find(tag)
    return "" if found is None else _plain(found)


def _plain(element: Element) -> str:
    return " ".join((element.text or "").split())
