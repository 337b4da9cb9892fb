"""Other people's outputs as generations: which row belongs to which problem."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.answers.thoughts import OpensThought
from mmeval.engines.engine import EngineOptions, open_engine
from mmeval.engines.models.find import Model
from mmeval.engines.replay import Matched, ReplaySpec, match, open_replay
from mmeval.errors import ConfigError, DataError, MissingData
from mmeval.problems.question_index import Questions, copies_told
from mmeval.records import Problem, Prompt, Request, Sampling
from mmeval.text import normalised

APPLES = "Ann has 3 apples and buys 4 more. How many apples does she have?"
TRAIN = "A train goes 60 miles an hour. How far does it go in 2 hours?"
BIRDS = "There are 9 birds on a fence and 2 fly away. How many are left?"
METAMATH = (
    "Below is an instruction that describes a task. Write a response that appropriately "
    "completes the request.\n\n### Instruction:\n{}\n\n### Response: Let's think step by step."
)


def problems(*questions: str) -> list[Problem]:
    return [Problem(id=f"t/{i}", question=each, gold="1") for i, each in enumerate(questions)]


THREE = problems(APPLES, TRAIN, BIRDS)


def matched(rows: Sequence[Mapping[str, Any]], text: str = "out", **spec: Any) -> Matched:
    path = Path("rows.jsonl")
    return match(THREE, list(enumerate(rows, 1)), ReplaySpec(responses=path, text=text, **spec))


def texts(found: Matched) -> dict[str, str]:
    return {f"{name}#{sample}": each.text for (name, sample), each in found.generations.items()}


class TestMatching:
    @pytest.mark.parametrize(
        ("row", "field"),
        [
            ({"question": BIRDS}, "question"),
            ({"problem": BIRDS}, "problem"),
            ({"id": "7", "input": METAMATH.format(BIRDS)}, "input"),
            ({"doc": {"question": BIRDS}}, "doc.question"),
            (
                {"messages": [{"content": "Be exact."}, {"role": "user", "content": BIRDS}]},
                "messages.-1.content",
            ),
        ],
    )
    def test_the_question_is_found_in_whichever_field_holds_it(
        self, row: dict[str, Any], field: str
    ) -> None:
        found = matched([row | {"out": "7"}])
        assert texts(found) == {"t/2#0": "7"}
        assert found.question_field == field

    @pytest.mark.parametrize(
        ("asked", "why"),
        [
            (f"  {APPLES}\n", "white space around"),
            (APPLES.replace(". ", ".\n\n"), "white space within"),
            (APPLES.replace(" ", "\u00a0"), "no-break spaces: NFKC"),
            (f"Q: {TRAIN}\nA: 120\n\nQ: {APPLES}\nA:", "the question comes after the examples"),
        ],
    )
    def test_white_space_and_compatible_characters_do_not_matter(
        self, asked: str, why: str
    ) -> None:
        assert list(matched([{"q": asked, "out": "7"}]).generations) == [("t/0", 0)], why

    def test_quotes_of_any_kind_are_the_same_quote(self) -> None:
        assert normalised("Janet’s “big” ducks") == normalised('Janet\'s "big" ducks')

    def test_a_reworded_question_is_another_question(self) -> None:
        rows = [{"q": APPLES, "out": "7"}, {"q": APPLES.replace("4", "5"), "out": "8"}]
        found = matched(rows)
        assert texts(found) == {"t/0#0": "7"}
        assert [str(each) for each in found.unmatched_rows] == [
            f"line 2: {APPLES.replace('4', '5')}"[: len("line 2: ") + 80]
        ]
        assert found.unanswered_problems == ("t/1", "t/2")

    def test_rows_of_one_problem_are_its_samples_in_their_order(self) -> None:
        asked = [APPLES, BIRDS, APPLES, APPLES]
        found = matched([{"q": each, "out": str(i)} for i, each in enumerate(asked)])
        assert texts(found) == {"t/0#0": "0", "t/2#0": "1", "t/0#1": "2", "t/0#2": "3"}
        assert found.samples == 3

    def test_a_list_of_texts_is_samples_and_a_path_picks_one(self) -> None:
        rows = [{"q": APPLES, "out": ["a", "b"]}, {"q": APPLES, "out": ["c", "d"]}]
        assert list(texts(matched(rows)).values()) == ["a", "b", "c", "d"]
        assert list(texts(matched(rows, text="out.-1")).values()) == ["b", "d"]

    def test_the_models_own_text_never_says_which_question_it_answers(self) -> None:
        row = {"id": 1, "out": f"The question was: {TRAIN}"}
        with pytest.raises(DataError, match=r"no field .* holds a question"):
            matched([row])

    def test_one_field_decides_for_the_whole_file(self) -> None:
        rows = [{"q": each, "hint": "", "out": "x"} for each in (APPLES, BIRDS)]
        stranger = {"q": "Who are you?", "hint": TRAIN, "out": "x"}
        found = matched([*rows, stranger])
        assert found.question_field == "q"
        assert [each.line for each in found.unmatched_rows] == [3]

    def test_a_named_field_is_the_one(self) -> None:
        row = {"other": APPLES, "asked": {"now": BIRDS}, "out": "x"}
        assert list(matched([row], question="asked.now").generations) == [("t/2", 0)]

    def test_rows_without_a_question_are_named(self) -> None:
        found = matched([{"q": APPLES, "out": "x"}, {"out": "y"}, {"q": None, "out": "z"}])
        assert [str(each) for each in found.unmatched_rows] == [
            "line 2: no question in it",
            "line 3: no question in it",
        ]

    @settings(deadline=None)
    @given(st.permutations(range(3)), st.lists(st.integers(0, 2), max_size=5))
    def test_no_row_is_lost_or_doubled_in_any_order(
        self, order: list[int], strangers: list[int]
    ) -> None:
        asked = [THREE[i].question for i in order] + [f"stranger {i}" for i in strangers]
        found = matched([{"q": each, "out": str(i)} for i, each in enumerate(asked)])
        said = {int(each.text) for each in found.generations.values()}
        unmatched = {each.line - 1 for each in found.unmatched_rows}
        assert said | unmatched == set(range(len(asked)))
        assert len(found.generations) + len(unmatched) == len(asked)
        assert texts(found) == {f"t/{i}#0": str(order.index(i)) for i in range(3)}


class TestCopies:
    """A question that several problems have: answers of the second went to the first."""

    @pytest.mark.parametrize(
        ("rows", "expected"),
        [
            ("A1 A2 B3", "0#0=1 1#0=2 2#0=3"),
            ("B3 A1 A2", "0#0=1 1#0=2 2#0=3"),
            ("A1 A2 B3 A4 A5 B6", "0#0=1 0#1=4 1#0=2 1#1=5 2#0=3 2#1=6"),
            ("A1 A4 A2 A5 B3 B6", "0#0=1 0#1=4 1#0=2 1#1=5 2#0=3 2#1=6"),
            ("A1 B3", "0#0=1 2#0=3"),
        ],
    )
    @pytest.mark.parametrize("form", ["{}", "Q: {}\nA:", "  {} "])
    def test_each_copy_has_its_own_rows(self, rows: str, expected: str, form: str) -> None:
        asked = {"A": APPLES, "B": BIRDS}
        made = [{"q": form.format(asked[each[0]]), "out": each[1]} for each in rows.split()]
        spec = ReplaySpec(responses=Path("rows.jsonl"), text="out")
        found = match(problems(APPLES, APPLES, BIRDS), list(enumerate(made, 1)), spec)
        said = sorted(f"{key[2:]}={text}" for key, text in texts(found).items())
        assert " ".join(said) == expected
        assert found.copied_questions == 1

    def test_copies_are_named(self) -> None:
        told = copies_told(problems(APPLES, BIRDS, f" {APPLES}\n"))
        assert told == "1 question stands more than once: t/0 and t/2"
        assert not copies_told(THREE)

    def test_a_copy_that_is_not_asked_keeps_its_rows(self) -> None:
        """With --limit or --shard the other copy had the rows of both."""
        whole = problems(APPLES, APPLES, BIRDS)
        made = [(1, {"q": APPLES, "out": "1"}), (2, {"q": APPLES, "out": "2"})]
        spec = ReplaySpec(responses=Path("rows.jsonl"), text="out")
        for part, expected in (([0, 2], {"t/0#0": "1"}), ([1], {"t/1#0": "2"})):
            found = match([whole[i] for i in part], made, spec, whole)
            assert texts(found) == expected and len(found.unmatched_rows) == 1

    def test_lists_of_samples_and_rows_by_order_stay_with_their_copy(self) -> None:
        made = [{"q": APPLES, "out": ["1", "2"]}, {"q": APPLES, "out": ["3", "4"]}]
        for by_order in (False, True):
            spec = ReplaySpec(responses=Path("rows.jsonl"), text="out", by_order=by_order)
            found = match(problems(APPLES, APPLES), list(enumerate(made, 1)), spec)
            assert texts(found) == {"t/0#0": "1", "t/0#1": "2", "t/1#0": "3", "t/1#1": "4"}
            assert found.copied_questions == (0 if by_order else 1)


def place(known: Questions, text: str) -> int | None:
    return next(iter(known.find(text)), None)


class TestQuestions:
    def test_the_longest_of_the_last_ones_wins(self) -> None:
        inner = "What is the sum of 2 and 3?"
        known = Questions([inner, f"Think. {inner}", f"{inner} Then double it."])
        assert place(known, f">> {inner} <<") == 0
        assert place(known, f">> Think. {inner} <<") == 1
        assert place(known, f">> {inner} Then double it. <<") == 2

    def test_a_question_does_not_end_or_begin_within_a_word_or_number(self) -> None:
        known = Questions(["Compute 12 + 1"])
        assert place(known, "Q: Compute 12 + 1.") == 0
        assert place(known, "Q: Compute 12 + 13.") is None
        assert place(known, "Q: xCompute 12 + 1.") is None

    def test_a_very_short_question_is_found_only_as_a_whole(self) -> None:
        known = Questions(["2 + 2"])
        assert place(known, " 2 + 2 ") == 0
        assert place(known, "It is known that 2 + 2 is 4.") is None

    def test_nothing_is_no_question(self) -> None:
        assert place(Questions(["", APPLES]), "   ") is None

    @settings(deadline=None)
    @given(
        st.lists(st.text("ab \n’'12.", max_size=40), max_size=8),
        st.text("ab \n’'12.", max_size=80),
    )
    def test_the_index_agrees_with_a_plain_search(self, known: list[str], text: str) -> None:
        found = place(Questions(known), text)
        folded = normalised(text)
        inside = [
            normalised(each)
            for each in known
            if len(normalised(each)) >= 8 and f" {normalised(each)} " in f" {folded} "
        ]
        if found is None:
            assert not inside
            assert folded not in {normalised(each) for each in known if each.strip()}
        else:
            assert normalised(known[found]) in folded

    def test_long_prompts_and_many_questions_take_seconds_not_minutes(self) -> None:
        known = [
            f"Problem {i}: what is {i} times {i + 1}, and why is it even?" for i in range(5000)
        ]
        index = Questions(known)
        shots = "\n".join(f"Problem x: nothing to see {i}. Answer: {i}" for i in range(60))
        begin = time.process_time()
        for i in range(0, 5000, 10):
            assert list(index.find(f"{shots}\n{known[i]}\nAnswer:")) == [i]
        assert time.process_time() - begin < 10  # 0.2 s here; all pairs would take minutes


class TestByOrder:
    def test_row_i_answers_problem_i(self) -> None:
        found = matched([{"out": each} for each in "xyz"], by_order=True)
        assert texts(found) == {"t/0#0": "x", "t/1#0": "y", "t/2#0": "z"}
        assert found.question_field is None

    @pytest.mark.parametrize("count", [2, 4])
    def test_another_number_of_rows_is_refused(self, count: int) -> None:
        with pytest.raises(DataError, match=f"{count} rows for 3 problems"):
            matched([{"out": "x"}] * count, by_order=True)


class TestFinish:
    @pytest.mark.parametrize(
        ("word", "finish", "text"),
        [("stop", "stop", "x"), ("length", "length", "x"), ("eos_token", "stop", "x")],
    )
    def test_the_finish_reason_may_be_a_field(self, word: str, finish: str, text: str) -> None:
        found = matched([{"q": APPLES, "out": "x", "why": word}], finish="why")
        one = found.generations["t/0", 0]
        assert (one.finish, one.text, one.tokens, one.prompt_tokens) == (finish, text, None, None)

    def test_an_answer_they_marked_as_an_error_is_not_graded(self) -> None:
        found = matched([{"q": APPLES, "out": "Sorry!", "why": "error"}], finish="why")
        one = found.generations["t/0", 0]
        assert (one.finish, one.text) == ("error", "")
        assert one.error

    def test_a_field_without_any_finish_reason_is_refused(self) -> None:
        with pytest.raises(DataError, match=r"rows.jsonl, line 1: .*'tired' is not known"):
            matched([{"q": APPLES, "out": "x", "why": "tired"}], finish="why")

    @pytest.mark.parametrize(
        ("word", "finish", "kept"),
        [
            ("tired", "unknown", "tired"),
            (None, "unknown", None),
            ("content_filter", "filter", "content_filter"),
        ],
    )
    def test_a_word_of_their_own_among_known_ones_keeps_its_answer(
        self, word: str | None, finish: str, kept: str | None
    ) -> None:
        rows: list[dict[str, Any]] = [
            {"q": APPLES, "out": "x", "why": word},
            {"q": APPLES, "out": "y", "why": "stop"},
        ]
        one = matched(rows, finish="why").generations["t/0", 0]
        assert (one.finish, one.finish_reason, one.text) == (finish, kept, "x")

    def test_null_is_an_error_and_not_an_empty_answer(self) -> None:
        one = matched([{"q": APPLES, "out": None}]).generations["t/0", 0]
        assert (one.finish, one.error) == ("error", "out is null")
        assert matched([{"q": APPLES, "out": ""}]).generations["t/0", 0].finish == "stop"


class TestThoughts:
    ROWS = (
        {"q": APPLES, "out": "hm</think>It is 5"},
        {"q": APPLES, "out": "hm, 7"},
        {"q": APPLES, "out": None},
    )

    def test_texts_that_close_a_thought_tell_that_all_begin_in_one(self) -> None:
        found = matched(list(self.ROWS))
        assert found.opened
        states = [each.thought_state for each in found.generations.values()]
        assert states == ["closed", "open", "none"]
        assert [each.answer for each in found.generations.values()] == ["It is 5", "", ""]

    @pytest.mark.parametrize(
        ("opens", "state"), [("yes", "open"), ("no", "none"), ("auto", "none")]
    )
    def test_what_no_text_tells_may_be_said(self, opens: OpensThought, state: str) -> None:
        found = matched([{"q": APPLES, "out": "hm, 7"}], opens_thought=opens)
        assert found.generations["t/0", 0].thought_state == state

    def test_the_thought_may_be_a_field_of_its_own(self) -> None:
        rows: list[dict[str, Any]] = [
            {"q": APPLES, "out": ["5", None, "6", None], "why": ["hm", "cut", None, None]},
            {"q": APPLES, "out": "7"},
        ]
        found = list(matched(rows, thought="why").generations.values())
        told = [(each.text, each.thought, each.thought_state, each.finish) for each in found]
        assert told == [
            ("5", "hm", "closed", "stop"),
            ("", "cut", "open", "stop"),
            ("6", None, "none", "stop"),
            ("", None, "none", "error"),
            ("7", None, "none", "stop"),
        ]

    def test_a_field_of_thoughts_that_no_row_has_is_named(self) -> None:
        with pytest.raises(DataError, match="no row has a thought in 'whi'; fields: q, out"):
            matched([{"q": APPLES, "out": "5"}], thought="whi")


class TestBadRows:
    @pytest.mark.parametrize(
        ("row", "told"),
        [
            ({"q": APPLES, "text": "x"}, r"line 2: no field 'out': .* fields: q, text"),
            ({"q": APPLES, "out": 3}, r"line 2: 'out' must hold text.* found int"),
            ({"q": APPLES, "out": [{"text": "x"}]}, r"line 2: 'out' must hold text.* found dict"),
        ],
    )
    def test_a_row_without_text_is_named(self, row: dict[str, Any], told: str) -> None:
        with pytest.raises(DataError, match=told):
            matched([{"q": BIRDS, "out": "x"}, row])

    def test_no_row_of_this_benchmark_lists_the_fields(self) -> None:
        with pytest.raises(DataError, match=r"fields: q, out; .*--by-order"):
            matched([{"q": "Who are you?", "out": "x"}])

    def test_no_rows(self) -> None:
        with pytest.raises(DataError, match="no rows"):
            matched([])

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(MissingData, match="nowhere"):
            open_replay(THREE, ReplaySpec(responses=tmp_path / "nowhere.jsonl", text="out"))


class TestEngine:
    def test_each_request_gets_its_answer_and_a_gap_is_an_error(self, tmp_path: Path) -> None:
        file = tmp_path / "theirs.jsonl"
        rows = [{"q": APPLES, "out": "a0"}, {"q": APPLES, "out": "a1"}, {"q": TRAIN, "out": "b0"}]
        file.write_text("".join(json.dumps(each) + "\n" for each in rows))
        engine = open_replay(THREE, ReplaySpec(responses=file, text="out"))
        requests = [
            Request(prompt=Prompt(problem_id=each.id, text=each.question), sample=sample)
            for each in THREE
            for sample in range(2)
        ]
        got = list(engine.generate(requests, Sampling(n=2, temperature=1)))
        assert [each.key for each in got] == [each.key for each in requests]
        assert [each.text for each in got] == ["a0", "a1", "b0", "", "", ""]
        assert [each.error for each in got[3:]] == [
            "no response 1 for this problem in theirs.jsonl",
            "no response for this problem in theirs.jsonl",
            "no response 1 for this problem in theirs.jsonl",
        ]
        assert engine.matched.unanswered_problems == ("t/2",)

    def test_the_file_is_part_of_the_runs_identity(self, tmp_path: Path) -> None:
        hashes = []
        for said in "xy":
            file = tmp_path / "theirs.jsonl"
            file.write_text(json.dumps({"q": APPLES, "out": said}) + "\n")
            info = open_replay(THREE, ReplaySpec(responses=file, text="out")).info
            hashes.append(info.settings["responses_sha256"])
            assert "responses_sha256" in info.bound
            assert set(info.bound) <= set(info.settings)
            assert (info.name, info.mode, info.settings["unanswered_problems"]) == (
                "replay",
                "replay",
                2,
            )
            assert str(tmp_path) not in repr(info)
        assert hashes[0] != hashes[1]

    def test_opening_it_without_a_file_says_what_it_needs(self) -> None:
        with pytest.raises(ConfigError, match=r"--responses FILE\.jsonl and --text FIELD"):
            open_engine("replay", Model(name="x"), EngineOptions())


REAL = [
    # file below outputs/, its benchmark, --text, the field with the question, its own gold
    ("gsm8k__metamath_7b__gsmplus", "gsm8k/test", "completion", "input", "gold"),
    ("gsm8k__gemma-2-2b-it__zeroeval", "gsm8k/test", "output", "question", "answer"),
    ("gsm8k__gpt-4o-2024-05-13__zeroeval", "gsm8k/test", "output", "question", "answer"),
    ("gsm8k__tora-70b-v1.0__microsoft", "gsm8k/test", "code.0", "question", "gt"),
    ("gsm8k__mathcoder-l-7b__mathllm", "gsm8k/test", "completion", "question", "gold_answer"),
    ("math500__gemma-2-27b-it__skythought", "math/math500", "code", "question", "answer"),
    ("math500__qwen2.5-math-7b__skythought", "math/math500", "code", "question", "answer"),
    ("math-l5__gemma-2-9b-it__zeroeval", "math/test", "output.0", "problem", "answer"),
    ("math-l5__qwen2.5-7b-instruct__zeroeval", "math/test", "output", "problem", "answer"),
]
ROWS = {"gsm8k": 1319, "math500": 500, "math-l5": 721}


def json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def same_gold(theirs: object, published: str) -> bool:
    """GSM8K: the number after `####`; MATH: the answer stands in the worked solution."""
    gold = str(theirs).removeprefix("# ")
    if "####" not in published:
        return gold in published
    return float(gold.replace(",", "")) == float(published.rpartition("####")[2].replace(",", ""))


@pytest.mark.parametrize("real", REAL, ids=[each[0] for each in REAL])
def test_every_row_of_real_output_files_finds_its_problem(
    data: Path, real: tuple[str, str, str, str, str]
) -> None:
    outputs, benchmark, text, field, gold = real
    source = json_lines(data / f"{benchmark}.jsonl")
    asked = problems(*(each.get("question") or each["problem"] for each in source))
    published = {
        problem.id: each.get("solution") or each["answer"]
        for problem, each in zip(asked, source, strict=True)
    }
    file = data / "outputs" / f"{outputs}.jsonl"
    begin = time.process_time()
    found = open_replay(asked, ReplaySpec(responses=file, text=text)).matched
    assert time.process_time() - begin < 10  # 0.1 s here
    rows = json_lines(file)
    assert len(rows) == len(found.generations) == ROWS[outputs.partition("__")[0]]
    assert found.unmatched_rows == ()
    assert found.question_field == field
    assert found.samples == 1
    assert len(found.unanswered_problems) == len(asked) - len(rows)
    # A second opinion on who belongs to whom: every row brings its gold along.
    pairs = zip(rows, found.generations.values(), strict=True)
    wrong = [row for row, each in pairs if not same_gold(row[gold], published[each.problem_id])]
    assert not wrong
