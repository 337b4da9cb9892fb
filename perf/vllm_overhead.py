"""The generation phase of `mmeval run` against the bare `LLM.generate`, in one process.

    .venv/bin/python perf/vllm_overhead.py --model smollm2-135m

One engine is started. Then both generate the same prompts in turns, the order changing
with every turn; the prefix cache is emptied before each. mmeval's side includes all it
does in that phase: planning, tokenising, one JSON line an answer, the run folder.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import replace

from mmeval.engines.engine import EngineOptions, Generator, open_engine
from mmeval.engines.models.find import Model, find_model
from mmeval.progress import Silent
from mmeval.runs.ask import ask, make_job
from mmeval.runs.config import RunConfig
from mmeval.runs.manifest import Session
from mmeval.runs.prepare import prepare


def bare(engine: Generator, texts: list[str], max_tokens: int, stop: tuple[str, ...]) -> float:
    """Seconds that LLM.generate takes."""
    from vllm import SamplingParams

    params = SamplingParams(temperature=0, max_tokens=max_tokens, stop=list(stop))
    engine._llm.reset_prefix_cache()  # type: ignore[attr-defined]
    begin = time.perf_counter()
    engine._llm.generate(texts, params, use_tqdm=False)  # type: ignore[attr-defined]
    return time.perf_counter() - begin


def ours(engine: Generator, model: Model, config: RunConfig) -> float:
    """Seconds that mmeval takes for the same, into a new run folder."""
    engine._llm.reset_prefix_cache()  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as folder:
        [task] = prepare(replace(config, out=folder), model)
        begin = time.perf_counter()
        job = make_job(task, task.run.done(), engine, Session(started=""))
        ask(job, model, Silent())
        return time.perf_counter() - begin


def main() -> None:
    """Prints every turn, and the ratio of the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--benchmark", default="gsm8k")
    parser.add_argument("--limit", type=int, default=64)
    parser.add_argument("--max-tokens", type=int, default=128)
    parser.add_argument("--turns", type=int, default=7)
    asked = parser.parse_args()
    model = find_model(asked.model)
    config = RunConfig(
        model=asked.model,
        benchmark=(asked.benchmark,),
        limit=asked.limit,
        max_tokens=asked.max_tokens,
    )
    with tempfile.TemporaryDirectory() as folder:
        [task] = prepare(replace(config, out=folder), model)
    texts = [r.prompt.text or "" for r in task.plan.requests]
    engine = open_engine("vllm", model, EngineOptions(mode="eager"))
    stop = task.sampling.stop
    bare(engine, texts, asked.max_tokens, stop)  # warm
    taken: dict[str, list[float]] = {"bare": [], "mmeval": []}
    for turn in range(asked.turns):
        sides = ["bare", "mmeval"] if turn % 2 == 0 else ["mmeval", "bare"]
        for side in sides:
            seconds = (
                bare(engine, texts, asked.max_tokens, stop)
                if side == "bare"
                else ours(engine, model, config)
            )
            taken[side].append(seconds)
        print(f"turn {turn + 1}: " + ", ".join(f"{s} {taken[s][-1]:.2f} s" for s in taken))
    engine.close()
    medians = {side: statistics.median(each) for side, each in taken.items()}
    ratios = [m / b for m, b in zip(taken["mmeval"], taken["bare"], strict=True)]
    print(
        f"{len(texts)} prompts, {asked.max_tokens} new tokens: bare {medians['bare']:.2f} s, "
        f"mmeval {medians['mmeval']:.2f} s, ratio {medians['mmeval'] / medians['bare']:.3f} "
        f"(of the turns {min(ratios):.3f} - {max(ratios):.3f})"
    )


if __name__ == "__main__":
    main()
