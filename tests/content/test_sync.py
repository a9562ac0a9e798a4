"""Files into the database: versions, retirement, and what is left alone."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coachapp.content.loader import load
from coachapp.content.sync import SyncReport, sync, sync_bundled
from coachapp.domain.items import Case
from coachapp.domain.questions import Concept, Question, Section
from coachapp.models.items import Concept as ConceptRow
from coachapp.models.items import Item, ItemConcept, ItemKind, ItemVersion
from coachapp.stored import case_of, content_of, digest_of, item_of, question_of

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 5, 2, 12, tzinfo=UTC)
CONCEPTS = (
    Concept(id="fracture-treatment", section=Section.SURGERY_20000, title="T", lesson="L", source="S"),
    Concept(id="icd-seventh-character", section=Section.ICD10CM, title="T", lesson="L", source="S"),
)


@pytest.fixture
def case(case_file) -> Case:  # type: ignore[no-untyped-def]
    return load(case_file()).cases[0]


@pytest.fixture
def question(question_file) -> Question:  # type: ignore[no-untyped-def]
    return load(question_file()).questions[0]


def run(
    session: Session,
    cases: Sequence[Case] = (),
    questions: Sequence[Question] = (),
    *,
    concepts: Sequence[Concept] = CONCEPTS,
    now: datetime = NOW,
    keep: Sequence[str] = (),
) -> SyncReport:
    report = sync(session, cases, questions=questions, concepts=concepts, now=now, keep=keep)
    session.commit()
    session.expire_all()
    return report


def the_item(session: Session, slug: str = "orthopedics/wrist") -> Item:
    return session.scalars(select(Item).where(Item.slug == slug)).one()


def test_a_new_case_is_stored_with_what_lists_filter_on(session: Session, case: Case) -> None:
    assert run(session, [case]).created == ["orthopedics/wrist"]
    item = the_item(session)
    assert (item.kind, item.title, item.specialty, item.setting) == (
        ItemKind.CASE,
        "Broken wrist",
        "orthopedics",
        "outpatient hospital",
    )
    assert (item.claim_form, item.level, item.minutes) == ("professional", "practitioner", 12)
    assert (item.date_of_service, item.verified, item.carries_cpt) == (date(2026, 5, 12), date(2026, 5, 30), True)
    assert item.retired_at is None
    assert [tag.concept_slug for tag in item.concepts] == ["fracture-treatment"]
    version = item.current_version
    assert version is not None
    assert (version.number, version.source, version.created_at) == (1, "file", NOW)
    assert version.digest == digest_of(version.content)
    assert case_of(version) == case


def test_a_question_is_stored(session: Session, question: Question) -> None:
    run(session, questions=[question])
    item = the_item(session, "icd10cm/wrist-01")
    assert (item.kind, item.section, item.difficulty, item.use) == (ItemKind.QUESTION, "icd10cm", 2, "both")
    assert item.title == "A patient has a first cast put on a broken right wrist. Which code is reported?"
    assert item.carries_cpt
    version = item.current_version
    assert version is not None
    assert question_of(version) == question
    with pytest.raises(TypeError, match="is a question, not a case"):
        case_of(version)


def test_the_same_files_again_change_nothing(session: Session, case: Case, question: Question) -> None:
    run(session, [case], [question])
    report = run(session, [case], [question], now=LATER)
    assert report == SyncReport(unchanged=["orthopedics/wrist", "icd10cm/wrist-01"], concepts=2)
    assert session.scalar(select(func.count()).select_from(ItemVersion)) == 2


def test_a_changed_file_makes_a_version_and_an_old_state_comes_back_as_it_was(session: Session, case: Case) -> None:
    run(session, [case])
    changed = case.model_copy(update={"title": "Wrist", "concepts": ("icd-seventh-character",)})
    assert run(session, [changed], now=LATER).updated == ["orthopedics/wrist"]
    item = the_item(session)
    assert item.title == "Wrist"
    assert [tag.concept_slug for tag in item.concepts] == ["icd-seventh-character"]
    assert [(v.number, v.created_at) for v in item.versions] == [(1, NOW), (2, LATER)]
    assert item.current_version is item.versions[1]
    assert case_of(item.versions[0]) == case
    assert run(session, [case], now=LATER).updated == ["orthopedics/wrist"]
    item = the_item(session)
    assert len(item.versions) == 2
    assert item.current_version is item.versions[0]


def test_a_vanished_file_retires_its_item_and_a_returned_one_restores_it(session: Session, case: Case) -> None:
    run(session, [case])
    assert run(session, now=LATER).retired == ["orthopedics/wrist"]
    assert the_item(session).retired_at == LATER
    assert run(session, now=LATER).retired == []
    assert run(session, [case]).restored == ["orthopedics/wrist"]
    item = the_item(session)
    assert item.retired_at is None
    assert len(item.versions) == 1


def test_a_broken_file_leaves_what_is_stored(session: Session, case: Case) -> None:
    run(session, [case])
    report = run(session, keep=["orthopedics/wrist", "orthopedics/never-stored"])
    assert (report.kept, report.retired) == (["orthopedics/wrist"], [])
    assert the_item(session).retired_at is None


def test_an_item_edited_on_the_site_is_left_alone(session: Session, case: Case) -> None:
    run(session, [case])
    item = the_item(session)
    content = content_of(case.model_copy(update={"title": "Edited"}))
    version = ItemVersion(number=2, digest=digest_of(content), content=content, source="site", created_at=NOW)
    item.versions.append(version)
    item.current_version = version
    session.commit()
    assert run(session, [case]).kept == ["orthopedics/wrist"]
    assert run(session).retired == []
    item = the_item(session)
    assert item.current_version is not None
    assert item.current_version.number == 2
    assert item.retired_at is None


def test_concepts_are_updated_and_never_removed(session: Session, case: Case) -> None:
    run(session, [case])
    newer = Concept(id="fracture-treatment", section=Section.EM, title="New", lesson="L2", source="S2")
    assert run(session, [case], concepts=[newer]).concepts == 2
    rows = {row.slug: row for row in session.scalars(select(ConceptRow))}
    assert (rows["fracture-treatment"].title, rows["fracture-treatment"].section) == ("New", "em")
    assert "icd-seventh-character" in rows


def test_a_concept_without_an_entry_is_not_tagged(session: Session, case: Case) -> None:
    run(session, [case], concepts=())
    assert session.scalars(select(ItemConcept)).all() == []


def test_the_digest_depends_on_the_content_alone(case: Case) -> None:
    content = content_of(case)
    backwards = dict(reversed(content.items()))
    assert digest_of(content) == digest_of(backwards)
    assert digest_of(content) != digest_of(content_of(case.model_copy(update={"minutes": 13})))
    # What stands at its default is left out, so that a field added later gives no item a new version.
    assert "policy" not in content


def test_equal_contents_are_parsed_once(session: Session, case: Case) -> None:
    run(session, [case])
    version = the_item(session).current_version
    assert version is not None
    assert item_of(version) is item_of(version)


def test_what_comes_with_the_program_syncs_twice_to_the_same(session: Session) -> None:
    first = sync_bundled(session, NOW)
    session.commit()
    assert first.created
    second = sync_bundled(session, LATER)
    assert sorted(second.unchanged) == sorted(first.created)
    assert second.created + second.updated + second.retired == []
    assert set(second.as_json()) == {
        *("created", "updated", "unchanged", "retired", "restored", "kept", "concepts", "errors"),
    }
