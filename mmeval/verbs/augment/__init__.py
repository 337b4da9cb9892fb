"""`mmeval augment`: training data and backward test sets, by a model or without one."""

from __future__ import annotations

from typing import Any

import click

from mmeval.verbs.augment import data_sets, templates
from mmeval.verbs.augment.calls import make_rows, questions_of
from mmeval.verbs.shared.options import GUARD, PATH, RULE, stacked

EXAMPLES = """\b
mmeval augment answers --model ./generator --benchmark gsm8k --out aug/answers
mmeval augment fobar --questions train.jsonl --out fobar.jsonl --no-answers
mmeval augment reject --model ./sft --benchmark gsm8k --samples 9 --out rft
mmeval augment mix aug/*/rows.jsonl --out train.json --against gsm8k
mmeval augment backward --benchmark gsm8k --split test --out backward.jsonl
mmeval augment templates wordproblems --arm fobar --copies 2 --out fobar.jsonl
"""


@click.group("augment", epilog=EXAMPLES)
def command() -> None:
    """Make training data from questions with answers, and backward test sets.

    answers, rephrase, fobar and self-verify are MetaMathQA's four augmentations, reject is
    RFT's rejection sampling; all five ask a model, keep what checks out, and go on where
    they were when the same command is given again.
    """


SOURCE = stacked(
    click.option("--benchmark", help="Questions of a benchmark (mmeval list)."),
    click.option("--questions", type=PATH, help="Questions of a file: question and answer."),
    click.option("--split", help="Of the benchmark; train by default."),
    click.option("--limit", type=int, help="Draw N questions by the seed."),
    click.option(
        "--seed", type=int, default=0, show_default=True, help="The seed of draws and samples."
    ),
    click.option("--style", type=click.Choice(["GSM", "MATH"]), help="Default: by the golds."),
    click.option("--data", help="Folder with data files (default: $MMEVAL_DATA, then the hub)."),
    click.option("--any-data", is_flag=True, help="Accept data that are not the published ones."),
)
MODEL = stacked(
    click.option("--model", help="A folder, a hub id, an alias (mmeval models), or a label."),
    click.option("--revision", help="Commit, tag or branch of a hub model."),
    click.option("--engine", default="auto", show_default=True, help="As in mmeval run."),
    click.option(
        "--engine-arg",
        "engine_args",
        multiple=True,
        metavar="KEY=VALUE",
        help="A setting of the engine itself; repeatable.",
    ),
    click.option("--dtype", default="auto", show_default=True, help="As in mmeval run."),
    click.option("--chat", is_flag=True, help="Ask as a user's turn, as GPT-3.5 was asked."),
    click.option("--samples", type=int, default=1, show_default=True, help="Answers a question."),
    click.option(
        "--temperature", type=float, default=0.7, show_default=True, help="The paper's is 0.7."
    ),
    click.option("--top-p", type=float, default=1.0, show_default=True),
    click.option(
        "--max-tokens",
        type=int,
        default=512,
        show_default=True,
        help="New tokens an answer may have.",
    ),
    click.option("--checker", default="mmeval/1", show_default=True, help="What is right."),
    click.option("--responses", help="Replay: a JSONL file with existing outputs."),
    click.option("--text", help="Replay: the field with the output."),
    click.option("--question", help="Replay: the field with the question (default: found)."),
    click.option("--trust-remote-code", is_flag=True, help="Let a model's own code run."),
    click.option("--json", "as_json", is_flag=True, help="The report as one line of JSON."),
)
WORDING = click.option(
    "--wording",
    type=click.Choice(["to", "of"]),
    default="to",
    show_default=True,
    help="The answer to (MetaMathQA), or of (GSM8K-Backward), the question.",
)
OUT = click.option("--out", type=PATH, required=True, help="The folder of rows and steps.")
ANSWERS = click.option(
    "--answers", type=int, default=1, show_default=True, help="For each made question."
)


@command.command(
    "answers",
    epilog="\b\nmmeval augment answers --model ./generator --benchmark gsm8k \\\n"
    "    --samples 4 --out aug/answers",
    short_help="AnsAug: more worked answers to the same questions.",
)
@SOURCE
@GUARD
@MODEL
@OUT
@click.pass_context
def answers(ctx: click.Context, /, **options: Any) -> None:
    """AnsAug: more worked answers to the same questions; the right ones are kept."""
    make_rows(ctx, "answers", options)


@command.command(
    "rephrase",
    epilog="\b\nmmeval augment rephrase --model ./generator --benchmark gsm8k \\\n"
    "    --samples 2 --out aug/rephrased",
    short_help="The questions in other words, answered.",
)
@SOURCE
@GUARD
@MODEL
@ANSWERS
@OUT
@click.pass_context
def rephrase(ctx: click.Context, /, **options: Any) -> None:
    """The questions in other words, answered; kept where the answer stays."""
    make_rows(ctx, "rephrase", options)


@command.command(
    "self-verify",
    epilog="\b\nmmeval augment self-verify --model ./generator --benchmark gsm8k \\\n"
    "    --limit 500 --out aug/sv",
    short_help="A number hidden, the answer in a statement, x asked for.",
)
@SOURCE
@GUARD
@MODEL
@RULE
@ANSWERS
@OUT
@click.pass_context
def self_verify(ctx: click.Context, /, **options: Any) -> None:
    """A number hidden, question and answer made a statement, x asked for."""
    make_rows(ctx, "self-verify", options)


@command.command(
    "reject",
    epilog="\b\nmmeval augment reject --model ./sft --benchmark gsm8k \\\n"
    "    --samples 100 --out aug/rft",
    short_help="RFT: right answers of a tuned model, one to each path.",
)
@SOURCE
@GUARD
@MODEL
@click.option("--prompt", default="metamath", show_default=True, help="The model's own prompt.")
@OUT
@click.pass_context
def reject(ctx: click.Context, /, **options: Any) -> None:
    """RFT: many answers of a tuned model; of each list of equations one right path."""
    make_rows(ctx, "reject", options)


@command.command(
    "fobar",
    epilog="\b\nmmeval augment fobar --questions train.jsonl --no-answers --out fobar.jsonl",
    short_help="A number hidden, the answer given, x asked for.",
)
@SOURCE
@GUARD
@MODEL
@RULE
@WORDING
@click.option("--no-answers", is_flag=True, help="The backward questions alone; no model.")
@click.option("--out", type=PATH, required=True, help="A folder; with --no-answers a JSONL file.")
@click.pass_context
def fobar_command(ctx: click.Context, /, no_answers: bool, **options: Any) -> None:
    """A number hidden, the answer given as a condition, x asked for."""
    if not no_answers:
        make_rows(ctx, "fobar", options)
        return
    from mmeval import jsonl
    from mmeval.augmenting import fobar
    from mmeval.augmenting.masks.rules import rule_named

    source, style = questions_of(options)
    rule = rule_named(options["rule"])
    made = fobar.backward(source.problems, style, rule, options["wording"])
    jsonl.write_rows(options["out"], fobar.question_rows(made), given=True)
    covered = len({problem.meta["original"] for problem in made})
    click.echo(
        f"{len(made):,} backward questions of {covered:,} of {len(source.problems):,} questions "
        f"are in {options['out']}"
    )


command.add_command(data_sets.mix)
command.add_command(data_sets.backward)
command.add_command(templates.templates)
