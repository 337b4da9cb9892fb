"""How often the intervals and the gate are wrong: by counting and by drawing.

    .venv/bin/python perf/error_rates.py            # all of it, a few minutes
    .venv/bin/python perf/error_rates.py coverage   # or: tango, gate, power, seeds, several, ok

Every line of docs/statistics.md that gives an error rate is printed here from the functions
that the verbs call; a draw is of 10,000 runs, with a fixed seed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import numpy as np

from mmeval.results.gate import CORRECTION, decide
from mmeval.stats.intervals import clustered, wilson, wilson_coverage
from mmeval.stats.paired import Design, Discordance, Flip, Flips, score_bounds
from mmeval.stats.seeds import Mean, over_seeds

DRAWS, SEED, ALPHA = 10_000, 0, 0.05
SEED_DRAWS = 2_000
SMALL_N, LARGE_N = (20, 32, 50, 100, 200, 500), (1000, 1319, 5000)
SHARES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
GRID = [0.02 + 0.96 * step / 48 for step in range(49)]
SIZES, MARGINS = (50, 100, 200, 500, 1319), (0.0, 0.005, 0.01, 0.02, 0.05)
PROBLEMS, ANSWERS = (5, 20, 30, 50, 100, 200, 500, 1319), (1, 2, 4, 16, 64)
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
            real = max(share, drop)
            chances = ((real - drop) / 2, (real + drop) / 2)
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
    least and the most over shares and over how far the answers to a problem go together; and
    the least of the normal interval that was there before."""
    yield "several answers a problem, 95 % interval holds, percent: least to most of"
    yield f"{len(TRUTHS)} accuracies x {len(TOGETHER)} correlations (before: the least)"
    yield "     n  " + "".join(f"{f'{k} answers':>22}" for k in ANSWERS[1:])
    rng = np.random.default_rng(SEED)
    for n in PROBLEMS:
        row, draws = "", 1000 if n <= 200 else 300
        for k in ANSWERS[1:]:
            held, before = [], []
            for truth in TRUTHS:
                for together in TOGETHER:
                    right = rng.binomial(k, _chances(rng, (draws, n), truth, together))
                    found = [clustered([(each, k) for each in one]) for one in right.tolist()]
                    held.append(np.mean([low <= truth <= high for low, high in found]))
                    before.append(_normal_held(right / k, truth))
            cell = f"{100 * min(held):.1f} to {100 * max(held):.1f} ({100 * min(before):.1f})"
            row += f"{cell:>22}"
        yield f"{n:6,}  {row}"
    hard = rng.binomial(64, _chances(rng, (4000, 30), 0.05, 0.2))
    found = [clustered([(each, 64) for each in one]) for one in hard.tolist()]
    share = np.mean([low <= 0.05 <= high for low, high in found])
    yield (
        f"30 problems x 64 answers at 0.05: {100 * share:.1f}, "
        f"before {100 * _normal_held(hard / 64, 0.05):.1f}"
    )


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
    half = 1.959964 * shares.std(axis=1, ddof=1) / np.sqrt(n)
    held = np.abs(means - truth) <= half
    for edge in (0.0, 1.0):
        low, high = wilson(round(edge * n), n)
        held[means == edge] = low <= truth <= high
    return float(held.mean())


def ok() -> Iterator[str]:
    """The gate, at the margin: how often it is `ok` for a candidate that lost what is allowed."""
    rng = np.random.default_rng(SEED)
    yield f"ok at the margin (a drop of {100 * DROP:g} points), percent, the largest of"
    yield f"{len(TRUTHS)} accuracies x all problems a little or a few altogether lost (before):"
    yield "     n  " + "".join(f"{f'{k} answers':>16}" for k in ANSWERS)
    for n in PROBLEMS:
        yield f"{n:6,}  " + "".join(f"{_worst_ok(rng, n, k):>16}" for k in ANSWERS)
    yield "the same where every candidate answer that could not be told was left out (before):"
    for share in (0.02, 0.2):
        cells = [_worst_ok(rng, n, 1, undecided=share) for n in (200, 1319)]
        yield f"  {100 * share:g} % undecided: n = 200 {cells[0]}, n = 1,319 {cells[1]}"
    yield "the same for problems in clusters, by size (before: as if independent):"
    for size in (4, 40):
        cells = [_worst_ok(rng, n, k, size=size) for n in (200, 1320) for k in (1, 4)]
        yield f"  {size:3}: n = 200 {cells[0]}, {cells[1]}; n = 1,320 {cells[2]}, {cells[3]}"


def _worst_ok(
    rng: np.random.Generator, n: int, k: int, undecided: float = 0.0, size: int = 1
) -> str:
    """`3.2 (22.1)`: the largest share of draws that are `ok`, now and before."""
    now, before, draws = [0.0], [0.0], 400 if n > 200 else 1000
    for truth in TRUTHS:
        if truth < 2 * DROP:
            continue
        for few in (False, True):
            chances = _chances(rng, (draws, n // size), truth, 0.3).repeat(size, axis=1)
            lost = rng.random((draws, n // size)) < DROP / truth
            after = (
                np.where(lost.repeat(size, axis=1), 0.0, chances)
                if few
                else chances * (1 - DROP / truth)
            )
            one, two = rng.binomial(k, chances) / k, rng.binomial(k, after) / k
            hidden = (rng.random(two.shape) < undecided) & (two > 0)
            told = np.where(hidden, 0.0, two)
            flips = [
                [Flip.of(a, b) for a, b in zip(*pair, strict=True)]
                for pair in zip(one.tolist(), told.tolist(), strict=True)
            ]
            clusters = [i // size for i in range(one.shape[1])] if size > 1 else []
            seen = [Flips(flips=each, clusters=clusters, answers=k) for each in flips]
            # What is hidden was lost: the worst that a candidate may do.
            truth_lost = float((one - told).mean()) if undecided else DROP
            low = [each.bounds(1 - 2 * ALPHA, CORRECTION)[0] for each in seen]
            now.append(np.mean([each > -truth_lost for each in low]))
            before.append(_ok_before(one, two, hidden, k, truth_lost))
    return f"{100 * max(now):.1f} ({100 * max(before):.1f})"


def _ok_before(one: np.ndarray, two: np.ndarray, hidden: np.ndarray, k: int, drop: float) -> float:
    """Undecided problems left out; Tango's bound for one answer, a normal one for several."""
    said = 0
    for a, b, gone in zip(one, two, hidden, strict=True):
        d = (b - a)[~gone]
        if k == 1:
            table = Discordance(n=len(d), gained=int((d > 0).sum()), lost=int((d < 0).sum()))
            low = score_bounds(table, 1 - 2 * ALPHA, CORRECTION)[0]
        else:
            low = d.mean() - 1.644854 * d.std(ddof=1) / np.sqrt(len(d))
        said += low > -drop
    return said / len(one)


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
