"""Two judged runs: what is compared, what is left out, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from mmeval import catalog
from mmeval.cli import mmeval as cli
from mmeval.errors import ConfigError, DataError, MissingData, UnknownName, UserError
from mmeval.judging.judge_run import judge_run
from mmeval.records import to_row
from mmeval.results.compare import compare
from mmeval.results.judged import load_judged
from mmeval.results.pairing import Terms
from mmeval.run_folder import RunDir
from mmeval.runs.run import run as run_model
from mmeval.stats.paired import Discordance, mcnemar, score_bounds
from tests.builders.made_runs import Made, make_run


def two(folder: Path, a: str, b: str, **other: object) -> tuple[Path, Path]:
    """Two made runs on the same problems."""
    make_run(folder / "a", replace(Made(letters=a, model="old"), **other))  # type: ignore[arg-type]
    make_run(folder / "b", replace(Made(letters=b, model="new"), **other))  # type: ignore[arg-type]
    return folder / "a", folder / "b"


# --- numbers ---------------------------------------------------------------------------


def test_a_comparison_is_the_table_of_problems_that_differ(tmp_path: Path) -> None:
    [result] = compare(*two(tmp_path, "RRRRWWWWNR", "RRWWRWWWRR"))
    assert (result.n, result.undecided, result.failed) == (10, 0, 0)
    assert result.gained == ("sums/0004", "sums/0008")
    assert result.lost == ("sums/0002", "sums/0003")
    assert result.difference == 0
    assert result.p == mcnemar(2, 2) == 1.0
    assert (result.low, result.high) == score_bounds(Discordance(n=10, gained=2, lost=2))
    assert (result.accuracy_a, result.accuracy_b) == (0.5, 0.5)


def test_what_could_not_be_told_is_counted_and_bounds_hold_both_ways(tmp_path: Path) -> None:
    [result] = compare(*two(tmp_path, "RRWUFW", "RWWRRU"))
    assert (result.n, result.undecided, result.failed) == (6, 2, 1)
    assert result.difference == pytest.approx((-1 + 1 + 1) / 6)  # counted as not right
    # U/R, F/R, W/U: the first two gain 0..1, the last 0..1
    assert result.worst == pytest.approx(-1 / 6)
    assert result.best == pytest.approx((-1 + 3) / 6)
    worst, best = Discordance(n=6, gained=0, lost=1), Discordance(n=6, gained=3, lost=1)
    assert result.low == score_bounds(worst)[0]
    assert result.high == score_bounds(best)[1]
    assert result.p == 1.0  # the two ends differ in sign


def test_undecided_answers_never_make_the_bounds_narrower(tmp_path: Path) -> None:
    [result] = compare(*two(tmp_path / "u", "RWUFRUF", "UFRWRUF"))
    [told] = compare(*two(tmp_path / "t", "RWWWRWW", "WWRWRWW"))
    assert result.low <= told.low and told.high <= result.high
    assert (result.n, told.n) == (7, 7)


def test_a_model_cannot_hide_what_it_lost_in_answers_that_cannot_be_read(tmp_path: Path) -> None:
    """200 of 700 right answers became undecided: 70.0 to 50.0 %, and nothing was lost."""
    base = "R" * 700 + "W" * 300
    [result] = compare(*two(tmp_path, base, "U" * 200 + base[200:]))
    assert result.difference == pytest.approx(-0.2)
    assert result.low < -0.2 and result.high > 0


def test_several_answers_are_compared_by_problem(tmp_path: Path) -> None:
    a, b = two(tmp_path, "RWWW" + "RRWW", "RRWW" + "RRRW", samples=2)
    [result] = compare(a, b)
    assert result.n == 4
    assert result.difference == pytest.approx((0 + 0.5 + 0.5 + 0) / 4)
    assert result.interval == "score interval, clustered by problem"
    assert result.gained == ("sums/0001", "sums/0002")


def test_one_answer_is_compared_with_several(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="RW"))
    make_run(tmp_path / "b", Made(letters="RWRR", samples=2))
    [result] = compare(tmp_path / "a", tmp_path / "b")
    assert result.difference == pytest.approx((0 + 0.5) / 2)


def test_holm_is_over_the_benchmarks(tmp_path: Path) -> None:
    for name, letters in (("sums", ("R" * 20, "W" * 20)), ("products", ("RW" * 10, "WR" * 10))):
        for side, each in zip("ab", letters, strict=True):
            make_run(tmp_path / side / name, Made(letters=each, benchmark=name))
    results = {each.benchmark: each for each in compare(tmp_path / "a", tmp_path / "b")}
    assert results["sums"].p_holm == pytest.approx(2 * results["sums"].p)
    assert results["products"].p_holm == 1.0


def test_the_same_runs_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    a, b = two(tmp_path, "RRWWR" * 40, "RWWRR" * 40)
    once, again = (json.dumps([to_row(r) for r in compare(a, b, seed=7)]) for _ in range(2))
    assert once == again


def test_settings_other_than_the_model_are_said(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="RW"))
    other = {"max_tokens": 64, "prompts_sha256": "f" * 64}
    make_run(tmp_path / "b", Made(letters="RW", identity=other))
    [result] = compare(tmp_path / "a", tmp_path / "b")
    assert result.settings == ("max_tokens: 512 and 64", "prompts differ")


# --- bad input -------------------------------------------------------------------------


def test_other_problems_are_refused_and_the_common_part_is_named(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="R" * 8))
    make_run(tmp_path / "b", Made(letters="W" * 8, first=3))
    with pytest.raises(DataError, match=r"has 8 problems .* 8; 5 in both; --common"):
        compare(tmp_path / "a", tmp_path / "b")
    [result] = compare(tmp_path / "a", tmp_path / "b", Terms(common=True))
    assert (result.n, result.only_a, result.only_b) == (5, 3, 3)


def test_runs_without_a_common_problem_are_refused(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="RR"))
    make_run(tmp_path / "b", Made(letters="RR", first=2))
    with pytest.raises(DataError, match="0 in both: there is nothing"):
        compare(tmp_path / "a", tmp_path / "b", Terms(common=True))


def test_other_checkers_are_refused_and_named(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="RR", checkers=("one/1", "two/1")))
    make_run(tmp_path / "b", Made(letters="RR", checkers=("three/1",)))
    with pytest.raises(UnknownName, match=r"no checker judged both: .*one/1, two/1.*three/1"):
        compare(tmp_path / "a", tmp_path / "b")


def test_the_first_shared_or_the_named_checker_is_taken(tmp_path: Path) -> None:
    a, b = two(tmp_path, "RW", "WW", checkers=("one/1", "two/1"))
    assert compare(a, b)[0].checker == "one/1"
    assert compare(a, b, Terms(checkers=("nine/1", "two/1")))[0].checker == "two/1"


def test_other_benchmarks_are_refused(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="R"))
    make_run(tmp_path / "b", Made(letters="R", benchmark="products"))
    with pytest.raises(DataError, match="no task in common: sums test there, products test here"):
        compare(tmp_path / "a", tmp_path / "b")


def test_a_benchmark_that_one_side_lacks_is_refused(tmp_path: Path) -> None:
    make_run(tmp_path / "a" / "sums", Made(letters="RW"))
    make_run(tmp_path / "a" / "more", Made(letters="RW", benchmark="products"))
    make_run(tmp_path / "b", Made(letters="RW"))
    with pytest.raises(DataError, match="has products test; both have sums test"):
        compare(tmp_path / "a", tmp_path / "b")
    assert len(compare(tmp_path / "a", tmp_path / "b", Terms(common=True))) == 1


def test_one_folder_twice_is_no_comparison(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="R"))
    with pytest.raises(ConfigError, match="needs two runs"):
        compare(tmp_path / "a", tmp_path / "a")


def test_two_runs_of_a_task_in_one_folder_are_not_chosen_from(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_run(tmp_path / "a" / name, Made(letters="R"))
    make_run(tmp_path / "b", Made(letters="R"))
    with pytest.raises(DataError, match="several runs of sums test: one and two"):
        compare(tmp_path / "a", tmp_path / "b")


def test_an_unfinished_run_is_refused_with_its_share(tmp_path: Path) -> None:
    a, b = two(tmp_path, "RRRR", "RWRW")
    run = RunDir(b)
    run.write_manifest(run.manifest() | {"status": "interrupted", "samples": 2})
    with pytest.raises(DataError, match=r"4 of 8 answers are there \(50 %\).*--partial"):
        compare(a, b)
    assert compare(a, b, Terms(partial=True))[0].n == 4


def test_a_folder_that_is_empty_or_not_judged_is_refused(tmp_path: Path) -> None:
    a, b = two(tmp_path, "R", "W")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="is not a run folder"):
        compare(a, tmp_path / "empty")
    RunDir(b).summary_file.unlink()
    with pytest.raises(MissingData, match="was the run judged"):
        compare(a, b)


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


EDITS = {
    "an outcome of a verdict": ("verdicts/test@1.jsonl", '"wrong"', '"right"', "edited or cut"),
    "an unknown outcome": ("verdicts/test@1.jsonl", '"wrong"', '"great"', "edited or cut"),
    "a problem twice": ("verdicts/test@1.jsonl", "sums/0001", "sums/0000", "edited or cut"),
    "a count": ("summary.json", '"right": 2', '"right": 3', "edited"),
    "an accuracy": ("summary.json", '"accuracy": 0.5', '"accuracy": 0.9', "edited"),
    "the model": ("summary.json", '"model": "new"', '"model": "x"', "edited"),
    "a key": ("manifest.json", '"benchmark"', '"bench"', "edited or cut"),
    "not JSON": ("manifest.json", "{", "", "is not JSON"),
    "a line": ("verdicts/test@1.jsonl", "}", "", "line 1: not JSON"),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_hand_edited_file_is_refused(name: str, tmp_path: Path) -> None:
    a, b = two(tmp_path, "RWRW", "RWWR")
    file, old, new, said = EDITS[name]
    edited(b / file, old, new)
    with pytest.raises(UserError, match=said):
        compare(a, b)


def test_a_rule_that_reads_neither_runs_answers_is_said(tmp_path: Path) -> None:
    [read] = compare(*two(tmp_path / "read", "RNNW", "RWWW"))
    assert read.unread is None
    a, b = two(tmp_path, "NNNW", "NNNN")
    [result] = compare(a, b)
    assert result.unread == "test/1 found no answer in 75 % of old's texts and 100 % of new's texts"
    first, second, *_ = call("compare", a, b).splitlines()
    assert first == f"sums test, test/1 ({result.unread})"
    assert "not decided" in second


def test_the_first_checker_that_reads_both_runs_is_taken(tmp_path: Path) -> None:
    """The paper's rule finds nothing in `#### 18`; it is passed over, and said."""
    for side, mute in (("a", "N" * 8), ("b", "RNNNNNNN")):
        run = make_run(tmp_path / side, Made(letters="RRRRWWWW", checkers=("paper/1", "own/1")))
        other = make_run(tmp_path / f"mute {side}", Made(letters=mute, checkers=("paper/1",)))
        rows = other.verdicts_file("paper/1").read_text()
        run.verdicts_file("paper/1").write_text(rows)
        summary = run.summary()
        summary["checkers"]["paper/1"] = other.summary()["checkers"]["paper/1"]
        run.write_summary(summary)
    [result] = compare(tmp_path / "a", tmp_path / "b")
    assert (result.checker, result.unread) == ("own/1", None)
    (why,) = result.passed_over
    assert why == "paper/1 found no answer in 100 % of made's texts and 88 % of made's texts"
    assert call("compare", tmp_path / "a", tmp_path / "b").startswith(f"sums test, own/1 ({why})")
    [asked] = compare(tmp_path / "a", tmp_path / "b", Terms(checkers=("paper/1",)))
    assert (asked.checker, asked.unread) == ("paper/1", why)


