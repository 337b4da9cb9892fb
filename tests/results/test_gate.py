"""The gate: its verdicts, its exit statuses, its files, and how often it is wrong."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mmeval.cli import mmeval as cli
from mmeval.errors import ConfigError, DataError, RunMismatch
from mmeval.results.gate import CORRECTION, Allowance, Repeats, Status, decide, gate, overall
from mmeval.results.gate_reports import junit, markdown, remarks
from mmeval.results.judged import load_judged
from mmeval.results.pairing import Terms
from mmeval.stats.paired import Design, Discordance, score_bounds
from mmeval.text import markdown_cell
from tests.builders.made_runs import Made, make_run


def two(folder: Path, baseline: str, candidate: str) -> tuple[Path, Path]:
    make_run(folder / "a", Made(letters=baseline, model="main"))
    make_run(folder / "b", Made(letters=candidate, model="branch"))
    return folder / "a", folder / "b"


CASES: dict[str, tuple[str, str, float, Status]] = {
    "the same answers": ("R" * 300, "R" * 300, 0.015, "ok"),
    "all lost": ("R" * 300, "W" * 300, 0.01, "regressed"),
    "a tenth lost": ("R" * 300, "W" * 30 + "R" * 270, 0.02, "regressed"),
    "a tenth lost, and allowed": ("R" * 300, "W" * 30 + "R" * 270, 0.2, "ok"),
    "too few to tell": ("R" * 20, "W" + "R" * 19, 0.02, "cannot tell"),
    "better": ("W" * 300, "R" * 300, 0.0, "ok"),
    "nothing differs, and nothing may": ("R" * 300, "R" * 300, 0.0, "cannot tell"),
}


@pytest.mark.parametrize("name", CASES)
def test_verdicts(name: str, tmp_path: Path) -> None:
    baseline, candidate, max_drop, status = CASES[name]
    [result] = gate(*two(tmp_path, baseline, candidate), Allowance(max_drop=max_drop))
    assert result.status == status
    assert result.low <= result.difference <= result.high


def test_a_rule_that_reads_no_answer_decides_nothing(tmp_path: Path) -> None:
    """It was `ok`, exit 0, for a loss of 42 points: both runs had 0 % by the rule."""
    [result] = gate(*two(tmp_path, "N" * 300, "N" * 300), Allowance(max_drop=0.015))
    assert (result.status, result.needed, result.catches) == ("cannot tell", None, None)
    said = "test/1 found no answer in 100 % of main's texts and 100 % of branch's texts"
    assert any(line.startswith(said) for line in remarks(result))
    assert said in markdown([result])
    assert said in junit([result], None)


def test_the_bounds_are_one_sided_at_alpha(tmp_path: Path) -> None:
    a, b = two(tmp_path, "R" * 60 + "W" * 40, "R" * 50 + "W" * 30 + "R" * 20)
    [result] = gate(a, b, Allowance(max_drop=0.1, alpha=0.1))
    table = Discordance(n=100, gained=20, lost=10)
    assert (result.low, result.high) == score_bounds(table, level=0.8, correction=CORRECTION)


def test_of_several_benchmarks_red_needs_more_and_one_red_is_red(tmp_path: Path) -> None:
    names = ("sums", "products", "squares")
    for name in names:
        make_run(tmp_path / "a" / name, Made(letters="R" * 200, benchmark=name))
        lost = "W" * (60 if name == "sums" else 0)
        letters = lost + "R" * (200 - len(lost))
        make_run(tmp_path / "b" / name, Made(letters=letters, benchmark=name))
    results = gate(tmp_path / "a", tmp_path / "b", Allowance(max_drop=0.05))
    by_name = {each.benchmark: each for each in results}
    table = Discordance(n=200, gained=0, lost=60)
    assert by_name["sums"].low == score_bounds(table, 0.9, CORRECTION)[0]
    assert by_name["sums"].high == score_bounds(table, 1 - 0.1 / 3, CORRECTION)[1]
    assert {each.status for each in results} == {"ok", "regressed"}
    assert overall(results) == "regressed"


@given(
    low=st.floats(-1, 1), width=st.floats(0, 1), drops=st.tuples(st.floats(0, 1), st.floats(0, 1))
)
@settings(deadline=None)
def test_allowing_more_never_makes_a_verdict_worse(
    low: float, width: float, drops: tuple[float, float]
) -> None:
    order = ["regressed", "cannot tell", "ok"]
    less, more = (order.index(decide(low, low + width, drop)) for drop in sorted(drops))
    assert less <= more


# --- how often it is wrong -------------------------------------------------------------

DRAWS = 10_000


def red(n: int, share: float, drop: float, margin: float) -> float:
    """How often the gate is red, of 10,000 candidates whose true drop is `drop`."""
    rng = np.random.default_rng([n, int(1000 * share), int(1e6 * drop)])
    chances = [(share - drop) / 2, (share + drop) / 2, 1 - share]
    drawn = rng.multinomial(n, chances, size=DRAWS)[:, :2]
    tables, counts = np.unique(drawn, axis=0, return_counts=True)
    total = 0
    for (gained, lost), count in zip(tables.tolist(), counts.tolist(), strict=True):
        table = Discordance(n=n, gained=gained, lost=lost)
        low, high = score_bounds(table, 1 - 2 * 0.05, CORRECTION)
        total += count * (decide(low, high, margin) == "regressed")
    return total / DRAWS


@pytest.mark.parametrize(
    ("n", "share", "margin"),
    [
        (100, 0.05, 0.02),
        (200, 0.02, 0.01),
        (500, 0.06, 0.01),
        (1319, 0.02, 0.02),
        (1319, 0.1, 0.01),
    ],
)
def test_at_the_margin_it_is_red_at_most_alpha_of_the_time(
    n: int, share: float, margin: float
) -> None:
    # 10,000 draws of a chance of 5 % lie within 0.65 points of it
    assert red(n, share, margin, margin) <= 0.05 + 0.0065


@pytest.mark.parametrize(
    ("n", "share", "margin"), [(200, 0.1, 0.0), (500, 0.06, 0.01), (1319, 0.1, 0.01)]
)
def test_a_drop_of_the_size_it_claims_to_catch_is_caught(
    n: int, share: float, margin: float
) -> None:
    catches = Design(discordance=share, margin=margin).detectable(n)
    assert catches is not None
    assert red(n, share + catches, catches, margin) >= 0.8 - 0.01


@pytest.mark.parametrize(("share", "margin", "drop"), [(0.1, 0.02, 0.0), (0.06, 0.01, 0.03)])
def test_with_the_number_that_is_needed_it_tells(share: float, margin: float, drop: float) -> None:
    n = Design(discordance=share, margin=margin).needed(drop)
    assert n is not None
    rng = np.random.default_rng(4)
    told = 0
    for gained, lost, _ in rng.multinomial(
        n, [share / 2, share / 2 + drop, 1 - share - drop], size=1000
    ).tolist():
        low, high = score_bounds(Discordance(n=n, gained=gained, lost=lost), 0.9, CORRECTION)
        told += decide(low, high, margin) != "cannot tell"
    assert told / 1000 >= 0.8 - 0.03


# --- what it refuses -------------------------------------------------------------------


def test_failed_answers_refuse_the_gate_unless_dropped(tmp_path: Path) -> None:
    a, b = two(tmp_path, "R" * 40, "F" + "R" * 39)
    with pytest.raises(DataError, match=r"failed answers: 1 of sums test.*--drop-failed"):
        gate(a, b, Allowance(max_drop=0.5))
    [result] = gate(a, b, Allowance(max_drop=0.5, drop_failed=True))
    assert (result.n, result.failed, result.status) == (39, 1, "ok")


def test_undecided_answers_of_the_candidate_are_not_right_before_it_is_ok(tmp_path: Path) -> None:
    a, b = two(tmp_path, "R" * 400, "U" * 100 + "R" * 300)
    [result] = gate(a, b, Allowance(max_drop=0.1))
    assert (result.n, result.undecided, result.status) == (400, 100, "cannot tell")
    assert (result.worst, result.best) == (-0.25, 0.0)
    assert result.low < -0.25
    [generous] = gate(a, b, Allowance(max_drop=0.5))
    assert generous.status == "ok"


def test_undecided_answers_of_the_candidate_are_right_before_it_is_regressed(
    tmp_path: Path,
) -> None:
    a, b = two(tmp_path, "R" * 400, "U" * 100 + "W" * 100 + "R" * 200)
    [result] = gate(a, b, Allowance(max_drop=0.3))
    assert (result.worst, result.best, result.status) == (-0.5, -0.25, "cannot tell")
    [strict] = gate(a, b, Allowance(max_drop=0.1))
    assert strict.status == "regressed"


@pytest.mark.parametrize("samples", [2, 16])
def test_several_answers_to_a_few_problems_are_no_evidence(samples: int, tmp_path: Path) -> None:
    """Five problems with two answers each, all right, were `ok`: +0.0, at least +0.0."""
    for side in "ab":
        make_run(tmp_path / side, Made(letters="R" * 5 * samples, samples=samples))
    [result] = gate(tmp_path / "a", tmp_path / "b", Allowance(max_drop=0.01))
    assert result.status == "cannot tell"
    assert result.low < -0.5


def test_problems_of_one_template_are_one_piece_of_evidence(tmp_path: Path) -> None:
    meta = {i: {"template": f"t{i // 40}"} for i in range(400)}
    for side, letters in (("a", "R" * 400), ("b", "R" * 380 + "W" * 20)):
        make_run(tmp_path / side, Made(letters=letters, meta=meta))
    [result] = gate(tmp_path / "a", tmp_path / "b", Allowance(max_drop=0.1))
    assert (result.clustered, result.status) == ("by template", "cannot tell")
    for side, letters in (("c", "R" * 400), ("d", "R" * 380 + "W" * 20)):
        make_run(tmp_path / side, Made(letters=letters))
    [alone] = gate(tmp_path / "c", tmp_path / "d", Allowance(max_drop=0.1))
    assert (alone.clustered, alone.status) == (None, "ok")


@pytest.mark.parametrize("max_drop", [-0.01, 1.0, float("nan")])
def test_a_drop_is_a_number_of_points(max_drop: float) -> None:
    with pytest.raises(ConfigError, match="--max-drop must be in"):
        Allowance(max_drop=max_drop)


@pytest.mark.parametrize("alpha", [0.0, 0.5, -1.0])
def test_alpha_is_a_small_chance(alpha: float) -> None:
    with pytest.raises(ConfigError, match="--alpha must be in"):
        Allowance(max_drop=0.01, alpha=alpha)


# --- the engine's own noise ------------------------------------------------------------


def repeat(run: Path, number: int, letters: str, model: str = "main") -> None:
    make_run(run / "repeats" / str(number), Made(letters=letters, model=model))


def test_repeats_widen_the_bounds_by_what_moves_as_a_whole(tmp_path: Path) -> None:
    a, b = two(tmp_path, "R" * 190 + "W" * 10, "R" * 195 + "W" * 5)
    [quiet] = gate(a, b, Allowance(max_drop=0.02))
    assert (quiet.noise, quiet.status, quiet.repeated) == (None, "ok", 0)
    repeat(a, 1, "R" * 170 + "W" * 30)
    repeat(a, 2, "R" * 190 + "W" * 10)
    [noisy] = gate(a, b, Allowance(max_drop=0.02))
    between = np.var([0.95, 0.85, 0.95], ddof=1)
    flips = 20 * np.var([1, 0, 1], ddof=1) / 200**2  # twenty answers changed, one by one
    expected = math.sqrt(2 * (between - flips))  # and the candidate, not repeated, as much
    assert noisy.noise == pytest.approx(expected)
    assert noisy.repeated == 1
    assert noisy.low == pytest.approx(
        quiet.difference - np.hypot(quiet.difference - quiet.low, stats.t.ppf(0.95, 2) * expected),
        abs=1e-6,
    )
    assert noisy.high > quiet.high
    assert noisy.status == "cannot tell"
    assert any("One run alone was repeated" in line for line in remarks(noisy))


def test_answers_that_change_one_by_one_are_not_counted_twice(tmp_path: Path) -> None:
    """They are in the interval already, as problems on which the two runs differ."""
    a, b = two(tmp_path, "RW" * 100, "RW" * 100)
    [quiet] = gate(a, b, Allowance(max_drop=0.02))
    repeat(a, 1, "WR" + "RW" * 98 + "WR")
    [still] = gate(a, b, Allowance(max_drop=0.02))
    assert (still.noise, still.low, still.high) == (0.0, quiet.low, quiet.high)


def test_repeats_that_agree_change_nothing(tmp_path: Path) -> None:
    a, b = two(tmp_path, "R" * 30 + "W" * 10, "R" * 40)
    [quiet] = gate(a, b, Allowance(max_drop=0.02))
    repeat(a, 1, "R" * 30 + "W" * 10)
    [still] = gate(a, b, Allowance(max_drop=0.02))
    assert replace(still, noise=None, repeated=0) == quiet
    assert still.noise == 0.0


def test_a_part_may_be_repeated_and_is_compared_with_the_same_part(tmp_path: Path) -> None:
    a, _ = two(tmp_path, "RWRR" * 10, "R" * 40)
    repeat(a, 1, "RWRR")
    assert Repeats.of(load_judged(a), "test/1") == Repeats(0.0, 1)


def test_a_repeat_of_another_model_is_refused(tmp_path: Path) -> None:
    a, b = two(tmp_path, "RW", "RR")
    repeat(a, 1, "RW", model="other")
    with pytest.raises(RunMismatch, match="is not a repeat of"):
        gate(a, b, Allowance(max_drop=0.1))


# --- the verb and its files ------------------------------------------------------------


def call(*args: object) -> Result:
    return CliRunner().invoke(
        cli, ["gate", *map(str, args)], catch_exceptions=False, standalone_mode=False
    )


EXITS = [
    ("R" * 300, 0),
    ("W" * 60 + "R" * 240, 1),
    ("W" * 9 + "R" * 291, 3),
]


@pytest.mark.parametrize(("candidate", "status"), EXITS)
def test_the_exit_status_is_the_verdict(candidate: str, status: int, tmp_path: Path) -> None:
    a, b = two(tmp_path, "R" * 300, candidate)
    assert call("--baseline", a, "--candidate", b, "--max-drop", 3).return_value == status


@pytest.mark.parametrize(("instead", "status"), [("pass", 0), ("fail", 1)])
def test_cannot_tell_passes_or_fails_as_asked(instead: str, status: int, tmp_path: Path) -> None:
    a, b = two(tmp_path, "R" * 20, "W" + "R" * 19)
    done = call("--baseline", a, "--candidate", b, "--max-drop", 2, "--on-cannot-tell", instead)
    assert done.return_value == status
    assert "cannot tell (n needed: " in done.output


KINDS = [("ok", None, None), ("regressed", None, "failure")] + [
    ("cannot tell", instead, kind)
    for instead, kind in ((None, "error"), ("pass", "skipped"), ("fail", "failure"))
]


@pytest.mark.parametrize(("status", "instead", "kind"), KINDS)
def test_junit_says_what_ci_shall_show(
    status: str, instead: str | None, kind: str | None, tmp_path: Path
) -> None:
    candidate = {"ok": "R" * 300, "regressed": "W" * 300, "cannot tell": "W" * 9 + "R" * 291}
    a, b = two(tmp_path, "R" * 300, candidate[status])
    file = tmp_path / "gate.xml"
    more = ("--on-cannot-tell", instead) if instead else ()
    call("--baseline", a, "--candidate", b, "--max-drop", 3, "--junit", file, *more)
    suite = ElementTree.parse(file).getroot()[0]
    case = suite[0]
    assert case.get("name") == "sums test by test/1"
    assert [child.tag for child in case if child.tag != "system-out"] == ([kind] if kind else [])
    counted = {name: suite.get(name) for name in ("failures", "errors", "skipped")}
    names = {"failure": "failures", "error": "errors", "skipped": "skipped"}
    assert counted == {n: "1" if kind and names[kind] == n else "0" for n in counted}


HOSTILE = "a|b`c`<script>]]>\x00\x1b[31m\ud800\nnext"


def test_hostile_labels_break_neither_xml_nor_markdown(tmp_path: Path) -> None:
    a, b = two(tmp_path, "R" * 30, "W" * 30)
    results = [
        replace(each, candidate=HOSTILE, settings=(HOSTILE,))
        for each in gate(a, b, Allowance(max_drop=0.01))
    ]
    ElementTree.fromstring(junit(results, None).encode())
    text = markdown(results)
    text.encode()
    rows = [line for line in text.splitlines() if line.startswith("| sums")]
    assert len(rows) == 1
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert "\x1b" not in text
    assert markdown_cell("a|b") == "a\\|b"


def test_the_same_runs_give_the_same_bytes(tmp_path: Path) -> None:
    a, b = two(tmp_path, "RRW" * 50, "RWR" * 50)
    results = [gate(a, b, Allowance(max_drop=0.01)) for _ in range(2)]
    assert markdown(results[0]) == markdown(results[1])
    assert junit(results[0], None) == junit(results[1], None)


def test_json_holds_every_field(tmp_path: Path) -> None:
    a, b = two(tmp_path, "R" * 30, "W" * 30)
    row = json.loads(call("--baseline", a, "--candidate", b, "--max-drop", 1, "--json").output)
    assert row["status"] == "regressed"
    assert row["benchmarks"][0]["difference"] == -1.0


def test_a_part_of_the_baseline_is_enough_when_said(tmp_path: Path) -> None:
    a, b = two(tmp_path, "R" * 300, "R" * 200)
    allowance = Allowance(max_drop=0.05)
    with pytest.raises(DataError, match="--common"):
        gate(a, b, allowance)
    [result] = gate(a, b, replace(allowance, terms=Terms(common=True)))
    assert result.n == 200


def test_the_gate_needs_no_numpy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = two(tmp_path, "R" * 30, "R" * 30)
    shutil.copytree(a, tmp_path / "c")
    monkeypatch.setitem(__import__("sys").modules, "numpy", None)
    assert gate(a, b, Allowance(max_drop=0.5))[0].status == "ok"
