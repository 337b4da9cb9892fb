"""What a trained model's folder says of itself: whose it is, its licence, its card."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from mmeval.engines.models.embedded import EMBEDDED
from mmeval.engines.models.find import Model, training_row
from mmeval.errors import ConfigError, RunMismatch
from mmeval.training.model_folder import (
    PICTURE,
    base_name,
    base_row,
    begin,
    draw_curve,
    licence_of,
    write,
    write_card,
)

ROW: dict[str, Any] = {
    "label": "tiny + sft on sums",
    "recipe": "sft",
    "arm": None,
    "title": "plain",
    "source": "ours",
    "rows": 1_200,
    "response_tokens": 45_000,
    "steps": 12,
    "base": {"label": "tiny", "weights_sha256": "b" * 64, "licence": "mit"},
    "data": [{"name": "sums", "rows": 1_200, "file": "a.jsonl", "sha256": "d" * 64}],
    "settings": {"lr": 1e-3, "save_every": None},
    "prompt": {"name": "alpaca", "sha256": "p"},
    "devices": 1,
    "compared_with": ["gsm8k test " + "c" * 8],
    "licence": "Apache-2.0",
    "seed": 42,
    "curve": "curve.jsonl",
}


def test_a_base_has_a_name_that_tells_no_folder(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "tiny"
    folder.mkdir(parents=True)
    assert base_name(Model(name=str(folder))) == "tiny"
    assert base_name(Model(name=f"{folder}/")) == "tiny"
    assert base_name(Model(name="org/model")) == "org/model"


def card(folder: Path, text: str) -> Model:
    (folder / "README.md").write_text(text)
    return Model(name=str(folder), path=folder)


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("---\ntags: [x]\nlicense: apache-2.0\n---\n# x", "apache-2.0"),
        ("---\nlicense:\n---\n", "unknown"),
        ("# x\nlicense: mit\n", "unknown"),  # no head
        ("", "unknown"),
    ],
)
def test_a_licence_is_read_from_the_cards_head(text: str, licence: str, tmp_path: Path) -> None:
    assert licence_of(card(tmp_path, text)) == licence


def test_what_was_trained_says_its_licence_before_its_card(tmp_path: Path) -> None:
    model = card(tmp_path, "---\nlicense: mit\n---\n")
    write(tmp_path, {"schema": 1, "status": "finished", **ROW})
    assert licence_of(model) == "Apache-2.0"
    assert base_row(model, "cc0")["licence"] == "cc0", "the user's word goes before"
    embedded = next(iter(EMBEDDED.values()))
    assert licence_of(Model(name=next(iter(EMBEDDED)))) == embedded.licence


def test_a_training_begins_once_and_goes_on_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    first = begin(tmp_path, ROW)
    assert first["status"] == "running" == (training_row(tmp_path) or {})["status"]
    assert begin(tmp_path, ROW | {"label": "another label", "rows": 5}) == first
    saved = ROW["settings"] | {"save_every": 5}
    assert begin(tmp_path, ROW | {"settings": saved}) == first, "it changes no weight"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"settings": {"lr": 2e-3, "save_every": None}}, r"lr was 0\.001, now 0\.002"),
        ({"arm": "SFT"}, "arm was None, now 'SFT'"),
        ({"data": []}, "the data files were others"),
        ({"compared_with": []}, "--against was gsm8k test c+, now none"),
        ({"base": ROW["base"] | {"label": "t2"}}, "label was 'tiny', now 't2'"),
    ],
)
def test_another_training_in_the_folder_names_the_difference(
    change: dict[str, Any], says: str, tmp_path: Path
) -> None:
    begin(tmp_path, ROW)
    with pytest.raises(RunMismatch, match=says):
        begin(tmp_path, ROW | change)


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(ConfigError, match=r"other files \(thesis\.tex\) and no mmeval training"):
        begin(tmp_path, ROW)
    assert training_row(tmp_path) is None


def test_a_card_has_a_head_that_hubs_read_and_tables_that_hold(tmp_path: Path) -> None:
    write_card(tmp_path, ROW)
    text = (tmp_path / "README.md").read_text()
    assert text.startswith("---\nlicense: apache-2.0\n")
    assert "12 optimizer steps over 1,200 rows, 45,000 response tokens seen." in text
    assert "test sets that the data were compared with: gsm8k test\n" in text
    assert "weights `bbbbbbbbbbbbbbbb`" in text
    assert "| sums | 1,200 | a.jsonl | `dddddddddddddddd` |" in text
    write_card(tmp_path, ROW | {"compared_with": []})
    assert "were compared with: none\n" in (tmp_path / "README.md").read_text()


EVIL = "<img src=x> | [a](http://x) @team #1 *b*"


def test_a_card_shows_foreign_names_as_texts(tmp_path: Path) -> None:
    data = [ROW["data"][0] | {"name": EVIL, "file": EVIL}]
    base = ROW["base"] | {"label": EVIL, "licence": EVIL}
    more = {"label": EVIL, "data": data, "base": base, "licence": f"mit\ntags: {EVIL}"}
    settings = {"settings": {"eval": [EVIL]}, "compared_with": [f"{EVIL} {'c' * 8}"]}
    write_card(tmp_path, ROW | more | settings)
    text = (tmp_path / "README.md").read_text()
    head, body = text.removeprefix("---\n").split("---\n", 1)
    assert set(yaml.safe_load(head)) == {"license", "library_name", "pipeline_tag", "tags"}
    assert not re.search(r"(?<!\\)[<>]|@team|://x|(?<!\\)\[a|#1|(?<!\\)\*b", body)
    rows = [line for line in body.splitlines() if line.startswith("| ") and "sha256" not in line]
    assert all(len(re.findall(r"(?<!\\)\|", row)) in (3, 5) for row in rows)


def test_a_curve_is_drawn_the_same_each_time_and_not_without_steps(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="curve: matplotlib is not installed")
    draw_curve(tmp_path, [], "x")
    assert not (tmp_path / PICTURE).exists()
    rows = [{"step": i, "loss": 1 / i, "lr": 1e-3} for i in range(1, 5)]
    drawn = []
    for _ in range(2):
        draw_curve(tmp_path, rows, "a title")
        drawn.append((tmp_path / PICTURE).read_bytes())
    assert drawn[0] == drawn[1] and b"a title" in drawn[0]