def test_what_one_run_never_answered_is_not_called_its_own(tmp_path: Path) -> None:
    a, b = two(tmp_path, "RWRW", "RW")
    run = RunDir(b)
    data = run.manifest()["data"] | {"problems": 4, "total": 4, "asked_sha256": "0" * 64}
    run.write_manifest(run.manifest() | {"status": "interrupted", "data": data})
    [result] = compare(a, b, Terms(common=True, partial=True))
    assert (result.n, result.only_a, result.only_b) == (2, 2, 0)
    assert result.part == "2 of 4 problems"


def test_other_golds_for_the_same_question_are_refused(tmp_path: Path) -> None:
    a, b = two(tmp_path, "RW", "RW")
    edited(b / "problems.jsonl", '"gold": "2"', '"gold": "3"')
    run = RunDir(b)
    data = run.manifest()["data"] | {"asked_sha256": "0" * 64}
    run.write_manifest(run.manifest() | {"data": data})
    with pytest.raises(DataError, match="different gold answers to 1 problems, such as sums/0001"):
        compare(a, b)


def test_a_loaded_run_knows_its_checkers(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="RW"))
    with pytest.raises(UnknownName, match="was not judged by nine/1; it has test/1"):
        load_judged(tmp_path / "a").counts("nine/1")


