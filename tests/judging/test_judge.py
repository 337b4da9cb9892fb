"""Judging: five outcomes that add up, each pair compared once, nothing that raises."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval import catalog
from mmeval.declare import Checker, Comparison, Extraction
from mmeval.errors import DataError, UnknownName
from mmeval.judging import judge as judging
from mmeval.judging.judge import Counts, judge, judge_text, score, tally, tally_by_checker
from mmeval.records import OUTCOMES, Generation, Outcome, Verdict

BUILD = Callable[[str], list[Verdict]]


def extract(text: str) -> Extraction | None:
    return Extraction(value=text, span=(0, len(text)), rule="whole") if text != "?" else None


def compare(answer: str, gold: str) -> Comparison:
    return Comparison(outcome="right" if answer == gold else "wrong", rule="same")


SAME = Checker(name="same/1", title="", source="", extract=extract, compare=compare)


def says(text: str, number: int = 0, **more: object) -> Generation:
    return replace(Generation(problem_id=f"p/{number}", text=text, finish="stop"), **more)  # type: ignore[arg-type]


def outcomes(checker: Checker, *texts: str, gold: str = "5") -> list[Outcome]:
    generations = [says(text, i) for i, text in enumerate(texts)]
    golds = {each.problem_id: gold for each in generations}
    return [verdict.outcome for verdict in judge(generations, golds, [checker])]


def test_a_verdict_carries_what_was_found_where_and_by_which_rules() -> None:
    assert judge_text("5", "5", SAME) == Verdict(
        problem_id="",
        outcome="right",
        extracted="5",
        span=(0, 1),
        extract_rule="whole",
        compare_rule="same",
        checker="same/1",
    )


def test_a_text_is_judged_by_a_checker_s_name_as_by_the_checker() -> None:
    assert judge_text("So it is 18.", "18").outcome == "right"
    assert judge_text("The answer is: 18", "18", "metamath-gsm8k/1") == judge_text(
        "The answer is: 18", "18", catalog.load("checkers", "metamath-gsm8k/1")
    )
    with pytest.raises(UnknownName, match="mmeval"):
        judge_text("18", "18", "mmeval/99")


def test_no_extraction_is_no_answer_and_is_never_compared() -> None:
    def refuse(answer: str, gold: str) -> Comparison:
        raise AssertionError((answer, gold))

    verdict = judge_text("?", "?", replace(SAME, compare=refuse))
    assert (verdict.outcome, verdict.extracted, verdict.note) == ("no_answer", None, None)


def test_a_refused_request_is_failed_with_its_error_and_its_text_is_not_graded() -> None:
    refused = says("5", finish="error", error="HTTP 400: no")
    (verdict,) = judge([refused], {"p/0": "5"}, [SAME])
    assert (verdict.outcome, verdict.note, verdict.extracted) == ("failed", "HTTP 400: no", None)


def test_truncation_and_stop_strings_are_carried_beside_any_outcome() -> None:
    generations = [says("5", finish="length"), says("5", stop_string="Question"), says("5")]
    found = list(judge(generations, {"p/0": "5"}, [SAME]))
    assert [each.outcome for each in found] == ["right"] * 3
    assert [(each.truncated, each.stop_cut) for each in found] == [
        (True, False),
        (False, True),
        (False, False),
    ]


def test_a_sample_keeps_its_number() -> None:
    found = judge([says("5", sample=3)], {"p/0": "5"}, [SAME])
    assert [each.sample for each in found] == [3]


@pytest.mark.parametrize("step", ["extract", "compare"])
def test_a_checker_that_raises_fails_that_row_alone_and_names_the_error(step: str) -> None:
    def raising(*given: str) -> Comparison:
        if given[0] == "bad":
            raise RecursionError("too deep")
        return {"extract": extract, "compare": compare}[step](*given)  # type: ignore[operator, no-any-return]

    steps: dict[str, Any] = {step: raising}
    checker = replace(SAME, **steps)
    assert outcomes(checker, "5", "bad", "6") == ["right", "failed", "wrong"]
    assert judge_text("bad", "5", checker).note == (
        f"the checker's {step} raised RecursionError: too deep"
    )


def test_equal_pairs_are_compared_once_across_the_whole_run() -> None:
    asked = []

    def counting(answer: str, gold: str) -> Comparison:
        asked.append((answer, gold))
        return compare(answer, gold)

    texts = ["5", "6", "5", "?"] * 1000
    found = outcomes(replace(SAME, compare=counting), *texts)
    assert found == ["right", "wrong", "right", "no_answer"] * 1000
    assert asked == [("5", "5"), ("6", "5")]


def test_compare_many_gets_each_distinct_pair_once_and_compare_none() -> None:
    asked: list[tuple[str, str]] = []

    def many(pairs: Sequence[tuple[str, str]]) -> list[Comparison]:
        asked.extend(pairs)
        return [compare(*pair) for pair in pairs]

    def never(answer: str, gold: str) -> Comparison:
        raise AssertionError((answer, gold))

    checker = replace(SAME, compare=never, compare_many=many)
    assert outcomes(checker, *(["5", "6", "5"] * 700)) == ["right", "wrong", "right"] * 700
    assert asked == [("5", "5"), ("6", "5")]


@pytest.mark.parametrize("answers", [None, 1])
def test_a_compare_many_that_breaks_leaves_each_pair_to_compare(answers: int | None) -> None:
    def broken(pairs: Sequence[tuple[str, str]]) -> list[Comparison]:
        if answers is None:
            raise OSError("pool is gone")
        return [compare("right", "right")] * answers

    checker = replace(SAME, compare_many=broken)
    assert outcomes(checker, "5", "6", "7") == ["right", "wrong", "wrong"]


def test_a_full_cache_changes_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [str(i % 7) for i in range(60)]
    expected = outcomes(SAME, *texts)
    monkeypatch.setattr(judging, "CACHE", 3)
    monkeypatch.setattr(judging, "CHUNK", 4)
    assert outcomes(SAME, *texts) == expected


def test_checkers_answer_side_by_side_in_the_order_given() -> None:
    other = replace(SAME, name="other/1", extract=lambda text: None)
    found = list(judge([says("5", 0), says("6", 1)], {"p/0": "5", "p/1": "5"}, [SAME, other]))
    assert [(each.problem_id, each.checker, each.outcome) for each in found] == [
        ("p/0", "same/1", "right"),
        ("p/0", "other/1", "no_answer"),
        ("p/1", "same/1", "wrong"),
        ("p/1", "other/1", "no_answer"),
    ]


def test_judging_streams() -> None:
    endless: Iterator[Generation] = (says("5") for _ in itertools.count())
    first = next(judge(endless, {"p/0": "5"}, [SAME]))
    assert first.outcome == "right"


def test_a_generation_without_a_gold_is_refused_by_name() -> None:
    with pytest.raises(DataError, match="no gold answer for the problem 'p/7'"):
        list(judge([says("5", 7)], {"p/0": "5"}, [SAME]))


def test_an_empty_value_that_is_right_is_shown_and_one_that_is_no_answer_is_not() -> None:
    def lenient(answer: str, gold: str) -> Comparison:
        return Comparison(outcome="right" if answer == gold else "no_answer", rule="same")

    checker = replace(SAME, compare=lenient)
    assert judge_text("", "", checker).extracted == ""
    assert judge_text("", "5", checker).extracted is None


@pytest.mark.parametrize(
    ("letters", "accuracy", "high"),
    [("RRWN", 0.5, 0.5), ("RRWU", 0.5, 0.75), ("F", 0.0, 1.0), ("NN", 0.0, 0.0), ("R", 1.0, 1.0)],
)
def test_accuracy_is_right_over_n_and_its_high_adds_what_could_not_be_told(
    verdicts: BUILD, letters: str, accuracy: float, high: float
) -> None:
    counts = tally(verdicts(letters))
    assert (counts.accuracy, counts.accuracy_high) == (accuracy, high)


@given(letters=st.text(alphabet="RWNUF", min_size=1))
@settings(deadline=None)
def test_the_five_outcomes_add_up_and_order_does_not_matter(letters: str) -> None:
    named = dict(zip("RWNUF", OUTCOMES, strict=True))
    made = [Verdict(problem_id="p", outcome=named[each], checker="c/1") for each in letters]
    counts = tally(made)
    assert counts == tally(reversed(made))
    assert counts.n == len(letters)
    assert [getattr(counts, name) for name in OUTCOMES] == [letters.count(x) for x in named]
    assert 0 <= counts.accuracy <= counts.accuracy_high <= 1


def test_counts_that_do_not_add_up_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="must add up"):
        Counts(n=3, right=1, wrong=1, no_answer=0, undecided=0, failed=0)


@pytest.mark.parametrize("count", [tally, tally_by_checker])
def test_no_verdicts_have_no_accuracy(count: Callable[[list[Verdict]], object]) -> None:
    with pytest.raises(DataError, match="was the file or the run folder empty"):
        count([])


def test_counts_by_checker_keep_the_checkers_apart(verdicts: BUILD) -> None:
    other = [replace(each, checker="other/1") for each in verdicts("WW")]
    counts = tally_by_checker([*verdicts("RRW"), *other])
    assert {name: (each.right, each.n) for name, each in counts.items()} == {
        "test/1": (2, 3),
        "other/1": (0, 2),
    }


def test_counts_are_written_with_the_keys_that_programs_read() -> None:
    counts = Counts(n=4, right=1, wrong=0, no_answer=1, undecided=1, failed=1)
    assert list(counts.to_row().items()) == [
        ("n", 4),
        ("right", 1),
        ("wrong", 0),
        ("no_answer", 1),
        ("undecided", 1),
        ("failed", 1),
        ("accuracy", 0.25),
        ("accuracy_high", 0.75),
    ]


class TestThoughts:
    """The answer alone is read; a thought without an end is no answer."""

    def whole(self, generation: Generation, **options: Any) -> Verdict:
        return next(judge([generation], {"p/0": "5"}, [SAME], **options))

    def test_the_answer_behind_the_thought_is_read_and_marked_in_the_whole_text(self) -> None:
        verdict = self.whole(says("is it 7?</think>5"))
        assert (verdict.outcome, verdict.extracted, verdict.note) == ("right", "5", None)
        assert verdict.span == (16, 17)

    @pytest.mark.parametrize(
        "thinking",
        [
            says("<think>5"),
            says("5", thought_state="open", thought_span=(0, 1), answer_at=1),
            says("", thought="5", thought_state="open", finish="length"),
        ],
    )
    def test_an_unfinished_thought_is_no_answer_unless_it_is_asked_for(
        self, thinking: Generation
    ) -> None:
        verdict = self.whole(thinking)
        assert (verdict.outcome, verdict.note) == ("no_answer", "thought unfinished")
        assert (verdict.extracted, verdict.span) == (None, None)
        read = self.whole(thinking, unfinished="read")
        assert (read.outcome, read.note) == ("right", "thought unfinished, and read")
        assert read.span is None or thinking.text[slice(*read.span)] == "5"

    def test_a_thought_that_the_server_told_apart_is_not_read(self) -> None:
        verdict = self.whole(says("5", thought="7", thought_state="closed"))
        assert (verdict.outcome, verdict.span) == ("right", (0, 1))

    def test_a_reward_may_say_that_its_prompt_opened_the_thought(self) -> None:
        assert judge_text("5", "5", SAME).outcome == "right"
        assert judge_text("5", "5", SAME, opened=True).note == "thought unfinished"
        assert judge_text("7</think>5", "5", SAME, opened=True).outcome == "right"

    @pytest.mark.parametrize(
        ("finish", "word", "note"),
        [
            ("filter", "content_filter", "the server ended the answer with 'content_filter'"),
            ("unknown", "tool_calls", "the server ended the answer with 'tool_calls'"),
            ("unknown", None, "the server did not say how the answer ended"),
        ],
    )
    def test_an_answer_that_ended_otherwise_is_judged_and_says_so(
        self, finish: str, word: str | None, note: str
    ) -> None:
        verdict = self.whole(says("5", finish=finish, finish_reason=word))
        assert (verdict.outcome, verdict.note, verdict.truncated) == ("right", note, False)

    def test_its_note_keeps_the_checkers_own(self) -> None:
        def doubt(answer: str, gold: str) -> Comparison:
            return Comparison(outcome="undecided", rule="none", note="too deep")

        read = next(judge([says("<think>5")], {"p/0": "5"}, [replace(SAME, compare=doubt)], "read"))
        assert read.note == "thought unfinished, and read; too deep"


# --- many texts, from threads, tasks and processes ---------------------------------------

TEXTS = [
    "The answer is 18.",
    r"So \boxed{\frac{1}{2}}.",
    "It is 19.",
    "I do not know.",
    r"\boxed{\sqrt{3+2\sqrt{2}}}",
    r"\boxed{\sin^2 x + \cos^2 x}",
    "<answer>B</answer>",
]
GOLDS = ["18", "0.5", "18", "18", r"1+\sqrt{2}", "1", "B"]
SAID = ["right", "right", "wrong", "no_answer", "right", "right", "right"]


def said(texts: Sequence[str] = TEXTS, golds: Sequence[str] = GOLDS) -> list[str]:
    """What a thread, a task and a process are each asked for."""
    return [each.outcome for each in score(texts, golds)]


def test_many_texts_are_judged_as_each_alone() -> None:
    verdicts = score(TEXTS, GOLDS)
    assert [each.outcome for each in verdicts] == SAID
    assert [each.problem_id for each in verdicts] == list("0123456")
    alone = [judge_text(text, gold) for text, gold in zip(TEXTS, GOLDS, strict=True)]
    assert [replace(each, problem_id="") for each in verdicts] == alone


def test_more_texts_than_golds_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        score(["1", "2"], ["1"])


def test_verdicts_are_the_same_from_eight_threads_and_from_asyncio() -> None:
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda _: said(), range(16))) == [SAID] * 16

    async def together() -> list[list[str]]:
        return await asyncio.gather(*(asyncio.to_thread(said) for _ in range(8)))

    assert asyncio.run(together()) == [SAID] * 8


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # to fork with threads, as trainers do
def test_verdicts_are_the_same_in_another_process(method: str) -> None:
    assert said() == SAID  # its own workers are warm before it forks
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as processes:
        assert [each.result(120) for each in [processes.submit(said)] * 2] == [SAID] * 2


def test_the_functions_are_picklable() -> None:
    assert pickle.loads(pickle.dumps(score)) is score
    [verdict] = score(["18"], ["18"])
    assert pickle.loads(pickle.dumps(verdict)) == verdict
