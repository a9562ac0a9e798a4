"""The layouts of published code lists: order files, the HCPCS record layout, and tables of separated values."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from coachapp.codesets.intake import BadFile, OfficialFile
from coachapp.domain.codes import undotted
from coachapp.domain.typed_text import code_text, plain

_HEADER_WITHIN = 20  # lines; CMS puts notes above the heads of its tables
_ORDER = re.compile(r"^\d{5} [0-9A-Z]{3,7} *[01] ")
_ICD10CM = re.compile(r"[A-Z][0-9A-Z]{2,6}")  # QA0 has a letter in the second place
_ICD10PCS = re.compile(r"[0-9A-HJ-NP-Z]{7}")
_HCPCS = re.compile(r"[A-V]\d{4}")
_CPT = re.compile(r"\d{4}[0-9A-Z]")
_AROUND = " \t=\"'.,;"
_CODE_HEADS = ("code", "hcpc", "hcpcs", "hcpcs_code", "cpt", "cpt_code", "icd_10_cm", "icd_10_pcs")
_LONG_HEADS = ("long_description", "long_title", "description", "descriptor", "long_descriptor", "title")
_SHORT_HEADS = ("short_description", "short_desc", "short_descriptor", "short_title")


@dataclass(frozen=True, slots=True)
class Listed:
    """One code of a list, undotted. `first`/`last`: its own days where the list tells them."""

    code: str
    title: str
    billable: bool = True
    short: str = ""
    first: date | None = None
    last: date | None = None


def read_diagnoses(file: OfficialFile) -> list[Listed]:
    """Read ICD-10-CM codes: the CMS order file, or a table with code, description and, if given, billable."""
    found = _order_or_table(file, _ICD10CM, "ICD-10-CM")
    _complete(file, found, "A", "Z", "ICD-10-CM")
    known = {one.code for one in found}
    for one in found:
        if one.code[:3] not in known:
            raise BadFile(f"{file.name}: {one.code} is there, but its category {one.code[:3]} is not.")
    return found


def read_procedures(file: OfficialFile) -> list[Listed]:
    """Read ICD-10-PCS codes: the CMS order file (its table headings are passed over), or a table of code and title."""
    found = [one for one in _order_or_table(file, _ICD10PCS, "ICD-10-PCS", headings=True) if len(one.code) == 7]
    _complete(file, found, "0", "X", "ICD-10-PCS")
    return found


def read_hcpcs(file: OfficialFile) -> list[Listed]:
    """Read HCPCS Level II codes: the CMS record layout of 320 characters, or a table with its heads.

    Modifiers are passed over. Source of the positions: CMS, HCPCS contractor record layout.
    """
    text = file.text()
    rows = _hcpcs_table(file, text) if _looks_like_table(text) else _hcpcs_records(file, text)
    found: dict[str, Listed] = {}
    for one in rows:
        if one.code in found:
            raise BadFile(f"{file.name}: {one.code} is listed twice.")
        found[one.code] = one
    _complete(file, list(found.values()), "A", "V", "HCPCS Level II")
    return list(found.values())


def read_cpt(file: OfficialFile) -> list[Listed]:
    """Read CPT codes and descriptors from a table; heads may be missing, then code and descriptor come first."""
    found: dict[str, Listed] = {}
    for number, row in _table(file, file.text(), _CPT):
        code, title = _code(row), row.get("long", "") or row.get("short", "")
        if _HCPCS.fullmatch(code):
            continue
        if not _CPT.fullmatch(code):
            raise BadFile(f"{file.name}, line {number}: {code[:20]!r} is no CPT code.")
        if not title.strip():
            raise BadFile(f"{file.name}, line {number}: {code} has no descriptor.")
        if code in found:
            raise BadFile(f"{file.name}, line {number}: {code} is listed twice.")
        found[code] = Listed(code, " ".join(title.split()))
    if not found:
        raise BadFile(f"{file.name} holds no CPT code.")
    return list(found.values())


def _order_or_table(file: OfficialFile, shape: re.Pattern[str], system: str, *, headings: bool = False) -> list[Listed]:
    text = file.text()
    if text.lstrip().startswith("<"):
        raise BadFile(f"{file.name} is XML; a list of {system} codes is expected.")
    start = text.split("\n", 1)[0]
    rows = _order_lines(file, text) if _ORDER.match(start) else _code_table(file, text, shape)
    found: dict[str, Listed] = {}
    for number, one in rows:
        if not shape.fullmatch(one.code) and not (headings and len(one.code) == 3):
            raise BadFile(f"{file.name}, line {number}: {one.code[:20]!r} is no {system} code.")
        if one.code in found:
            raise BadFile(f"{file.name}, line {number}: {one.code} is listed twice.")
        found[one.code] = one
    return list(found.values())


def _order_lines(file: OfficialFile, text: str) -> Iterator[tuple[int, Listed]]:
    """Read order number (1-5), code (7-13), 1 for a code or 0 for a header (15), short (17-76) and long title (78-)."""
    before = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        long = line[77:].strip()
        if not _ORDER.match(line) or line[14:15] not in ("0", "1") or not long:
            raise BadFile(f"{file.name}, line {number} is not in the layout of an order file: {line[:60]!r}.")
        order = int(line[:5])
        if order <= before:
            raise BadFile(f"{file.name}, line {number}: order number {order} comes after {before}.")
        before = order
        yield number, Listed(line[6:13].strip(), long, line[14] == "1", line[16:76].strip())


def _code_table(file: OfficialFile, text: str, shape: re.Pattern[str]) -> Iterator[tuple[int, Listed]]:
    for number, row in _table(file, text, shape):
        code, title = undotted(_code(row)), row.get("long", "") or row.get("short", "")
        if not title.strip():
            raise BadFile(f"{file.name}, line {number}: {code[:20]} has no title.")
        yield number, Listed(code, " ".join(title.split()), plain(row.get("billable", "1")).strip() != "0")


def _hcpcs_table(file: OfficialFile, text: str) -> Iterator[Listed]:
    for number, row in _table(file, text, _HCPCS):
        code, record = _code(row), plain(row.get("recid", "3")).strip() or "3"
        if record != "3" or len(code) == 2 or (code.isdigit() and len(code) == 5):
            # Second lines of long descriptions, modifiers, and CPT codes in files of the contractors.
            continue
        if not _HCPCS.fullmatch(code):
            raise BadFile(f"{file.name}, line {number}: {code[:20]!r} is no HCPCS Level II code.")
        title = row.get("long", "") or row.get("short", "")
        if not title.strip():
            raise BadFile(f"{file.name}, line {number}: {code} has no description.")
        where = f"{file.name}, line {number}"
        yield Listed(
            code,
            " ".join(title.split()),
            short=" ".join(row.get("short", "").split()),
            first=_day(row.get("add_dt", ""), where),
            last=_day(row.get("term_dt", ""), where),
        )


def _hcpcs_records(file: OfficialFile, text: str) -> Iterator[Listed]:
    """Read records: code (1-5), record (11), long (12-91) and short description (92-119), added (269), ended (285).

    Record 3 begins a code and 4 continues its long description; 7 and 8 are modifiers.
    """
    at: Listed | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        record = line[10:11]
        if record not in ("3", "4", "7", "8") or not line[5:10].strip().isdigit():
            raise BadFile(f"{file.name}, line {number} is not in the HCPCS record layout: {line[:40]!r}.")
        if record == "4" and at and line[:5] == at.code:
            at = Listed(at.code, f"{at.title} {line[11:91].strip()}".strip(), True, at.short, at.first, at.last)
            continue
        if at:
            yield at
            at = None
        if record == "3":
            code = line[:5]
            if code.isdigit():
                continue
            if not _HCPCS.fullmatch(code) or len(line) < 119:
                raise BadFile(f"{file.name}, line {number} is cut short or has no HCPCS code: {line[:40]!r}.")
            where = f"{file.name}, line {number}"
            first, last = _day(line[268:276], where), _day(line[284:292], where)
            at = Listed(code, line[11:91].strip(), True, line[91:119].strip(), first, last)
    if at:
        yield at


def _looks_like_table(text: str) -> bool:
    return any("," in line or "\t" in line for line in text.splitlines()[:_HEADER_WITHIN] if _named_heads(line))


def _named_heads(line: str) -> list[str]:
    cells = [_head(cell) for cell in re.split(r"[,\t|;]", line)]
    return [cell for cell in cells if cell in _CODE_HEADS]


def _head(cell: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", plain(cell).lower()).strip("_")


def _code(row: dict[str, str]) -> str:
    """Return the code of a row in plain capitals; spreadsheets put signs around codes (="00100", '00100)."""
    return code_text(row.get("code", "")).strip(_AROUND)


def _table(file: OfficialFile, text: str, shape: re.Pattern[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a table by the names code, long, short, billable, recid, add_dt, term_dt, with their line."""
    lines = text.splitlines()
    head_at = next((at for at, line in enumerate(lines[:_HEADER_WITHIN]) if _named_heads(line)), None)
    sample = lines[head_at or 0]
    delimiter = max("\t|;,", key=sample.count)
    if delimiter not in sample:
        raise BadFile(f"{file.name}, line {(head_at or 0) + 1}: no table with a column of codes is here.")
    if head_at is None:
        first = undotted(plain(sample.split(delimiter)[0]).strip(_AROUND))
        if not shape.fullmatch(first):
            raise BadFile(f"{file.name}, line 1: neither heads nor codes are here: {sample[:60]!r}.")
        names = ["code", "long"]
        begin = 0
    else:
        names = [_standard(_head(cell)) for cell in next(csv.reader([sample], delimiter=delimiter))]
        begin = head_at + 1
        if "long" not in names and "short" not in names:
            raise BadFile(f"{file.name}, line {begin}: there is no column of descriptions: {sample[:80]!r}.")
    rows = csv.reader(io.StringIO("\n".join(lines[begin:])), delimiter=delimiter, strict=True)
    try:
        for cells in rows:
            number = begin + rows.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) < min(2, len(names)) or (head_at is not None and len(cells) != len(names)):
                raise BadFile(f"{file.name}, line {number} has {len(cells)} cells where {len(names)} are expected.")
            row: dict[str, str] = {}
            for name, cell in zip(names, cells, strict=False):
                row.setdefault(name, cell)
            yield number, row
    except csv.Error as error:
        raise BadFile(f"{file.name}, line {begin + rows.line_num} is no whole row of a table: {error}.") from error


def _standard(head: str) -> str:
    for name, heads in (("code", _CODE_HEADS), ("long", _LONG_HEADS), ("short", _SHORT_HEADS)):
        if head in heads:
            return name
    return {"adddate": "add_dt", "add_date": "add_dt", "termdt": "term_dt", "term_date": "term_dt"}.get(head, head)


def _day(text: str, where: str) -> date | None:
    written = plain(text).strip()
    if not written or set(written) == {"0"}:
        return None
    try:
        return date(int(written[:4]), int(written[4:6]), int(written[6:8]))
    except ValueError as error:
        raise BadFile(f"{where}: {written!r} is no day written as YYYYMMDD.") from error


def _complete(file: OfficialFile, found: list[Listed], begins: str, ends: str, system: str) -> None:
    """Refuse a list that does not run from its first to its last letter: it is cut short or of another kind."""
    letters = {one.code[0] for one in found}
    if begins not in letters or ends not in letters:
        last = found[-1].code if found else "nothing"
        raise BadFile(
            f"{file.name} does not hold {system} from {begins} to {ends} (its last line is {last}): it is cut short."
        )
