"""The `hf` engine on a tiny random Llama, and once on the embedded model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.engines.engine import EngineOptions
from mmeval.engines.hf.batching import batches
from mmeval.engines.models.find import Model, find_model
from mmeval.errors import ConfigError, EngineError
from mmeval.records import Generation, Message, Prompt, Request, Sampling, Scalar
from tests.conftest import TINY_CONTEXT as CONTEXT
from tests.conftest import TINY_WORDS as WORDS

torch = pytest.importorskip("torch", reason="hf engine: torch is not installed; make hf")
transformers = pytest.importorskip(
    "transformers", reason="hf engine: transformers is not installed; make hf"
)

from mmeval.engines.hf import engine as hf_engine  # noqa: E402 - after the skips
from mmeval.engines.hf.engine import HfEngine  # noqa: E402


def copy_with(tiny: Path, target: Path, generation_config: dict[str, Any]) -> Path:
    """The tiny model with another generation_config.json."""
    shutil.copytree(tiny, target)
    (target / "generation_config.json").write_text(json.dumps(generation_config))
    return target


def engine(folder: Path, use_generation_config: bool = False, **args: Scalar) -> HfEngine:
    options = EngineOptions(args=args, dtype="float32", use_generation_config=use_generation_config)
    return hf_engine.open(find_model(str(folder)), options)


@pytest.fixture(scope="module")
def small(tiny: Path) -> Iterator[HfEngine]:
    """The tiny model in batches of 4."""
    opened = engine(tiny, batch_size=4)
    yield opened
    opened.close()
    opened.close()  # twice is allowed


def ask(text: str, sample: int = 0, seed: int = 0, id: str = "") -> Request:
    return Request(prompt=Prompt(problem_id=id or text, text=text), sample=sample, seed=seed)


def questions(n: int, sample: int = 0) -> list[Request]:
    words = WORDS.split()
    return [
        ask(
            " ".join(words[i % 12 : i % 12 + 1 + i % 5]), sample, seed=100 * sample + i, id=f"t/{i}"
        )
        for i in range(n)
    ]


def answers(opened: HfEngine, requests: list[Request], **how: Any) -> dict[Any, Generation]:
    found = list(opened.generate(requests, Sampling(**({"max_tokens": 12} | how))))
    assert sorted(g.key for g in found) == sorted(r.key for r in requests)
    return {g.key: g for g in found}


# Greedy.


def by_hand(opened: HfEngine, text: str, new: int, penalty: float = 1.0) -> str:
    """Greedy decoding without a cache, a batch or `generate`."""
    ids = opened._tokenizer(text)["input_ids"]
    begin = len(ids)
    for _ in range(new):
        logits = opened._model(torch.tensor([ids])).logits[0, -1].clone()
        for each in set(ids):
            logits[each] = logits[each] / penalty if logits[each] > 0 else logits[each] * penalty
        ids = [*ids, int(logits.argmax())]
        if ids[-1] in opened._eos:
            break
    before = opened._tokenizer.decode(ids[:begin])
    whole = opened._tokenizer.decode(ids, skip_special_tokens=True)
    return str(whole[len(before) :])


def test_a_batch_with_padding_says_what_each_prompt_says_alone(small: HfEngine) -> None:
    requests = questions(10)
    found = answers(small, requests)
    for request in requests:
        assert request.prompt.text is not None
        assert found[request.key].text == by_hand(small, request.prompt.text, 12)
    assert len({g.text for g in found.values()}) > 5  # the model does tell prompts apart


def test_greedy_ignores_the_models_own_sampling_fields(tiny: Path, tmp_path: Path) -> None:
    # transformers fills every field its caller leaves unset from generation_config.json.
    loud = {
        "do_sample": True,
        "temperature": 3.0,
        "top_k": 3,
        "repetition_penalty": 5.0,
        "no_repeat_ngram_size": 1,
        "min_new_tokens": 3,
        "max_length": 5,
        "num_beams": 2,
        "suppress_tokens": [5, 6, 7],
    }
    changed = engine(copy_with(tiny, tmp_path / "m", loud), batch_size=4)
    requests = questions(6)
    found = answers(changed, requests)
    assert found == answers(engine(tiny, batch_size=4), requests)
    assert 12 in {g.tokens for g in found.values()}  # max_length would have ended all at 5
    assert not [key for key in changed.info.settings if key.startswith("generation_config")]


def test_they_apply_when_asked_for_and_are_recorded(tiny: Path, tmp_path: Path) -> None:
    loud = {"do_sample": True, "temperature": 3.0, "top_k": 3, "repetition_penalty": 5.0}
    folder = copy_with(tiny, tmp_path / "m", loud)
    changed = engine(folder, use_generation_config=True, batch_size=4)
    assert changed.info.settings["generation_config.repetition_penalty"] == "5.0"
    assert "generation_config.repetition_penalty" in changed.info.bound
    for request in questions(3):
        assert request.prompt.text is not None
        said = answers(changed, [request])[request.key].text
        # The penalty is the model's; temperature 0 stays greedy.
        assert said == by_hand(changed, request.prompt.text, 12, penalty=5.0)
        assert said != by_hand(changed, request.prompt.text, 12)


# What ends an answer.


def ids_of(opened: HfEngine, text: str, new: int) -> list[int]:
    ids = torch.tensor([opened._tokenizer(text)["input_ids"]])
    for _ in range(new):
        ids = torch.cat([ids, opened._model(ids).logits[:, -1:].argmax(-1)], dim=1)
    return [int(each) for each in ids[0, -new:]]


def test_the_models_own_end_of_text_ids_are_kept(tiny: Path, tmp_path: Path) -> None:
    plain = engine(tiny)
    said = ids_of(plain, "one two", 8)
    end = next(token for token in said[2:] if token not in said[:2])
    ended = engine(copy_with(tiny, tmp_path / "m", {"eos_token_id": [end, 198]}))
    found = answers(ended, [ask("one two")])[("one two", 0)]
    assert (found.finish, found.stop_string) == ("stop", None)
    assert found.tokens == said.index(end) + 1  # the end token is counted
    assert found.text == plain._tokenizer.decode([*said[: said.index(end)]])
    assert str(end) in str(ended.info.settings["eos_ids"]).split(",")


def test_the_tokenizers_end_of_text_ends_as_well(tiny: Path, tmp_path: Path) -> None:
    # As in vLLM; a chat model whose generation_config.json names another id needs it.
    folder = copy_with(tiny, tmp_path / "m", {"eos_token_id": 7})
    assert engine(folder).info.settings["eos_ids"] == "0,7"


def test_a_stop_string_is_cut_off_and_named(small: HfEngine) -> None:
    requests = questions(4)
    whole = answers(small, requests)
    text = whole["t/0", 0].text
    stop = text[4:6]
    found = answers(small, requests, stop=(stop, "not there"))
    cut = found["t/0", 0]
    assert cut.text == text[: text.find(stop)]
    assert (cut.finish, cut.stop_string) == ("stop", stop)
    assert cut.tokens is not None
    assert cut.tokens < 12
    for key, each in found.items():
        if stop not in whole[key].text:
            assert each == whole[key]


def test_tokens_are_counted_per_row_without_padding(small: HfEngine) -> None:
    for request in (requests := questions(4)):
        found = answers(small, requests)[request.key]
        assert found.prompt_tokens == len(small.token_ids(request.prompt))
        assert (found.finish, found.tokens) == ("length", 12)


def test_an_answer_ends_where_the_context_does(small: HfEngine) -> None:
    long = ask(" one" * (CONTEXT - 5), id="long")
    assert len(small.token_ids(long.prompt)) == CONTEXT - 5
    found = answers(small, [long, ask("two", id="short")])
    assert (found["long", 0].tokens, found["long", 0].finish) == (5, "length")
    assert found["short", 0].tokens == 12


@pytest.mark.parametrize("tokens", [CONTEXT, CONTEXT + 9])
def test_a_prompt_without_room_for_an_answer_is_an_error_row(small: HfEngine, tokens: int) -> None:
    found = answers(small, [ask(" one" * tokens, id="long"), ask("two", id="short")])
    assert found["long", 0].finish == "error"
    assert f"{tokens} tokens" in str(found["long", 0].error)
    assert str(CONTEXT) in str(found["long", 0].error)
    assert found["short", 0].text
    assert answers(small, [ask("", id="empty")])["empty", 0].error == "the prompt has no tokens"


# Sampling.


def test_a_sampled_batch_repeats_and_leaves_torchs_own_state_alone(small: HfEngine) -> None:
    requests = questions(4)
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    first = answers(small, requests, temperature=1.0)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(8)
    assert answers(small, requests, temperature=1.0) == first


def test_other_seeds_give_other_samples(small: HfEngine) -> None:
    texts = {
        answers(small, [ask("one", sample=s, seed=s)], temperature=1.5)["one", s].text
        for s in range(5)
    }
    assert len(texts) == 5


def test_the_whole_distribution_is_sampled(tiny: Path) -> None:
    # transformers' own top_k is 50 where its caller names none.
    many = [ask("one", seed=i, id=f"t/{i}") for i in range(600)]
    opened = engine(tiny, batch_size=600)
    firsts = answers(opened, many, temperature=2.0, max_tokens=1).values()
    assert len({g.text for g in firsts}) > 50


def test_a_tiny_top_p_is_greedy(small: HfEngine) -> None:
    requests = questions(4)
    sampled = answers(small, requests, temperature=1.0, top_p=1e-6)
    assert sampled == answers(small, requests)


# Batches.

REQUESTS = st.lists(
    st.builds(
        lambda number, sample, length: ask("x" * length, sample, id=f"t/{number}"),
        st.integers(0, 60),
        st.integers(0, 3),
        st.integers(1, 5),
    ),
    unique_by=lambda request: request.key,
    max_size=40,
)


@settings(deadline=None)
@given(requests=REQUESTS, size=st.integers(1, 7), data=st.data())
def test_whole_units_put_together_give_the_same_units_again(
    requests: list[Request], size: int, data: st.DataObject
) -> None:
    units = batches(requests, size)
    chosen = [unit for unit in units if data.draw(st.booleans())]
    assert batches([request for unit in chosen for request in unit], size) == chosen


@settings(deadline=None)
@given(requests=REQUESTS, size=st.integers(1, 7), data=st.data())
def test_units_hold_every_request_once_whatever_the_order(
    requests: list[Request], size: int, data: st.DataObject
) -> None:
    units = batches(requests, size)
    held = [request.key for unit in units for request in unit]
    assert sorted(held) == sorted(request.key for request in requests)
    assert all(1 <= len(unit) <= size for unit in units)
    assert all(len({request.sample for request in unit}) == 1 for unit in units)
    assert batches(data.draw(st.permutations(requests)), size) == units


@settings(deadline=None)
@given(count=st.integers(0, 12), few=st.integers(0, 3), more=st.integers(0, 3))
def test_topping_up_the_samples_changes_no_batch(count: int, few: int, more: int) -> None:
    first = [r for s in range(few) for r in questions(count, s)]
    topped = first + [r for s in range(few, few + more) for r in questions(count, s)]
    assert batches(topped, 5)[: len(batches(first, 5))] == batches(first, 5)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_what_is_left_of_a_run_is_answered_as_in_the_whole(
    small: HfEngine, temperature: float
) -> None:
    requests = questions(9) + questions(9, sample=1)
    whole = answers(small, requests, temperature=temperature)
    units = small.units(requests)
    left = [request for unit in (units[1], units[2], units[5]) for request in unit]
    assert answers(small, left, temperature=temperature) == {r.key: whole[r.key] for r in left}


def test_answers_come_as_soon_as_their_batch_is_finished(
    small: HfEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    real = small._model.generate

    def counted(**kwargs: Any) -> Any:
        calls.append(len(kwargs["input_ids"]))
        return real(**kwargs)

    monkeypatch.setattr(small._model, "generate", counted)
    stream = small.generate(questions(10), Sampling(max_tokens=3))
    next(stream)
    assert calls == [4]
    assert len(list(stream)) == 9
    assert calls == [4, 4, 2]


def test_the_longest_prompts_come_first(small: HfEngine) -> None:
    lengths = [len(r.prompt.text or "") for unit in small.units(questions(9)) for r in unit]
    assert lengths == sorted(lengths, reverse=True)


# What the engine says of itself, and what it refuses.


def test_the_engine_tells_the_truth_about_itself(tiny: Path, small: HfEngine) -> None:
    info = small.info
    assert (info.name, info.version) == ("hf", transformers.__version__)
    assert (info.dtype, info.mode, info.device, info.context) == (
        "float32",
        "eager",
        str(small._model.device.type),
        CONTEXT,
    )
    assert info.bos == "none"
    assert info.settings["batch_size"] == 4
    assert set(info.bound) <= set(info.settings)
    assert {"batch_size", "eos_ids"} <= set(info.bound)
    half = hf_engine.open(find_model(str(tiny)), EngineOptions(dtype="bfloat16"))
    assert half.info.dtype == "bfloat16"
    assert half._model.lm_head.weight.dtype == torch.bfloat16
    own = hf_engine.open(find_model(str(tiny)), EngineOptions())
    assert own.info.dtype == "float32"  # the checkpoint's own


def test_running_out_of_memory_says_what_to_lower(
    small: HfEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate")

    monkeypatch.setattr(small._model, "generate", full)
    with pytest.raises(EngineError, match="batch_size=4") as caught:
        list(small.generate(questions(2), Sampling(max_tokens=3)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ({"batchsize": 4}, "batch_size"),
        ({"batch_size": 0}, "whole number"),
        ({"batch_size": "many"}, "whole number"),
        ({"batch_size": True}, "whole number"),
    ],
)
def test_engine_arguments_are_checked(tiny: Path, args: dict[str, Scalar], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        hf_engine.open(find_model(str(tiny)), EngineOptions(args=args))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", b'{"model_type": "no-such-architecture"}'),
        ("config.json", b'{"model_type": "llama", "hidden_size": "wide"}'),
        ("model.safetensors", b"not weights"),
        ("tokenizer.json", b"{"),
    ],
)
def test_a_model_that_cannot_be_loaded_is_one_line(
    tiny: Path, tmp_path: Path, file: str, content: bytes
) -> None:
    folder = tmp_path / "m"
    shutil.copytree(tiny, folder)
    (folder / file).write_bytes(content)
    with pytest.raises(EngineError, match="could not load") as caught:
        engine(folder)
    assert "\n" not in str(caught.value)


def test_weights_that_lack_a_tensor_are_refused(tiny: Path, tmp_path: Path) -> None:
    # transformers would fill a third layer with random numbers and go on.
    folder = tmp_path / "m"
    shutil.copytree(tiny, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    with pytest.raises(EngineError, match=r"lack 9 tensors .* model\.layers\.2\."):
        engine(folder)


def test_a_models_own_code_runs_only_when_asked(tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    shutil.copytree(tiny, folder)
    ran = tmp_path / "ran"
    (folder / "own.py").write_text(f"open({str(ran)!r}, 'w')\nclass Config: pass\n")
    auto = {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"}
    (folder / "config.json").write_text(json.dumps({"model_type": "own", "auto_map": auto}))
    with pytest.raises(ConfigError, match="--trust-remote-code"):
        engine(folder)
    assert not ran.exists()


def test_the_embedded_model_answers(smollm2: Model) -> None:
    opened = hf_engine.open(smollm2, EngineOptions())
    assert opened.info.dtype == "bfloat16"
    assert opened.info.context == 8192
    question = Message(role="user", content="What is the capital of France?")
    asked = Request(prompt=Prompt(problem_id="t/1", messages=(question,)))
    (said,) = opened.generate([asked], Sampling(max_tokens=40))
    assert "Paris" in said.text
    assert (said.finish, said.stop_string) == ("stop", None)
    opened.close()


def test_a_prompt_that_ends_in_a_thought_makes_the_answer_one(small_model: Path) -> None:
    opened = engine(small_model)
    found = answers(opened, [ask("1 + 1 = <think>\n", id="t/a"), ask("1 + 1 = ", id="t/b")])
    opened.close()
    within, plain = found["t/a", 0], found["t/b", 0]
    assert (within.thought, within.answer, within.thought_state) == (within.text, "", "open")
    assert within.thought_tokens == within.tokens == 12
    assert (plain.thought, plain.answer, plain.thought_state) == (None, plain.text, "none")
    assert plain.thought_tokens is None
