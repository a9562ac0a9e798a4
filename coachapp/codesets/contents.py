"""What an imported list comes to as a release: rows with titles, dates, notes and places, per code system."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException

from coachapp.codesets import sources
from coachapp.codesets.build import diagnoses, procedures
from coachapp.codesets.descriptors import descriptor_names
from coachapp.codesets.intake import BadFile, OfficialFile
from coachapp.codesets.layouts import Listed, read_cpt, read_diagnoses, read_hcpcs, read_procedures
from coachapp.codesets.release import cpt_category
from coachapp.codesets.sources import DATA_FIRST, DATA_LAST, Dates
from coachapp.codesets.store import Row
from coachapp.codesets.tabular import NodeKind, TabularNode, read_tabular
from coachapp.codesets.window import Window
from coachapp.domain.codes import CodeSystem, dotted, undotted

_BUNDLED_NOTES = "Notes and chapters are those of the bundled tabular list; give --tabular for the release's own."


@dataclass(frozen=True, slots=True)
class Contents:
    """The rows of a release and the days it speaks of. `complete`: the CPT categories of which it has every code."""

    rows: list[Row]
    window: Window
    complete: str = ""
    notes: tuple[str, ...] = ()


def code_contents(
    system: CodeSystem, file: OfficialFile, *, tabular: OfficialFile | None, window: Window, partial: bool
) -> Contents:
    """Read a code list for the days of `window`. Raises BadFile where it is not one of this system."""
    if system is CodeSystem.ICD10CM:
        return _diagnosis_contents(file, tabular, window)
    if system is CodeSystem.ICD10PCS:
        listed = read_procedures(file)
        dates = _merged(sources.read_dates(sources.ICD10PCS_DATES), {one.code for one in listed}, window)
        titles = sources.read_titles(sources.ICD10PCS_TITLES) | {one.code: one.title for one in listed}
        return Contents(procedures(titles, dates, window.first), _icd_window(window))
    if system is CodeSystem.HCPCS:
        return _supply_contents(read_hcpcs(file), window)
    days = ((window.first, window.last),)
    rows = [Row(system, one.code, NodeKind.CODE, one.title, True, spans=days) for one in read_cpt(file)]
    complete = "" if partial else "".join(sorted({cpt_category(row.code) for row in rows}))
    return Contents(rows, window, complete)


def _diagnosis_contents(file: OfficialFile, tabular: OfficialFile | None, window: Window) -> Contents:
    notes: tuple[str, ...] = ()
    if file.data.lstrip()[:1] == b"<":
        if tabular is not None:
            raise BadFile(f"{file.name} is itself a tabular list: --tabular goes with an order file.")
        known = sources.read_dates(sources.ICD10CM_DATES)
        nodes = _tabular_nodes(file, _Existing(known, window.first))
    else:
        listed = {dotted(one.code): one for one in read_diagnoses(file)}
        known = sources.read_dates(sources.ICD10CM_DATES)
        codes = {code for code, one in listed.items() if one.billable}
        if tabular is not None:
            places = _tabular_nodes(tabular, codes)
        else:
            places, notes = read_tabular(sources.tabular_xml(), codes), (_BUNDLED_NOTES,)
        nodes = _placed(listed, places)
    codes = {node.code for node in nodes if node.kind is NodeKind.CODE}
    return Contents(diagnoses(nodes, _merged(known, codes, window)), _icd_window(window), notes=notes)


class _Existing:
    """The codes taken to exist on a day: those known to be reportable, and every form of a stem never heard of."""

    def __init__(self, known: dict[str, Dates], on: date) -> None:
        self._known = known
        self._on = on
        self._stems = {undotted(code)[:6] for code in known}

    def __contains__(self, code: object) -> bool:
        bare = undotted(str(code))
        if bare[:6] not in self._stems:
            return True
        dates = self._known.get(str(code))
        return dates is not None and any(first <= self._on <= last for first, last in dates.spans)


def _tabular_nodes(file: OfficialFile, existing: Container[str]) -> list[TabularNode]:
    """Read a tabular XML; BadFile where it is cut short, of another kind or not safe to read."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tabular.xml"
        path.write_bytes(file.data)
        try:
            nodes = read_tabular(path, existing)
        except ParseError as error:
            raise BadFile(f"{file.name} is no whole XML file: {error}.") from error
        except (DefusedXmlException, KeyError) as error:
            raise BadFile(f"{file.name} is not the tabular list of ICD-10-CM: {error!r}.") from error
    codes = [node for node in nodes if node.kind is NodeKind.CODE]
    if not codes:
        raise BadFile(f"{file.name} is not the tabular list of ICD-10-CM: it has no chapter with codes.")
    return nodes


