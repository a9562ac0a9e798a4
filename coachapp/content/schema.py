"""JSON Schemas of case.yaml and of question files, generated from the types so that an editor checks as one writes."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from coachapp.domain.items import Case
from coachapp.domain.questions import Question

SCHEMA_FILE = "schema.json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def case_schema() -> dict[str, Any]:
    """Return the schema of case.yaml."""
    schema = _schema(Case, "A case: a chart to code and its answer key")
    definitions = schema["$defs"]
    # The loader fills in a document's text from its file; the file itself may not hold it.
    del definitions["Document"]["properties"]["text"]
    definitions["ModifierSlot"] = _modifier(definitions["ModifierSlot"])
    return schema


def question_schema() -> dict[str, Any]:
    """Return the schema of a question file."""
    return _schema(Question, "A multiple-choice question")


def _schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    schema = model.model_json_schema()
    schema.update({"$schema": _DIALECT, "title": title})
    return schema


def _modifier(long: dict[str, Any]) -> dict[str, Any]:
    """Allow the short forms `RT` and `{code: "51", optional: true}` beside the long one."""
    one = long["properties"]["any_of"]["items"]
    with_code = {
        "type": "object",
        "properties": {"code": one, "optional": long["properties"]["optional"]},
        "required": ["code"],
        "additionalProperties": False,
    }
    return {"description": long.get("description", ""), "anyOf": [one, with_code, long]}


def schema_text(schema: dict[str, Any]) -> str:
    """Return a schema as it stands in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_schemas(*, cases: Path, questions: Path) -> tuple[Path, Path]:
    """Write both schemas into their folders and return the files."""
    files = (cases / SCHEMA_FILE, questions / SCHEMA_FILE)
    for file, schema in zip(files, (case_schema(), question_schema()), strict=True):
        file.write_text(schema_text(schema), encoding="utf-8", newline="\n")
    return files
