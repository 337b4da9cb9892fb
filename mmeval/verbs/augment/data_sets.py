"""`mmeval augment mix` and `backward`: data sets from existing rows; no model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mmeval.errors import ConfigError
from mmeval.verbs.shared.options import GUARD, PATH, RULE
from mmeval.verbs.shared.terminal import echo

if TYPE_CHECKING:
    from mmeval.augmenting.mix import Checked, MixSpec
    from mmeval.training_data.overlap.guard import Guard


@click.command(
    "mix",
    epilog="\b\nmmeval augment mix MetaMathQA-395K.json --against gsm8k --check",
    short_help="Read, check and mix training rows.",
)
@click.argument("files", nargs=-1, required=True)
@click.option("--out", type=PATH, help="The set: a JSON list (.json), or JSON lines.")
@click.option("--check", is_flag=True, help="Read and check the files, write nothing.")
@click.option("--preset", help="Counts per type: metamathqa, metamathqa-gsm, metamathqa-math.")
@click.option("--count", "counts", multiple=True, metavar="TYPE=N", help="Rows of a type.")
@click.option("--scale", type=float, default=1.0, show_default=True, help="Times every count.")
@click.option("--short-ok", is_flag=True, help="Take what there is of a type.")
@click.option("--rows", type=int, help="Draw N rows, types in proportion.")
@click.option("--tokens", type=int, help="At most N response tokens (estimated), likewise.")
@click.option("--seed", type=int, default=0, show_default=True, help="The seed of draw and order.")
@GUARD
@click.option("--data", help="Folder with the test sets (default: $MMEVAL_DATA, then the hub).")
@click.option("--json", "as_json", is_flag=True, help="What was found as one line of JSON.")
def mix(files: tuple[str, ...], out: Path | None, check: bool, **options: Any) -> None:
    """Read, check and mix training rows: MetaMathQA's own file, or rows made here.

    FILES are paths, or FILE:TYPE[,TYPE...] for rows of some types. Tokens are estimated as
    a third of the response's characters.
    """
    from mmeval.augmenting.mix import draw, read_pool, write
    from mmeval.training_data.rows import parse_file
    from mmeval.verbs.augment.calls import kept_out

    data = [
        replace(parse_file(f"{Path(each).name}={each}"), remedy="rename the file's fields")
        for each in files
    ]
    if (out is None) != check:
        raise ConfigError("say --out FILE to write a set, or --check to write none")
    spec = _spec(options)
    guard = kept_out(None, options, partial(click.echo, err=True))
    pool = read_pool(data, spec, guard)
    row = _row(pool.checked, guard)
    if not check:
        assert out is not None
        mixed = draw(pool, spec)
        write(out, mixed)
        row |= {"written": len(mixed), "out": str(out)}
    if options["as_json"]:
        click.echo(json.dumps(row))
    else:
        echo(lines(row))


@click.command(
    "backward",
    epilog="\b\nmmeval augment backward --benchmark gsm8k --out gsm8k_turned.jsonl",
    short_help="Make a backward test set, unfiltered, each item marked.",
)
@click.option("--benchmark", help="Questions of a benchmark (mmeval list).")
@click.option("--questions", type=PATH, help="Questions of a file: question and answer.")
@click.option("--split", help="Of the benchmark; test by default.")
@click.option("--limit", type=int, help="Draw N questions by the seed.")
@click.option("--seed", type=int, default=0, show_default=True, help="The seed of the draw.")
@click.option("--style", type=click.Choice(["GSM", "MATH"]), help="Default: by the golds.")
@RULE
@click.option(
    "--wording",
    type=click.Choice(["to", "of"]),
    default="to",
    show_default=True,
    help="The answer to, or of, the above question.",
)
@click.option("--per-question", type=int, help="Numbers of a question to hide; default all.")
@click.option("--data", help="Folder with data files (default: $MMEVAL_DATA, then the hub).")
@click.option("--any-data", is_flag=True, help="Accept data that are not the published ones.")
@click.option("--out", type=PATH, required=True, help="A JSONL file, a benchmark of its own.")
@click.option("--json", "as_json", is_flag=True, help="The counts as one line of JSON.")
def backward(out: Path, as_json: bool, **options: Any) -> None:
    """Make a backward test set, unfiltered, each item marked: is its x determined?

    It runs as it is: mmeval run --benchmark OUT.jsonl. Beside a run of the forward
    benchmark it gives the reversal gap: mmeval analyse reversal_gap.
    """
    from mmeval import jsonl
    from mmeval.augmenting.backward_set import BackwardSpec, counts, items
    from mmeval.augmenting.masks.rules import rule_named
    from mmeval.verbs.augment.calls import questions_of

    if out.suffix != ".jsonl":
        raise ConfigError(f"--out {out}: the name must end in .jsonl, for --benchmark to take it")
    source, style = questions_of(options, split="test")
    spec = BackwardSpec(
        style=style,
        rule=rule_named(options["rule"]),
        wording=options["wording"],
        per_question=options["per_question"],
        seed=options["seed"],
    )
    made = list(items(source.problems, spec))
    if not made:
        raise ConfigError(f"{source.benchmark.name}: no number of its questions can be hidden")
    jsonl.write_rows(out, (item.to_row(source.benchmark.checkers) for item in made), given=True)
    states = counts(made)
    covered = len({item.forward.id for item in made})
    row = {
        "items": len(made),
        "questions": covered,
        "of": len(source.problems),
        **{state: states[state] for state in ("determined", "undetermined", "unknown")},
        "out": str(out),
    }
    if as_json:
        click.echo(json.dumps(row))
        return
    click.echo(
        f"{len(made):,} backward questions of {covered:,} of {len(source.problems):,} questions\n"
        f"x is determined in {states['determined']:,}, undetermined in "
        f"{states['undetermined']:,}, not known in {states['unknown']:,}\n"
        f"they are in {out}"
    )


def _spec(options: dict[str, Any]) -> MixSpec:
    from mmeval.augmenting.mix import MixSpec
    from mmeval.errors import UnknownName, unknown
    from mmeval.paper.printed import numbers

    preset = options["preset"]
    presets = numbers().mixtures
    if preset is not None and preset not in presets:
        raise UnknownName(unknown("preset", preset, presets))
    counts = dict(presets[preset]) if preset else {}
    for each in options["counts"]:
        kind, _, number = each.rpartition("=")
        if not kind or not number.isdecimal():
            raise ConfigError(f"--count {each}: must be TYPE=N, such as GSM_FOBAR=1000")
        counts[kind] = int(number)
    for name in ("rows", "tokens"):
        if options[name] is not None and options[name] < 1:
            raise ConfigError(f"--{name} must be at least 1, got {options[name]}")
    if not 0 < options["scale"] <= 1:
        raise ConfigError(f"--scale must be in (0, 1], got {options['scale']}")
    return MixSpec(
        counts=counts,
        scale=options["scale"],
        rows=options["rows"],
        tokens=options["tokens"],
        seed=options["seed"],
        short_ok=options["short_ok"],
    )


def _row(checked: Checked, guard: Guard) -> dict[str, Any]:
    """What reading found, as one object."""
    from mmeval.paper.printed import numbers

    released = [name for name, each in numbers().mixtures.items() if checked.types == dict(each)]
    return {
        "rows": checked.rows,
        "types": dict(sorted(checked.types.items())),
        "as_released": bool(released),
        "mixture": next(iter(released), None),
        "duplicates": checked.duplicates,
        "overlapping": checked.overlapping,
        "against": guard.names,
        "embedder": guard.embedder,
        "caveats": guard.caveats(),
        "faults": dict(checked.faults),
        "examples": checked.examples,
    }


def lines(row: dict[str, Any]) -> Iterator[str]:
    """What was read, left out, found wrong and written."""
    for kind, count in row["types"].items():
        yield f"{kind:16} {count:9,}"
    yield f"{'all':16} {row['rows']:9,}"
    if row["as_released"]:
        yield f"the counts are those of {row['mixture']}, as it was released"
    yield f"duplicates left out: {row['duplicates']:,}"
    against = ", ".join(row["against"]) or "nothing: overlap was allowed"
    how = f", by text and by {row['embedder']}" if row["embedder"] else ""
    yield f"left out for overlap: {row['overlapping']:,} (against {against}{how})"
    yield from row["caveats"]
    for reason, count in row["faults"].items():
        yield f"{count:,} rows: {reason}; first: {row['examples'][reason][0]}"
    if not row["faults"]:
        yield "every response ends as its type says"
    if "written" in row:
        yield f"{row['written']:,} rows are in {row['out']}"
