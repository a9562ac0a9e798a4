"""Turn what the types refuse into messages in plain words, each at the line and column of the value it is about."""

import re
from collections.abc import Iterator
from datetime import date
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from rapidfuzz import fuzz, process

from coachapp.content.yamlread import Loc, Located, Source

M = TypeVar("M", bound=BaseModel)

_MOST_CHOICES = 20
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SHAPES = {
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "small letters, digits and single hyphens, like lab-report",
    r"^[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*$": "folder/name in small letters, digits and single hyphens",
    r"^[a-z][a-z0-9_-]{0,19}$": "a short name that begins with a small letter, like d1 or s1",
    r"^[a-z][a-z0-9]{0,3}$": "a small letter, like a or b",
    r"^[A-Z0-9]{2}$": "two capitals or digits, like RT or 25",
    r"^\d{2}$": "two digits in quotation marks",
    r"^[A-Za-z0-9][A-Za-z0-9._-]*\.md$": "a file name that ends in .md, without a folder",
}


def validate(model: type[M], source: Source, *, data: object, loc: Loc = ()) -> tuple[M | None, list[Located]]:
    """Build `model` from plain data that stands at `loc` of the source; on failure return None and every problem."""
    problems = list(_day_problems(model, source, data, loc))
    try:
        value = model.model_validate(data)
    except ValidationError as error:
        refused = {place.line: place for place in problems}
        for detail in error.errors(include_url=False):
            if _only_counts_the_sound(detail):
                continue
            problem = _problem(model, source, data, loc, detail)
            if problem.line not in refused or "date" not in detail["type"]:
                problems.append(problem)
        return None, sorted(set(problems))
    return (None if problems else value), problems


def _only_counts_the_sound(detail: ErrorDetails) -> bool:
    """Say whether a list is called too short only because its broken entries, told of by themselves, do not count."""
    least = detail.get("ctx", {}).get("min_length", 0)
    return detail["type"] == "too_short" and isinstance(detail["input"], list) and len(detail["input"]) >= least


def _day_problems(model: type[BaseModel], source: Source, data: object, loc: Loc) -> Iterator[Located]:
    """Refuse days that pydantic would read out of a bare number (it takes 20260512 for seconds since 1970)."""
    if not isinstance(data, dict):
        return
    for name, info in model.model_fields.items():
        value = data.get(name)
        is_day = date in (info.annotation, *get_args(info.annotation))
        if is_day and isinstance(value, str) and not _ISO_DAY.fullmatch(value):
            yield source.at((*loc, name), f"{value!r} is no date; write it as 2026-05-12")


def _problem(model: type[BaseModel], source: Source, data: object, base: Loc, detail: ErrorDetails) -> Located:
    inner = tuple(detail["loc"])
    loc = (*base, *inner)
    kind = detail["type"]
    if kind == "extra_forbidden":
        return source.at_key(loc, _unknown_field(model, inner))
    if kind == "missing":
        return source.at(loc[:-1], f"the field {inner[-1]!r} is missing{_whose(data, inner[:-1])}")
    if kind == "value_error":
        message = detail["msg"].removeprefix("Value error, ")
        return Located(source.file, *source.place(_refined(source, data, base, inner, message)), message)
    return source.at(loc, f"{_field(inner)}: {_words(detail)}")


def _field(loc: Loc) -> str:
    names = [part for part in loc if isinstance(part, str)]
    return names[-1] if names else "the file"


def _whose(data: object, loc: Loc) -> str:
    """Name the mapping that lacks a field: by its id or code, else by the field it stands under."""
    if not loc:
        return ""
    value = _value(data, loc)
    if isinstance(value, dict):
        for name in ("id", "name", "code"):
            if isinstance(value.get(name), str):
                return f" from {name} {value[name]}"
    return f" from {_field(loc)}"


def _words(detail: ErrorDetails) -> str:
    """Say what a value should have been."""
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    shown = repr(value) if isinstance(value, str) else _shape(value)
    if value is None:
        return "the value is missing"
    if kind == "enum":
        return _not_among(shown, str(value), str(context.get("expected", "")).replace("'", "").replace(" or ", ", "))
    if kind == "string_pattern_mismatch":
        pattern = context.get("pattern", "")
        choices = re.fullmatch(r"\^\(([a-z|]+)\)\$", pattern)
        if choices:
            return f"{shown} is not one of {choices[1].replace('|', ', ')}"
        return f"{shown} does not have the form: {_SHAPES.get(pattern, pattern)}"
    if kind.startswith("int_"):
        return f"{shown} is no whole number"
    if kind.startswith("float_"):
        return f"{shown} is no number"
    if kind.startswith("bool_"):
        return f"{shown} is neither true nor false"
    if kind.startswith("date_"):
        return f"{shown} is no date; write it as 2026-05-12"
    if kind == "string_type":
        return f"a text is wanted here, not {_shape(value)}"
    if kind in ("tuple_type", "list_type"):
        return f"a list is wanted here, not {_shape(value)}"
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return f"a mapping of fields is wanted here, not {_shape(value)}"
    limits = {
        "greater_than": ("gt", "must be more than"),
        "greater_than_equal": ("ge", "must be at least"),
        "less_than": ("lt", "must be less than"),
        "less_than_equal": ("le", "must be at most"),
        "string_too_long": ("max_length", "has too many characters; the most is"),
        "too_long": ("max_length", "has too many entries; the most is"),
        "too_short": ("min_length", "has too few entries; the least is"),
    }
    if kind in limits:
        name, words = limits[kind]
        subject = shown if isinstance(value, str) and len(value) <= 40 else "it"
        return f"{subject} {words} {context.get(name)}"
    if kind == "string_too_short":
        return "the text is empty"
    return detail["msg"]


