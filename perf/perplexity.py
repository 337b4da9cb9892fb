"""Scoring texts: speed against a one-by-one loop and lm-eval, memory against whole logits.

    python perf/perplexity.py --data NAME=FILE

Run it with a Python that has both mmeval's `hf` extra and lm-eval; without lm-eval that
side is left out, and said so. Every side gets the same token ids and the same loaded
model, in turns whose order changes, and the sums are compared. lm-eval's loglikelihood
runs at batch size 1 and 8, and the faster counts. Time is CPU time, for a machine that others
use too; with OMP_NUM_THREADS=1 threads that wait for each other are not counted in.

Memory: a fresh process for each side, vocabulary and length scores one text with a small
random Llama, so that what counts is the logits; the peak is counted from the moment the
model is loaded, and of the whole process. Linux alone: /proc/self/clear_refs resets it.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import math
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from mmeval import catalog
from mmeval.engines.encoding import Encoded
from mmeval.engines.engine import EngineOptions
from mmeval.engines.hf.scorer import HfScorer
from mmeval.engines.hf.scorer import open as open_scorer
from mmeval.engines.models.find import find_model
from mmeval.engines.scorer import Scorable, Scoring
from mmeval.problems.prompts import render
from mmeval.records import Problem
from mmeval.training_data.perplexity.sets import parse_source

VOCABULARIES = (49_152, 151_936)
LENGTHS = (1_024, 2_048)
"""Tokens of a text; 2,048 is the context of SmolLM2-135M."""
Side = Callable[[], dict[str, float]]
"""Scores all texts: id -> log-probability of the response."""


def texts(data: str, count: int) -> list[Scorable]:
    """The first rows of a set in the training prompt."""
    template = catalog.load("prompts", "alpaca")
    rows = islice(parse_source(data, None, None).rows(), count)
    return [
        Scorable(
            id=row.id,
            prompt=render(template, Problem(id=row.id, question=row.query, gold="-")),
            response=row.response,
        )
        for row in rows
    ]


def ours(scorer: HfScorer, items: list[Scorable]) -> Side:
    """mmeval, tokenising included."""
    return lambda: {each.id: math.fsum(each.response_logprobs) for each in scorer.score(items)}


def loop(scorer: HfScorer, items: list[Scorable]) -> Side:
    """What one would write by hand: a text at a time, its logits whole."""
    import torch

    def run() -> dict[str, float]:
        found = {}
        for item in items:
            text = scorer._encoder.encode(item)
            assert isinstance(text, Encoded)
            ids = torch.tensor([text.ids])
            with torch.inference_mode():
                logits = scorer._model(ids).logits[0, :-1].float()
            chosen = torch.log_softmax(logits, -1).gather(-1, ids[0, 1:, None])
            found[item.id] = float(chosen[text.boundary - 1 :].sum())
        return found

    return run


def lm_eval_side(scorer: HfScorer, items: list[Scorable], batch: int) -> Side:
    """lm-eval's log-likelihood of the same ids with the same model."""
    from lm_eval.models.huggingface import HFLM

    model: Any = HFLM(
        pretrained=scorer._model, tokenizer=scorer._encoder._tokenizer, batch_size=batch
    )

    def run() -> dict[str, float]:
        asked = []
        for item in items:
            text = scorer._encoder.encode(item)
            assert isinstance(text, Encoded)
            ids = list(text.ids)
            asked.append((("", item.id), ids[: text.boundary], ids[text.boundary :]))
        found = model._loglikelihood_tokens(asked, disable_tqdm=True)
        return {item.id: value for item, (value, _) in zip(items, found, strict=True)}

    return run


