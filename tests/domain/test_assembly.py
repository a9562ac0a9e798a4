"""Papers: exact, without enemies, oldest first, even, and the same for the same seed."""

from collections import Counter
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachapp.domain.assembly import PoolItem, Short, assemble, assemble_apart, assemble_many, pool_item
from coachapp.domain.plans import PaperOrder
from coachapp.domain.questions import Section, Use
from tests.domain.exam_builders import drill, item, plan, question

SECTIONS = (Section.EM, Section.ICD10CM, Section.HCPCS)


def pool(sizes: dict[Section, int]) -> list[PoolItem]:
    """Return a pool with so many items a section, difficulties 1 to 5 in turn."""
    return [
        item(f"{section}/{n:03}", section, difficulty=n % 5 + 1) for section, size in sizes.items() for n in range(size)
    ]


@st.composite
def conflicted_pools(draw: st.DrawFn) -> list[PoolItem]:
    """Draw small pools with any enemies, one-sided and unknown ones too."""
    sizes = [draw(st.integers(0, 5)) for _ in SECTIONS]
    names = [(f"{section}/{n}", section) for section, size in zip(SECTIONS, sizes, strict=True) for n in range(size)]
    ids = [name for name, _ in names] + ["em/elsewhere"]
    return [
        item(name, section, enemies=draw(st.frozensets(st.sampled_from(ids), max_size=3)) - {name})
        for name, section in names
    ]


def enemies_in(chosen: set[str], items: list[PoolItem]) -> list[tuple[str, str]]:
    """Return the pairs of enemies among the chosen."""
    by_id = {i.id: i for i in items}
    pairs = combinations(sorted(chosen), 2)
    return [(a, b) for a, b in pairs if b in by_id[a].enemies or a in by_id[b].enemies]


def a_paper_exists(items: list[PoolItem], counts: dict[Section, int]) -> bool:
    """Say by trying everything whether some choice has the counts and no enemies."""
    groups = [combinations([i.id for i in items if i.section is s], n) for s, n in counts.items()]
    return any(not enemies_in({i for part in parts for i in part}, items) for parts in product(*groups))


COUNTS = st.fixed_dictionaries({section: st.integers(0, 3) for section in SECTIONS}).filter(lambda c: sum(c.values()))
SEEDS = st.integers(0, 10_000)


@settings(max_examples=300)
@given(items=conflicted_pools(), counts=COUNTS, seed=SEEDS, data=st.data())
def test_it_fails_only_when_no_paper_exists(
    items: list[PoolItem], counts: dict[Section, int], seed: int, data: st.DataObject
) -> None:
    seen = data.draw(st.dictionaries(st.sampled_from([i.id for i in items] or ["-"]), st.integers(1, 3)))
    if not a_paper_exists(items, counts):
        with pytest.raises(Short) as caught:
            assemble(plan(counts), items, history=seen, seed=seed)
        lacking = caught.value.lacking
        assert lacking
        assert all(0 < lack <= counts[section] for section, lack in lacking.items())
        return
    paper = assemble(plan(counts), items, history=seen, seed=seed)
    ids = [slot.item for slot in paper.slots]
    assert len(set(ids)) == len(ids)
    assert Counter(slot.section for slot in paper.slots) == Counter(counts)
    assert enemies_in(set(ids), items) == []


@settings(max_examples=200)
@given(items=conflicted_pools(), counts=COUNTS, seed=SEEDS, data=st.data())
def test_nothing_seen_later_stands_where_something_older_could(
    items: list[PoolItem], counts: dict[Section, int], seed: int, data: st.DataObject
) -> None:
    if not items:
        return
    seen = data.draw(st.dictionaries(st.sampled_from([i.id for i in items]), st.integers(1, 5), min_size=1))
    try:
        chosen = {slot.item for slot in assemble(plan(counts), items, history=seen, seed=seed).slots}
    except Short:
        return
    for new in items:
        for old in items:
            younger = new.section is old.section and seen.get(old.id, 0) > seen.get(new.id, 0)
            if new.id not in chosen and old.id in chosen and younger:
                assert enemies_in(chosen - {old.id} | {new.id}, items), (new.id, old.id)


