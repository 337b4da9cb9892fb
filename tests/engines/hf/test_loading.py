"""Whoever loads a model's folder runs no code of its own, asks nothing and reads no pickle."""

from __future__ import annotations

import builtins
import itertools
import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers", reason="hf engine: transformers is not installed; make hf")

from mmeval.engines.embedder import EmbedderOptions, open_embedder
from mmeval.engines.engine import EngineOptions, open_engine
from mmeval.engines.models.find import find_model
from mmeval.engines.scorer import Scoring, open_scorer
from mmeval.errors import MmevalError, UserError
from mmeval.training.base_model import load_base, load_tokenizer
from mmeval.training.settings import Settings
from tests.builders.tiny_embedder import make_sentence_model


def generate(folder: Path) -> Any:
    return open_engine("hf", find_model(str(folder)), EngineOptions())


def score(folder: Path) -> Any:
    return open_scorer("hf", find_model(str(folder)), EngineOptions(), Scoring())


def train_on(folder: Path) -> Any:
    return load_base(find_model(str(folder)), Settings(precision="fp32"))


def tokenise(folder: Path) -> Any:
    return load_tokenizer(find_model(str(folder)))


def embed(folder: Path) -> Any:
    return open_embedder(str(folder), EmbedderOptions())


LOADERS = [generate, score, train_on, tokenise, embed]
Load = Callable[[Path], Any]


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sentence_model(tmp_path_factory.mktemp("sentences"))


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A whole model, for the loader of this test, to be spoilt."""
    kind = "sentences" if request.getfixturevalue("load") is embed else "tiny"
    return Path(shutil.copytree(request.getfixturevalue(kind), tmp_path / "model"))


def change(path: Path, **values: Any) -> None:
    row = json.loads(path.read_text())
    path.write_text(json.dumps({k: v for k, v in (row | values).items() if v is not None}))


@pytest.mark.parametrize("load", LOADERS)
@pytest.mark.parametrize(
    ("where", "known"), [*itertools.product(["config", "tokenizer"], [False, True])]
)
def test_a_models_own_code_is_neither_run_nor_asked_about(
    load: Load, where: str, known: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[str] = []

    def say_yes(text: str = "") -> str:
        questions.append(text)
        return "y"

    monkeypatch.setattr(builtins, "input", say_yes)
    ran = folder.parent / "ran"
    (folder / "own.py").write_text(f"open({str(ran)!r}, 'w')\nclass Own: pass\n")
    if where == "config":
        names = ("AutoConfig", "AutoModelForCausalLM", "AutoModel")
        change(
            folder / "config.json",
            auto_map=dict.fromkeys(names, "own.Own"),
            **({} if known else {"model_type": "own"}),
        )
    else:
        change(
            folder / "tokenizer_config.json",
            auto_map={"AutoTokenizer": ["own.Own", "own.Own"]},
            tokenizer_class="OwnTokenizer" if not known else None,
        )
    try:
        load(folder)
    except MmevalError as error:
        assert "\n" not in str(error)
    assert not questions
    assert not ran.exists()


@pytest.mark.parametrize("load", [each for each in LOADERS if each is not tokenise])
def test_pickled_weights_beside_a_decoy_are_not_read(
    load: Load, folder: Path, tmp_path: Path
) -> None:
    import torch
    from safetensors.torch import load_file

    weights = folder / "model.safetensors"
    torch.save(load_file(weights), folder / "pytorch_model.bin")
    weights.rename(folder / "decoy.safetensors")
    with pytest.raises(MmevalError) as caught:
        load(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("load", [each for each in LOADERS if each is not tokenise])
@pytest.mark.parametrize("name", ["../outside.safetensors", "pytorch_model.bin"])
def test_an_index_that_leads_elsewhere_is_refused(
    load: Load, name: str, folder: Path, tmp_path: Path
) -> None:
    from safetensors.torch import load_file

    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").rename(tmp_path / "outside.safetensors")
    shutil.copy(tmp_path / "outside.safetensors", folder / "decoy.safetensors")
    index = {"metadata": {}, "weight_map": dict.fromkeys(weights, name)}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(UserError) as caught:
        load(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("load", LOADERS)
@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b"\xff" * 100, b"[]"])
def test_a_broken_file_raises_nothing_else(
    load: Load, name: str, content: bytes, folder: Path
) -> None:
    (folder / name).write_bytes(content)
    with suppress(MmevalError):  # a loader that does not read the file has no error
        load(folder)


@pytest.mark.parametrize(
    "module",
    [
        {"type": "own.Module", "path": "2_Own"},
        {"type": "os.path.join", "path": ""},
        {"type": "sentence_transformers.models.Dense", "path": "../outside"},
        {"type": "sentence_transformers.models.Dense", "path": "/outside"},
        {"type": "sentence_transformers.models.Dense", "path": "2_Dense"},
        {"type": 3, "path": "2_Dense"},
        "Dense",
    ],
)
def test_a_module_of_a_sentence_embedder_stays_in_its_folder(
    module: Any, sentences: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(sentences, tmp_path / "model"))
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "pytorch_model.bin").write_bytes(b"\x80\x02.")
    modules = json.loads((folder / "modules.json").read_text())
    (folder / "modules.json").write_text(json.dumps([*modules, module]))
    with pytest.raises(UserError) as caught:
        open_embedder(str(folder), EmbedderOptions())
    assert "pip install" not in str(caught.value), "the package is not even asked for"
    assert "\n" not in str(caught.value)
