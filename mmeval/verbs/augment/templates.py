"""`mmeval augment templates`: training rows that a benchmark's own templates give; no model."""

from __future__ import annotations

from pathlib import Path

import click

from mmeval.errors import ConfigError, unknown
from mmeval.verbs.shared.options import PATH


@click.command(
    "templates",
    epilog="\b\nmmeval augment templates wordproblems --arm fobar --problems 900 --copies 2 \\\n"
    "    --out fobar.jsonl",
    short_help="Rows of a study's arms from templates, without a model.",
)
@click.argument("benchmark")
@click.option("--arm", required=True, help="sft, answers, rephrase, fobar or self-verify.")
@click.option(
    "--split", default="train", show_default=True, help="The split whose templates are used."
)
@click.option("--problems", type=int, help="Use N problems; default: all of the split.")
@click.option(
    "--copies", type=int, default=1, show_default=True, help="Rows of a problem, at most."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Draws the problems.")
@click.option("--out", type=PATH, required=True, help="A JSONL file.")
def templates(  # noqa: PLR0913, PLR0917 - click passes one parameter per option
    benchmark: str,
    arm: str,
    split: str,
    problems: int | None,
    copies: int,
    seed: int,
    out: Path,
) -> None:
    """Right answers, paraphrases and backward twins from the BENCHMARK's templates.

    They are right by construction and all in the templates' words: what a study needs where
    there is no generator; each row is marked as template-made.
    """
    from mmeval import catalog, jsonl
    from mmeval.problems.load import find_split
    from mmeval.problems.word_problems.training_rows import ARMS

    source = catalog.load("benchmarks", benchmark)
    if source.train is None:
        raise ConfigError(f"{benchmark} has no templates; mmeval augment answers asks a model")
    if arm not in ARMS:
        raise ConfigError(unknown("arm", arm, ARMS))
    size = find_split(source, split).rows if problems is None else problems
    if size < 1 or copies < 1:
        raise ConfigError(f"--problems and --copies must be at least 1, got {size} and {copies}")
    rows = list(source.train(split, arm, size, copies, seed))
    jsonl.write_rows(out, rows, given=True)
    click.echo(f"{len(rows):,} rows of {size:,} problems are in {out} (template-made)")
