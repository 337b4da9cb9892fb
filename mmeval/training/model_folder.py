"""What a trained model's folder says about itself: training.json, a model card, a picture.

`training.json` is written before the first step, with the status `running`, and is what a
resumed training is compared with; at the end it gets the results and the status `finished`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from mmeval import jsonl
from mmeval.engines.models.embedded import EMBEDDED
from mmeval.engines.models.find import SCHEMA, TRAINING_FILE, Model, training_row
from mmeval.errors import ConfigError, RunMismatch
from mmeval.text import markdown_cell, markdown_table

IDENTITY = (
    *("recipe", "arm", "settings", "base", "data", "prompt", "devices", "compared_with"),
    "compared_by",
)
"""The facts that must not change between a training's first start and its last step."""
PICTURE = "curve.svg"
MORE_VERSIONS = ("accelerate", "peft", "bitsandbytes", "deepspeed")
"""Packages that decide the weights, beside those that every run records."""


def base_row(model: Model, licence: str | None) -> dict[str, Any]:
    """What training.json says about the model that training starts from."""
    return {
        "label": model.label or base_name(model),
        "weights_sha256": model.weights_sha256,
        "tokenizer_sha256": model.tokenizer_sha256,
        "revision": model.revision,
        "licence": licence or licence_of(model),
    }


def base_name(model: Model) -> str:
    """A name for tables, without the folders of this machine."""
    name = Path(model.name)
    return name.name or name.resolve().name if name.is_dir() else model.name


def licence_of(model: Model) -> str:
    """The base's licence: an embedded model's own, what its training.json says, or the
    `license:` line at the top of its README.md; `unknown` without any of them."""
    if model.name in EMBEDDED:
        return EMBEDDED[model.name].licence
    assert model.path is not None  # weights that are trained lie here
    row = training_row(model.path)
    if row is not None and isinstance(row.get("licence"), str):
        return str(row["licence"])
    card = model.path / "README.md"
    lines = card.read_text("utf-8", "replace").splitlines() if card.is_file() else []
    if lines and lines[0].strip() == "---":
        for line in lines[1:60]:
            key, colon, value = line.partition(":")
            if key.strip() == "license" and colon and value.strip():
                return value.strip()
    return "unknown"


def begin(out: Path, row: Mapping[str, Any]) -> dict[str, Any]:
    """Writes training.json, or returns the one of the same training that is there.

    Raises RunMismatch, naming each difference, for a folder of another training, and
    ConfigError for one that holds something else.
    """
    stored = training_row(out)
    if stored is None:
        others = [path.name for path in out.iterdir() if path.name != "lock"]
        if others:
            raise ConfigError(
                f"{out} holds other files ({', '.join(sorted(others)[:4])}) and no mmeval "
                "training; give --out an empty or a new folder"
            )
        stored = {"schema": SCHEMA, "status": "running", **row}
        write(out, stored)
        return stored
    if different := list(_differences(stored, row)):
        raise RunMismatch(
            f"{out} holds another training: {'; '.join(different)}; give this one its own --out, "
            "or train as that one did"
        )
    return stored


def _differences(stored: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[str]:
    for key in IDENTITY:
        was, now = stored.get(key), json.loads(json.dumps(row.get(key)))
        if was == now:
            continue
        if isinstance(was, dict) and isinstance(now, dict):
            for name in {**was, **now}:
                if was.get(name) != now.get(name) and name != "save_every":  # changes no weight
                    yield f"{name} was {was.get(name)!r}, now {now.get(name)!r}"
        elif key == "data":
            yield "the data files were others"
        elif key == "compared_with":
            before, after = (", ".join(tests or ["none"]) for tests in (was, now))
            yield f"--against was {before}, now {after}"
        else:
            yield f"{key} was {was!r}, now {now!r}"


def write(out: Path, row: Mapping[str, Any]) -> None:
    """Replaces training.json atomically."""
    jsonl.write_text(out / TRAINING_FILE, json.dumps(row, indent=1, ensure_ascii=False) + "\n")


def _yaml_word(text: str) -> str:
    """A licence's name as YAML has it, quoted where it is more than a word."""
    return text if re.fullmatch(r"[a-z0-9][a-z0-9.+-]*", text) else json.dumps(text)


def write_card(out: Path, row: Mapping[str, Any]) -> None:
    """Writes README.md, the model card."""
    data = (
        (
            markdown_cell(each["name"]),
            f"{each['rows']:,}",
            markdown_cell(each["file"]),
            f"`{each['sha256'][:16]}`",
        )
        for each in row["data"]
    )
    compared = [str(name).rpartition(" ")[0] for name in row.get("compared_with", ())]
    how = f", by text and by {row['compared_by']}" if row.get("compared_by") else ""
    settings = ((key, markdown_cell(str(value))) for key, value in row["settings"].items())
    licence = markdown_cell(str(row["licence"]))
    lines = [
        "---",
        f"license: {_yaml_word(str(row['licence']).lower())}",
        "library_name: transformers",
        "pipeline_tag: text-generation",
        "tags: [math, mmeval]",
        "---",
        f"# {markdown_cell(row['label'])}",
        "",
        f"Made by `mmeval train {row['recipe']}`: {row['title']} ({row['source']}).",
        f"{row['steps']:,} optimizer steps over {row['rows']:,} rows, "
        f"{row['response_tokens']:,} response tokens seen.",
        "",
        f"- base: {markdown_cell(row['base']['label'])}, weights "
        f"`{str(row['base']['weights_sha256'])[:16]}`, "
        f"licence {markdown_cell(str(row['base']['licence']))}",
        f"- licence: {licence}, the base's; what the data's own adds, see there",
        f"- test sets that the data were compared with: "
        f"{markdown_cell(', '.join(compared)) or 'none'}{how}",
        f"- seed: {row['seed']}; every setting and version is in `{TRAINING_FILE}`",
        f"- curve: `{row['curve']}`, drawn in `{PICTURE}`",
        "",
        *markdown_table(("data", "rows", "file", "sha256"), data),
        "",
        *markdown_table(("setting", "value"), settings),
    ]
    jsonl.write_text(out / "README.md", "\n".join(lines) + "\n")


def draw_curve(out: Path, rows: Sequence[Mapping[str, Any]], label: str) -> None:
    """Draws loss and learning rate by step. Without matplotlib there is no picture."""
    from importlib.util import find_spec

    if find_spec("matplotlib") is None or not rows:
        return
    import matplotlib as mpl
    from matplotlib.figure import Figure

    steps = [row["step"] for row in rows]
    with mpl.rc_context({"svg.hashsalt": "mmeval", "svg.fonttype": "none"}):
        figure = Figure(figsize=(6.4, 4.8), layout="constrained")
        loss, rate = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
        loss.plot(steps, [row["loss"] for row in rows], color="tab:blue", linewidth=1)
        loss.set_ylabel("loss (nats per response token)")
        loss.set_title(label, fontsize=9, wrap=True)
        rate.plot(steps, [row["lr"] for row in rows], color="tab:orange", linewidth=1)
        rate.set_ylabel("learning rate")
        rate.set_xlabel("optimizer step")
        picture = BytesIO()
        figure.savefig(picture, format="svg", metadata={"Date": None})
    jsonl.write_bytes(out / PICTURE, picture.getvalue())
