"""The self-test: what it counts, what it refuses, and when a run meets it."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import mmeval
from mmeval import catalog
from mmeval.answers.comparison import pool
from mmeval.declare import CANARIES, Benchmark, Checker, Comparison, Extraction
from mmeval.errors import DataError
from mmeval.judging.judge import Counts
from mmeval.judging.self_test import SelfTest, require_passed, self_test
from mmeval.problems.load import DataOptions, load_problems
from mmeval.records import Problem, from_row
from mmeval.run_folder import CheckerSummary
from mmeval.runs import plan
from mmeval.runs import run as running
from mmeval.runs.config import RunConfig
from mmeval.verbs.shared.run_table import ceiling_lines
from tests.builders.source_tree import ROOT

PAPER: Checker = catalog.load("checkers", "metamath-gsm8k/1")
OURS: Checker = catalog.load("checkers", "mmeval/1")


def problems(*golds: str) -> list[Problem]:
    return [Problem(id=f"t/{i}", question="?", gold=gold) for i, gold in enumerate(golds)]


def whole(text: str) -> Extraction | None:
    return Extraction(value=text, span=None, rule="whole")


def same(answer: str, gold: str) -> Comparison:
    return Comparison(outcome="right" if answer == gold else "wrong", rule="same")


STRINGS = Checker(name="strings/1", title="t", source="s", extract=whole, compare=same)


def test_golds_that_a_published_rule_cannot_read_are_its_ceiling() -> None:
    [found] = self_test(problems("18", "1,450,000", "5", "1,450,000"), [PAPER])
    assert (found.golds, found.failed, found.ceiling, found.same) == (4, 2, 0.5, ())
    assert found.examples == (("t/1", "1,450,000"),), "each distinct gold once"
    require_passed([found], "any")
    assert found.to_row() == {
        "ceiling": 0.5,
        "golds_not_read": 2,
        "golds_not_read_examples": ["1,450,000"],
    }


def test_a_gold_that_a_strict_checker_fails_is_refused_with_three_ids_at_most() -> None:
    blind = replace(STRINGS, strict=True, compare=lambda a, g: Comparison(outcome="wrong", rule=""))
    golds = problems("18", "x\n\x1b[2Jy", "z" * 99, "20")
    with pytest.raises(DataError, match="4 of 4 golds of some are not equal to thems") as refused:
        require_passed(self_test(golds, [blind]), "some")
    message = str(refused.value)
    assert [name in message for name in ("t/0", "t/1", "t/2", "t/3")] == [True, True, True, False]
    assert message.isprintable() and "z" * 38 not in message, "one line, whatever a gold holds"
    require_passed(self_test(golds, [replace(blind, strict=False)]), "some")


def test_a_checker_that_equals_what_differs_is_refused() -> None:
    agreeable = replace(STRINGS, compare=lambda a, g: Comparison(outcome="right", rule="yes"))
    with pytest.raises(DataError, match=r"strings/1 failed .* accepts, and must not, '1' for "):
        require_passed(self_test(problems("18"), [agreeable]), "some")


def test_canaries_are_tried_both_ways_round() -> None:
    prefix = replace(
        STRINGS,
        compare=lambda a, g: Comparison(outcome="right" if g.startswith(a) else "wrong", rule="p"),
        canaries=(("123", "12"),),
    )
    [found] = self_test(problems("18"), [prefix])
    assert found.same == (("12", "123"),)


def test_without_a_form_to_say_a_gold_in_only_the_comparison_is_tested() -> None:
    deaf = replace(STRINGS, extract=lambda text: None)
    [found] = self_test(problems("18"), [deaf])
    assert (found.ceiling, found.same) == (1.0, ())
    [found] = self_test(problems("18"), [replace(deaf, state="It is {}".format)])
    assert found.ceiling == 0.0


@pytest.mark.parametrize("part", ["extract", "compare", "state"])
def test_a_checker_that_raises_has_failed_its_golds_and_raises_nothing_here(part: str) -> None:
    def raises(*texts: str) -> None:
        raise RuntimeError("broken")

    form = STRINGS if part == "state" else replace(STRINGS, state="It is {}".format)
    broken: dict[str, Any] = {part: raises}
    [found] = self_test(problems("18", "19"), [replace(form, **broken)])
    assert (found.failed, found.same) == (2, ())


def test_every_checker_that_comes_along_tells_its_canaries_apart_without_a_worker() -> None:
    before = pool._shared
    for checker in catalog.load_all("checkers"):
        assert len(checker.canaries) > len(CANARIES), "it names its own"
        [found] = self_test(problems("18"), [checker])
        assert (found.same, found.ceiling) == ((), 1.0), checker.name
        for pair in checker.canaries:  # `wrong`, not merely undecided
            assert checker.compare(*pair).outcome == "wrong", pair
    assert pool._shared is before, "sympy's workers were started"


@pytest.mark.parametrize(
    ("name", "split", "paper", "failed"),
    [
        ("gsm8k", "test", "metamath-gsm8k/1", 1),
        ("gsm8k", "train", "metamath-gsm8k/1", 5),
        ("gsm8k_backward", "test", "metamath-gsm8k/1", 0),
        ("math500", "test", "metamath-math/1", 0),
        ("hendrycks_math", "test", "metamath-math/1", 1),
        ("hendrycks_math", "train", "metamath-math/1", 4),
    ],
)
def test_the_ceilings_of_the_published_sets_are_those_of_the_docs_within_a_second(
    data: Path, name: str, split: str, paper: str, failed: int
) -> None:
    benchmark: Benchmark = catalog.load("benchmarks", name)
    found = load_problems(benchmark, split, DataOptions(folder=data)).problems
    begin, before = time.process_time(), pool._shared
    theirs, ours = results = self_test(found, [catalog.load("checkers", paper), OURS])
    took = time.process_time() - begin
    require_passed(results, name)
    assert (theirs.failed, ours.failed) == (failed, 0)
    # counted a second way: as they stand, one by one
    again = sum(not _right(catalog.load("checkers", paper), problem.gold) for problem in found)
    assert again == failed
    assert took < 1 and pool._shared is before
    ceiling = f"| `{name}` {split} | {len(found):,} | `{paper}` | {failed} |"
    page = ROOT / "docs" / "checkers.md"
    assert ceiling in page.read_text(encoding="utf-8")


def _right(checker: Checker, gold: str) -> bool:
    found = checker.extract(f"The answer is: {gold}")
    return found is not None and checker.compare(found.value, gold).outcome == "right"


BENCHMARK = """
from mmeval.declare import Benchmark, Item, Split

