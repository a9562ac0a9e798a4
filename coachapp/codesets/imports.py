"""Importing official files as releases of their own, each in one file beside the bundled release."""

import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from coachapp.codesets.build import release_path
from coachapp.codesets.contents import code_contents
from coachapp.codesets.exemptlist import (
    MEMBER,
    exempt_codes,
    list_edition,
    read_exempt,
    refuse_short,
    refuse_unknown,
    write_exempt,
)
from coachapp.codesets.indexfiles import read_index, write_index
from coachapp.codesets.intake import BadFile, OfficialFile, read_official
from coachapp.codesets.release import Release
from coachapp.codesets.shelf import CODE_KINDS, Kind, ReleaseInfo, Shelf, imported_path, imported_releases
from coachapp.codesets.sources import SCHEMA
from coachapp.codesets.store import Progress, new_file, write_release
from coachapp.codesets.titles import Titles
from coachapp.codesets.window import Window
from coachapp.domain.codes import CodeSystem, dotted

_STEPS = 8
_LEAST_SHARE = 0.5
_RELEASE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_YEAR = re.compile(r"(?<!\d)(20[1-4]\d)(?!\d)")
_APRIL = re.compile(r"april|(?<!\d)20\d\d[-_]?04(?!\d)", re.IGNORECASE)
_QUARTERS = (
    (re.compile(r"jan|20\d\d[-_ ]?(?:01|q1)(?!\d)", re.IGNORECASE), 1),
    (re.compile(r"apr|20\d\d[-_ ]?(?:04|q2)(?!\d)", re.IGNORECASE), 4),
    (re.compile(r"jul|20\d\d[-_ ]?(?:07|q3)(?!\d)", re.IGNORECASE), 7),
    (re.compile(r"oct|20\d\d[-_ ]?(?:10|q4)(?!\d)", re.IGNORECASE), 10),
)
_QUARTER_ENDS = {1: (3, 31), 4: (6, 30), 7: (9, 30), 10: (12, 31)}


class BadRequest(Exception):
    """An import that cannot be carried out as asked; the text says what is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the operator asks for. Dates and `release` are read from the file or its name where they are None.

    `year`, `licence` and `attested` are for CPT: the calendar year, the number of the licence, and the operator's word
    that this installation may use the file. `partial`: the list says nothing of codes it does not hold. `short`: take
    a list with far fewer codes than the one before. `replace`: take the place of a release of the same name.
    `tabular`: the tabular XML that gives an ICD-10-CM order file its notes; None takes those of the bundled edition.
    """

    kind: Kind
    file: Path
    release: str | None = None
    first: date | None = None
    last: date | None = None
    year: int | None = None
    licence: str = ""
    attested: bool = False
    partial: bool = False
    short: bool = False
    replace: bool = False
    tabular: Path | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did. `done`: False where the very same release was there already.

    `new`, `gone` and `retitled` compare the reportable codes with those of the release in force before on the first
    day, or the codes of two lists of POA exempt codes; empty for parts of the index. `notes`: what else to know, one
    sentence each.
    """

    release: ReleaseInfo
    done: bool
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    retitled: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the report as JSON values; codes in full."""
        return {
            "release": self.release.as_json(),
            "done": self.done,
            "new": list(self.new),
            "gone": list(self.gone),
            "retitled": list(self.retitled),
            "notes": list(self.notes),
        }


def import_release(data_dir: Path, request: Request, *, now: datetime, progress: Progress | None = None) -> Report:
    """Import one official file as a release; the file appears complete or not at all.

    Doing it again with the same file and dates changes nothing. Raises BadRequest where the request is not clear,
    BadFile where the file is not what it should be, ReleaseMissing without a bundled release, OSError or sqlite3.Error
    where the disk refuses.
    """
    _check(request)
    tell = _steps(progress)
    tell(f"reading {request.file.name}")
    file = read_official(request.file, member=MEMBER if request.kind is Kind.POA_EXEMPT else None)
    tabular = read_official(request.tabular) if request.tabular else None
    window, name = _days(request, file)
    folder = release_path(data_dir).parent
    target = imported_path(folder, request.kind, name)
    meta = {
        "stamp": f"{SCHEMA}-{file.sha256[:32]}",
        "kind": request.kind.value,
        "release": name,
        "source": request.file.name,
        "sha256": file.sha256 if tabular is None else f"{file.sha256}+{tabular.sha256}",
        "imported_at": now.isoformat(timespec="seconds"),
        "days": window.packed(),
        "licence": f"{request.licence}, attested {now.date().isoformat()}" if request.kind is Kind.CPT else "",
    }
    standing = _standing(target)
    if standing and _same(standing, meta):
        return Report(standing, False, notes=("This very release is here already; nothing was changed.",))
    if standing and not request.replace:
        raise BadRequest(
            f"A release {name} of {request.kind} is here already, from {standing.source} with other content or dates: "
            "give it another name with --release, or --replace the old one."
        )
    if request.kind in CODE_KINDS:
        with Shelf(release_path(data_dir)) as shelf:
            report = _import_codes(
                request, file, tabular, shelf=shelf, window=window, target=target, meta=meta, tell=tell
            )
        _tell_end(progress)
        return report
    if request.kind is Kind.POA_EXEMPT:
        with Shelf(release_path(data_dir)) as shelf:
            report = _import_exempt(request, file, shelf=shelf, window=window, target=target, meta=meta, tell=tell)
        _tell_end(progress)
        return report
    entries = read_index(file, request.kind)
    tell("writing the index")
    with new_file(target) as db:
        write_index(db, entries, meta={**meta, "entries": str(len(entries))})
    _tell_end(progress)
    return Report(_found(target), True)


