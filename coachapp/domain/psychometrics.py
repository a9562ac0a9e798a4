"""Item and test statistics of a score matrix: one row a person (the first attempt), one column an item.

x_ij in [0, m_j]; T_i = Σ_j x_ij over the items presented to person i; R_ij = T_i − x_ij. Variances and covariances have
n − 1. Scores are brought to whole numbers of a common unit, so that sums are exact: ties are ties, a variance of zero
is zero, and the order of rows cannot matter. What is undefined is None, never 0.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import repeat
from operator import mul, sub

Score = int | float | Decimal | Fraction

# Under this many examinees statistics are marked provisional.
ENOUGH_EXAMINEES = 30
# An option that fewer choose is non-functional.
LEAST_SHARE = 0.05
# The share of examinees in the upper and in the lower group (T. L. Kelley, 1939).
_END_GROUP = Fraction(27, 100)


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """The statistics of one item, from the `n` persons presented it. `alpha_if_dropped` needs a complete matrix."""

    n: int
    difficulty: float | None
    sd: float | None
    point_biserial: float | None
    discriminative_efficiency: float | None
    upper_lower_27: float | None
    alpha_if_dropped: float | None


@dataclass(frozen=True, slots=True)
class TotalFigures:
    """The statistics of the total T, in points; `alpha` and `sem` need a complete matrix."""

    mean: float | None
    median: float | None
    sd: float | None
    skewness: float | None
    kurtosis: float | None
    alpha: float | None
    sem: float | None


@dataclass(frozen=True, slots=True)
class Analysis:
    """All statistics of a matrix: `n` examinees, items by id in the order given, and the test as a whole."""

    n: int
    items: Mapping[str, ItemFigures]
    test: TotalFigures

    @property
    def provisional(self) -> bool:
        """Say whether there are too few examinees to rely on the statistics."""
        return self.n < ENOUGH_EXAMINEES


@dataclass(frozen=True, slots=True)
class OptionFigures:
    """How one option of a question works. `correlation`: of "chose it" with R; `mean_total`: T of who chose it."""

    option: str
    right: bool
    chosen: int
    share: float | None
    mean_total: float | None
    correlation: float | None

    @property
    def functional(self) -> bool | None:
        """Say whether at least 5 percent chose it; None where nobody was asked."""
        return None if self.share is None else self.share >= LEAST_SHARE


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """A checked score matrix in whole units: a point is `unit` of them; None where the item was not presented."""

    unit: int
    columns: Mapping[str, tuple[int | None, ...]]
    maxima: Mapping[str, int]
    totals: tuple[int | None, ...]

    @property
    def examinees(self) -> int:
        """Return how many persons were presented anything; the others are in no statistic."""
        return sum(total is not None for total in self.totals)

    @property
    def complete(self) -> bool:
        """Say whether every examinee was presented every item."""
        n = self.examinees
        return all(len(column) - column.count(None) == n for column in self.columns.values())


def score_table(scores: Mapping[str, Sequence[Score | None]], maxima: Mapping[str, Score] | None = None) -> ScoreTable:
    """Return a matrix given by columns (item id: one score a person) as a table; a maximum not given is 1.

    A float counts as the shortest decimal that reads as it, so that 0.1 + 0.2 ties with 0.3. Raises ValueError if the
    columns differ in length, a maximum is of no item or not above 0, or a score is no number from 0 to the maximum.
    """
    most = {item: (maxima or {}).get(item, 1) for item in scores}
    if strange := next((item for item in maxima or {} if item not in most), None):
        raise ValueError(f"there is no item {strange} to have a maximum")
    if len({len(column) for column in scores.values()}) > 1:
        raise ValueError("the columns differ in length")
    distinct: set[Score] = {x for column in scores.values() for x in column if x is not None}
    ratios = {value: _ratio(value) for value in distinct.union(most.values())}
    unit = math.lcm(*{bottom for _, bottom in ratios.values()})
    whole = {value: top * (unit // bottom) for value, (top, bottom) in ratios.items()}
    columns: dict[str, tuple[int | None, ...]] = {}
    for item, given in scores.items():
        m = whole[most[item]]
        if m <= 0:
            raise ValueError(f"the maximum of {item} must be above 0, not {most[item]}")
        column = tuple(None if x is None else whole[x] for x in given)
        bad = next((row for row, x in enumerate(column) if x is not None and not 0 <= x <= m), None)
        if bad is not None:
            raise ValueError(f"{item}, person {bad + 1}: {given[bad]} is not from 0 to {most[item]}")
        columns[item] = column
    return ScoreTable(
        unit=unit,
        columns=columns,
        maxima={item: whole[m] for item, m in most.items()},
        totals=tuple(_total(row) for row in zip(*columns.values(), strict=True)),
    )


def _ratio(value: Score) -> tuple[int, int]:
    if isinstance(value, (float, Decimal)):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not a number of points")
        return (Decimal(repr(value)) if isinstance(value, float) else value).as_integer_ratio()
    return value.as_integer_ratio()


def _total(row: Sequence[int | None]) -> int | None:
    presented = [x for x in row if x is not None]
    return sum(presented) if presented else None


def analyse(table: ScoreTable) -> Analysis:
    """Return every statistic of a table; the definitions stand with the functions below."""
    order = [person for person, total in enumerate(table.totals) if total is not None]
    order.sort(key=lambda person: table.totals[person] or 0)
    totals = [total for total in map(table.totals.__getitem__, order) if total is not None]
    sums = _Alpha(len(table.columns), totals) if table.complete else None
    pairs = {item: _presented(column, order, table.totals) for item, column in table.columns.items()}
    if sums is not None:
        for xs, _ in pairs.values():
            sums.add(xs)
    items = {
        item: _item_figures(xs, ts, maximum=table.maxima[item], unit=table.unit, sums=sums)
        for item, (xs, ts) in pairs.items()
    }
    test = TotalFigures(
        mean=_mean(totals, table.unit),
        median=_median(totals, table.unit),
        sd=_sd(totals, table.unit),
        skewness=skewness(totals),
        kurtosis=kurtosis(totals),
        alpha=sums.alpha() if sums else None,
        sem=sums.sem(table.unit) if sums else None,
    )
    return Analysis(n=len(totals), items=items, test=test)


def _presented(
    column: Sequence[int | None], order: Sequence[int], totals: Sequence[int | None]
) -> tuple[list[int], list[int]]:
    """Return the scores x and totals T of the persons presented an item, by rising T."""
    xs: list[int] = []
    ts: list[int] = []
    for person in order:
        x, t = column[person], totals[person]
        if x is not None and t is not None:
            xs.append(x)
            ts.append(t)
    return xs, ts


def _item_figures(
    xs: Sequence[int], ts: Sequence[int], *, maximum: int, unit: int, sums: "_Alpha | None"
) -> ItemFigures:
    rest = list(map(sub, ts, xs))
    return ItemFigures(
        n=len(xs),
        difficulty=_mean(xs, maximum),
        sd=_sd(xs, unit),
        point_biserial=correlation(xs, rest),
        discriminative_efficiency=efficiency(xs, rest),
        upper_lower_27=_upper_lower(xs, ts, maximum),
        alpha_if_dropped=sums.without(xs) if sums else None,
    )


def _mean(values: Sequence[int], unit: int) -> float | None:
    return sum(values) / (len(values) * unit) if values else None


def _median(ordered: Sequence[int], unit: int) -> float | None:
    n = len(ordered)
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / (2 * unit) if n else None


def _dot(a: Iterable[int], b: Iterable[int]) -> int:
    return sum(map(mul, a, b))


def _spread(a: Sequence[int], b: Sequence[int]) -> int:
    """Return n(n − 1) times the covariance, exactly; with a = b the variance."""
    return len(a) * _dot(a, b) - sum(a) * sum(b)


def _sd(values: Sequence[int], unit: int) -> float | None:
    n = len(values)
    return math.sqrt(_spread(values, values) / (n * (n - 1) * unit * unit)) if n > 1 else None


def correlation(a: Sequence[int], b: Sequence[int]) -> float | None:
    """Return Pearson's r, None if either variance is 0; of x_j with R_j it is the corrected point-biserial."""
    together, apart = _spread(a, b), _spread(a, a) * _spread(b, b)
    return math.copysign(math.sqrt(together * together / apart), together) if apart else None


