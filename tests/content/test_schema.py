"""The schemas that editors read are those of the types."""

import json

from coachapp.content.schema import case_schema, question_schema, schema_text, write_schemas
from coachapp.paths import bundled


def test_the_files_are_current() -> None:
    for folder, schema in (("cases", case_schema()), ("question_bank", question_schema())):
        text = (bundled(folder) / "schema.json").read_text(encoding="utf-8")
        assert text == schema_text(schema), "run `coachapp content schema`"


def test_the_schema_knows_the_short_forms_and_not_the_text_of_documents() -> None:
    definitions = case_schema()["$defs"]
    assert "text" not in definitions["Document"]["properties"]
    assert definitions["Document"]["additionalProperties"] is False
    assert [form.get("type") for form in definitions["ModifierSlot"]["anyOf"]] == ["string", "object", "object"]
    assert question_schema()["$defs"]["Section"]["enum"][0] == "surgery-10000"


def test_schemas_are_written_where_asked(tmp_path) -> None:  # type: ignore[no-untyped-def]
    for name in ("cases", "questions"):
        (tmp_path / name).mkdir()
    files = write_schemas(cases=tmp_path / "cases", questions=tmp_path / "questions")
    assert [json.loads(f.read_text())["$schema"] for f in files] == ["https://json-schema.org/draft/2020-12/schema"] * 2