def _import_codes(
    request: Request,
    file: OfficialFile,
    tabular: OfficialFile | None,
    *,
    shelf: Shelf,
    window: Window,
    target: Path,
    meta: Mapping[str, str],
    tell: Callable[[str], None],
) -> Report:
    system = CodeSystem(request.kind.value)
    tell("reading the codes")
    contents = code_contents(system, file, tabular=tabular, window=window, partial=request.partial)
    before = _titles_before(shelf, system, window.first, target)
    after = {row.code: Titles(row.title, row.short or None) for row in contents.rows if row.billable}
    if not request.short:
        _refuse_half(file, len(after), len(before))
    described = {**meta, "entries": str(len(after)), "complete": contents.complete, "edition": window.first.isoformat()}
    with new_file(target) as db:
        write_release(db, contents.rows, meta=described, windows={system: contents.window}, progress=tell)
    return Report(
        _found(target),
        True,
        new=tuple(sorted(after.keys() - before.keys())) if before else (),
        gone=tuple(sorted(before.keys() - after.keys())),
        retitled=tuple(sorted(code for code in after.keys() & before.keys() if after[code].differ(before[code]))),
        notes=contents.notes + _overlaps(shelf, request.kind, window, target),
    )


def _import_exempt(
    request: Request,
    file: OfficialFile,
    *,
    shelf: Shelf,
    window: Window,
    target: Path,
    meta: Mapping[str, str],
    tell: Callable[[str], None],
) -> Report:
    tell("reading the codes")
    codes = read_exempt(file, window)
    refuse_unknown(file, codes, shelf=shelf, window=window)
    # The list before: the latest of those that began earlier or on the same day.
    earlier = [
        info
        for info in imported_releases(target.parent)
        if info.kind is Kind.POA_EXEMPT and info.usable and info.path != target and info.first <= window.first
    ]
    before = exempt_codes(shelf.release(earlier[-1])) if earlier else frozenset()
    if not request.short:
        refuse_short(file, codes)
        _refuse_half(file, len(codes), len(before))
    tell("writing the list")
    with new_file(target) as db:
        write_exempt(db, codes, meta={**meta, "entries": str(len(codes))})
    return Report(
        _found(target),
        True,
        new=tuple(dotted(code) for code in sorted(codes.keys() - before)) if before else (),
        gone=tuple(dotted(code) for code in sorted(before - codes.keys())),
        notes=_overlaps(shelf, request.kind, window, target),
    )


def _refuse_half(file: OfficialFile, codes: int, before: int) -> None:
    if codes < _LEAST_SHARE * before:
        raise BadFile(
            f"{file.name} holds {codes:,} codes, the release before {before:,}: it looks cut short. "
            "Give --short if it is meant so."
        )


def _check(request: Request) -> None:
    if request.kind is Kind.CPT:
        if not request.licence.strip() or not request.attested or request.year is None:
            raise BadRequest(
                "CPT is the American Medical Association's: give --year, the number of your licence with --licence, "
                "and --attest that this installation may use the file."
            )
        if request.first or request.last:
            raise BadRequest("A CPT file is for a calendar year: give --year alone, without --from and --to.")
    elif request.year is not None or request.licence or request.attested:
        raise BadRequest("--year, --licence and --attest are for CPT only.")
    if request.partial and request.kind is not Kind.CPT:
        raise BadRequest("--partial is for cpt only.")
    if request.tabular and request.kind is not Kind.ICD10CM:
        raise BadRequest("--tabular is for icd10cm only.")
    if request.release is not None and not _RELEASE_ID.fullmatch(request.release):
        raise BadRequest(
            f"{request.release!r} cannot name a release: up to 40 letters, digits, dots, dashes and underscores, "
            "a letter or digit first."
        )


