"""`mmeval diversity`: how far new training data lie from what there is."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from mmeval.progress import Silent
from mmeval.text import shown
from mmeval.training_data.rows import parse_file
from mmeval.verbs.run import parse_pairs
from mmeval.verbs.shared.diversity_tables import as_object, lines, neighbour_lines
from mmeval.verbs.shared.grid import terminal_width
from mmeval.verbs.shared.options import PATH
from mmeval.verbs.shared.terminal import echo

if TYPE_CHECKING:
    from mmeval.training_data.diversity.measure import DiversityConfig

HELP = """Measure the diversity gain of new training data over a base, by embeddings.

\b
mmeval diversity --base gsm8k_train.jsonl --new mine=mine.jsonl
mmeval diversity --base base.jsonl --against gsm8k --curve \\
    --new FOBAR=MetaMathQA-395K.json:GSM_FOBAR \\
    --new SV=MetaMathQA-395K.json:GSM_SV
mmeval diversity --base base.jsonl --new mine=mine.jsonl \\
    --embedder openai:text-embedding-ada-002 \\
    --engine-arg base_url=https://api.openai.com/v1

The gain is the mean squared distance of each new item to its nearest base item. Files are
JSON lines, a JSON list or parquet, with fields as MetaMathQA's (query, response) or GSM8K's,
or those of --question and --answer. Everything is kept in a report folder.
"""
_TEXTS: tuple[Literal["question", "question_answer"], ...] = ("question", "question_answer")
_SECONDS = 10.0
"""Between two lines of progress where stderr is not a terminal."""


@click.command(help=HELP)
@click.option(
    "--base",
    multiple=True,
    required=True,
    metavar="FILE[:TYPE,...]",
    help="The data to compare with; repeatable.",
)
@click.option("--new", multiple=True, metavar="NAME=FILE[:TYPE,...]", help="New data; repeatable.")
@click.argument("more", nargs=-1, metavar="[NAME=FILE]...")
@click.option("--question", help="The field of the question in all files (default: found).")
@click.option("--answer", help="The field of the answer in all files (default: found).")
@click.option(
    "--text",
    "texts",
    multiple=True,
    type=click.Choice(_TEXTS),
    help="What is embedded (default: both).",
)
@click.option(
    "--embedder",
    default="minilm-l6",
    show_default=True,
    help="An alias (mmeval models), a folder, a hub id, or openai:MODEL.",
)
@click.option("--revision", help="Commit, tag or branch of a hub model.")
@click.option("--device", help="cpu, cuda, ... (default: a GPU where there is one).")
@click.option(
    "--engine-arg",
    "args",
    multiple=True,
    callback=parse_pairs,
    metavar="KEY=VALUE",
    help="Of a server: base_url, api_key_env, max_bytes; repeatable.",
)
@click.option("--limit", type=int, help="Draw N rows of each new set by the seed.")
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="The seed of --limit, intervals and curves.",
)
@click.option("--curve", is_flag=True, help="Also against the size of the base and of the new set.")
@click.option(
    "--without-own",
    is_flag=True,
    help="Also with an item's own original question left out of the base.",
)
@click.option(
    "--approximate", is_flag=True, help="Search with faiss; prints its recall on a sample."
)
@click.option(
    "--against", multiple=True, metavar="BENCHMARK", help="Overlap with a test set; repeatable."
)
@click.option(
    "--near",
    type=float,
    default=0.15,
    show_default=True,
    help="Squared distance that counts as a reworded test question.",
)
@click.option(
    "--data",
    envvar="MMEVAL_DATA",
    help="Folder with benchmark files (default: $MMEVAL_DATA, then the hub).",
)
@click.option("--cache", type=PATH, help="Where embeddings are kept (default: mmeval's cache).")
@click.option(
    "--cache-gib", type=float, default=16.0, show_default=True, help="The most they may take."
)
@click.option(
    "--neighbours",
    type=int,
    default=0,
    metavar="N",
    help="Show the N farthest items of each set and their neighbours.",
)
@click.option("--out", type=PATH, help="The report folder (default: one below runs/).")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON: set -> gains.")
def command(**options: Any) -> None:
    """Measures, and prints the report."""
    from mmeval.engines.start import redirected
    from mmeval.training_data.diversity.measure import measure_diversity

    config = _config(options)
    # What libraries print goes to stderr: stdout has the result alone.
    with _Progress() as progress, redirected([1], 2), redirect_stdout(sys.stderr):
        folder = measure_diversity(config, progress)
    if options["as_json"]:
        click.echo(json.dumps(as_object(folder)))
        return
    echo(lines(folder, terminal_width()))
    if options["neighbours"] > 0:
        echo(neighbour_lines(folder, (*config.base, *config.new), options["neighbours"]))
    click.echo(f"everything is in {folder.path}")


def _config(options: Mapping[str, Any]) -> DiversityConfig:
    from mmeval.engines.embedder import EmbedderOptions
    from mmeval.problems.load import DataOptions, data_folder
    from mmeval.training_data.diversity.measure import DiversityConfig
    from mmeval.training_data.vectors.vector_cache import GIB, CacheOptions

    fields = options["question"], options["answer"]
    base = (parse_file(_named(each), *fields) for each in options["base"])
    new = (parse_file(each, *fields) for each in (*options["new"], *options["more"]))
    return DiversityConfig(
        base=tuple(base),
        new=tuple(new),
        embedder=options["embedder"],
        embedder_options=EmbedderOptions(
            revision=options["revision"], device=options["device"], args=options["args"]
        ),
        cache=CacheOptions(folder=options["cache"], most_bytes=int(options["cache_gib"] * GIB)),
        texts=tuple(dict.fromkeys(options["texts"])) or _TEXTS,
        data=DataOptions(folder=data_folder(options["data"])),
        limit=options["limit"],
        seed=options["seed"],
        curve=options["curve"],
        without_own=options["without_own"],
        approximate=options["approximate"],
        against=options["against"],
        near=options["near"],
        out=options["out"],
    )


def _named(text: str) -> str:
    """A base needs no name; `NAME=FILE` has one."""
    name, equals, _ = text.partition("=")
    return text if equals and "/" not in name and not Path(text).exists() else f"base={text}"


class _Progress(Silent):
    """A count of embedded texts: a bar on a terminal, else a line every few seconds."""

    def __init__(self) -> None:
        self._begin = self._said_at = time.monotonic()
        self._texts = 0
        self._status: Any = None

    def __enter__(self) -> _Progress:
        if sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True).status("starting")
            self._status.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._status is not None:
            self._status.stop()

    def say(self, line: str) -> None:
        """The line, in place of the last one on a terminal."""
        if self._status is not None:
            self._status.update(shown(line))
        else:
            click.echo(line, err=True)

    def advance(self, count: int, tokens: int = 0, note: str = "") -> None:
        """So many more texts are embedded."""
        self._texts += count
        now = time.monotonic()
        if self._status is not None or now - self._said_at >= _SECONDS:
            self._said_at = now
            rate = self._texts / max(now - self._begin, 1e-9)
            self.say(f"{self._texts:,} texts embedded, {rate:,.0f} a second")
