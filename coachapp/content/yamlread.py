"""Read YAML as text with places: no scalar is converted, and every key and value remembers its line and column.

YAML's own types destroy codes: 00100 becomes 64 and the ICD-10-PCS code 3E03317 infinity. Conversion is left to the
types that know what a field is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

MOST_BYTES = 512 * 1024
MOST_DEPTH = 40

Loc = tuple[str | int, ...]
Place = tuple[int, int]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UNREADABLE = re.compile(r"[^\x09\x0a\x0d\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAB_INDENT = re.compile(r"^ *\t", re.MULTILINE)


@dataclass(frozen=True, slots=True, order=True)
class Located:
    """A message about one place of a file; `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        """Return `file:line:column: message`, which editors make clickable."""
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class Unreadable(ValueError):
    """A file that cannot be read as content; `problems` lists every reason with its place."""

    def __init__(self, problems: list[Located]) -> None:
        """Keep every problem; the message joins them."""
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


@dataclass(slots=True)
class Source:
    """A YAML file as plain data (dict, list, text or None) and the places of its keys and values.

    `problems` holds what is wrong without keeping the rest from being read: duplicate keys.
    """

    file: str
    data: object = None
    values: dict[Loc, Place] = field(default_factory=dict)
    keys: dict[Loc, Place] = field(default_factory=dict)
    problems: list[Located] = field(default_factory=list)

    def place(self, loc: Loc) -> Place:
        """Return line and column of the value at `loc`, or of the nearest value around it."""
        for end in range(len(loc), -1, -1):
            if loc[:end] in self.values:
                return self.values[loc[:end]]
        return (1, 1)

    def key_place(self, loc: Loc) -> Place:
        """Return line and column of the key at `loc`; of the value where `loc` is no key."""
        return self.keys.get(loc) or self.place(loc)

    def at(self, loc: Loc, message: str) -> Located:
        """Return a message located at the value."""
        return Located(self.file, *self.place(loc), message)

    def at_key(self, loc: Loc, message: str) -> Located:
        """Return a message located at the key."""
        return Located(self.file, *self.key_place(loc), message)


def _place_in(text: str, index: int) -> Place:
    start = text.rfind("\n", 0, index) + 1
    return text.count("\n", 0, index) + 1, index - start + 1


def decode(raw: bytes, file: str, *, most_bytes: int = MOST_BYTES) -> str:
    """Return the text of a UTF-8 file with LF line ends and without a byte-order mark.

    Raises Unreadable where it is too large, no UTF-8 or holds control characters.
    """
    if len(raw) > most_bytes:
        raise Unreadable([Located(file, 1, 1, f"the file has {len(raw):,} bytes; the most is {most_bytes:,}")])
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Unreadable([Located(file, 1, 1, "the file is saved as UTF-16; save it as UTF-8")])
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        message = f"byte {raw[error.start]:#04x} is not UTF-8; save the file as UTF-8"
        raise Unreadable([Located(file, *_place_in(before, len(before)), message)]) from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    bad = _UNREADABLE.search(text)
    if bad:
        message = f"the character U+{ord(bad[0]):04X} cannot be read; remove it"
        raise Unreadable([Located(file, *_place_in(text, bad.start()), message)])
    return text


def read_yaml(raw: bytes, file: str) -> Source:
    """Read one YAML document. Raises Unreadable where no data can be made of it; see also `Source.problems`."""
    text = decode(raw, file)
    tab = _TAB_INDENT.search(text)
    if tab:
        message = "a tab in the indentation; indent with spaces"
        raise Unreadable([Located(file, *_place_in(text, tab.end() - 1), message)])
    builder = _Builder(Source(file))
    try:
        builder.document(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        # What was never closed or got no colon is best shown where it begins.
        unclosed = any(part in (error.problem or "") for part in ("unexpected end of stream", "expected ':'"))
        mark = (unclosed and error.context_mark) or error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        fatal = Located(file, place[0], place[1], f"not readable as YAML: {_plain(error)}")
        raise Unreadable([*builder.fatal, fatal]) from None
    if builder.fatal:
        raise Unreadable(sorted(builder.fatal + builder.source.problems))
    return builder.source


_PLAINER = (
    ("mapping values are not allowed", "a colon followed by a space inside a text; put the text in quotation marks"),
    ("could not find expected ':'", "a field name without a colon, or a text whose second line is not indented"),
    ("did not find expected key", "the indentation does not fit the lines above, or a quotation mark is missing"),
    ("did not find expected '-' indicator", "the indentation does not fit the list above"),
    ("did not find expected <document start>", "a second value after the first; check the indentation"),
    ("did not find expected ',' or", "a comma or closing bracket is missing"),
    ("found unexpected end of stream", "a closing quotation mark or bracket is missing"),
    ("found unexpected document indicator", "a closing quotation mark is missing"),
    ("cannot start any token", "a text cannot begin with this character; put it in quotation marks"),
    ("found unknown escape character", "a backslash in double quotation marks; use single ones"),
)


def _plain(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "no reason given"
    for theirs, ours in _PLAINER:
        if theirs in problem:
            return ours
    return problem


class _Builder:
    """Builds plain data from parser events; gathers what is forbidden instead of stopping at the first."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.fatal: list[Located] = []

    def forbid(self, event: yaml.Event, message: str) -> None:
        self.fatal.append(Located(self.source.file, *self.place(event), message))

    @staticmethod
    def place(event: yaml.Event) -> Place:
        mark = event.start_mark
        return (mark.line + 1, mark.column + 1) if mark else (1, 1)

    def document(self, events: Iterator[yaml.Event]) -> None:
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents == 2:
                    self.forbid(event, "a second document (---) in the file; write one file for each item")
                    return
            elif isinstance(event, yaml.NodeEvent):
                self.source.data = self.node(event, events, ())
        if self.source.data is None and not self.fatal:
            self.fatal.append(Located(self.source.file, 1, 1, "the file is empty"))

    def node(self, event: yaml.Event, events: Iterator[yaml.Event], loc: Loc) -> object:
        self.source.values[loc] = self.place(event)
        if isinstance(event, yaml.AliasEvent):
            self.forbid(event, f"the alias *{event.anchor} is not allowed; write the value again")
            return None
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor:
            self.forbid(event, f"the anchor &{anchor} is not allowed; remove it")
        if tag:
            self.forbid(event, f"the tag {str(tag).replace('tag:yaml.org,2002:', '!!')} is not allowed; remove it")
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        if len(loc) > MOST_DEPTH:
            raise Unreadable([Located(self.source.file, *self.place(event), f"nested deeper than {MOST_DEPTH} levels")])
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(events, loc)
        return self.mapping(events, loc)

    def scalar(self, event: yaml.ScalarEvent) -> str | None:
        if event.implicit[0] and event.value in ("", "null", "~"):
            return None
        control = _CONTROL.search(event.value)
        if control:
            self.forbid(event, f"the text holds the control character U+{ord(control[0]):04X}; remove it")
        return str(event.value)

    def sequence(self, events: Iterator[yaml.Event], loc: Loc) -> list[object]:
        items: list[object] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self.node(event, events, (*loc, len(items))))
        return items

    def mapping(self, events: Iterator[yaml.Event], loc: Loc) -> dict[str, object]:
        found: dict[str, object] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.key(event, events)
            place = self.place(event)
            value_event = next(events)
            if key is None:
                self.node(value_event, events, (*loc, "?"))
            elif key in found:
                first = self.source.keys[(*loc, key)]
                message = f"the field {key!r} stands twice; the first is on line {first[0]}"
                self.source.problems.append(Located(self.source.file, *place, message))
                self.repeated(value_event, events)
            else:
                self.source.keys[(*loc, key)] = place
                found[key] = self.node(value_event, events, (*loc, key))
        return found

    def key(self, event: yaml.Event, events: Iterator[yaml.Event]) -> str | None:
        if isinstance(event, yaml.ScalarEvent):
            if event.anchor or event.tag:
                self.forbid(event, "a field name carries no anchor or tag; remove it")
            if event.value:
                return str(event.value)
            self.forbid(event, "a field name is missing before the colon")
            return None
        self.forbid(event, "a field name must be plain text; a list or mapping stands in its place")
        self.node(event, events, ("?",))
        return None

    def repeated(self, event: yaml.Event, events: Iterator[yaml.Event]) -> None:
        """Read over the value of a repeated field; the first one keeps its places."""
        aside = _Builder(Source(self.source.file))
        aside.node(event, events, ())
        self.fatal += aside.fatal
        self.source.problems += aside.source.problems