# --- the verb --------------------------------------------------------------------------


def call(*args: object) -> str:
    done = CliRunner().invoke(cli, [str(arg) for arg in args], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_verb_says_it_to_people_and_to_programs(tmp_path: Path) -> None:
    a, b = two(tmp_path, "RRRRWWWWNU", "RRWWRWWWRR")
    text = call("compare", a, b)
    assert "B - A: +10.0 points" in text
    assert "1 undecided, 0 failed: the difference is between +0.0 and +10.0 points" in text
    assert "sums/0002  gold '4'  A 'R' (right)  B 'W' (wrong)" in text
    [row] = json.loads(call("compare", a, b, "--json"))
    assert row == json.loads(json.dumps([to_row(each) for each in compare(a, b)]))[0]


def test_of_several_answers_a_lost_problem_shows_how_many_were_right(tmp_path: Path) -> None:
    a, b = two(tmp_path, "RRRW", "WRRW", samples=2)
    assert "sums/0000  gold '0'  A 2 of 2 right  B 1 of 2 right" in call("compare", a, b)


def test_a_label_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    a, b = two(tmp_path, "RW", "WR")
    for path in (a, b):
        for file in ("manifest.json", "summary.json"):
            content = json.loads((path / file).read_text())
            label = "\x1b[2Jgone"
            content["model"] = {"label": label, "name": "m"} if file == "manifest.json" else label
            (path / file).write_text(json.dumps(content))
    assert "\x1b" not in call("compare", a, b)


# --- real outputs ----------------------------------------------------------------------


def replayed(folder: Path, data: Path, name: str, text: str) -> Path:
    from mmeval.runs.config import RunConfig

    config = RunConfig(
        model=name,
        benchmark=("gsm8k",),
        engine="replay",
        responses=str(next((data / "outputs").glob(f"gsm8k__{name}__*.jsonl"))),
        text=text,
        data=str(data),
        out=str(folder / name),
    )
    [run] = run_model(config)
    rule = folder / "last_number.py"
    rule.write_text(LAST_NUMBER, encoding="utf-8")
    assert catalog.load("checkers", str(rule)).name == "last-number/1"
    judge_run(run, [str(rule)])
    return run.path


LAST_NUMBER = """
import re
from mmeval.declare import Checker, Comparison, Extraction

NUMBER = re.compile(r"-?\\d[\\d,]*(?:\\.\\d+)?")

def extract(text):
    found = list(NUMBER.finditer(text))
    return Extraction(value=found[-1][0], span=found[-1].span(), rule="last") if found else None

def compare(answer, gold):
    same = float(answer.replace(",", "")) == float(gold.replace(",", ""))
    return Comparison(outcome="right" if same else "wrong", rule="float")

CHECKER = Checker(
    name="last-number/1", title="", source="", extract=extract, compare=compare
)
"""


def test_two_published_outputs_differ_as_their_publishers_say(data: Path, tmp_path: Path) -> None:
    a = replayed(tmp_path, data, "gemma-2-2b-it", "output.0")
    b = replayed(tmp_path, data, "gpt-4o-2024-05-13", "output.0")
    [result] = compare(a, b)
    assert result.n == 1319
    # published: 51.63 and 95.38
    assert result.difference == pytest.approx(0.9538 - 0.5163, abs=0.03)
    assert result.p < 1e-100
    assert result.low == pytest.approx(result.bootstrap_low, abs=0.003)
    assert result.high == pytest.approx(result.bootstrap_high, abs=0.003)
