"""The progress page, concepts and the error profile: what they say with nothing, little and much behind them."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp import clock
from coachapp.domain.mastery import Evidence, Mastery
from coachapp.domain.questions import Section
from coachapp.models.attempts import Attempt
from coachapp.models.items import Item, ItemKind
from coachapp.models.standing import Standing, StandingKind
from coachapp.progress.standing_errors import Asked, period, read_slips
from coachapp.progress.standing_plots import mastery_row, pace_plot, seconds_text
from coachapp.progress.standing_queries import case_time, chance_text, concepts_page, progress_page
from coachapp.progress.standing_reads import KnownConcept, graded_cases
from coachapp.progress.upkeep import bring_up_to_date, exam_plan
from coachapp.web.sections import SECTION_NAMES
from tests.conftest import MakePerson, SignIn
from tests.progress.months import Worked, sit_all

CountQueries = Callable[[], AbstractContextManager[list[str]]]
LEFT_OUT = "left out here until that exam shows its answers"
PAGES = ("/progress", "/progress/concepts", "/progress/errors", "/progress/errors/lines")


def test_a_new_learner_is_told_honestly_that_there_is_nothing_to_say(sign_in: SignIn) -> None:
    client = sign_in()
    page = client.get("/progress").text
    assert "Not enough evidence yet" in page
    assert "After 60 more" in page
    assert "Nothing to show yet" in page
    assert "0%" not in page
    assert "No concepts yet" in client.get("/progress/concepts").text
    assert "No cases in these months" in client.get("/progress/errors").text
    assert "No such lines" in client.get("/progress/errors/lines?label=units").text


def test_months_of_work_show_readiness_and_every_plot_with_its_table(sign_in: SignIn, worked: Worked) -> None:
    client = sign_in(worked())
    page = client.get("/progress").text
    assert "chance to pass" in page
    for name in SECTION_NAMES.values():
        assert page.count(f'<th scope="row">{name}</th>') >= 1
    drawings, tables = page.count('<svg class="plot"'), page.count('<details class="plot-table">')
    assert drawings == tables == 6
    assert len(re.findall(r"<title id=", page)) == len(re.findall(r"<desc id=", page)) == drawings


def test_the_number_of_queries_does_not_grow(
    app: Any, db_session: Session, sign_in: SignIn, worked: Worked, count_queries: CountQueries
) -> None:
    little, much = sign_in(worked(20)), sign_in(worked(90))

    def counted(client: Any, url: str) -> int:
        client.get(url)  # the first look may reckon
        with count_queries() as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    for url in PAGES:
        assert counted(little, url) == counted(much, url) <= 12, url


def test_one_sees_ones_own_only(sign_in: SignIn, worked: Worked, person: MakePerson) -> None:
    worked()
    other = sign_in(person())
    assert "Nothing to show yet" in other.get("/progress").text
    assert "No such lines" in other.get("/progress/errors/lines").text


def test_each_bar_leads_to_exactly_the_lines_it_counts(sign_in: SignIn, worked: Worked) -> None:
    client = sign_in(worked())
    page = client.get("/progress/errors?months=6").text
    bars = re.findall(r'<a class="plot-link" href="([^"]+)" aria-label="[^"]+: ([\d,.]+)"', page)
    kinds = [(url.replace("&amp;", "&"), int(count)) for url, count in bars if "label=" in url or "family=" in url]
    assert len(kinds) >= 4
    for url, count in kinds:
        lines = client.get(url).text
        assert lines.count('<li class="slip">') == min(count, 50), url


def test_lines_of_nonsense_are_none_and_a_period_that_is_none_is_the_usual_one(sign_in: SignIn, worked: Worked) -> None:
    client = sign_in(worked(20))
    assert "No such lines" in client.get("/progress/errors/lines?label=<b>&family=x").text
    assert client.get("/progress/errors?months=abc").status_code == 200
    assert [period(text) for text in (None, "3", "12", "-1", "9")] == [6, 3, 12, 6, 6]
    assert Asked(label="units", specialty="Cardiology").words() == "Units, Cardiology"
    assert Asked().words() == "All errors"


def test_cases_whose_key_is_held_back_are_in_no_figure(db_session: Session, worked: Worked) -> None:
    who = worked()
    cases = set(db_session.scalars(select(Item.id).where(Item.kind == ItemKind.CASE)))
    assert graded_cases(db_session, who.id, held=())
    assert graded_cases(db_session, who.id, held=cases) == []


def test_an_exam_that_runs_takes_its_questions_out_of_the_page(
    db_session: Session, sign_in: SignIn, worked: Worked
) -> None:
    who = worked()
    client = sign_in(who)
    before = client.get("/progress").text
    assert LEFT_OUT not in before
    db_session.rollback()
    now = clock.now()
    sit_all(db_session, who.id, now=now)
    assert bring_up_to_date(db_session, who.id, now=now)
    db_session.commit()
    page = progress_page(db_session, who.id, plan=exam_plan(), now=now)
    assert page.withheld
    assert page.trend.points == ()
    assert page.confidence is None
    for address in ("/today", "/progress", "/progress/concepts", "/review"):
        assert client.get(address).text.count(LEFT_OUT) == 1, address


def test_thin_evidence_is_words_and_none_is_said_so() -> None:
    thin = mastery_row("EM", Mastery(0.6, 0.4, 0.8, Evidence(2, 1, 3)))
    assert thin.value is None
    assert thin.text == "Little evidence so far: getting there"
    assert mastery_row("EM", None).cells == ("–", "–", "0")
    shown = mastery_row("EM", Mastery(0.755, 0.7, 0.8, Evidence(30, 10, 50)))
    assert (shown.value, shown.text, shown.cells) == (0.755, "76%", ("76%", "70% to 80%", "50"))


def test_the_scale_of_pace_holds_the_slowest_section() -> None:
    usual = pace_plot({Section.ANATOMY: (119.0, 3)})
    assert usual.ticks[-1].label.text == "200%"
    slow = pace_plot({Section.ANATOMY: (60 * 5.9, 3), Section.EM: (150.0, 3)})
    assert slow.ticks[-1].label.text == "600%"
    assert slow.mark is not None
    assert slow.mark.at == pytest.approx(100 / 6)
    assert [row.x for row in slow.rows] == pytest.approx([100 / 6, 100 * 5.9 / 6])


def test_a_range_whose_ends_read_alike_is_not_printed(db_session: Session, sign_in: SignIn, worked: Worked) -> None:
    who = worked()
    client, now = sign_in(who), clock.now()
    assert re.search(r'Range <span class="number">.+ to ', client.get("/progress").text)
    assert ", likely " in client.get("/today").text
    row = db_session.scalars(
        select(Standing).where(Standing.person_id == who.id, Standing.kind == StandingKind.READINESS)
    ).one()
    row.mean, row.low, row.high = 0.9999, 0.998, 1.0
    db_session.commit()
    found = progress_page(db_session, who.id, plan=exam_plan(), now=now).readiness
    assert found is not None
    assert (found.low, found.high, found.ranges) == ("over 99%", "over 99%", False)
    page = client.get("/progress").text
    assert "over 99%" in page
    assert "Range" not in page
    assert "Judged by" in page
    assert ", likely " not in client.get("/today").text


def test_nothing_is_certain() -> None:
    assert [chance_text(p) for p in (0, 0.004, 0.01, 0.5, 0.994, 1)] == [
        "under 1%",
        "under 1%",
        "1%",
        "50%",
        "99%",
        "over 99%",
    ]


def test_times_are_medians_beside_the_benchmark(db_session: Session, worked: Worked) -> None:
    who = worked(20)
    cases = graded_cases(db_session, who.id, held=())
    assert case_time([]) is None
    found = case_time(cases[:1])
    assert found is not None
    assert found.ratio == pytest.approx(cases[0].minutes / cases[0].benchmark_minutes)
    assert seconds_text(95.4) == "1:35"


def test_moves_say_what_six_more_right_would_bring(db_session: Session, sign_in: SignIn, worked: Worked) -> None:
    who = worked()
    client = sign_in(who)
    client.get("/progress")
    row = db_session.scalars(
        select(Standing).where(Standing.person_id == who.id, Standing.kind == StandingKind.READINESS)
    ).one()
    row.detail = {**row.detail, "moves": [{"section": "em", "more_right": 6, "gain": 0.092}]}
    db_session.commit()
    page = client.get("/progress").text
    assert "Six more right in Evaluation and management" in page
    assert "+9 points" in page
    assert 'value="drill-em"' in page


@pytest.mark.parametrize(("mean", "told"), [(0.004, True), (0.996, False)])
def test_whom_no_single_section_moves_is_told_where_most_is_lost(
    db_session: Session, sign_in: SignIn, worked: Worked, mean: float, told: bool
) -> None:
    who = worked()
    client = sign_in(who)
    client.get("/progress")
    for row in db_session.scalars(select(Standing).where(Standing.person_id == who.id)):
        if row.kind is StandingKind.READINESS:
            row.mean, row.detail = mean, {**row.detail, "moves": [{"section": "em", "more_right": 6, "gain": 0.001}]}
        elif row.kind is StandingKind.SECTION:
            row.mean = 0.36 if row.key == "cases" else 0.9
    db_session.commit()
    page = client.get("/progress").text
    assert "No single section would move it by a whole point" in page
    assert ("Where most is lost" in page) is told
    # Ten cases are asked, and 64 percent of ten are six.
    assert bool(re.search(r"Cases: <strong[^>]*>6 of 10</strong>", page)) is told


def known(title: str, mean: float, section: Section) -> KnownConcept:
    return KnownConcept(title, title, section, Mastery(mean, mean, mean, Evidence(9, 9, 18)), True)


def test_concepts_are_filtered_by_section_and_paged() -> None:
    rows = [known(f"c{n}", n / 60, Section.EM if n % 2 else Section.HCPCS) for n in range(60)]
    every = concepts_page(rows, section="", number=9)
    assert (every.chosen, every.page.number, every.page.total) == (None, 3, 60)
    some = concepts_page(rows, section="em", number=1)
    assert {one.section for one in some.page.rows} == {Section.EM}
    assert [count for _, _, count in some.counts] == [30, 30]
    assert concepts_page(rows, section="nonsense", number=1).chosen is None


def test_concepts_are_listed_weakest_first(db_session: Session, sign_in: SignIn, worked: Worked) -> None:
    who = worked()
    client = sign_in(who)
    page = client.get("/progress/concepts").text
    assert "fracture-treatment" not in page  # a concept without an entry has no name to show
    assert client.get("/progress/concepts?section=em").status_code == 200


def test_old_slips_are_left_out_of_a_shorter_period(db_session: Session, worked: Worked) -> None:
    who = worked(120)
    now = clock.now()
    few, _ = read_slips(db_session, who.id, months=3, now=now)
    many, _ = read_slips(db_session, who.id, months=6, now=now)
    assert 0 < len(few) < len(many)
    assert all(case.at >= now - timedelta(days=90) for case in few)
    assert len(many) == db_session.query(Attempt).filter_by(person_id=who.id, sitting_id=None).count()
