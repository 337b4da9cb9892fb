"""What docs/checkers.md and the README say about mmeval/1, one table a command.

python perf/checker.py golds   --data DIR    every gold against itself
python perf/checker.py tables  --data DIR    the equivalence tables, misses listed
python perf/checker.py outputs --data DIR    real outputs, beside what was published
python perf/checker.py control --data DIR    distinct golds called equal, listed
python perf/checker.py speed   --data DIR    rows a CPU second; Math-Verify when installed
python perf/checker.py labels                the hand labels: who is right how often
python perf/checker.py hostile               what is made to hang: time, outcome, memory

DIR holds the public sets: gsm8k/, gsm8k_backward/, math/, equivalence/, outputs/. MMEVAL_DATA
serves as well. `python` is one that has mmeval; `pip install 'mmeval[math-verify]'` adds columns.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from checker_speed import show_gsm8k, show_math
from hostile import show_hostile
from near_pairs import near_pairs
from zeroeval import zeroeval_right

from mmeval import catalog
from mmeval.answers.comparison.compare import compare
from mmeval.answers.comparison.many import compare_pairs
from mmeval.answers.comparison.policies import PRESETS
from mmeval.answers.extraction.extract import extract

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
    if not path.is_file():
        raise click.ClickException(
            f"{path} is not there; --data DIR names a folder with the public sets in the layout "
            "that the head of perf/checker.py lists"
        )
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file)


def math_golds(data: Path) -> list[str]:
    """The golds of MATH train and test, as the benchmark reads them: what the last box of each
    solution holds, and 0 for the two that are published empty."""
    benchmark = catalog.load("benchmarks", "hendrycks_math")
    paths = [data / f"math/{split}.jsonl" for split in ("train", "test")]
    return [benchmark.read(row).gold for path in paths for row in rows(path)]


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


def given(_: click.Context, __: click.Parameter, folder: Path | None) -> Path:
    """The data folder, or one line that says what is wanted."""
    if folder is None or not folder.is_dir():
        found = "nothing" if folder is None else f"{folder}, which is no folder"
        raise click.UsageError(
            "this table is made from the public sets: give their folder, --data DIR or "
            f"MMEVAL_DATA (found: {found}); `labels` and `hostile` need none"
        )
    return folder


option = click.option(
    "--data", type=click.Path(path_type=Path), envvar="MMEVAL_DATA", callback=given
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
    explained = []
    for name, published in PUBLISHED.items():
        texts = list(generations(data / "outputs" / f"{name}.jsonl"))
        found = [extract(text) for text, _ in texts]
        pairs = [(e.value if e else "", gold) for e, (_, gold) in zip(found, texts, strict=True)]
        outcomes = [result.outcome for result in compare_pairs(pairs)]
        right = [e is not None and o == "equal" for e, o in zip(found, outcomes, strict=True)]
        none = found.count(None)
        unsure = sum(
            e is not None and o == "undecided" for e, o in zip(found, outcomes, strict=True)
        )
        percent = 100 * sum(right) / len(texts)
        click.echo(f"{name:40} {len(texts):5} {percent:6.2f} {published:9.2f} {unsure:9} {none:5}")
        if name.startswith("gsm8k") and name.endswith("zeroeval"):
            explained.append((name, right, [zeroeval_right(*row) for row in texts]))
    for name, ours, theirs in explained:
        rows = [n for n, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
        click.echo(f"{name}: by its authors' rule {sum(theirs)} right; other rows: {rows}")


@main.command("labels")
def command_labels() -> None:
    """How often mmeval/1, Math-Verify and the authors' graders are right on the hand labels."""
    path = Path(__file__).resolve().parent.parent / "tests/golden/outputs_labelled.jsonl"
    table = list(rows(path))
    pairs = [(row["pred"] or "", row["gold"]) for row in table]
    ours = [result.outcome == "equal" for result in compare_pairs(pairs)]
    labels = [row["label"] == "right" for row in table]
    click.echo(f"{'right on the hand labels':28} {'all':>9} {'with an authors verdict':>24}")
    columns = {
        "mmeval/1": ours,
        "Math-Verify 0.9.0, recorded": [row["math_verify"] for row in table],
        "the authors, recorded": [row["authors"] for row in table],
    }
    judged = [row["authors"] is not None for row in table]
    for name, said in columns.items():
        hit = [a == b for a, b in zip(said, labels, strict=True)]
        everything = f"{sum(hit)} of {len(hit)}" if None not in said else "-"
        both = sum(h and j for h, j in zip(hit, judged, strict=True))
        click.echo(f"{name:28} {everything:>9} {f'{both} of {sum(judged)}':>24}")


@main.command("hostile")
def command_hostile() -> None:
    """What each hostile answer costs, what it is called, and whether the worker lives."""
    show_hostile()


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
    """Pairs of distinct MATH golds, outer blanks aside, that mmeval/1 calls equal; each is
    for reading."""
    found = list(dict.fromkeys(gold.strip() for gold in math_golds(data)))
    near = near_pairs(found)
    rng = random.Random(0)
    far: set[tuple[str, ...]] = set()
    while len(far) < random_pairs:
        far |= {tuple(sorted(rng.sample(found, 2)))} - near
    for name, chosen in (("near", sorted(near)), ("random", sorted(far))):
        results = compare_pairs([(a, b) for a, b in chosen])
        counts = Counter(each.outcome for each in results)
        click.echo(f"{name}: {len(chosen)} pairs, {dict(counts)}")
        for (a, b), result in zip(chosen, results, strict=True):
            if result.outcome == "equal":
                click.echo(f"    {a!r} ~ {b!r}  ({result.rule})")


if __name__ == "__main__":
    main()