def speed(asked: argparse.Namespace) -> None:
    """Prints CPU seconds of every turn, tokens a second, and the ratios of the medians."""
    items = texts(asked.data, asked.rows)
    options = EngineOptions(dtype=asked.dtype)
    scorer = open_scorer(find_model(asked.model), options, Scoring())
    sides = {"mmeval": ours(scorer, items), "loop": loop(scorer, items)}
    if importlib.util.find_spec("lm_eval"):
        for batch in (1, 8):
            sides[f"lm-eval, batch {batch}"] = lm_eval_side(scorer, items, batch)
    else:
        print("lm-eval is not installed here: left out")
    total = sum(map(scorer.tokens, items))
    sides["loop"]()  # warm
    taken: dict[str, list[float]] = {name: [] for name in sides}
    sums: dict[str, dict[str, float]] = {}
    for turn in range(asked.turns):
        order = list(sides)[turn % len(sides) :] + list(sides)[: turn % len(sides)]
        for name in order:
            begin = time.process_time()
            sums[name] = sides[name]()
            taken[name].append(time.process_time() - begin)
    middle = {name: statistics.median(each) for name, each in taken.items()}
    print(f"{len(items)} texts, {total:,} tokens, {asked.dtype}, {scorer.info.device}")
    for name, seconds in middle.items():
        worst = max(abs(sums[name][key] / sums["mmeval"][key] - 1) for key in sums["mmeval"])
        turns = ", ".join(f"{each:.1f}" for each in taken[name])
        print(
            f"{name:18s} {total / seconds:7.0f} tokens/CPU s   seconds {turns}   "
            f"largest relative difference {worst:.1e}"
        )
    rival = min((each for each in middle if each != "mmeval"), key=lambda name: middle[name])
    print(f"mmeval takes {middle['mmeval'] / middle[rival]:.2f} x the time of {rival}")


def peak(side: str, vocabulary: int, tokens: int) -> None:
    """Prints MiB above the loaded model, and in all, at the peak of scoring one text."""
    import torch
    import transformers

    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2 * tokens,
    )
    with tempfile.TemporaryDirectory() as folder:
        model = transformers.LlamaForCausalLM(config).to(torch.bfloat16)
        model.save_pretrained(folder)
        scorer = HfScorer(model.eval(), _Ids(), 1, EngineOptions())  # type: ignore[arg-type]
    ids = torch.randint(0, vocabulary, (tokens,)).tolist()
    text = Encoded(id="-", ids=tuple(ids), boundary=1, bytes=1, words=1, truncated=False)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _memory("VmRSS")
    if side == "mmeval":
        scorer._logprobs([text])
    else:
        with torch.inference_mode():
            logits = model(torch.tensor([ids])).logits[0, :-1].float()
            torch.log_softmax(logits, -1).gather(-1, torch.tensor(ids[1:])[:, None])
    print(_memory("VmHWM") - before, _memory("VmHWM"))


class _Ids:
    """An encoder without a tokenizer: the ids are there already."""

    prefix, max_length = "none", None


def _memory(name: str) -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"{name}:\s+(\d+) kB", status)
    assert found is not None
    return int(found.group(1)) // 1024


def memory() -> None:
    """Prints both sides for each vocabulary and length."""
    for vocabulary, tokens in itertools.product(VOCABULARIES, LENGTHS):
        found = {}
        for side in ("mmeval", "whole"):
            command = [sys.executable, __file__, "--peak", side, str(vocabulary), str(tokens)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found[side] = [int(each) for each in done.stdout.split()[-2:]]
        (above, all_), (whole_above, whole_all) = found["mmeval"], found["whole"]
        print(
            f"vocabulary {vocabulary:,}, {tokens:,} tokens: {above} MiB above the model, whole "
            f"logits {whole_above} MiB ({above / whole_above:.2f} x); the process {all_} and "
            f"{whole_all} MiB ({all_ / whole_all:.2f} x)"
        )


def main() -> None:
    """Prints speed, then memory."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--data", help="NAME=FILE or NAME=BENCHMARK:SPLIT")
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--dtype", default="bfloat16")
    parser.add_argument("--peak", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.peak:
        peak(asked.peak[0], *map(int, asked.peak[1:]))
        return
    if asked.data:
        speed(asked)
    memory()


if __name__ == "__main__":
    main()