@given(seed=SEEDS)
def test_the_same_seed_gives_the_same_paper_whatever_the_order_of_the_pool(seed: int) -> None:
    items = pool({Section.EM: 20, Section.ICD10CM: 20})
    history = {"em/003": 5.0}
    assert assemble(plan(), items, history=history, seed=seed) == assemble(
        plan(), reversed(items), history=history, seed=seed
    )


def test_other_seeds_give_other_papers() -> None:
    items = pool({Section.EM: 40, Section.ICD10CM: 40})
    papers = {frozenset(s.item for s in assemble(plan(), items, history={}, seed=n).slots) for n in range(20)}
    assert len(papers) > 15


def test_the_least_recently_seen_come_first() -> None:
    items = pool({Section.EM: 6})
    history = {f"em/{n:03}": float(10 - n) for n in range(5)}  # 005 was never seen, 004 longest ago
    paper = assemble(plan({Section.EM: 3}), items, history=history, seed=1)
    assert {slot.item for slot in paper.slots} == {"em/003", "em/004", "em/005"}


def test_what_is_lacking_is_told_by_section() -> None:
    with pytest.raises(Short) as caught:
        assemble(
            plan({Section.EM: 4, Section.HCPCS: 1, Section.ICD10CM: 1}),
            pool({Section.EM: 1, Section.ICD10CM: 5}),
            history={},
            seed=0,
        )
    assert caught.value.lacking == {Section.EM: 3, Section.HCPCS: 1}
    assert str(caught.value) == "em lacks 3; hcpcs lacks 1"


def test_what_enemies_take_away_is_lacking_too() -> None:
    items = [item("em/1", enemies=frozenset({"em/2"})), item("em/2")]
    with pytest.raises(Short) as caught:
        assemble(plan({Section.EM: 2}), items, history={}, seed=0)
    assert caught.value.lacking == {Section.EM: 1}


@pytest.mark.parametrize("seed", range(10))
def test_four_papers_in_a_row_share_nothing_while_the_bank_lasts(seed: int) -> None:
    counts = {Section.EM: 6, Section.ICD10CM: 5, Section.HCPCS: 3}
    items = pool({section: 4 * count for section, count in counts.items()})
    papers = assemble_many(plan(counts), items, history={}, seed=seed, papers=4)
    assert len({slot.item for paper in papers for slot in paper.slots}) == 4 * 14


@pytest.mark.parametrize("seed", range(10))
def test_four_papers_share_nothing_though_enemies_leave_one_way_only(seed: int) -> None:
    """Groups of four enemies must give exactly one question to each of four papers."""
    items = [
        item(f"em/{group}{n}", enemies=frozenset(f"em/{group}{m}" for m in range(4) if m != n))
        for group in "abcdef"
        for n in range(4)
    ]
    papers = assemble_many(plan({Section.EM: 6}), items, history={}, seed=seed, papers=4)
    assert len({slot.item for paper in papers for slot in paper.slots}) == 24


def test_the_fifth_paper_repeats_the_oldest_first() -> None:
    items = pool({Section.EM: 8})
    papers = assemble_many(plan({Section.EM: 2}), items, history={}, seed=3, papers=5)
    sets = [{slot.item for slot in paper.slots} for paper in papers]
    assert sets[4] == sets[0]


def test_papers_apart_are_refused_where_the_pool_is_too_small() -> None:
    items = pool({Section.EM: 8})
    made = assemble_apart(plan({Section.EM: 2}), items, seed=3, papers=4)
    assert len({slot.item for paper in made for slot in paper.slots}) == 8
    with pytest.raises(Short) as caught:
        assemble_apart(plan({Section.EM: 2}), items, seed=3, papers=5)
    assert caught.value.lacking == {Section.EM: 2}


def test_papers_apart_are_refused_where_enemies_leave_too_few() -> None:
    every = frozenset(f"em/a{n}" for n in range(4))
    items = [item(f"em/a{n}", enemies=every - {f"em/a{n}"}) for n in range(4)]
    items += [item(f"em/b{n}", enemies=frozenset()) for n in range(2)]
    with pytest.raises(Short) as caught:
        assemble_apart(plan({Section.EM: 2}), items, seed=3, papers=3)
    assert caught.value.lacking[Section.EM] > 0


def test_the_first_of_many_is_the_paper_of_that_seed() -> None:
    items = pool({Section.EM: 30, Section.ICD10CM: 30})
    assert assemble_many(plan(), items, history={}, seed=7, papers=3)[0] == assemble(plan(), items, history={}, seed=7)


