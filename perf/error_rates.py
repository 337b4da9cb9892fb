"""How often the intervals and the gate are wrong: by counting and by drawing.

    .venv/bin/python perf/error_rates.py            # all of it, a few minutes
    .venv/bin/python perf/error_rates.py coverage   # or: tango, gate, power, seeds, several, ok

Every line of docs/statistics.md that gives an error rate is printed here from the functions
that the verbs call; a draw is of 10,000 runs, with a fixed seed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import ceil
from typing import NamedTuple

import numpy as np

from mmeval.results.gate import CORRECTION, decide
from mmeval.stats.intervals import PRIOR, clustered, quantile, wilson, wilson_coverage
from mmeval.stats.paired import POWER, Design, Discordance, Flip, Flips, score_bounds
from mmeval.stats.seeds import Mean, over_seeds

DRAWS, SEED, ALPHA = 10_000, 0, 0.05
SEED_DRAWS = 2_000
SMALL_N, LARGE_N = (20, 32, 50, 100, 200, 500), (1000, 1319, 5000)
SHARES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
GRID = [0.02 + 0.96 * step / 48 for step in range(49)]
SIZES, MARGINS = (50, 100, 200, 500, 1319), (0.0, 0.005, 0.01, 0.02, 0.05)
PROBLEMS, ANSWERS = (5, 20, 30, 50, 100, 200, 500, 1319), (1, 2, 4, 16, 64)
CLUSTERS = (1, 4, 40)
CHECKED = 3
"""Draws of a cell that are also put to the functions that the verbs call."""
TRUTHS, TOGETHER, DROP = (0.02, 0.05, 0.2, 0.5, 0.8, 0.95, 0.98), (0.0, 0.1, 0.3, 0.6), 0.01
DISCORDANCES = (0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.2, 0.4, 0.8)


def coverage() -> Iterator[str]:
    """Wilson's interval: the exact table, and the draws where one point is promised."""
    yield "Wilson's 95 % interval holds the true share, exact, percent:"
    yield "     n  " + "".join(f"{f'p={p:g}':>9}" for p in SHARES)
    for n in (*SMALL_N, *LARGE_N):
        yield f"{n:6,}  " + "".join(f"{100 * wilson_coverage(n, p):9.1f}" for p in SHARES)
    rng = np.random.default_rng(SEED)
    yield f"the same for 0.02 <= p <= 0.98, {len(GRID)} shares, points from 95 at the most:"
    for n in LARGE_N:
        bounds = np.array([wilson(k, n) for k in range(n + 1)])
        exact = max(abs(wilson_coverage(n, p) - 0.95) for p in GRID)
        drawn = [_held(bounds[rng.binomial(n, p, DRAWS)], p) for p in GRID]
        worst = max(abs(each - 0.95) for each in drawn)
        yield f"{n:6,}  exact {100 * exact:.2f}, of {DRAWS:,} draws {100 * worst:.2f}"


def _held(bounds: np.ndarray, truth: float) -> float:
    return float(np.mean((bounds[:, 0] <= truth) & (truth <= bounds[:, 1])))


def tango() -> Iterator[str]:
    """Tango's interval of the difference, two-sided 95 %, without the gate's correction."""
    yield f"Tango's 95 % interval holds the true difference, percent of {DRAWS:,} draws:"
    rng = np.random.default_rng(SEED)
    for n in (1000, 1319):
        for gained, lost in ((0.05, 0.05), (0.02, 0.06), (0.15, 0.1), (0.3, 0.02)):
            truth = gained - lost
            share = _drawn(rng, n, (gained, lost), lambda t, d=truth: _holds(t, d))
            yield f"{n:6,}  gained {gained:.2f}, lost {lost:.2f}: {100 * share:.1f}"


def _holds(table: Discordance, truth: float) -> bool:
    low, high = score_bounds(table)
    return low <= truth <= high


