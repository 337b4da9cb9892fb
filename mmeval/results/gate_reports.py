"""The gate's verdicts for machines and pull requests: JUnit XML and markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from xml.etree import ElementTree

from mmeval.results.gate import GateResult, overall
from mmeval.results.report_words import task_line
from mmeval.text import markdown_cell, markdown_table, percent, points, shown

OnCannotTell = Literal["pass", "fail"]
_ELEMENTS = {None: "error", "pass": "skipped", "fail": "failure"}
"""--on-cannot-tell -> what JUnit calls a test of which one cannot tell."""
LEGAL = "\n\t"
"""What XML has a way to write, though it is not printed."""


def sentence(result: GateResult) -> str:
    """The verdict on one task in a sentence, differences in points."""
    bounds_are = (
        f"{points(result.difference)} points, at least {points(result.low)} and at most "
        f"{points(result.high)}; {100 * result.max_drop:g} may be lost"
    )
    if result.status != "cannot tell":
        return f"{result.status}: {bounds_are}"
    if result.needed is None:
        return f"cannot tell (no number of problems would): {bounds_are}"
    return f"cannot tell (n needed: {result.needed:,}, n: {result.n:,}): {bounds_are}"


def junit(results: Sequence[GateResult], on_cannot_tell: OnCannotTell | None) -> str:
    """One test case per task, without a time: the same runs give the same bytes."""
    root = ElementTree.Element("testsuites", name="mmeval gate")
    suite = ElementTree.SubElement(root, "testsuite", name="mmeval gate", tests=str(len(results)))
    kinds = {"failure": 0, "error": 0, "skipped": 0}
    for result in results:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname="mmeval.gate",
            name=shown(f"{result.benchmark} {result.split} by {result.checker}", kept=LEGAL),
        )
        text = shown(sentence(result), kept=LEGAL)
        kind = {"ok": None, "regressed": "failure"}.get(result.status, _ELEMENTS[on_cannot_tell])
        if kind:
            kinds[kind] += 1
            ElementTree.SubElement(case, kind, message=text, type=result.status)
        out = ElementTree.SubElement(case, "system-out")
        out.text = shown(
            f"{task_line(result)}\n"
            f"baseline {result.baseline}, candidate {result.candidate}\n{text}\n",
            kept=LEGAL,
        )
    for name, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(attribute, str(kinds[name]))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def markdown(results: Sequence[GateResult]) -> str:
    """A table for a pull request or a job's summary."""
    heads = (
        *("benchmark", "checker", "baseline", "candidate"),
        *("difference", "bounds", "allowed", "verdict"),
    )
    rows = ([*map(markdown_cell, _cells(each)), f"**{each.status}**"] for each in results)
    lines = [f"### mmeval gate: {overall(results)}", "", *markdown_table(heads, map(tuple, rows))]
    lines.append("")
    for each in results:
        lines.append(f"- {markdown_cell(task_line(each))}: {markdown_cell(sentence(each))}.")
        lines.extend(f"  {markdown_cell(line)}" for line in remarks(each))
    return "\n".join(lines) + "\n"


def _cells(result: GateResult) -> tuple[str, ...]:
    return (
        f"{result.benchmark} {result.split}",
        result.checker,
        f"{result.baseline} {percent(result.accuracy_baseline)}",
        f"{result.candidate} {percent(result.accuracy_candidate)}",
        points(result.difference),
        f"{points(result.low)} to {points(result.high)}",
        f"-{100 * result.max_drop:g}",
    )


def remarks(result: GateResult) -> list[str]:
    """What a reader must know beside the verdict, as sentences."""
    compared = f"{result.n:,} problem{'s' * (result.n != 1)} compared"
    sentences = [f"{compared}, {result.discordant:,} of them differ."]
    if result.unread:
        sentences.append(
            f"{result.unread}: no verdict rests on a rule that reads another form; judge both by "
            "another: mmeval judge RUN --checker NAME."
        )
    if result.clustered:
        sentences.append(f"Problems are not independent: bounds are clustered {result.clustered}.")
    if result.part:
        sentences.append(f"They are not the whole split: {result.part}.")
    if result.catches is not None:
        sentences.append(
            f"A drop of {100 * result.catches:.1f} points is called regressed 80 % of the time."
        )
    if result.undecided or result.failed:
        sentences.append(
            f"{result.undecided:,} undecided, {result.failed:,} failed: the difference is between "
            f"{points(result.worst)} and {points(result.best)} points, and the bounds hold both."
        )
    if result.noise is not None:
        sentences.append(
            f"Repeats move the difference by {100 * result.noise:.2f} points as a whole (one "
            "standard deviation), and the bounds are wider by it."
        )
    if result.repeated == 1:
        sentences.append("One run alone was repeated; the other is taken to be as noisy.")
    if result.settings:
        sentences.append(f"Asked otherwise: {'; '.join(result.settings)}.")
    return sentences
