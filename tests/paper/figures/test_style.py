"""How figures look and are written: colours, provenance, and bytes without a date."""

from __future__ import annotations

import builtins
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from mmeval.environment import own_version
from mmeval.errors import MissingPackage
from mmeval.paper.figures import style
from mmeval.paper.figures.figure import Cell
from tests.builders.figure_cells import measured, sheet

matplotlib = pytest.importorskip("matplotlib", reason="figures: matplotlib is not installed")
DRAWN = sheet([Cell(series="a", x="7B", measured=measured(50, (40, 60), source="模型"))])


def test_a_name_has_a_colour_and_ten_are_told_apart() -> None:
    names = [str(i) for i in range(12)]
    colours = style.colours(names)
    assert list(colours) == names
    assert len({colours[name] for name in names[:10]}) == 10
    assert colours["10"] == colours["0"], "an eleventh begins again"


def test_a_style_ends_where_it_ends() -> None:
    with matplotlib.rc_context({"font.size": 31, "axes.xmargin": 0.4}):
        with style.style():
            assert matplotlib.rcParams["font.size"] == 7.0
            assert matplotlib.rcParams["text.parse_math"] is False
            assert matplotlib.rcParams["axes.xmargin"] == 0.05, "none of the user's own"
        assert matplotlib.rcParams["font.size"] == 31


def test_a_page_is_as_large_as_it_is_asked_to_be() -> None:
    picture = style.page(style.SINGLE, 2.0)
    assert tuple(picture.get_size_inches()) == (3.35, 2.0)
    axes = picture.add_subplot()
    style.despine(axes)
    assert {name for name, line in axes.spines.items() if line.get_visible()} == {"left", "bottom"}


def test_provenance_is_one_line_with_the_hash_of_each_source() -> None:
    said = style.provenance(DRAWN)
    assert "\n" not in said and "模型" in said
    assert json.loads(said) == {
        "figure": "figure_90_made",
        "sources": [
            {"name": "模型", "about": "made", "sha256": hashlib.sha256("模型".encode()).hexdigest()}
        ],
    }


def test_the_numbers_are_those_of_the_cells() -> None:
    numbers = style.numbers_of(DRAWN)
    assert numbers["cells"] == [each.to_row() for each in DRAWN.cells]
    assert (numbers["label"], numbers["mmeval"]) == ("Figure 90", own_version())
    assert numbers["remarks"] == []


def test_four_files_are_written_beside_a_stem_that_has_a_dot(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        with style.style():
            picture = style.page(style.SINGLE, 2.0)
            picture.add_subplot().set_title("模型 \U0001f9ee")  # no font of ours has these
            paths = style.save(picture, DRAWN, tmp_path / folder / "v1.0")
        assert [each.name for each in paths] == ["v1.0.png", "v1.0.pdf", "v1.0.svg", "v1.0.json"]
        assert all(each.stat().st_size > 100 for each in paths)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


@pytest.mark.parametrize(
    ("package", "call"), [("matplotlib", style.page), ("seaborn", style.colours)]
)
def test_a_missing_package_names_its_extra(
    package: str, call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == package:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingPackage, match=rf"{package}.*mmeval\[figures\]"):
        call(*((1, 1) if package == "matplotlib" else (["a"],)))