def efficiency(a: Sequence[int], b: Sequence[int]) -> float | None:
    """Return cov(a, b) / cov(sorted a, sorted b): the covariance as a share of the greatest these values allow.

    None if either variance is 0. Discriminative efficiency in Moodle's quiz statistics.
    """
    greatest = _spread(sorted(a), sorted(b))
    return _spread(a, b) / greatest if greatest else None


def _upper_lower(xs: Sequence[int], ts: Sequence[int], maximum: int) -> float | None:
    """Return D = (H − L) / (g·m) for g = 0.27·n by T, `ts` rising; g need not be whole.

    H and L are the scores of the g persons with the highest and lowest T. Those tied at the cut share what is left
    of g equally, so that their order cannot matter.
    """
    n = len(xs)
    if not n:
        return None
    g = _END_GROUP * n
    low = _lowest(xs, ts, g)
    high = sum(xs) - _lowest(xs, ts, n - g)
    return float((high - low) / (g * maximum))


def _lowest(xs: Sequence[int], ts: Sequence[int], g: Fraction) -> Fraction:
    """Return the sum of x over the g persons of lowest T, those tied at the cut counted in part."""
    cut = ts[math.ceil(g) - 1]
    begin, end = bisect_left(ts, cut), bisect_right(ts, cut)
    return sum(xs[:begin]) + (g - begin) / (end - begin) * sum(xs[begin:end])