def gate() -> Iterator[str]:
    """The gate, at the margin: how often it is red, the worst of all discordances."""
    yield f"regressed at the margin, percent of {DRAWS:,} draws, largest of {len(DISCORDANCES)}"
    yield f"discordances, alpha {ALPHA:.0%}:"
    yield "     n  " + "".join(f"{f'drop {100 * m:g}':>9}" for m in MARGINS)
    rng = np.random.default_rng(SEED)
    for n in SIZES:
        cells = []
        for margin in MARGINS:
            red = [
                _drawn(rng, n, ((s - margin) / 2, (s + margin) / 2), lambda t, m=margin: _red(t, m))
                for s in DISCORDANCES
                if s >= margin and s > 0
            ]
            cells.append(f"{100 * max(red):9.1f}")
        yield f"{n:6,}  " + "".join(cells)


def power() -> Iterator[str]:
    """The gate, at the drop that it says it catches: how often it is red."""
    yield f"regressed at the drop called detectable, percent of {DRAWS:,} draws (at least 80):"
    rng = np.random.default_rng(SEED)
    for n in SIZES:
        cells = []
        for share in (0.01, 0.05, 0.1, 0.3):
            drop = Design(discordance=share, margin=0.01, alpha=ALPHA).detectable(n)
            if drop is None:
                cells.append("        -")
                continue
            if share + drop > 1:
                cells.append("        -")
                continue
            chances = (share / 2, share / 2 + drop)
            red = _drawn(rng, n, chances, lambda t: _red(t, 0.01))
            cells.append(f"   {100 * red:4.1f} of a drop of {100 * drop:4.1f}")
        yield f"{n:6,}{''.join(cells)}"


def seeds() -> Iterator[str]:
    """The difference of two arms over training seeds, at the levels that one claim and one
    of 40 are decided at."""
    yield f"difference of two arms on 500 problems: held, percent of {SEED_DRAWS:,} draws"
    yield "(a quarter of the problems easy; seeds move an arm by the points given, as one sd)"
    yield "seeds  sd   95 %  width  99.9 %  width"
    rng = np.random.default_rng(SEED)
    for k in (2, 3, 5):
        for spread in (0.0, 0.01, 0.03, 0.06, 0.08):
            found = [_difference(rng, k, spread) for _ in range(SEED_DRAWS)]
            bounds = [[each.bounds(level) for each in found] for level in (0.95, 0.999)]
            held = [np.mean([low <= 0.05 <= high for low, high in each]) for each in bounds]
            wide = [np.median([high - low for low, high in each]) for each in bounds]
            yield (
                f"{k:5}  {100 * spread:2.0f}  {100 * held[0]:5.1f}  {100 * wide[0]:5.1f}"
                f"  {100 * held[1]:6.2f}  {100 * wide[1]:5.1f}"
            )


def several() -> Iterator[str]:
    """Accuracy of several answers a problem: how often its 95 % interval holds the truth, the
    least and the most over shares and over how far the answers of a cluster go together; and
    the least of the normal interval that was there before."""
    for size in CLUSTERS:
        rng = np.random.default_rng((SEED, size))
        yield f"accuracy, clusters of {size}: its 95 % interval holds, percent: least to most of"
        yield f"{len(TRUTHS)} accuracies x {len(TOGETHER)} correlations (before: the least)"
        yield _row("problems", [f"{k} answer{'s' * (k > 1)}" for k in ANSWERS])
        for n in PROBLEMS:
            cells = []
            for k in ANSWERS:
                held, before = [], []
                for truth, together in product(TRUTHS, TOGETHER):
                    right = _summed(rng, ceil(n / size), k * size, truth, together)
                    held.append(_clustered_held(right, k * size, truth))
                    before.append(_normal_held(right / (k * size), truth))
                cells.append(
                    f"{100 * min(held):.1f} to {100 * max(held):.1f} ({100 * min(before):.1f})"
                )
            yield _row(f"{n:,}", cells)
    hard = rng.binomial(64, _chances(np.random.default_rng(SEED), (20_000, 30), 0.05, 0.2))
    yield (
        f"30 problems x 64 answers at 0.05: {100 * _clustered_held(hard, 64, 0.05):.1f}, "
        f"before {100 * _normal_held(hard / 64, 0.05):.1f}"
    )


def _row(head: str, cells: Sequence[str]) -> str:
    return f"| {head} | {' | '.join(cells)} |"


def _summed(
    rng: np.random.Generator, clusters: int, k: int, truth: float, together: float
) -> np.ndarray:
    """Right answers of each cluster, `k` asked; a row for each draw."""
    draws = 4000 if clusters <= 200 else 2000
    return rng.binomial(k, _chances(rng, (draws, clusters), truth, together))


