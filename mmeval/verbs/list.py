"""`mmeval list`: the catalogue, by name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import click

from mmeval import catalog
from mmeval.engines.engine import ENGINES

WIDTH = 80


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The same as one line of JSON.")
def command(as_json: bool) -> None:
    """List benchmarks, prompts, checkers, analyses, figures, claims, recipes and engines.

    \b
    mmeval list
    mmeval list --json
    """
    content = collect()
    if as_json:
        click.echo(json.dumps(content, ensure_ascii=False))
        return
    formatter = click.HelpFormatter(width=WIDTH)
    for kind, entries in content.items():
        with formatter.section(kind.capitalize()):
            formatter.write_dl([(entry["name"], _line(kind, entry)) for entry in entries])
    click.echo(formatter.getvalue().strip())
    click.echo("\nOne in full: mmeval show gsm8k")


def collect() -> dict[str, list[dict[str, Any]]]:
    """Everything in the catalogue, as the JSON form prints it; plug-ins included."""
    return {
        "benchmarks": [
            {
                "name": each.name,
                "title": each.title,
                "splits": {name: split.rows for name, split in each.splits.items()},
                "licence": each.licence,
                "source": each.source,
                "checkers": list(each.checkers),
                "prompt": each.prompt,
                "max_tokens": each.max_tokens,
            }
            for each in catalog.load_all("benchmarks")
        ],
        "prompts": [
            {"name": each.name, "title": each.title, "kind": each.kind, "source": each.source}
            for each in catalog.load_all("prompts")
        ],
        "checkers": _titled("checkers"),
        "analyses": _titled("analyses"),
        "figures": [
            {"name": each.name, "title": f"{each.label}: {each.title}", "source": each.source}
            for each in catalog.load_all("figures")
        ],
        "claims": _titled("claims"),
        "recipes": [
            {"name": each.name, "title": each.title, "source": each.source, "arms": list(each.arms)}
            for each in catalog.load_all("recipes")
        ],
        "engines": [
            {
                "name": name,
                "package": package or None,
                "installed": not package or find_spec(package) is not None,
            }
            for name, (_, package) in ENGINES.items()
        ],
    }


def _titled(kind: str) -> list[dict[str, Any]]:
    return [
        {"name": each.name, "title": each.title, "source": each.source}
        for each in catalog.load_all(kind)
    ]


def _line(kind: str, entry: dict[str, Any]) -> str:
    if kind == "benchmarks":
        return f"{entry['title']}: {sizes(entry['splits'].items())}"
    if kind == "engines":
        if entry["package"] is None:
            return "existing outputs; needs no package"
        if entry["installed"]:
            return f"{entry['package']} is installed"
        return f"not installed: pip install 'mmeval[{entry['name']}]'"
    return str(entry["title"])


def sizes(splits: Sequence[tuple[str, int]] | Any) -> str:
    """`test 1,319, train 7,473`."""
    return ", ".join(f"{name} {rows:,}" for name, rows in splits)