@pytest.mark.parametrize("seed", range(20))
def test_difficulties_are_spread_as_in_the_bank(seed: int) -> None:
    items = pool({Section.EM: 50})
    paper = assemble(plan({Section.EM: 10}), items, history={}, seed=seed)
    by_id = {i.id: i.difficulty for i in items}
    mix = Counter(by_id[slot.item] for slot in paper.slots)
    assert all(1 <= mix[level] <= 3 for level in range(1, 6))
    assert 2.6 <= sum(by_id[slot.item] for slot in paper.slots) / 10 <= 3.4


@given(seed=SEEDS)
def test_right_letters_are_evenly_spread(seed: int) -> None:
    paper = assemble(plan({Section.EM: 10}), pool({Section.EM: 40}), history={}, seed=seed)
    letters = Counter(slot.options.index("a") for slot in paper.slots)
    assert max(letters.values()) - min(letters[place] for place in range(4)) <= 1


def test_options_are_shuffled_unless_the_question_fixes_them() -> None:
    fixed = item("em/fixed", shuffle=False, right=frozenset("c"))
    orders = set()
    for seed in range(30):
        slots = assemble(plan({Section.EM: 2}), [fixed, item("em/free")], history={}, seed=seed).slots
        found = {slot.item: slot.options for slot in slots}
        assert found["em/fixed"] == ("a", "b", "c", "d")
        assert sorted(found["em/free"]) == ["a", "b", "c", "d"]
        orders.add(found["em/free"])
    assert len(orders) > 5


def test_the_letter_of_a_fixed_question_counts_in_the_spread() -> None:
    fixed = [item(f"em/f{n}", shuffle=False) for n in range(3)]
    free = [item(f"em/x{n}") for n in range(9)]
    paper = assemble(plan({Section.EM: 12}), [*fixed, *free], history={}, seed=4)
    assert Counter(slot.options.index("a") for slot in paper.slots) == {0: 3, 1: 3, 2: 3, 3: 3}


def test_several_right_options_are_shuffled_whole() -> None:
    paper = assemble(plan({Section.EM: 1}), [item("em/1", right=frozenset("ab"))], history={}, seed=1)
    assert sorted(paper.slots[0].options) == ["a", "b", "c", "d"]


def test_a_mock_takes_no_practice_question_and_a_drill_none_of_the_exam() -> None:
    items = [item("em/p", use=Use.PRACTICE), item("em/e", use=Use.EXAM)]
    assert [s.item for s in assemble(plan({Section.EM: 1}), items, history={}, seed=0).slots] == ["em/e"]
    assert [s.item for s in assemble(drill({Section.EM: 1}), items, history={}, seed=0).slots] == ["em/p"]


def test_questions_stand_in_the_order_of_the_plan_or_shuffled() -> None:
    counts = {Section.ICD10CM: 10, Section.EM: 10}
    items = pool({Section.EM: 20, Section.ICD10CM: 20})
    ordered = [slot.section for slot in assemble(plan(counts), items, history={}, seed=2).slots]
    assert ordered == [Section.ICD10CM] * 10 + [Section.EM] * 10
    mixed = [
        slot.section for slot in assemble(plan(counts, order=PaperOrder.SHUFFLED), items, history={}, seed=2).slots
    ]
    assert mixed != ordered
    assert Counter(mixed) == Counter(ordered)


def test_unscored_questions_are_chosen_among_all_of_the_section() -> None:
    with_unscored = plan(sections=[{"section": "em", "count": 3, "unscored": 2}])
    places = set()
    for seed in range(30):
        slots = assemble(with_unscored, pool({Section.EM: 5}), history={}, seed=seed).slots
        assert sum(not slot.scored for slot in slots) == 2
        places.update(number for number, slot in enumerate(slots) if not slot.scored)
    assert places == set(range(5))


def test_a_question_becomes_a_pool_item() -> None:
    made = pool_item(question("em/visit-01", right="bd", shuffle=False, enemies=["em/visit-02"], use="exam"))
    assert made == item(
        "em/visit-01",
        right=frozenset("bd"),
        shuffle=False,
        enemies=frozenset({"em/visit-02"}),
        use=Use.EXAM,
    )
