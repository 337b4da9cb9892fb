"""Whatever is edited in a run folder, readers answer or say in one line what is wrong."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mmeval.errors import UserError
from mmeval.records import Scalar
from mmeval.results import leaderboard_formats as formats
from mmeval.results.analysis import analyse, load_runs
from mmeval.results.compare import compare
from mmeval.results.gate import Allowance, gate
from mmeval.results.leaderboard import make_leaderboard
from tests.builders.made_runs import Made, make_run

VALUE = re.compile(r'(?<=: )("[^"]*"|[\d.]+|true|false|null|\[\]|\{[^{}]*\})')
VALUES = (
    "null", "1", '"x"', "[]", "{}", "true", "-1", "1e999", '""', "NaN", '"\\ud800"', "9" * 20,
)  # fmt: skip
READERS: dict[str, Callable[[Path], object]] = {
    "compare": lambda w: compare(w / "a", w / "b"),
    "gate": lambda w: gate(w / "a", w / "b", Allowance(max_drop=0.1)),
    "accuracy": lambda w: analyse("accuracy", [w]),
    "reversal_gap": lambda w: analyse("reversal_gap", [w / "b", w / "c"]),
    "maj_at_k": lambda w: analyse("maj_at_k", [w]),
    "leaderboard": lambda w: formats.json_text(make_leaderboard(load_runs([w]))),
    "lm-eval": lambda w: [formats.lm_eval_results([run]) for run in load_runs([w])],
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    twins: dict[int, dict[str, Scalar]] = {
        number: {"twin": f"sums/{number:04x}", "steps": 2} for number in range(4)
    }
    make_run(folder / "a", Made(letters="RWRU", model="a"))
    make_run(folder / "b", Made(letters="RWWR", model="b"))
    make_run(folder / "c", Made(letters="RRWW", model="b", benchmark="back", meta=twins))
    return folder


def edit(text: str, rng: random.Random) -> str:
    """The text with a value of another kind, another character, or a piece missing."""
    if rng.random() < 0.7:
        match = rng.choice(list(VALUE.finditer(text)))
        return text[: match.start()] + rng.choice(VALUES) + text[match.end() :]
    place = rng.randrange(len(text))
    if rng.random() < 0.5:
        return text[:place] + chr(rng.randrange(1, 256)) + text[place + 1 :]
    return text[:place] + text[place + rng.randrange(40) :]


@pytest.mark.parametrize("seed", range(25))
def test_an_edit_is_answered_or_refused_in_one_line(seed: int, whole: Path, tmp_path: Path) -> None:
    rng = random.Random(seed)
    folder = tmp_path / "edited"
    shutil.copytree(whole, folder)
    files = sorted(path for path in folder.rglob("*.json*"))
    file = rng.choice(files)
    file.write_text(edit(file.read_text(), rng))
    for name, read in READERS.items():
        try:
            read(folder)
        except UserError as error:
            assert "\n" not in str(error), name