def _days(request: Request, file: OfficialFile) -> tuple[Window, str]:
    """Tell the days a release answers for and its name from what was asked, the file's name and its content."""
    first, last, name = request.first, request.last, request.release
    if request.kind is Kind.CPT and request.year is not None:
        first, last, name = date(request.year, 1, 1), date(request.year, 12, 31), name or str(request.year)
    elif first is None or last is None:
        found = _named_days(request.kind, f"{file.name} {request.file.name}", file)
        if found is None:
            raise BadRequest(
                f"From what day to what day {request.file.name} is valid cannot be read from its name: "
                "give --from and --to, each as YYYY-MM-DD."
            )
        first, last, name = first or found[0], last or found[1], name or found[2]
    if first > last:
        raise BadRequest(f"The last day, {last}, comes before the first, {first}.")
    return Window(first, last, frozenset({first, last})), name or f"{first.isoformat()}"


def _named_days(kind: Kind, name: str, file: OfficialFile) -> tuple[date, date, str] | None:
    if kind is Kind.POA_EXEMPT:
        edition = list_edition(file, name)
        return (edition.first, edition.last, edition.name) if edition else None
    if kind is Kind.HCPCS:
        year = _YEAR.search(name)
        month = next((month for shape, month in _QUARTERS if shape.search(name)), None)
        if year is None or month is None:
            return None
        first = date(int(year[1]), month, 1)
        return first, date(first.year, *_QUARTER_ENDS[month]), f"{first.year}Q{(month + 2) // 3}"
    year = _YEAR.search(name) or re.search(r"<version>\s*(20\d\d)\s*</version>", file.text()[:2000])
    if year is None:
        return None
    # A fiscal year begins on October 1 of the year before; the update of April replaces its second half.
    number = int(year[1])
    if _APRIL.search(name):
        return date(number, 4, 1), date(number, 9, 30), f"FY{number}-April"
    return date(number - 1, 10, 1), date(number, 9, 30), f"FY{number}"


def _titles_before(shelf: Shelf, system: CodeSystem, on: date, target: Path) -> dict[str, Titles]:
    """Return the reportable codes and titles of the release that answers for a day, the one to be written left out."""
    view = shelf.on(on)
    release = view.chosen.get(system)
    if release is None or release.path == target:
        release = shelf.bundled if system in shelf.bundled.windows else None
    if release is None:
        return {}
    return reportable_titles(release, system, on)


def reportable_titles(release: Release, system: CodeSystem, on: date) -> dict[str, Titles]:
    """Return the titles of the codes of a release that are reportable on a day.

    For a day the release does not speak of, those of its own days are returned.
    """
    window = release.windows[system]
    return {
        code: Titles(title, short)
        for code, title, short in release.query(
            "SELECT DISTINCT code.code, title, short FROM code JOIN span ON span.code = id"
            " WHERE system = ? AND span.billable AND ? BETWEEN first AND last",
            system,
            min(max(on, window.first), window.last).isoformat(),
        )
    }


def _overlaps(shelf: Shelf, kind: Kind, window: Window, target: Path) -> tuple[str, ...]:
    return tuple(
        f"Release {info.id} ({info.first} to {info.last}) covers some of these days too; "
        "the one that begins later answers for them."
        for info in imported_releases(shelf.path.parent)
        if info.kind is kind and info.path != target and info.first <= window.last and window.first <= info.last
    )


def _standing(target: Path) -> ReleaseInfo | None:
    return next((info for info in imported_releases(target.parent) if info.path == target), None)


def _same(standing: ReleaseInfo, meta: Mapping[str, str]) -> bool:
    days = f"{standing.first.isoformat()} {standing.last.isoformat()}"
    same_licence = standing.licence.partition(", attested")[0] == meta["licence"].partition(", attested")[0]
    return standing.usable and standing.sha256 == meta["sha256"] and meta["days"].startswith(days) and same_licence


def _found(target: Path) -> ReleaseInfo:
    found = _standing(target)
    if found is None:
        raise sqlite3.DatabaseError(f"{target} was written but cannot be read.")
    return found


def _tell_end(progress: Progress | None) -> None:
    if progress:
        progress(_STEPS, _STEPS, "done")


def _steps(progress: Progress | None) -> Callable[[str], None]:
    done = 0

    def tell(text: str) -> None:
        nonlocal done
        if progress:
            progress(done, _STEPS, text)
        done = min(done + 1, _STEPS - 1)

    return tell
