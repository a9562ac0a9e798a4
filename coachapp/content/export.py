"""Write items back to files that read as the same item."""

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from coachapp.content.loader import CASE_FILE
from coachapp.domain.items import Case
from coachapp.domain.questions import Question

_WIDTH = 110


class _Dumper(yaml.SafeDumper):
    """Writes lists indented below their field, and texts of several lines as blocks."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists too; the parent's default sets them flush with their field."""
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value out each time it occurs: the reader takes no aliases."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    # The reader takes a tab at the start of a line for indentation; YAML takes the other three for line ends.
    if any(character in value for character in "\t\x85\u2028\u2029"):
        style: str | None = '"'
    else:
        style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(data: object) -> str:
    """Return plain data as YAML that `read_yaml` reads back: dates bare, number-like texts in quotation marks."""
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH)


def case_data(case: Case) -> dict[str, Any]:
    """Return what case.yaml holds of a case: fields that are not at their default, modifiers in their short form."""
    data = case.model_dump(mode="json", exclude_defaults=True)
    for document in data["documents"]:
        document.pop("text", None)
    for branch in data["key"]["branches"]:
        for service in branch.get("services", ()):
            if "modifiers" in service:
                service["modifiers"] = [_short(slot) for slot in service["modifiers"]]
    return _with_dates(data)


def _short(slot: dict[str, Any]) -> str | dict[str, Any]:
    if len(slot["any_of"]) > 1:
        return slot
    only: str = slot["any_of"][0]
    return {"code": only, "optional": True} if slot.get("optional") else only


def question_data(question: Question) -> dict[str, Any]:
    """Return what a question's file holds: fields that are not at their default."""
    return _with_dates(question.model_dump(mode="json", exclude_defaults=True))


def _with_dates(data: dict[str, Any]) -> dict[str, Any]:
    for field in ("date_of_service", "verified"):
        if data.get(field) is not None:
            data[field] = date.fromisoformat(data[field])
    return data


def export_item(item: Case | Question, folder: Path) -> list[Path]:
    """Write an item below a folder at the place its id asks for and return the files.

    Raises FileExistsError, before anything is written, where one of them is there already.
    """
    if isinstance(item, Case):
        home = folder / item.id
        files = {home / document.file: document.text for document in item.documents}
        files[home / CASE_FILE] = to_yaml(case_data(item))
    else:
        files = {folder / f"{item.id}.yaml": to_yaml(question_data(item))}
    for file in files:
        if file.exists():
            raise FileExistsError(str(file))
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    return list(files)
