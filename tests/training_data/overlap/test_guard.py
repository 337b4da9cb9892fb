"""Training rows that hold problems of a test set are refused, or left out and counted."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from mmeval import catalog
from mmeval.augmenting.keep import MadeRow
from mmeval.augmenting.mix import MixSpec, read_pool
from mmeval.declare import Benchmark
from mmeval.engines.models.find import training_row
from mmeval.errors import DataError, RunMismatch
from mmeval.problems.load import DataOptions, load_problems
from mmeval.records import Problem
from mmeval.training.train import train
from mmeval.training_data.overlap import guard as guard_module
from mmeval.training_data.overlap.find import Overlap
from mmeval.training_data.overlap.guard import Guard, embedder_at_hand, make_guard
from mmeval.training_data.rows import DataFile, TrainingRow, row_id
from mmeval.verbs.train import command
from tests.builders.jsonl_files import write_rows
from tests.builders.tiny_embedder import LetterEmbedder
from tests.builders.training_models import job


@pytest.fixture(scope="module")
def guarded() -> tuple[Guard, Problem]:
    """A guard over wordproblems, which are made on the spot, and its longest test problem."""
    benchmark = catalog.load("benchmarks", "wordproblems")
    assert isinstance(benchmark, Benchmark)
    problems = load_problems(benchmark, "test", DataOptions()).problems
    longest = max(problems, key=lambda each: len(each.question))
    return make_guard(["wordproblems"], DataOptions(), "none"), longest


def row(query: str, response: str = "So 7.", original: str | None = None) -> TrainingRow:
    return TrainingRow(
        id=row_id(query, response), query=query, response=response, original_question=original
    )


def held_by(problem: Problem) -> dict[str, TrainingRow]:
    """Rows that are, or were made from, the problem."""
    number = next(word for word in problem.question.split() if word.isdigit())
    hidden = problem.question.replace(number, "x", 1)
    return {
        "the problem itself": row(problem.question),
        "in other case and spacing": row(problem.question.upper().replace(" ", "  ")),
        "reworded, by its own word": row("How much is it?", original=problem.question),
        "asked backwards": row(
            f"{hidden} If we know the answer to the above question is {problem.gold}, what is "
            f"the value of unknown variable x?",
            f"The value of x is {number}. The answer is: {number}",
        ),
    }


HELD = [
    "the problem itself",
    "in other case and spacing",
    "reworded, by its own word",
    "asked backwards",
]


@pytest.mark.parametrize("kind", HELD)
def test_training_augmenting_and_mixing_find_the_same_problems(
    guarded: tuple[Guard, Problem], kind: str, tmp_path: Path
) -> None:
    guard, held = guarded[0], held_by(guarded[1])[kind]
    made = MadeRow(
        type="GSM_AnsAug",
        query=held.query,
        original_question=held.original_question or held.query,
        response=held.response,
    )
    assert guarded[1].id in {each.problem_id for each in guard.overlaps(made.training_row())}
    with pytest.raises(DataError, match=held.id):
        list(Guard(tests=guard.tests).clean([held]))
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(made.to_row()))
    pool = read_pool([DataFile(name="made", path=path)], MixSpec(), guard)
    assert pool.checked.overlapping == 1


def test_questions_of_a_test_set_are_refused_and_those_too_alike_left_out(
    guarded: tuple[Guard, Problem],
) -> None:
    guard, problem = guarded
    alike = replace(problem, question=f"Once more, with a new beginning: {problem.question}")
    other = replace(problem, question="What is 3 + 4?")
    assert guard.clean_questions([alike, other]) == [other]
    same = replace(problem, id="t/same", question=f" {problem.question}")
    words = rf"1 of 2 questions are in wordproblems test, the first is t/same \({problem.id}\)"
    with pytest.raises(DataError, match=words):
        guard.clean_questions([other, same])


@pytest.mark.parametrize(
    "kind",
    [
        "the problem itself",
        "in other case and spacing",
        "reworded, by its own word",
        "asked backwards",
    ],
)
def test_a_row_that_is_or_was_made_from_a_test_problem_is_refused(
    guarded: tuple[Guard, Problem], kind: str
) -> None:
    guard, problem = guarded
    rows = [row("What is 3 + 4?"), held_by(problem)[kind], held_by(problem)[kind]]
    with pytest.raises(DataError) as error:
        list(Guard(tests=guard.tests).clean(rows))
    assert "rows that are, or were made from, problems of wordproblems test: 2;" in str(error.value)
    assert rows[1].id in str(error.value)
    assert "\n" not in str(error.value)


def test_the_refusal_names_the_problem_that_the_row_is(guarded: tuple[Guard, Problem]) -> None:
    """And not one of another test set that it merely shares words with."""
    [test], problem = guarded[0].tests, guarded[1]
    shared, *_ = test.index.overlaps(row(f"Once more, with a new beginning: {problem.question}"))
    same = next(
        each for each in test.index.overlaps(row(problem.question)) if each.problem_id == problem.id
    )
    assert shared.evidence == ("ngram",) != same.evidence

    class Index:
        """Finds both, the weaker one first."""

        def overlaps(self, row: TrainingRow) -> list[Overlap]:
            return [replace(shared, problem_id="another"), same]

    both = replace(test, index=Index())  # type: ignore[arg-type]
    with pytest.raises(DataError, match=rf"\({re.escape(problem.id)}\)"):
        list(Guard(tests=[both]).clean([row(problem.question)]))


def test_a_row_that_shares_most_words_is_left_out_and_counted(
    guarded: tuple[Guard, Problem],
) -> None:
    guard = Guard(tests=guarded[0].tests)
    alike = row(f"Once more, with a new beginning: {guarded[1].question}")
    other = row("What is 3 + 4?")
    assert list(guard.clean([alike, other])) == [other]
    assert guard.left_out == 1
    assert guard.sentence() == ("compared with wordproblems test: rows left out as too alike: 1")


def test_train_templates_hold_no_test_problem(guarded: tuple[Guard, Problem]) -> None:
    guard = Guard(tests=guarded[0].tests)
    benchmark = catalog.load("benchmarks", "wordproblems")
    assert isinstance(benchmark, Benchmark)
    problems = load_problems(benchmark, "train", DataOptions(limit=300)).problems
    assert len(list(guard.clean(row(each.question) for each in problems))) == 300


def test_without_a_test_set_everything_passes_and_it_says_that_nothing_was_compared(
    guarded: tuple[Guard, Problem],
) -> None:
    guard, problem = Guard(), guarded[1]
    assert guard.clean_questions([problem]) == [problem]
    assert list(guard.clean([row(problem.question)])) == [row(problem.question)]
    assert guard.overlaps(row(problem.question)) == []
    assert list(guard.clean([row("What is 3 + 4?")])) == [row("What is 3 + 4?")]
    assert "compared with no test set" in guard.sentence()
    assert guard.names == []


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LetterEmbedder:
    """In place of every embedder, with an empty cache."""
    embedder = LetterEmbedder()
    monkeypatch.setenv("MMEVAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(guard_module, "open_embedder", lambda *_: embedder)
    return embedder


def turned(problem: Problem) -> TrainingRow:
    """The same letters in another order: no text rule sees it."""
    return row(" ".join(problem.question.split()[::-1]))


@pytest.mark.parametrize("window", [1, 2, 4096])
def test_with_an_embedder_rewordings_are_kept_out_too(
    guarded: tuple[Guard, Problem],
    letters: LetterEmbedder,
    window: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guard_module, "WINDOW", window)
    tests, said = guarded[0].tests, list[str]()
    alike = [turned(each) for each in tests[0].index.problems[:5]]
    other = row("zzz?")
    by_text = Guard(tests=tests)
    assert list(by_text.clean([*alike, other])) == [*alike, other]
    guard = Guard(tests=tests, embedder="letters", say=said.append)
    assert list(guard.clean([alike[0], other, *alike[1:]])) == [other]
    assert guard.left_out == 5 and "texts embedded, to be compared with" in said[0]
    asked = [replace(guarded[1], question=each.query) for each in (*alike, other)]
    assert guard.clean_questions(asked) == asked[-1:]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"query": r.query, "response": "7"}) + "\n" for r in alike))
    pool = read_pool([DataFile(name="made", path=path)], MixSpec(), guard)
    assert pool.checked.overlapping == 5


def test_what_passes_is_said_where_there_is_no_embedder(
    guarded: tuple[Guard, Problem],
) -> None:
    (line,) = Guard(tests=guarded[0].tests).caveats()
    assert "names and numbers" in line and "mmeval models fetch minilm-l6" in line
    assert "\n" not in line
    assert Guard(tests=guarded[0].tests, embedder="letters").caveats() == []
    assert Guard().caveats() == []


def test_the_embedder_at_hand_is_one_that_needs_no_download(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guard_module, "is_cached", lambda alias: False)
    assert embedder_at_hand(None) is None
    assert embedder_at_hand("./mine") == "./mine"
    monkeypatch.setattr(guard_module, "is_cached", lambda alias: True)
    assert embedder_at_hand(None) == "minilm-l6"
    assert embedder_at_hand("none") is None
    monkeypatch.setattr(guard_module, "find_spec", lambda name: None)
    assert embedder_at_hand(None) is None


def test_a_training_that_goes_on_compares_as_it_began(
    guarded: tuple[Guard, Problem], letters: LetterEmbedder, small_model: Path, tmp_path: Path
) -> None:
    rows = write_rows(
        tmp_path / "rows.jsonl",
        [
            *({"question": f"What is {n} + {n}?", "answer": f"#### {2 * n}"} for n in range(8)),
            {"question": turned(guarded[1]).query, "answer": "#### 7"},
        ],
    )
    asked = job(small_model, rows, tmp_path / "out", epochs=1)
    asked = replace(asked, against=("wordproblems",), embedder="letters")
    stored = training_row(train(asked)) or {}
    assert (stored["compared_by"], stored["left_out_as_overlapping"]) == ("letters", 1)
    assert "wordproblems test, by text and by letters" in (asked.out / "README.md").read_text()
    train(replace(asked, embedder=None))
    with pytest.raises(RunMismatch, match="compared_by was 'letters', now None"):
        train(replace(asked, embedder="none"))


def test_the_verb_refuses_them_in_one_line(
    guarded: tuple[Guard, Problem], small_model: Path, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"question": guarded[1].question, "answer": "#### 7"}) + "\n")
    arguments = ["sft", "--model", str(small_model), "--data", f"mine={path}"]
    arguments += ["--out", str(tmp_path / "out"), "--against", "wordproblems"]
    done = CliRunner().invoke(command, arguments)
    assert isinstance(done.exception, DataError), done.output
    assert "were made from, problems of wordproblems test: 1; the first is" in str(done.exception)
    assert not (tmp_path / "out").exists()