def skewness(values: Sequence[int]) -> float | None:
    """Return k3 / k2^1.5 by Fisher's k-statistics; None under 3 values or without variance."""
    n = len(values)
    if n < 3:
        return None
    s1, s2, s3 = (sum(map(pow, values, repeat(power))) for power in (1, 2, 3))
    k2 = Fraction(n * s2 - s1**2, n * (n - 1))
    k3 = Fraction(2 * s1**3 - 3 * n * s1 * s2 + n**2 * s3, n * (n - 1) * (n - 2))
    return math.copysign(math.sqrt(k3**2 / k2**3), k3) if k2 else None


def kurtosis(values: Sequence[int]) -> float | None:
    """Return the excess k4 / k2² by Fisher's k-statistics; None under 4 values or without variance."""
    n = len(values)
    if n < 4:
        return None
    s1, s2, s3, s4 = (sum(map(pow, values, repeat(power))) for power in (1, 2, 3, 4))
    k2 = Fraction(n * s2 - s1**2, n * (n - 1))
    top = -6 * s1**4 + 12 * n * s1**2 * s2 - 3 * n * (n - 1) * s2**2 - 4 * n * (n + 1) * s1 * s3
    k4 = Fraction(top + n**2 * (n + 1) * s4, n * (n - 1) * (n - 2) * (n - 3))
    return float(k4 / k2**2) if k2 else None


class _Alpha:
    """Cronbach's α = k/(k − 1)·(1 − Σ var(x_j) / var(T)) of a complete matrix, added up column by column."""

    def __init__(self, k: int, totals: Sequence[int]) -> None:
        self.k, self.totals = k, totals
        self.whole = _spread(totals, totals)
        self.parts = 0

    def add(self, xs: Sequence[int]) -> None:
        """Add the variance of one item."""
        self.parts += _spread(xs, xs)

    def alpha(self) -> float | None:
        """Return α; it may be negative. None for one item or totals without variance."""
        return _alpha(self.k, self.parts, self.whole)

    def sem(self, unit: int) -> float | None:
        """Return the standard error of measurement, SD_T·sqrt(1 − α), in points."""
        if self.k < 2 or not self.whole:
            return None
        # var(T)·(1 − α), with n(n − 1) taken out; never negative, for var(T) <= k·Σ var(x_j).
        n = len(self.totals)
        return math.sqrt((self.k * self.parts - self.whole) / ((self.k - 1) * n * (n - 1) * unit * unit))

    def without(self, xs: Sequence[int]) -> float | None:
        """Return α of the other items; `xs` stands in the order of the totals. None where one is left."""
        own = _spread(xs, xs)
        return _alpha(self.k - 1, self.parts - own, self.whole + own - 2 * _spread(xs, self.totals))


def _alpha(k: int, parts: int, whole: int) -> float | None:
    return k * (whole - parts) / ((k - 1) * whole) if k > 1 and whole else None


def option_figures(
    table: ScoreTable,
    item: str,
    *,
    choices: Sequence[frozenset[str] | None],
    options: Sequence[str],
    right: Iterable[str],
) -> tuple[OptionFigures, ...]:
    """Return how each option of a question works, in the order of `options`.

    `choices` holds what each person of the table chose, an empty set for no answer; only persons presented the item
    count. Raises ValueError where there is not one entry a person.
    """
    if len(choices) != len(table.totals):
        raise ValueError(f"{item}: {len(choices)} choices for {len(table.totals)} persons")
    seen = list(_seen(table, item, choices))
    rest = [total - x for _, x, total in seen]
    keyed = frozenset(right)
    figures = []
    for option in options:
        chose = [int(option in choice) for choice, _, _ in seen]
        figures.append(
            OptionFigures(
                option=option,
                right=option in keyed,
                chosen=sum(chose),
                share=_mean(chose, 1),
                mean_total=_mean([total for (_, _, total), mine in zip(seen, chose, strict=True) if mine], table.unit),
                correlation=correlation(chose, rest),
            )
        )
    return tuple(figures)


def _seen(
    table: ScoreTable, item: str, choices: Sequence[frozenset[str] | None]
) -> Iterator[tuple[frozenset[str], int, int]]:
    for choice, x, total in zip(choices, table.columns[item], table.totals, strict=True):
        if x is not None and total is not None:
            yield choice or frozenset(), x, total


def key_suspect(figures: Iterable[OptionFigures]) -> bool:
    """Say whether a wrong option correlates more with the rest of the test than a right one."""
    known = [(figure.right, figure.correlation) for figure in figures if figure.correlation is not None]
    keyed = [r for right, r in known if right]
    return bool(keyed) and any(r > min(keyed) for right, r in known if not right)
