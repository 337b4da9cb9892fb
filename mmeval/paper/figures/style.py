"""How every figure looks, and how it is written: the same numbers give the same bytes.

A measured number is a filled bar or marker with its interval; a quoted one is hatched or
hollow, so that a copy in black and white tells them apart. Colours are seaborn's
`colorblind` palette. Widths are those of one and of two columns of a journal.
"""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmeval.environment import own_version
from mmeval.errors import MissingPackage
from mmeval.jsonl import write_bytes, write_text
from mmeval.paper.figures.figure import Sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

SINGLE = 3.35
"""Inches: the width of one column, 85 mm."""
DOUBLE = 6.9
"""Inches: the width of two columns, 175 mm."""
DPI = 200
"""Of the PNG: sharp on a screen, and as wide as a page of text."""
INK = "#222222"
GREY = "#767676"
"""The lightest grey that is read on white."""
HATCH = "/////"
"""Of what is quoted."""
_STYLE: Mapping[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so it is the same everywhere
    "text.parse_math": False,  # names are other people's: `$` in one is a dollar
    "font.size": 7.0,
    "axes.titlesize": 7.5,
    "axes.labelsize": 7.0,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "legend.fontsize": 6.5,
    "legend.title_fontsize": 6.5,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "ytick.minor.size": 1.2,
    "ytick.minor.width": 0.4,
    "grid.linewidth": 0.4,
    "grid.color": "#dddddd",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 1.1,
    "lines.markersize": 4.0,
    "hatch.linewidth": 0.5,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "legend.frameon": False,
    "figure.dpi": 100,
    "savefig.dpi": DPI,
    "svg.fonttype": "path",
    "pdf.fonttype": 42,  # fonts that journals accept
    "pdf.compression": 6,
}


@contextmanager
def style() -> Iterator[None]:
    """Everything drawn inside has the style of mmeval, whatever the user's own settings."""
    seaborn, matplotlib = _seaborn(), _matplotlib()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        seaborn.set_theme(style="ticks", rc=dict(_STYLE))
        yield


def colours(names: Sequence[str]) -> dict[str, Any]:
    """A colour for each name, in their order; colour-blind safe, at most ten told apart."""
    palette = _seaborn().color_palette("colorblind")
    return {name: palette[i % len(palette)] for i, name in enumerate(names)}


def page(width: float, height: float) -> Picture:
    """An empty picture, in inches, that needs no display and is known to no other library."""
    _matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(picture)
    picture.get_layout_engine().set(w_pad=0.03, h_pad=0.03)
    return picture


def despine(axes: Axes) -> None:
    """Takes away the lines above and to the right."""
    axes.spines["top"].set_visible(False)
    axes.spines["right"].set_visible(False)


def save(picture: Picture, sheet: Sheet, stem: Path) -> list[Path]:
    """Writes PNG, PDF, SVG and the numbers as JSON, each atomically; their paths.

    The metadata hold the figure, the version of mmeval and the sources with their hashes,
    and no date: drawn again from the same numbers, the files are the same.
    """
    title = f"{sheet.figure.label}: {sheet.figure.title}"
    description = provenance(sheet)
    creator = f"mmeval {own_version()}"
    kinds: Mapping[str, Mapping[str, Any]] = {
        "png": {"Title": title, "Description": description, "Software": creator},
        "pdf": {"Title": title, "Subject": description, "Creator": creator, "CreationDate": None},
        "svg": {"Title": title, "Description": description, "Creator": creator, "Date": None},
    }
    paths = []
    for kind, written in _written(picture, kinds, sheet.figure.name).items():
        path = stem.with_name(f"{stem.name}.{kind}")
        write_bytes(path, written)
        paths.append(path)
    numbers = stem.with_name(f"{stem.name}.json")
    write_text(numbers, json.dumps(numbers_of(sheet), ensure_ascii=False, indent=1) + "\n")
    return [*paths, numbers]


def _written(
    picture: Picture, kinds: Mapping[str, Mapping[str, Any]], name: str
) -> dict[str, bytes]:
    """Kind -> the file's bytes. Missing glyphs are drawn as boxes, without a warning."""
    salt = hashlib.sha256(name.encode()).hexdigest()
    files = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        # The layout is found once: every format would else find it again.
        picture.draw_without_rendering()
        picture.set_layout_engine("none")
        for kind, metadata in kinds.items():
            buffer = io.BytesIO()
            with _matplotlib().rc_context({"svg.hashsalt": salt}):
                picture.savefig(buffer, format=kind, metadata=dict(metadata))
            files[kind] = buffer.getvalue()
    return files


def provenance(sheet: Sheet) -> str:
    """What the picture was made of, as one line of JSON."""
    sources = [
        {"name": each.name, "about": each.about, "sha256": each.sha256} for each in sheet.sources
    ]
    return json.dumps({"figure": sheet.figure.name, "sources": sources}, ensure_ascii=False)


def numbers_of(sheet: Sheet) -> dict[str, Any]:
    """All numbers of a figure, as the JSON beside it has them."""
    return {
        "figure": sheet.figure.name,
        "label": sheet.figure.label,
        "title": sheet.figure.title,
        "source": sheet.figure.source,
        "mmeval": own_version(),
        "remarks": list(sheet.remarks),
        "cells": [each.to_row() for each in sheet.cells],
    }


def _matplotlib() -> Any:
    try:
        import matplotlib
    except ImportError as error:
        raise _missing("matplotlib") from error
    return matplotlib


def _seaborn() -> Any:
    try:
        import seaborn
    except ImportError as error:
        raise _missing("seaborn") from error
    return seaborn


def _missing(package: str) -> MissingPackage:
    return MissingPackage(
        f"figures need the package {package!r}, which is not installed; "
        "pip install 'mmeval[figures]'"
    )