def _placed(listed: dict[str, Listed], places: list[TabularNode]) -> list[TabularNode]:
    """Give listed codes their parent, notes and 7th characters from a tabular list; new ones find their place."""
    tree = [node for node in places if node.kind in (NodeKind.CHAPTER, NodeKind.BLOCK)]
    old = {node.code: node for node in places if node.kind not in (NodeKind.CHAPTER, NodeKind.BLOCK)}
    nodes = []
    for code, one in listed.items():
        kind = NodeKind.CODE if one.billable else NodeKind.CATEGORY if len(code) == 3 else NodeKind.SUBCATEGORY
        node = old.get(code)
        parent = _header(code, listed) if len(code) > 3 else node.parent if node else _block(code, tree)
        notes, seventh = (node.notes, node.seventh) if node else ([], [])
        nodes.append(TabularNode(code, kind, one.title, parent, notes, seventh))
    return tree + nodes


def _header(code: str, listed: dict[str, Listed]) -> str | None:
    bare = undotted(code)
    headers = (dotted(bare[:length]) for length in range(len(bare) - 1, 2, -1))
    return next((header for header in headers if header in listed), None)


def _block(code: str, tree: list[TabularNode]) -> str | None:
    """Return the narrowest block around a category: the one that begins last of those that hold it."""
    around = []
    for node in tree:
        first, _, last = node.code.partition("-")
        if node.kind is NodeKind.BLOCK and first <= code <= last:
            around.append((first, node.code))
    return max(around)[1] if around else None


def _merged(known: dict[str, Dates], codes: set[str], window: Window) -> dict[str, Dates]:
    """Put what a list says of its days in the place of what was known of them."""
    days = ((window.first, window.last),)
    merged = {}
    for code in known.keys() | codes:
        before = known.get(code, Dates((), ()))
        spans = sources.without(before.spans, days) + (days if code in codes else ())
        if spans:
            merged[code] = Dates(sources.joined(sorted(spans)), before.flags)
    return merged


def _icd_window(window: Window) -> Window:
    """Return the window of an ICD release whose spans go on from the bundled dates before and after it."""
    ends = {DATA_FIRST, DATA_LAST}
    if window.first <= DATA_FIRST or window.first > DATA_LAST + timedelta(days=1):
        ends.add(window.first)
    if window.last >= DATA_LAST or window.last < DATA_FIRST - timedelta(days=1):
        ends.add(window.last)
    return Window(window.first, window.last, frozenset(ends))


def _supply_contents(listed: list[Listed], window: Window) -> Contents:
    """Take each code's own days from the list; what it does not tell stays unknown."""
    rows = []
    for one in listed:
        # A span without a known end goes on for ever, so that it is not taken for one that ends with the release.
        first, last = one.first or date.min, one.last or date.max
        if first > last:
            continue
        in_use = first <= window.last and last >= window.first
        names = descriptor_names(one.code, f"{one.title} {one.short}")
        row = Row(CodeSystem.HCPCS, one.code, NodeKind.CODE, one.title, in_use, spans=((first, last),))
        row.names, row.short = names, one.short
        rows.append(row)
    return Contents(rows, Window(window.first, window.last, frozenset({date.min, date.max})))
