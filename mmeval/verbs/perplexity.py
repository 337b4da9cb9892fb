"""`mmeval perplexity`: how easy a model finds training data, set by set."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from mmeval.stats.bootstrap import RESAMPLES
from mmeval.verbs.run import parse_pairs, sigterm_as_ctrl_c
from mmeval.verbs.shared.grid import Grid, grid_lines, terminal_width, wrapped
from mmeval.verbs.shared.options import FILLED
from mmeval.verbs.shared.terminal import Terminal, echo

if TYPE_CHECKING:
    from mmeval.training_data.perplexity.scores import Summary

_EPILOG = """\b
mmeval perplexity --model smollm2-135m --data gsm8k=gsm8k:train \\
    --answer-only gsm8k --limit 100
mmeval perplexity --model ./llama --data MetaMathQA=MetaMathQA-395K.json \\
    --by-type --data gsm8k=train.jsonl --reference gsm8k
mmeval perplexity --model ./llama --data FOBAR=MetaMathQA-395K.json:GSM_FOBAR
"""
SHOWN = (
    ("n", "n"),
    ("tokens", "tokens"),
    ("q1", "q1"),
    ("median", "median"),
    ("q3", "q3"),
    ("mean", "mean"),
    ("token_perplexity", "all\ntokens"),
    ("word_perplexity", "per\nword"),
    ("byte_perplexity", "per\nbyte"),
    ("whole_median", "with\nprompt"),
    ("difference", "differ-\nence"),
    ("low", "low"),
    ("high", "high"),
)
"""Columns of the table: field of a summary, head."""


class ScoringTerminal(Terminal):
    """Progress of scoring."""

    doing, things = "scoring", "texts"


@click.command("perplexity", epilog=_EPILOG)
@click.option("--model", required=True, help="A folder, a hub id, or an alias (mmeval models).")
@click.option(
    "--data",
    multiple=True,
    required=True,
    metavar="NAME=SOURCE",
    help="FILE, FILE:TYPE,TYPE or BENCHMARK:SPLIT (found by MMEVAL_DATA or on the hub).",
)
@click.option(
    "--answer-only",
    multiple=True,
    metavar="[LABEL=]NAME",
    help="Also score the answers alone of that set, in every form; repeatable.",
)
@click.option("--by-type", is_flag=True, help="Make a set NAME/TYPE of each type in a file.")
@click.option("--question", metavar="FIELD", help="The field of the question (default: found).")
@click.option("--answer", metavar="FIELD", help="The field of the response (default: found).")
@click.option(
    "--prompt",
    default="alpaca",
    show_default=True,
    help="A prompt (mmeval list), a .txt or .py file, or none.",
)
@click.option(
    "--join",
    default="",
    metavar="TEXT",
    help="What stands between prompt and response (default: nothing, as in training).",
)
@click.option("--count-eos", is_flag=True, help="Score the end-of-text token too.")
@click.option(
    "--prefix",
    default="auto",
    show_default=True,
    help="The token before each text: auto (the tokenizer's own), bos, eos, none.",
)
@click.option("--max-length", type=int, help="Tokens of a text (default: the model's context).")
@click.option("--truncate", is_flag=True, help="Cut the ends of longer responses off.")
@click.option("--limit", type=int, help="Draw N rows of each set by the seed.")
@click.option("--seed", type=int, default=0, show_default=True, help="The seed of the draw.")
@click.option(
    "--reference",
    metavar="NAME",
    help="The set that others are compared with (default: the first).",
)
@click.option(
    "--resamples", type=int, default=RESAMPLES, show_default=True, help="For the intervals."
)
@click.option("--engine", default="auto", show_default=True, help="auto, hf, vllm.")
@click.option(
    "--engine-arg",
    "engine_args",
    multiple=True,
    callback=parse_pairs,
    metavar="KEY=VALUE",
    help="A setting of the engine itself, such as batch_tokens=8192; repeatable.",
)
@click.option(
    "--dtype", default="bfloat16", show_default=True, help="auto, bfloat16, float16, float32."
)
@click.option("--revision", help="Commit, tag or branch of a hub model.")
@click.option("--trust-remote-code", is_flag=True, help="Let code that comes with the model run.")
@click.option("--out", type=FILLED, help="The report folder (default: one below runs/).")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Measure how easy a model finds training data, set by set.

    The perplexity of each response given its prompt; median, quartiles and mean are over
    samples. A measurement that was stopped goes on where it was: give the same command.
    """
    from mmeval.engines.start import redirected
    from mmeval.training_data.perplexity.measure import measure
    from mmeval.training_data.perplexity.prepare import PerplexityConfig
    from mmeval.training_data.perplexity.report import as_json

    printed_as_json = options.pop("as_json")
    with ScoringTerminal() as terminal:
        # What libraries print goes to stderr: stdout has the result alone.
        with sigterm_as_ctrl_c(), redirected([1], 2), redirect_stdout(sys.stderr):
            measured = measure(PerplexityConfig(**options), terminal)
        if printed_as_json:
            click.echo(json.dumps(as_json(measured.summaries)))
        else:
            report = measured.folder.report()
            echo(lines(measured.summaries, [report.summary, *report.notes], terminal_width()))
            click.echo(f"everything is in {measured.folder.path}")
        failed = sum(each.failed for each in measured.summaries)
        if failed:
            reason = next(row["error"] for row in measured.folder.rows() if row["error"])
            terminal.say(f"{failed:,} rows could not be scored, for example: {reason}")
    if failed:
        ctx.exit(1)


def lines(summaries: Sequence[Summary], notes: Sequence[str], width: int) -> Iterator[str]:
    """The table, then its notes."""
    forms = len({each.form for each in summaries}) > 1
    names = ["set", "form"] if forms else ["set"]
    rows = [
        [*[getattr(each, name) for name in names], *[_cell(getattr(each, k)) for k, _ in SHOWN]]
        for each in summaries
    ]
    grid = Grid(
        heads=[*names, *[head for _, head in SHOWN]],
        rows=rows,
        right=[*[False] * len(names), *[True] * len(SHOWN)],
        names=len(names),
    )
    yield from grid_lines(grid, width)
    yield ""
    for note in notes:
        yield from wrapped(note, width)


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