def read(row):
    return Item(question=row["question"], gold=row["gold"])

def make(split, size, seed):
    for i, gold in enumerate(("1,450,000", "7", "8", "9")):
        yield {"question": f"How many in {i}?", "gold": gold}

BENCHMARK = Benchmark(
    name="counted", title="counts", source="https://example.org", licence="MIT",
    splits={"test": Split(rows=4)}, read=read, make=make,
    checkers=("metamath-gsm8k/1",), max_tokens=64,
)
"""
CHECKER = """
from mmeval.declare import Checker, Comparison, Extraction

CHECKER = Checker(
    name="agreeable/1", title="t", source="s",
    extract=lambda text: Extraction(value=text, span=None, rule="r"),
    compare=lambda answer, gold: Comparison(outcome="right", rule="r"),
)
"""


@pytest.fixture
def config(tmp_path: Path) -> RunConfig:
    (tmp_path / "counted.py").write_text(BENCHMARK)
    (tmp_path / "agreeable.py").write_text(CHECKER)
    rows = [{"question": f"How many in {i}?", "said": "The answer is: 7"} for i in range(4)]
    (tmp_path / "said.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return RunConfig(
        model="somebody",
        benchmark=(str(tmp_path / "counted.py"),),
        engine="replay",
        responses=str(tmp_path / "said.jsonl"),
        text="said",
        out=str(tmp_path / "run"),
    )


def test_a_run_keeps_the_ceiling_and_its_table_says_it(config: RunConfig) -> None:
    [run] = mmeval.run(replace(config, checker=("metamath-gsm8k/1", "mmeval/1")))
    theirs, ours = run.read_summary().checkers.values()
    assert (theirs.ceiling, ours.ceiling) == (0.75, 1.0)
    assert theirs.golds_not_read_examples == ("1,450,000",)
    assert list(ceiling_lines("metamath-gsm8k/1", theirs)) == [
        "metamath-gsm8k/1 can score at most 75.00 %: 1 gold is not read by the rule (1,450,000)"
    ]
    assert list(ceiling_lines("mmeval/1", ours)) == []


def test_a_ceiling_is_never_rounded_up_and_an_older_summary_has_none() -> None:
    row = SelfTest(
        checker="c/1",
        strict=False,
        golds=20_000,
        failed=1,
        examples=(("t/1", "\x1b[2J1"), ("t/2", "2")),
    ).to_row()
    counts = Counts(n=2, right=1, wrong=1, no_answer=0, undecided=0, failed=0).to_row()
    older = counts | {"low": 0.1, "high": 0.9}
    [line] = ceiling_lines("c/1", from_row(CheckerSummary, older | row))
    assert "at most 99.99 %" in line and line.isprintable()
    assert list(ceiling_lines("c/1", from_row(CheckerSummary, older))) == []


def test_a_run_with_a_checker_that_fails_is_refused_before_an_engine_is_opened(
    config: RunConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*given: object) -> None:
        raise AssertionError("an engine was opened")

    monkeypatch.setattr(running, "_open_all", opened)
    monkeypatch.setattr(plan, "open_replay", opened)
    with pytest.raises(DataError, match="agreeable/1 failed its self-test"):
        mmeval.run(replace(config, checker=(str(tmp_path / "agreeable.py"),)))
    assert not (tmp_path / "run").exists()
