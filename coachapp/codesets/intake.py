"""Official files as they come: plain, gzipped or zipped, read whole within limits, or refused with what and where."""

import codecs
import gzip
import hashlib
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

MOST_PACKED = 100_000_000
"""Bytes of the largest file taken; the largest official one has some 20 million."""

MOST_EXPANDED = 300_000_000
"""Bytes that a packed file may expand to."""

MOST_RATIO = 200
"""Times a packed file may grow when expanded, beyond the first million bytes: official lists grow some 40 times."""

_RATIO_FREE = 1_000_000
_CHUNK = 1 << 20
# Zs, the spaces of the Unicode Standard; a translation keeps the number of characters.
_SPACES = dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")


class BadFile(Exception):
    """A file that cannot be imported; the text says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class OfficialFile:
    """A file's content. `name`: of the file itself or of the one member inside a zip; `sha256`: of what was given."""

    name: str
    data: bytes
    sha256: str

    def text(self) -> str:
        """Return the content as text: UTF-8, UTF-16 with its mark or, as older files of CMS have it, Windows-1252.

        Byte-order marks are left out and every kind of space is a plain one, so that columns stand where the layout
        has them. Raises BadFile.
        """
        return self._decoded().replace("\ufeff", "").translate(_SPACES)

    def _decoded(self) -> str:
        if self.data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            try:
                return self.data.decode("utf-16")
            except UnicodeDecodeError as error:
                raise BadFile(f"{self.name}: byte {error.start + 1} is not UTF-16, which the file begins as.") from None
        if b"\0" in self.data:
            raise BadFile(f"{self.name} is not a text file: unpack it first, or save the spreadsheet as CSV.")
        try:
            return self.data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return self.data.decode("cp1252", errors="replace")


def read_official(path: Path, *, member: re.Pattern[str] | None = None) -> OfficialFile:
    """Read a file as published, a .gz of it, or a .zip with it as the only member.

    `member`: the name, without folders, of the file that is meant in a .zip of several. Raises BadFile where the file
    is missing, damaged, cut short, or expands beyond the limits.
    """
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise BadFile(f"{path} is not a file.")
        if size > MOST_PACKED:
            raise BadFile(f"{path.name} has {size:,} bytes; a file of at most {MOST_PACKED:,} is taken.")
        packed = path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or error}.") from error
    digest = hashlib.sha256(packed).hexdigest()
    name, data = path.name, packed
    try:
        if packed.startswith(b"\x1f\x8b"):
            with gzip.open(path) as file:
                name, data = path.name.removesuffix(".gz"), _expanded(file, size, path.name)
        elif packed.startswith(b"PK"):
            name, data = _only_member(path, size, member)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
        raise BadFile(f"{path.name} is damaged or cut short: {error}.") from error
    if not data.strip():
        raise BadFile(f"{path.name} is empty.")
    return OfficialFile(name, data, digest)


class _Readable(Protocol):
    """What can be read in pieces: the file within a packed one."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, at most `size`; none at the end."""
        ...


def _only_member(path: Path, size: int, meant: re.Pattern[str] | None) -> tuple[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if any(member.filename == "[Content_Types].xml" for member in members):
            raise BadFile(f"{path.name} is a spreadsheet or another document: save its table as CSV and give that.")
        if len(members) > 1 and meant:
            named = [member for member in members if meant.fullmatch(Path(member.filename).name)]
            members = named if len(named) == 1 else members
        if len(members) != 1:
            names = ", ".join(member.filename for member in members[:5]) or "none"
            raise BadFile(
                f"{path.name} holds {len(members)} files ({names}): unpack it and give the one that is meant."
            )
        with archive.open(members[0]) as file:
            return Path(members[0].filename).name, _expanded(file, size, path.name)


def _expanded(file: _Readable, packed: int, name: str) -> bytes:
    """Read a packed file to its end, or stop as soon as it grows beyond the limits."""
    parts = []
    total = 0
    while chunk := file.read(_CHUNK):
        total += len(chunk)
        if total > MOST_EXPANDED or total > max(_RATIO_FREE, packed * MOST_RATIO):
            raise BadFile(
                f"{name} expands to more than {total - len(chunk):,} bytes from {packed:,}: it is not taken. "
                f"The limits are {MOST_EXPANDED:,} bytes and {MOST_RATIO} times the packed size."
            )
        parts.append(chunk)
    return b"".join(parts)