def _not_among(shown: str, value: str, expected: str) -> str:
    """Name the choices; of a great many only the nearest."""
    choices = expected.split(", ")
    if len(choices) <= _MOST_CHOICES:
        return f"{shown} is not one of {expected}"
    near = process.extractOne(value, choices, scorer=fuzz.ratio, score_cutoff=60)
    return f"{shown} is not known here; {f'did you mean {near[0]}?' if near else 'the README lists what is'}"


def _shape(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping (a text with a colon in it needs quotation marks)"
    return "a list" if isinstance(value, (list, tuple)) else f"the text {value!r}" if isinstance(value, str) else "this"


def _unknown_field(model: type[BaseModel], loc: Loc) -> str:
    name = str(loc[-1])
    owner = _model_at(model, loc[:-1])
    known = sorted(owner.model_fields) if owner is not None else []
    near = process.extractOne(name, known, scorer=fuzz.ratio, score_cutoff=60)
    if near:
        return f"unknown field {name!r}; did you mean {near[0]!r}?"
    return f"unknown field {name!r}; known here are {', '.join(known)}"


def _model_at(model: type[BaseModel], loc: Loc) -> type[BaseModel] | None:
    """Return the type that stands at `loc`, following fields and list elements."""
    current: Any = model
    for part in loc:
        if isinstance(part, str):
            owner = _bare(current)
            if not (isinstance(owner, type) and issubclass(owner, BaseModel) and part in owner.model_fields):
                return None
            current = owner.model_fields[part].annotation
        else:
            arguments = get_args(_bare(current))
            current = arguments[0] if arguments else None
    owner = _bare(current)
    return owner if isinstance(owner, type) and issubclass(owner, BaseModel) else None


def _bare(annotation: Any) -> Any:
    """Return an annotation without Annotated and without None."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return next(_bare(a) for a in get_args(annotation) if a is not type(None))
    return annotation


def _value(data: object, loc: Loc) -> object:
    for part in loc:
        if isinstance(data, dict) and isinstance(part, str):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return None
    return data


def _everywhere(data: object, loc: Loc = ()) -> Iterator[tuple[Loc, object]]:
    """Walk all values in the order of the file."""
    yield loc, data
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _everywhere(value, (*loc, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _everywhere(value, (*loc, index))


# Rules that span several fields are refused where the fields meet; these say which value each sentence is about. The
# first group names the line, option or document by its id, the second a value to be looked for in the field.
_ABOUT: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"(?P<id>\S+) points to (?P<value>\S+), ", ("pointers", "primary")),
    (r"(?P<id>\S+) has primary (?P<value>\S+), ", ("primary",)),
    (r"(?P<id>\S+) stands after ", ("after",)),
    (r"(?P<id>\S+) is first and", ("optional",)),
    (r"more than one \w+ is marked first: .*?(?P<id>\S+)$", ("first",)),
    (r"(?P<id>\S+): poa belongs", ("poa",)),
    (r"(?P<id>\S+): pointers belong", ("pointers",)),
    (r"(?P<id>\S+): only an inpatient", ("first",)),
    (r"(?P<id>\S+): a line holds four modifiers", ("modifiers",)),
    (r"(?P<id>\S+): ICD-10-PCS codes", ("modifiers", "units", "pointers")),
    (r"option (?P<id>\S+) is right and carries no label", ("label",)),
    (r"option (?P<id>\w+): .* cannot be set", ("label",)),
    (r"option (?P<id>\w+) has the same text", ("text",)),
)
_AT_FIELD = (
    (r"pos belongs to professional", "pos"),
    (r"the id begins with .*, the specialty", "specialty"),
    (r"the id begins with .*, the section", "section"),
    (r"the trap .* names the line", "line"),
    (r"options carry codes", "options"),
    (r"the question names itself", "enemies"),
    (r"no_service contradicts", "no_service"),
    (r"cpt-date cannot be answered", "check"),
)
_TWICE = (
    (r"the line id (\S+) is used twice", "id"),
    (r"two documents have the id (\S+)", "id"),
    (r"two options have the id (\S+)", "id"),
    (r"two branches are named '(.*)'", "name"),
)


def _refined(source: Source, data: object, base: Loc, loc: Loc, message: str) -> Loc:
    """Return the place a sentence is about, inside the mapping whose rule it states."""
    here = _value(data, loc)
    start = (*base, *loc)
    for pattern, field in _TWICE:
        found = re.match(pattern, message)
        if found:
            places = [p for p, value in _everywhere(here) if p and p[-1] == field and value == found[1]]
            # Ids of lines may recur in other branches and traps; a document's only among documents.
            if len(places) > 1:
                return (*start, *places[1])
    for pattern, field in _AT_FIELD:
        if re.match(pattern, message):
            for place, value in _everywhere(here):
                named = field != "line" or (value is not None and f"line {value}," in message)
                if place and place[-1] == field and named:
                    return (*start, *place)
    for pattern, fields in _ABOUT:
        found = re.match(pattern, message)
        if found:
            return (*start, *_inside(here, found["id"], found.groupdict().get("value"), fields))
    return start


def _inside(here: object, line_id: str, wanted: str | None, fields: tuple[str, ...]) -> Loc:
    """Find the first mapping with this id that has one of the fields; there, the wanted element of it."""
    for place, value in _everywhere(here):
        if isinstance(value, dict) and value.get("id") == line_id:
            for field in fields:
                inner = value.get(field)
                if isinstance(inner, list) and wanted in inner:
                    return (*place, field, inner.index(wanted))
                if inner is not None and (wanted is None or inner == wanted):
                    return (*place, field)
    return ()
