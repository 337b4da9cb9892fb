"""mmeval/1 on what people reported about graders of math: cases as wanted, by kind.

python perf/reports.py --data DIR [--missed] [--kind KIND] [--math-verify]

DIR/equivalence/reports.jsonl has a case a line: `pred` against `gold`, or a whole `text`; `want` is
the outcome that is right, several joined by `|`. A pair is judged both ways round, and its two
outcomes must agree. Math-Verify is given the same, the answers of a pair between dollar signs; its
False counts as different, and a case is as wanted where it says so both ways round.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click

from mmeval.answers.comparison.many import compare_pairs
from mmeval.answers.extraction.extract import extract
from mmeval.answers.rules.mmeval_1 import compare_many


@click.command()
@click.option("--data", type=click.Path(path_type=Path), envvar="MMEVAL_DATA", required=True)
@click.option("--missed", is_flag=True, help="Name each case that is not as wanted.")
@click.option("--kind", help="Only this kind.")
@click.option("--math-verify", is_flag=True, help="A column for Math-Verify, where installed.")
def main(data: Path, missed: bool, kind: str | None, math_verify: bool) -> None:
    """Judges all cases and prints what is not as wanted."""
    lines = (data / "equivalence/reports.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if kind in (None, row["kind"])]
    found = outcomes(rows)
    wrong = [
        (row, got)
        for row, got in zip(rows, found, strict=True)
        if got not in row["want"].split("|")
    ]
    totals = Counter(row["kind"] for row in rows)
    counts = Counter(row["kind"] for row, _ in wrong)
    for name, count in counts.most_common():
        click.echo(f"{count:4} of {totals[name]:3}  {name}")
    if missed:
        for row, got in sorted(wrong, key=lambda each: str(each[0]["kind"])):
            what = row["text"][-300:] if "text" in row else row["pred"]
            click.echo(f"[{row['kind']}] {what!r} ~ {row['gold']!r}: {got}, not {row['want']}")
    if math_verify:
        _beside(rows, [got in row["want"].split("|") for row, got in zip(rows, found, strict=True)])
    pairs = sum("pred" in row for row in rows)
    off = sum("pred" in row for row, _ in wrong)
    positive = sum(got in ("equal", "right") for _, got in wrong)
    click.echo(
        f"{len(rows) - len(wrong)} of {len(rows)} as wanted ({pairs - off} of {pairs} pairs); "
        f"{positive} called equal or right though they are not"
    )


def _beside(rows: list[dict[str, str]], ours: list[bool]) -> None:
    """The cases as wanted of each kind, ours and those of Math-Verify; false positives apart."""
    totals: Counter[str] = Counter()
    right, theirs, positive = Counter[str](), Counter[str](), Counter[str]()
    for row, good in zip(rows, ours, strict=True):
        says = _math_verify(row)
        may = {each in ("equal", "right") for each in row["want"].split("|")}
        public = () if row["source"] == "own" else ("all that stand in public threads",)
        for kind in (row["kind"], "all", *public):
            totals[kind] += 1
            right[kind] += good
            theirs[kind] += says in may
            positive[kind] += says not in may and says is not False
    click.echo(
        "| kind | cases | mmeval/1 | Math-Verify | of these called equal, though different |"
    )
    for kind, total in totals.most_common():
        click.echo(f"| {kind} | {total} | {right[kind]} | {theirs[kind]} | {positive[kind]} |")


def _math_verify(row: dict[str, str]) -> bool | None:
    """Its verdict; None where the two ways round differ."""
    from math_verify import parse, verify

    gold = parse(f"${row['gold']}$")
    if "text" in row:
        return bool(verify(gold, parse(row["text"])))
    pred = parse(f"${row['pred']}$")
    one, other = bool(verify(gold, pred)), bool(verify(pred, gold))
    return one if one == other else None


def outcomes(rows: list[dict[str, str]]) -> list[str]:
    """One a row: equal, different, undecided or asymmetric; right, wrong or no_answer."""
    pairs = [(row["pred"], row["gold"]) for row in rows if "pred" in row]
    one_way = [each.outcome for each in compare_pairs(pairs)]
    other_way = [each.outcome for each in compare_pairs([(b, a) for a, b in pairs])]
    of_pairs = iter(
        a if a == b else f"asymmetric, {a} and {b}" for a, b in zip(one_way, other_way, strict=True)
    )
    texts = [row for row in rows if "text" in row]
    answers = [extract(row["text"]) for row in texts]
    verdicts = compare_many(
        [(a.value if a else "", row["gold"]) for a, row in zip(answers, texts, strict=True)]
    )
    of_texts = iter(
        verdict.outcome if answer else "no_answer"
        for answer, verdict in zip(answers, verdicts, strict=True)
    )
    return [next(of_pairs) if "pred" in row else next(of_texts) for row in rows]


if __name__ == "__main__":
    main()
