"""The table of a run: its settings, its checkers, and what to know about them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from math import floor
from statistics import stdev
from typing import TYPE_CHECKING

from mmeval.run_folder import CheckerSummary, Manifest, RunDir, Summary, repeat_folders
from mmeval.runs.config import resume_command
from mmeval.text import drawn, percent, printable, shown
from mmeval.verbs.shared.terminal import WIDTH, Terminal

if TYPE_CHECKING:
    from rich.console import Console


UNANSWERED = 0.5
"""From this share of answers without an answer on, examples are shown."""


def print_summaries(runs: Sequence[RunDir], as_json: bool) -> None:
    """The summaries on stdout: JSON as a list, or one table per benchmark."""
    if as_json:
        rows = [each.summary() | {"path": str(each.path)} for each in runs]
        print(json.dumps(rows))  # ASCII: whatever the terminal's encoding and the model's text
        return
    from rich.console import Console

    width = None if sys.stdout.isatty() else WIDTH
    console = Console(width=width, highlight=False, file=drawn(sys.stdout))  # it draws bold letters
    for each in runs:
        _print_one(console, each)


def _print_one(console: Console, run: RunDir) -> None:
    from rich.table import Table
    from rich.text import Text

    def line(text: str, style: str = "", soft_wrap: bool = False) -> None:
        console.print(Text(shown(text)), style=style, soft_wrap=soft_wrap)

    summary, manifest = run.read_summary(), run.read_manifest()
    part = "" if manifest.finished else f", {answers_there(summary, manifest)}"
    line(headline(summary) + part, style="bold")
    line(summary.model)
    line(settings_line(manifest))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("checker", no_wrap=True)
    for name in ("accuracy", "95 % interval", "if finished", "no answer", "undecided"):
        table.add_column(name, justify="right", no_wrap=True)
    for checker, counts in summary.checkers.items():
        row = checker_row(checker, counts)
        if not manifest.endings_told:
            row[3] = "-"
        table.add_row(*(Text(shown(each)) for each in row))
    console.print(table)
    for each in health_lines(summary, manifest.endings_told):
        line(each)
    for checker, counts in summary.checkers.items():
        for each in [*unanswered_lines(checker, counts), *ceiling_lines(checker, counts)]:
            line(each)
    if summary.clustered:
        line(f"problems are not independent: intervals are clustered {summary.clustered}")
    for each in repeat_lines(run):
        line(each)
    line(f"everything is in {run.path}", soft_wrap=True)  # to be copied
    console.print()


def headline(summary: Summary) -> str:
    """The benchmark, and how much of it."""
    of = f"{summary.problems:,}"
    marks = ""
    if summary.partial:
        of += f" of {summary.problems_in_split:,}"
        marks = " (partial: those in the file)" if summary.subset else " (partial)"
    if summary.as_published is False:
        marks += " (not the published data)"
    if summary.shard:
        marks += " (shard {} of {})".format(*summary.shard)
    samples = f" x {summary.samples} samples" if summary.samples > 1 else ""
    return f"{summary.benchmark} {summary.split}: {of} problems{samples}{marks}"


def answers_there(summary: Summary, manifest: Manifest) -> str:
    """`4 of 24 answers`, of a run that is not finished."""
    return f"{summary.health.n:,} of {manifest.asked:,} answers"


def settings_line(manifest: Manifest) -> str:
    """By which engine, how, and with which prompt it was asked."""
    engine, sampling = manifest.engine, manifest.sampling
    if engine.mode == "replay":
        return f"replayed from {manifest.config.get('responses')}"
    how = "greedy" if sampling.greedy else f"temperature {sampling.temperature:g}"
    how += f", {manifest.switches}" if manifest.switches else ""
    shots = f", {manifest.shots} shots" if manifest.shots else ""
    prompt = manifest.prompt["name"] if manifest.prompt else "none"
    return (
        f"{engine.name} {engine.version}, {engine.dtype}, {engine.mode}, "
        f"{engine.device}; {how}; prompt {prompt}{shots}"
    )


def tell_failures(runs: Sequence[RunDir], terminal: Terminal) -> bool:
    """Says how many answers of the runs and of their repeats failed, and the first reason;
    whether there are any."""
    everything = [(home, run) for home in runs for run in (home, *repeat_folders(home))]
    failed = [
        (home, run, count)
        for home, run in everything
        if run.summary_file.is_file() and (count := run.read_summary().health.failed)
    ]
    for home, run, count in failed:
        reasons = (each.error for each in run.generations() if each.finish == "error")
        first = printable(next(reasons) or "no reason told")
        terminal.say(
            f"{count:,} answers failed in {run.path}, the first with: {first}; they are asked "
            f"again by: {resume_command(home.path, home.read_manifest().config)}"
        )
    return bool(failed)


def checker_row(checker: str, counts: CheckerSummary) -> list[str]:
    """One checker's cells of the table."""
    return [
        checker,
        percent(counts.accuracy),
        f"{100 * counts.low:.1f} - {100 * counts.high:.1f}",
        percent(counts.accuracy_finished),
        percent(counts.no_answer / counts.n),
        percent((counts.undecided + counts.failed) / counts.n),
    ]


