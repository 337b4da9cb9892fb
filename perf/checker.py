"""What docs/checkers.md and the README say about mmeval/1, one table a command.

python perf/checker.py golds   --data DIR    every gold against itself
python perf/checker.py tables  --data DIR    the equivalence tables, misses listed
python perf/checker.py outputs --data DIR    real outputs, beside what was published
python perf/checker.py speed   --data DIR    rows a CPU second; Math-Verify when installed
python perf/checker.py control --data DIR    distinct golds called equal, listed
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import click
from checker_speed import show_gsm8k, show_math

from mmeval.answers.batch import compare_pairs
from mmeval.answers.compare import compare
from mmeval.answers.extract import extract
from mmeval.answers.policies import PRESETS
from mmeval.answers.spans import last_boxes

PUBLISHED = {
    "gsm8k__gemma-2-2b-it__zeroeval": 51.63,
    "gsm8k__gpt-4o-2024-05-13__zeroeval": 95.38,
    "gsm8k__mathcoder-l-7b__mathllm": 64.37,
    "gsm8k__metamath_7b__gsmplus": 66.72,
    "gsm8k__tora-70b-v1.0__microsoft": 84.3,
    "math-l5__gemma-2-9b-it__zeroeval": 19.42,
    "math-l5__qwen2.5-7b-instruct__zeroeval": 51.46,
    "math500__gemma-2-27b-it__skythought": 57.2,
    "math500__qwen2.5-math-7b__skythought": 52.4,
}
"""Output file -> the per cent right that its authors published."""


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file."""
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file)


def math_golds(data: Path) -> list[str]:
    """The golds of MATH train and test: what the last box of each solution holds."""
    found = []
    for split in ("train", "test"):
        for row in rows(data / f"math/{split}.jsonl"):
            box = last_boxes(row["solution"], 0, len(row["solution"]))[-1]
            found.append(row["solution"][slice(*box[1])].strip())
    return found


def golds(data: Path) -> list[str]:
    """All 22,562 golds."""
    found = math_golds(data)
    for split in ("train", "test"):
        found += [
            r["answer"].rpartition("####")[2].strip() for r in rows(data / f"gsm8k/{split}.jsonl")
        ]
    return found + [str(r["answer"]) for r in rows(data / "gsm8k_backward/GSM8K_Backward.jsonl")]


def spaced(gold: str) -> str:
    """Blanks around operators and behind commands."""
    if re.search(r"\\(?:text|mbox|begin)", gold):
        return f" {gold} "
    return re.sub(r"([+\-=(){}]|,(?!\d{3})|\\[a-zA-Z]+)", r"\1 ", gold)


def fenced(gold: str) -> str:
    r"""Brackets with `\left` and `\right`."""
    opened = re.sub(r"(?<!\\left)(?<!\\left\\)(\(|\[|\\\{)", r"\\left\1", gold)
    return re.sub(r"(?<!\\right)(?<!\\right\\)(\)|\]|\\\})", r"\\right\1", opened)


def unseparated(gold: str) -> str:
    """No thousands separators; `(1,234)` is a pair and stays."""
    if re.search(r"[(\[]", gold):
        return gold
    return re.sub(r"(?<=\d)(?:,\s?\\!\s?|\{,\}|,)(?=\d{3}(?!\d))", "", gold)


NOTATIONS: dict[str, Callable[[str], str]] = {
    "bare": str,
    "dfrac": lambda g: re.sub(r"\\t?frac", r"\\dfrac", g),
    "spacing": spaced,
    "no thousands separator": unseparated,
    "left and right": fenced,
    "a trailing full stop": lambda g: g + ".",
}


def generations(path: Path) -> Iterator[tuple[str, str]]:
    """(what the model wrote, gold) of an output file in its authors' layout."""
    for row in rows(path):
        if "output" in row:
            yield row["output"][0], row["answer"].removeprefix("# ")
        elif "completion" in row and "gold" in row:
            yield row["completion"], row["gold"]
        elif "generation" in row:
            yield blocks(row["generation"]), row["gold_answer"]
        else:
            yield row["code"][0], row.get("answer", row["gt"])


def blocks(parts: list[dict[str, str]]) -> str:
    """A list of text, code and execution blocks as one text with fences."""
    fences = {"code": "```python\n%s\n```\n", "execution": "```output\n%s\n```\n", "text": "%s\n"}
    return "".join(fences[part["role"]] % part["content"] for part in parts)


@click.group()
def main() -> None:
    """One table a command."""


option = click.option(
    "--data", type=click.Path(path_type=Path), required=True, envvar="MMEVAL_DATA"
)


