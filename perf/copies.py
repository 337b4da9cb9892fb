"""Which copies of GSM8K test problems `--against` finds, by kind of edit: docs/diversity.md.

    python perf/copies.py DATA [EMBEDDER]

DATA is a folder with gsm8k/test.jsonl and train.jsonl. Questions of the test set are edited
in one way, by a seed, and looked for in the whole set: all of them by text alone, and SAMPLE
of them by text and EMBEDDER (by default the one at hand). Counted are the questions that the
edit changes and whose own problem is found.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

from mmeval.problems.load import DataOptions
from mmeval.records import Problem
from mmeval.training_data.overlap.guard import Guard, embedder_at_hand, make_guard
from mmeval.training_data.rows import DataFile, TrainingRow, read_file, row_id

SAMPLE = 150
"""Questions of an edit that are embedded, drawn by a seed."""
Edit = Callable[[str, random.Random], str]
WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
SMALL = WORDS.split()
BY_TEN = "twenty thirty forty fifty sixty seventy eighty ninety"
TENS = BY_TEN.split()
OTHERS = "Aruna Bela Chidi Dmitri Esra Farid Goran Hamako Imani Joaquin Kerstin Lotte"
NAMES = OTHERS.split()
PAIRS = (
    "buys=purchases buy=purchase bought=purchased sells=vends sold=vended many=numerous "
    "costs=is_priced_at cost=are_priced_at gives=hands gave=handed gets=receives got=received "
    "eats=consumes ate=consumed makes=produces make=produce made=produced needs=requires "
    "need=require wants=wishes want=wish takes=requires uses=employs has=owns had=owned "
    "total=sum money=cash kids=children children=kids big=large small=little day=weekday "
    "every=each each=every left=remaining also=additionally pays=spends pay=spend paid=spent "
    "earns=makes earn=make friends=pals house=home store=shop car=automobile begins=starts "
    "starts=begins more=additional bag=sack box=crate road=street works=labours finds=discovers"
)
SYNONYMS = dict(pair.split("=") for pair in PAIRS.split())


def spelled(number: int) -> str:
    """The words of a number below a million."""
    if number >= 1000:
        rest = number % 1000
        return f"{spelled(number // 1000)} thousand" + (f" {spelled(rest)}" if rest else "")
    if number >= 100:
        rest = number % 100
        return f"{SMALL[number // 100]} hundred" + (f" {spelled(rest)}" if rest else "")
    if number >= 20:
        rest = number % 10
        return TENS[number // 10 - 2] + (f"-{SMALL[rest]}" if rest else "")
    return SMALL[number]


def spell(text: str, rng: random.Random) -> str:
    """Every whole number in words."""
    return re.sub(
        r"(?<![\d.,])\d[\d,]*(?![\d.]*\d)",
        lambda match: spelled(int(match[0].replace(",", "")) % 1_000_000),
        text,
    )


def renumber(text: str, rng: random.Random) -> str:
    """Every whole number another one of like size."""

    def other(match: re.Match[str]) -> str:
        number = int(match[0])
        return str(number + rng.randint(1, max(3, number // 2)))

    return re.sub(r"\d+", other, text)


def rename(names: frozenset[str], text: str, rng: random.Random) -> str:
    """Every name another one, the same in all places."""
    new = rng.sample(NAMES, len(NAMES))
    given: dict[str, str] = {}

    def other(match: re.Match[str]) -> str:
        if match[0] not in names:
            return match[0]
        return given.setdefault(match[0], new[len(given) % len(new)])

    return re.sub(r"[A-Z][a-z]+", other, text)


def synonyms(text: str, rng: random.Random) -> str:
    """Every word that has one replaced by its synonym."""
    return re.sub(r"[a-z]+", lambda match: SYNONYMS.get(match[0], match[0]).replace("_", " "), text)


def drop(share: float, text: str, rng: random.Random) -> str:
    """Without that share of the words."""
    words = text.split()
    gone = set(rng.sample(range(len(words)), round(share * len(words))))
    return " ".join(word for i, word in enumerate(words) if i not in gone)


def swap(text: str, rng: random.Random) -> str:
    """One in ten words changed places with the next."""
    words = text.split()
    for i in sorted(rng.sample(range(len(words) - 1), max(1, len(words) // 10))):
        words[i], words[i + 1] = words[i + 1], words[i]
    return " ".join(words)


def question_first(text: str, rng: random.Random) -> str:
    """The last sentence before the others."""
    sentences = re.split(r"(?<=[.?!])\s+", text.strip())
    return " ".join([sentences[-1], *sentences[:-1]])


def part(share: float, text: str, rng: random.Random) -> str:
    """The beginning alone."""
    words = text.split()
    return " ".join(words[: round(share * len(words))])


def edits(questions: list[str]) -> dict[str, Edit]:
    """By name, in the order of the table."""
    common = {word for text in questions for word in re.findall(r"\b[a-z]+\b", text)}
    inside = {
        word
        for text in questions
        for before, word in pairwise(re.findall(r"[\w']+|[.?!]", text))
        if before not in ".?!" and re.fullmatch("[A-Z][a-z]+", word)
    }
    other = partial(rename, frozenset(word for word in inside if word.lower() not in common))
    return {
        "none: an exact copy": lambda text, rng: text,
        "case": lambda text, rng: text.upper(),
        "white space": lambda text, rng: text.replace(" ", "  \n"),
        "punctuation taken out": lambda text, rng: re.sub(r"[^\w\s]", "", text),
        "inside a longer text": lambda text, rng: f"Read this with care. {text} Explain it.",
        "the question before the facts": question_first,
        "numbers spelled": spell,
        "names changed": other,
        "numbers changed": renumber,
        "names and numbers changed": lambda text, rng: renumber(other(text, rng), rng),
        "synonyms": synonyms,
        "one word in ten swapped with the next": swap,
        "one word in ten dropped": partial(drop, 0.1),
        "one word in five dropped": partial(drop, 0.2),
        "the first three fifths alone": partial(part, 0.6),
        "the first half alone": partial(part, 0.5),
    }


def share_found(guard: Guard, problems: list[Problem], edit: Edit) -> str:
    """Of the questions that the edit changes, those whose own problem is found."""
    copies = [(each, edit(each.question, random.Random(each.id))) for each in problems]
    kept = [(each, text) for each, text in copies if text != each.question]
    kept = kept or copies  # the exact copy
    rows = (TrainingRow(id=row_id(text, ""), query=text, response="") for _, text in kept)
    found = sum(
        each.id in {overlap.problem_id for overlap in overlaps}
        for (each, _), (_, overlaps) in zip(kept, guard.compare(rows), strict=True)
    )
    return f"{found / len(kept):.0%} of {len(kept):,}"


def main(data: Path, named: str | None) -> None:
    """Prints the table and the false alarms among GSM8K's train rows."""
    where = DataOptions(folder=data)
    by_text = make_guard(["gsm8k"], where, "none")
    problems = list(by_text.tests[0].index.problems)
    train = list(read_file(DataFile(name="train", path=data / "gsm8k/train.jsonl")))
    columns = [(by_text, problems, train)]
    embedder, rng = embedder_at_hand(named), random.Random(0)
    if embedder is not None:
        guard = make_guard(["gsm8k"], where, embedder)
        columns.append((guard, rng.sample(problems, SAMPLE), rng.sample(train, SAMPLE)))
    print(f"| edit | by text | and by {embedder} |\n|---|---|---|")
    for name, edit in edits([each.question for each in problems]).items():
        shares = [share_found(guard, sample, edit) for guard, sample, _ in columns]
        print(f"| {name} | {' | '.join(shares)} |", flush=True)
    alarms = (
        f"{sum(1 for _, found in guard.compare(rows) if found):,} of {len(rows):,}"
        for guard, _, rows in columns
    )
    print(f"| GSM8K's own train rows | {' | '.join(alarms)} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
