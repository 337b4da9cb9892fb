"""Names -> models: folders, and a hub that a fake answers for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mmeval.engines.models.embedded import model_folder
from mmeval.engines.models.find import find_model
from mmeval.engines.models.fingerprint import fingerprint, tokenizer_sha256
from mmeval.errors import ConfigError, ModelNotFound, UnknownName
from tests.builders.model_folders import folder_with

# A name and what it finds.


def test_a_folder_is_a_model_and_its_path_is_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder_with(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    found = find_model("mine")
    assert (found.name, found.path, found.revision) == ("mine", tmp_path / "mine", None)
    assert found.weights_sha256 == fingerprint(tmp_path / "mine")
    assert found.tokenizer_sha256 == tokenizer_sha256(tmp_path / "mine")
    assert found.eos_ids == (7,)


def test_a_folder_wins_over_a_hub_id_of_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder_with(tmp_path / "org" / "name")
    monkeypatch.chdir(tmp_path)
    assert find_model("org/name").path == tmp_path / "org" / "name"


@pytest.mark.parametrize("name", ["smolm2-135m", "smollm2", "gpt2", ""])
def test_a_name_that_is_nothing_lists_the_aliases(name: str) -> None:
    # `""` is the current folder for pathlib, which holds no config.json here.
    with pytest.raises((UnknownName, ModelNotFound)) as caught:
        find_model(name)
    message = str(caught.value)
    assert "\n" not in message
    if name:
        assert "smollm2-135m" in message
        assert "organisation/name" in message


def test_a_near_miss_is_offered() -> None:
    with pytest.raises(UnknownName, match="did you mean smollm2-135m"):
        find_model("smolm2-135m")


@pytest.mark.parametrize("name", ["/no/such/folder", "./gone", "~/gone-for-good", "a/b/c"])
def test_a_path_that_is_not_there_is_said_to_be_none(name: str) -> None:
    with pytest.raises(ModelNotFound, match="there is no folder"):
        find_model(name)


def test_a_file_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    with pytest.raises(ModelNotFound, match="is a file"):
        find_model(str(tmp_path / "model.gguf"))


def test_a_folder_without_config_tells_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(ModelNotFound, match=r"no config\.json.*notes\.txt"):
        find_model(str(tmp_path))


def test_an_adapter_alone_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(ModelNotFound, match="merge it"):
        find_model(str(tmp_path))


def test_pickled_weights_are_refused_and_the_reason_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x02.")
    with pytest.raises(ModelNotFound, match=r"pickle.*save_pretrained"):
        find_model(str(tmp_path))


def test_pickled_weights_beside_safetensors_do_not_matter(tmp_path: Path) -> None:
    folder_with(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x02.")
    assert find_model(str(tmp_path)).weights_sha256


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    folder_with(tmp_path)
    index = {"weight_map": {"w": "model.safetensors", "v": "model-00002-of-00002.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelNotFound, match=r"1 files .* missing .* model-00002-of-00002"):
        find_model(str(tmp_path))


@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_broken_config_is_one_line(tmp_path: Path, content: str) -> None:
    folder_with(tmp_path)
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(ModelNotFound, match=r"config\.json") as caught:
        find_model(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_only_a_hub_model_has_a_revision(tmp_path: Path) -> None:
    folder_with(tmp_path)
    for name in (str(tmp_path), "smollm2-135m"):
        with pytest.raises(ConfigError, match="revision"):
            find_model(name, revision="main")


# The hub, answered by a fake.


def hub(monkeypatch: pytest.MonkeyPatch, answer: Any) -> dict[str, Any]:
    """Puts `answer` (a folder, or an error to raise) in the hub's place; returns the call."""
    asked: dict[str, Any] = {}

    def snapshot_download(name: str, **options: Any) -> str:
        asked.update(options, name=name)
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    return asked


def test_a_hub_model_is_named_by_its_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = "0123456789" * 4
    asked = hub(monkeypatch, folder_with(tmp_path / "snapshots" / commit))
    found = find_model("org/name", revision="main")
    assert (found.name, found.revision) == ("org/name", commit)
    assert (asked["name"], asked["revision"]) == ("org/name", "main")


def test_no_pickle_is_asked_of_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fnmatch import fnmatch

    asked = hub(monkeypatch, folder_with(tmp_path))
    find_model("org/name")

    def fetched(file: str) -> bool:
        return any(fnmatch(file, p) for p in asked["allow_patterns"]) and not any(
            fnmatch(file, p) for p in asked["ignore_patterns"]
        )

    wanted = ["model-00001-of-00003.safetensors", "model.safetensors.index.json", "config.json"]
    wanted += ["tokenizer.model", "tokenizer.json", "chat_template.jinja", "generation_config.json"]
    assert all(map(fetched, wanted))
    refused = ["pytorch_model.bin", "consolidated.00.pth", "original/consolidated.safetensors"]
    assert not any(map(fetched, [*refused, "training_args.bin", "model.gguf", "onnx/model.onnx"]))


def test_each_refusal_of_the_hub_is_one_line_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import httpx2  # what huggingface_hub answers with
    from huggingface_hub import errors

    response = httpx2.Response(404, request=httpx2.Request("GET", "https://hub.invalid/secret"))
    cases = [
        (errors.RepositoryNotFoundError("x\ny", response=response), "check the spelling"),
        (errors.GatedRepoError("x\ny", response=response), "accept them"),
        (errors.RevisionNotFoundError("x\ny", response=response), "no revision v9"),
        (errors.LocalEntryNotFoundError("x\ny"), "is incomplete in the local hub cache"),
        (errors.HfHubHTTPError("x\ny", response=response), "did not answer"),
        (ConnectionError("https://user:password@hub.invalid"), "ConnectionError"),
    ]
    for error, says in cases:
        hub(monkeypatch, error)
        with pytest.raises(ModelNotFound) as caught:
            find_model("org/name", revision="v9")
        message = str(caught.value)
        assert says in message, message
        assert "\n" not in message
        assert "hub.invalid" not in message


def test_offline_is_honoured_and_said(tmp_path: Path) -> None:
    code = (
        "from mmeval.engines.models.find import find_model\n"
        "from mmeval.errors import ModelNotFound\n"
        "try: find_model('org/name')\n"
        "except ModelNotFound as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "HF_HUB_OFFLINE is set" in done.stdout, done


@pytest.mark.parametrize(
    ("alias", "use"), [("smollm2-135m", "language model"), ("minilm-l6", "sentence embedder")]
)
def test_another_folder_in_the_cache_is_not_the_embedded_model(
    alias: str, use: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMEVAL_CACHE", str(tmp_path))
    folder_with(model_folder(alias))
    with pytest.raises(ModelNotFound, match=f"is not the model {alias}.*remove that folder"):
        find_model(alias, use=use)