@main.command("golds")
@option
def command_golds(data: Path) -> None:
    """Failures of golds against themselves, bare, changed, and in a sentence."""
    counts = Counter(golds(data))
    click.echo(f"{counts.total()} golds, {len(counts)} distinct")
    for name, change in NOTATIONS.items():
        failed = [g for g in counts if compare(change(g), g).outcome != "equal"]
        click.echo(f"{name:24} {sum(counts[g] for g in failed)} failures")
    failed = []
    for gold in counts:
        found = extract(f"So 3 + 4 = 7. The answer is: {gold}")
        if found is None or compare(found.value, gold).outcome != "equal":
            failed.append(gold)
    click.echo(f"{'in a sentence':24} {sum(counts[g] for g in failed)} failures {failed}")


@main.command("tables")
@option
def command_tables(data: Path) -> None:
    """The equivalence tables under their preset and the default, misses listed."""
    for file, preset in (("nemo_skills", "nemo"), ("lighteval_extractive_match", "lighteval")):
        table = list(rows(data / "equivalence" / f"{file}_test_cases.jsonl"))
        for policy in (preset, "default"):
            missed = [row for row in table if _same(row, policy) != bool(row["expected"])]
            click.echo(f"{file}, policy {policy}: {len(table) - len(missed)} of {len(table)}")
            for row in missed:
                a, b = (
                    str(row.get(k, row.get(o)))[-60:] for k, o in (("a", "gold"), ("b", "pred"))
                )
                click.echo(f"    {a!r} ~ {b!r}, expected {row['expected']}")


def _same(row: dict[str, Any], policy: str) -> bool:
    if "a" in row:
        a, b = ("" if row[k] is None else str(row[k]) for k in "ab")
    else:
        found = extract(row["gold"]), extract(row["pred"])
        if found[0] is None or found[1] is None:
            return False
        a, b = found[0].value, found[1].value
    return compare_pairs([(a, b)], PRESETS[policy])[0].outcome == "equal"


@main.command("outputs")
@option
def command_outputs(data: Path) -> None:
    """Per cent right under mmeval/1 beside the published figure."""
    click.echo(
        f"{'outputs':40} {'rows':>5} {'right':>6} {'published':>9} {'undecided':>9} {'none':>5}"
    )
    for name, published in PUBLISHED.items():
        texts = list(generations(data / "outputs" / f"{name}.jsonl"))
        found = [extract(text) for text, _ in texts]
        pairs = [(e.value, gold) for e, (_, gold) in zip(found, texts, strict=True) if e]
        counts = Counter(result.outcome for result in compare_pairs(pairs))
        right = 100 * counts["equal"] / len(texts)
        none, unsure = len(texts) - len(pairs), counts["undecided"]
        click.echo(f"{name:40} {len(texts):5} {right:6.2f} {published:9.2f} {unsure:9} {none:5}")


@main.command("speed")
@option
def command_speed(data: Path) -> None:
    """GSM8K rows a CPU second, first pass and steady; MATH pairs with one worker."""
    texts = {name: list(generations(data / "outputs" / f"{name}.jsonl")) for name in PUBLISHED}
    show_gsm8k({name: each for name, each in texts.items() if name.startswith("gsm8k")})
    show_math([row for name in texts if name.startswith("math") for row in texts[name]])


@main.command("control")
@option
@click.option("--random-pairs", default=20_000, show_default=True)
def command_control(data: Path, random_pairs: int) -> None:
    """Pairs of distinct MATH golds that mmeval/1 calls equal; each is for reading."""
    found = [gold for gold in dict.fromkeys(math_golds(data)) if gold]
    near = near_pairs(found)
    rng = random.Random(0)
    far = {tuple(sorted(rng.sample(found, 2))) for _ in range(random_pairs)} - near
    for name, chosen in (("near", sorted(near)), ("random", sorted(far))):
        results = compare_pairs([(a, b) for a, b in chosen])
        counts = Counter(each.outcome for each in results)
        click.echo(f"{name}: {len(chosen)} pairs, {dict(counts)}")
        for (a, b), result in zip(chosen, results, strict=True):
            if result.outcome == "equal":
                click.echo(f"    {a!r} ~ {b!r}  ({result.rule})")


def near_pairs(found: list[str]) -> set[tuple[str, ...]]:
    """Pairs of one template (digits alike), or at most two edits apart."""
    templates: dict[str, list[str]] = defaultdict(list)
    deletions: dict[str, set[str]] = defaultdict(set)
    for gold in found:
        templates[re.sub(r"\d+", "#", re.sub(r"\s+", "", gold))].append(gold)
        if len(gold) <= 40:
            for each in _deletions(gold):
                deletions[each].add(gold)
    pairs = {tuple(sorted(p)) for group in templates.values() for p in combinations(group, 2)}
    for group in deletions.values():
        pairs |= {tuple(sorted(p)) for p in combinations(group, 2) if _edits(*p) <= 2}
    return pairs


def _deletions(text: str) -> set[str]:
    found = {text}
    for _ in range(2):
        found |= {each[:i] + each[i + 1 :] for each in found for i in range(len(each))}
    return found


def _edits(a: str, b: str) -> int:
    before = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
        before = row
    return before[-1]


if __name__ == "__main__":
    main()