def health_lines(summary: Summary, endings_told: bool = True) -> Iterable[str]:
    """What happened to the outputs, and how fast they came."""
    health, speed = summary.health, summary.throughput
    cut = (
        f"truncated {percent(health.truncated / health.n)}, "
        f"cut by a stop string {percent(health.stop_cut / health.n)}"
    )
    yield (
        f"{cut if endings_told else 'truncated not told (--finish FIELD)'}, "
        f"empty {percent(health.empty / health.n)}, failed {percent(health.failed / health.n)}"
    )
    yield from thought_lines(summary)
    if speed.tokens_per_second is not None:
        prompt = speed.prompt_tokens_per_second
        prompts = f"prompt {prompt:,.0f}, " if prompt is not None else ""
        yield (
            f"tokens per second: {prompts}generated {speed.tokens_per_second:,.0f} "
            f"({speed.generation_seconds:,.0f} s, engine start {speed.engine_start_seconds:,.0f} s)"
        )


def thought_lines(summary: Summary) -> Iterable[str]:
    """How many answers have a thought, how many are nothing else, and what else ended them."""
    n, found = summary.health.n, summary.thoughts
    if found is None:
        return
    thinking = found.open + found.closed
    if thinking:
        share = percent(thinking / n)
        read = ", and read for answers" if summary.unfinished_thought == "read" else ""
        # those of a text that a server did not count are known of unfinished thoughts alone
        all_counted = found.counted and found.counted + summary.health.reused >= thinking
        each = f" ({found.tokens / found.counted:,.0f} tokens each)" if all_counted else ""
        yield f"thought {share}{each}, thought unfinished {percent(found.open / n)}{read}"
    if found.filtered or found.unknown_finish:
        yield (
            f"ended by a filter {percent(found.filtered / n)}, "
            f"in a way not known {percent(found.unknown_finish / n)}"
        )


def repeat_lines(run: RunDir) -> Iterable[str]:
    """How far the accuracies of a run and of its repeats are apart, for each checker."""
    repeats = [each.read_summary() for each in repeat_folders(run) if each.summary_file.is_file()]
    for checker, counts in run.read_summary().checkers.items():
        again = [each.checkers[checker] for each in repeats if checker in each.checkers]
        if again:
            shares = [each.accuracy for each in (counts, *again)]
            yield (
                f"{checker} and {len(again)} repeat{'s' * (len(again) > 1)}: "
                f"{percent(min(shares))} to {percent(max(shares))}, standard deviation "
                f"{100 * stdev(shares):.2f} points"
            )


def unanswered_lines(checker: str, counts: CheckerSummary) -> Iterable[str]:
    """How outputs end in which a checker finds no answer, where that explains the score."""
    share = counts.no_answer / counts.n
    if share < UNANSWERED or not counts.no_answer_examples:
        return
    yield f"{checker} found no answer in {percent(share)} of the outputs; some end:"
    for example in counts.no_answer_examples:
        end = printable(" ".join(example.split()))[-(WIDTH - 8) :]
        yield f"    ...{end}" if end else "    (empty)"


def ceiling_lines(checker: str, counts: CheckerSummary) -> Iterable[str]:
    """What an answer rule can score at most, where that is less than all."""
    if counts.ceiling == 1:
        return
    n = counts.golds_not_read
    golds = [printable(gold)[:24] for gold in counts.golds_not_read_examples]
    dots = ", ..." if n > len(golds) else ""
    count = "1 gold is" if n == 1 else f"{n:,} golds are"
    most = floor(10_000 * counts.ceiling + 1e-6) / 100  # never rounded up to 100
    yield (
        f"{checker} can score at most {most:.2f} %: {count} not read by the rule "
        f"({', '.join(golds)}{dots})"
    )