def _clustered_held(right: np.ndarray, k: int, truth: float) -> float:
    """How often `clustered` holds the truth: its formula for many draws at once, and a few draws
    by the function itself. An interval of Wilson's holds what is within its half of it."""
    draws, clusters = right.shape
    if clusters < 2:
        return 1.0
    share = right.mean(axis=1) / k
    if k == 1:
        spread, quantile_of = np.ones(draws), quantile(0.975, None)
    else:
        variance = ((right - share[:, None] * k) ** 2).sum(axis=1) / (clusters * (clusters - 1))
        alone = share * (1 - share) * k * k
        design = np.divide(variance, alone / clusters, out=np.ones(draws), where=alone > 0)
        design = np.clip(design, 1 / k, 1)
        rare = np.where(share[:, None] <= 0.5, right, k - right).astype(float)
        square = (rare**2).sum(axis=1)
        over = np.divide(rare.sum(axis=1) ** 2, square, out=np.zeros(draws), where=square > 0)
        spread = design + (1 - design) * (PRIOR / (PRIOR + over)) ** 2
        quantile_of = quantile(0.975, clusters - 1)
    half = quantile_of * np.sqrt(truth * (1 - truth) * spread / clusters)
    held = np.abs(share - truth) <= half
    for one, said in zip(right[:CHECKED].tolist(), held, strict=False):
        low, high = clustered([(each, k) for each in one])
        if (low <= truth <= high) != said and min(abs(low - truth), abs(high - truth)) > 1e-9:
            raise AssertionError("the formula for many draws is not the one that verbs call")
    return float(held.mean())


def _chances(
    rng: np.random.Generator, shape: tuple[int, int], mean: float, together: float
) -> np.ndarray:
    """Each problem's chance of a right answer: beta-distributed, `together` being the
    correlation of two answers to one problem."""
    if not together:
        return np.full(shape, mean)
    size = (1 - together) / together
    return rng.beta(mean * size, (1 - mean) * size, shape)


def _normal_held(shares: np.ndarray, truth: float) -> float:
    """Of the interval before: normal, of the mean over problems; Wilson's at 0 and 1."""
    n, means = shares.shape[1], shares.mean(axis=1)
    if n < 2:
        return 1.0
    half = 1.959964 * shares.std(axis=1, ddof=1) / np.sqrt(n)
    held = np.abs(means - truth) <= half
    for edge in (0.0, 1.0):
        low, high = wilson(round(edge * n), n)
        held[means == edge] = low <= truth <= high
    return float(held.mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Two runs, of which the second lost something."""

    problems: int
    answers: int
    size: int
    """Problems of a cluster, which share their chance."""
    truth: float
    """Of the first."""
    together: float
    few: bool
    """Whether a few clusters lost everything, or all of them a little."""
    arm: str = "candidate"
    """Which of the two has undecided answers."""
    undecided: float = 0.0
    """Share of its answers, whether right or not."""
    drop: float = DROP

    @property
    def hidden(self) -> float:
        """The drop of the told answers where the undecided ones are against the candidate."""
        after = self.truth - self.drop
        if self.arm == "candidate":
            return self.truth - after * (1 - self.undecided)
        return self.truth + (1 - self.truth) * self.undecided - after

    @property
    def shown(self) -> float:
        """The same where the undecided ones are for the candidate and against the baseline."""
        after = self.truth - self.drop
        if self.arm == "candidate":
            return self.drop - (1 - after) * self.undecided
        return self.truth * (1 - self.undecided) - after

    def draw(self, rng: np.random.Generator, draws: int) -> Pair:
        """Shares of right answers of each problem, a row for each draw."""
        shape = draws, ceil(self.problems / self.size)
        chances = _chances(rng, shape, self.truth, self.together)
        share = self.drop / self.truth
        kept = np.where(rng.random(shape) < share, 0.0, chances) if self.few else None
        after = chances * (1 - share) if kept is None else kept
        right = [
            rng.binomial(self.answers, each.repeat(self.size, axis=1)) for each in (chances, after)
        ]
        low, high = [list(right), list(right)]
        if self.undecided:
            i = int(self.arm == "candidate")
            hidden = rng.binomial(right[i], self.undecided)
            wrong = rng.binomial(self.answers - right[i], self.undecided)
            low[i], high[i] = right[i] - hidden, right[i] + wrong
        k = float(self.answers)
        return Pair(low[0] / k, high[0] / k, low[1] / k, high[1] / k, self)


class Pair(NamedTuple):
    """Two runs in many draws: shares with undecided answers as not right, and as right."""

    a_low: np.ndarray
    a_high: np.ndarray
    b_low: np.ndarray
    b_high: np.ndarray
    setting: Setting

    def above(self, margin: float, level: float, correction: float) -> np.ndarray:
        """In which draws the low end at `level`, two-sided, is above -margin."""
        return _beyond((self.b_low, self.a_high), margin, self.setting, (level, correction))

    def below(self, margin: float, level: float, correction: float) -> np.ndarray:
        """In which draws the high end is below -margin."""
        return _beyond((self.a_low, self.b_high), -margin, self.setting, (level, correction))

    def flips(self, draw: int) -> tuple[Flips, Flips]:
        """The worst and the best of one draw, as `mmeval.results.pairing` makes them."""
        size, n = self.setting.size, self.a_low.shape[1]
        clusters = [i // size for i in range(n)] if size > 1 else []
        sides = ((self.a_high, self.b_low), (self.a_low, self.b_high))
        worst, best = (
            Flips(
                flips=[Flip.of(x, y) for x, y in zip(a[draw], b[draw], strict=True)],
                clusters=clusters,
                answers=self.setting.answers,
            )
            for a, b in sides
        )
        return worst, best


def _beyond(
    sides: tuple[np.ndarray, np.ndarray], margin: float, s: Setting, terms: tuple[float, float]
) -> np.ndarray:
    """Whether all tables of `Flips` reject that the first side is `margin` below the second, or
    further, at (level, correction): the score test itself, for many draws at once."""
    (more, less), (level, correction) = sides, terms
    draws, n = more.shape
    clusters = n // s.size
    d = more - less
    mean = d.mean(axis=1)
    gained, lost = (more * (1 - less)).mean(axis=1), (less * (1 - more)).mean(axis=1)
    if s.answers == s.size == 1:
        tables, freedom = [(np.full(draws, float(n)), gained, lost)], None
    elif clusters < 2:
        return np.zeros(draws, dtype=bool)
    else:
        freedom = clusters - 1
        total = d.reshape(draws, clusters, s.size).sum(axis=2)
        spread = ((total - mean[:, None] * s.size) ** 2).sum(axis=1)
        variance = clusters / freedom * spread / (n * n)
        alone, most = gained + lost - mean**2, float(s.answers * n)
        worth = np.divide(alone, variance, out=np.full(draws, most), where=variance > 0)
        worth = np.where(alone > 0, np.minimum(worth, most), clusters)
        square = np.maximum((total**2).sum(axis=1) / s.size / n, np.abs(mean))
        tables = [
            (worth, gained, lost),
            (np.full(draws, float(clusters)), (square + mean) / 2, (square - mean) / 2),
        ]
    z = quantile((1 + level) / 2, freedom)
    said = np.ones(draws, dtype=bool)
    for count, up, down in tables:
        b = -down - up + (2 - down + up) * margin
        root = b * b + 8 * up * margin * (1 - margin)
        share = (np.sqrt(np.maximum(0.0, root)) - b) / 4
        null = np.maximum(0.0, 2 * share + margin * (1 - margin))
        excess = count * (down - up - margin + correction / n)
        said &= (down - up < margin) & (excess < -z * np.sqrt(count * null))
    return said


def ok() -> Iterator[str]:
    """The gate, at the margin: how often it is `ok`, or red, for a candidate that lost what is
    allowed; how often the drop that it says it catches is caught; and how often the 95 %
    interval of `compare` holds the difference. A cell that looks bad is drawn again, ten times
    as often."""
    for size in CLUSTERS:
        found = {(n, k): _worst(n, k, size) for n in PROBLEMS for k in ANSWERS}
        for title, name in (
            (f"ok at a drop of {100 * DROP:g} point, nothing undecided, most (before)", "ok"),
            ("ok with 2 or 20 % of an arm's answers undecided, the worst of them true, most", "u"),
            (f"regressed at a drop of {100 * DROP:g} point, most", "red"),
            ("regressed at the drop called detectable, least (the drops)", "power"),
            ("95 % interval of the difference holds, least to most", "held"),
        ):
            yield f"clusters of {size}: {title}, percent"
            yield _row("problems", [f"{k} answer{'s' * (k > 1)}" for k in ANSWERS])
            for n in PROBLEMS:
                yield _row(f"{n:,}", [found[n, k][name] for k in ANSWERS])


def _worst(n: int, k: int, size: int) -> dict[str, str]:
    """The cells of one number of problems and answers."""
    rng = np.random.default_rng((SEED, size, n, k))
    rates: dict[str, list[float]] = {name: [] for name in ("ok", "u", "red", "held", "before")}
    caught: list[tuple[float, float]] = []
    for truth, together, few in product(TRUTHS, (0.0, 0.4), (False, True)):
        if not together and k == size == 1:
            continue  # chances say nothing where each is drawn from once
        setting = Setting(problems=n, answers=k, size=size, truth=truth, together=together, few=few)
        pair = setting.draw(rng, draws := _draws(n))
        _check(pair)
        rates["before"].append(_ok_before(pair.a_low, pair.b_low, k))
        for name, count in (("ok", _ok), ("red", _too_red)):
            rates[name].append(_again(rng, setting, count, pair, draws))
        low, high = pair.above(DROP, 0.95, 0.0), pair.below(DROP, 0.95, 0.0)
        rates["held"].append(float(1 - (low | high).mean()))
        for arm, share in product(("candidate", "baseline"), (0.02, 0.2) if together else ()):
            hidden = replace(setting, arm=arm, undecided=share)
            rates["u"].append(_again(rng, hidden, _ok, hidden.draw(rng, draws), draws))
        caught += _caught(rng, setting)
    drops = [drop for _, drop in caught]
    least = f"{100 * min(c for c, _ in caught):.0f}" if caught else ""
    return {
        "ok": f"{100 * max(rates['ok']):.1f} ({100 * max(rates['before']):.1f})",
        "u": f"{100 * max(rates['u']):.1f}",
        "red": f"{100 * max(rates['red']):.1f}",
        "held": f"{100 * min(rates['held']):.1f} to {100 * max(rates['held']):.1f}",
        "power": f"{least} ({100 * min(drops):.1f} to {100 * max(drops):.1f})" if drops else "none",
    }


def supported() -> Iterator[str]:
    """A claim that the first run is at least so much above the second, where that is just what
    it is: how often it is supported, at the 95 % interval that claims have before Holm."""
    for size in CLUSTERS:
        for title, shares in (("nothing undecided", (0.0,)), ("2 or 20 % undecided", (0.02, 0.2))):
            yield f"clusters of {size}: supported at a gain of {100 * DROP:g} point, {title}, most"
            yield _row("problems", [f"{k} answer{'s' * (k > 1)}" for k in ANSWERS])
            for n in PROBLEMS:
                yield _row(f"{n:,}", [_most_supported(n, k, size, shares) for k in ANSWERS])


def _most_supported(n: int, k: int, size: int, shares: Sequence[float]) -> str:
    rng = np.random.default_rng((SEED, size, n, k, len(shares)))
    rates = [0.0]
    for truth, together, few in product(TRUTHS, (0.0, 0.4), (False, True)):
        if not together and (k == size == 1 or len(shares) > 1):
            continue
        setting = Setting(problems=n, answers=k, size=size, truth=truth, together=together, few=few)
        for arm, share in product(("candidate", "baseline"), shares):
            hidden = replace(setting, arm=arm, undecided=share)
            rates.append(_again(rng, hidden, _supported, hidden.draw(rng, _draws(n)), _draws(n)))
    return f"{100 * max(rates):.1f}"


def _supported(pair: Pair) -> float:
    return float(pair.below(pair.setting.shown, 0.95, 0.0).mean())


def _draws(n: int) -> int:
    return 1000 if n <= 50 else 600 if n <= 200 else 200


def _ok(pair: Pair) -> float:
    return float(pair.above(pair.setting.hidden, 1 - 2 * ALPHA, CORRECTION).mean())


def _too_red(pair: Pair) -> float:
    return float(pair.below(DROP, 1 - 2 * ALPHA, CORRECTION).mean())


def _again(
    rng: np.random.Generator,
    setting: Setting,
    count: Callable[[Pair], float],
    pair: Pair,
    draws: int,
) -> float:
    """A rate; of new draws, fifty times as many, where it looked above what is allowed."""
    rate = count(pair)
    if rate <= ALPHA:
        return rate
    return float(np.mean([count(setting.draw(rng, draws)) for _ in range(50)]))


def _caught(rng: np.random.Generator, setting: Setting) -> list[tuple[float, float]]:
    """How often the drop is caught that two runs without any difference call detectable: the
    median of 25 pairs. Nothing where none is, or there is not so much to lose."""
    pilot = replace(setting, drop=0.0).draw(rng, 25)
    said = [pilot.flips(i)[0].detectable(ALPHA, DROP) for i in range(25)]
    drops = sorted(each for each in said if each is not None)
    if not drops or drops[len(drops) // 2] > setting.truth:
        return []
    drop = drops[len(drops) // 2]
    pair, draws = replace(setting, drop=drop), _draws(setting.problems)
    share = _too_red(pair.draw(rng, draws))
    if share < POWER + 0.03:
        share = float(np.mean([_too_red(pair.draw(rng, draws)) for _ in range(20)]))
    return [(share, drop)]


def _check(pair: Pair) -> None:
    """A few draws by the functions that the verbs call."""
    above, below = (each(DROP, 1 - 2 * ALPHA, CORRECTION) for each in (pair.above, pair.below))
    for i in range(CHECKED if pair.a_low.shape[1] <= 200 else 1):
        low, high = (each.bounds(1 - 2 * ALPHA, CORRECTION) for each in pair.flips(i))
        said = low[0] > -DROP, high[1] < -DROP
        near = min(abs(low[0] + DROP), abs(high[1] + DROP)) < 1e-9
        if said != (bool(above[i]), bool(below[i])) and not near:
            raise AssertionError("the test for many draws is not the one that verbs call")


def _ok_before(one: np.ndarray, two: np.ndarray, k: int) -> float:
    """Tango's bound for one answer, as if problems were independent; a normal one for several."""
    n = one.shape[1]
    if k == 1:
        alone = Setting(problems=n, answers=1, size=1, truth=0.5, together=0.0, few=False)
        return float(_beyond((two, one), DROP, alone, (1 - 2 * ALPHA, CORRECTION)).mean())
    d = two - one
    low = d.mean(axis=1) - 1.644854 * d.std(axis=1, ddof=1) / np.sqrt(n)
    return float((low > -DROP).mean())


def _difference(rng: np.random.Generator, k: int, spread: float) -> Mean:
    """Of two arms that truly differ by 5 points."""
    easy = np.where(rng.random((500, 1)) < 0.25, 0.65, 0.2)
    arms = [
        rng.random((500, k)) < easy + gain + rng.normal(0, spread, (1, k)) for gain in (0.0, 0.05)
    ]
    return over_seeds((arms[1].astype(float) - arms[0]).tolist())


def _red(table: Discordance, margin: float) -> bool:
    low, high = score_bounds(table, 1 - 2 * ALPHA, CORRECTION)
    return decide(low, high, margin) == "regressed"


def _drawn(
    rng: np.random.Generator,
    n: int,
    chances: tuple[float, float],
    holds: Callable[[Discordance], bool],
) -> float:
    """The share of drawn tables of which something holds; equal tables are asked once."""
    drawn = rng.multinomial(n, [*chances, max(0.0, 1 - sum(chances))], size=DRAWS)
    tables, counts = np.unique(drawn[:, :2], axis=0, return_counts=True)
    kept = [
        count
        for (gained, lost), count in zip(tables.tolist(), counts.tolist(), strict=True)
        if holds(Discordance(n=n, gained=gained, lost=lost))
    ]
    return sum(kept) / DRAWS


PARTS = {
    "coverage": coverage,
    "tango": tango,
    "gate": gate,
    "power": power,
    "several": several,
    "ok": ok,
    "supported": supported,
    "seeds": seeds,
}


def main() -> None:
    """Prints the parts that are named, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    chosen = parser.parse_args().parts
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"no part is called {sorted(unknown)[0]!r}; available: {', '.join(PARTS)}")
    for name in chosen or PARTS:
        for line in PARTS[name]():
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
