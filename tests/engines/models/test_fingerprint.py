"""What tells one model, tokenizer or config from another."""

from __future__ import annotations

import hashlib
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from mmeval.engines.models import fingerprint as fingerprints
from mmeval.engines.models.find import find_model
from mmeval.engines.models.fingerprint import (
    _sampled,
    config_sha256,
    eos_ids,
    file_sha256,
    fingerprint,
    tokenizer_sha256,
)
from mmeval.errors import ModelNotFound
from tests.builders.model_folders import folder_with


@settings(deadline=None, suppress_health_check=list(HealthCheck))
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
            patch.setattr(fingerprints, "_WHOLE", 0)
            before = fingerprint(tmp_path)
        assert fingerprint(folder_with(tmp_path, {"w": changed})) != before


def test_the_fingerprint_knows_names_and_is_deaf_to_other_files(tmp_path: Path) -> None:
    before = fingerprint(folder_with(tmp_path))
    (tmp_path / "README.md").write_text("hello")
    assert fingerprint(tmp_path) == before
    save_file({"v": np.arange(64, dtype=np.float32)}, tmp_path / "model.safetensors")
    assert fingerprint(tmp_path) != before


def test_a_file_is_hashed_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc" * 100_000)
    assert file_sha256(tmp_path / "x") == hashlib.sha256(b"abc" * 100_000).hexdigest()


@settings(deadline=None)
@given(size=st.integers(8, 1 << 40), header=st.integers(8, 1 << 27))
def test_samples_lie_in_the_file_in_order_and_reach_both_ends(size: int, header: int) -> None:
    pieces = _sampled(size, header)
    assert pieces[0][0] == 0
    assert sum(pieces[-1]) == size
    for (start, length), (after, _) in itertools.pairwise(pieces):
        assert 0 <= start < start + length <= after
    if size > 1 << 30 and header < 1 << 20:
        assert sum(length for _, length in pieces) == (2 << 20) + (64 << 16)


def test_a_large_model_is_sampled_and_a_change_everywhere_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprints, "_WHOLE", 1 << 20)
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
    monkeypatch.setattr(fingerprints, "_WHOLE", 0)
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
    plain = config_sha256(folder_with(tmp_path))
    written: dict[str, Any] = {
        "transformers_version": "9",
        "_name_or_path": "elsewhere",
        "dtype": "float16",
    }
    assert config_sha256(folder_with(tmp_path, **written)) == plain
    assert config_sha256(folder_with(tmp_path, rope_theta=5e5)) != plain


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
    assert eos_ids(tmp_path) == ids


def sharded(folder: Path, *names: str) -> Path:
    """A model folder whose index names these files; those that can be are there."""
    folder_with(folder)
    weights = {f"w{i}": name for i, name in enumerate(names)}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weights}))
    for name in names:
        if name.endswith(".safetensors") and ".." not in name and not name.startswith("/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            save_file({"w": np.arange(8, dtype=np.float32)}, folder / name)
    return folder


@pytest.mark.parametrize(
    "name", ["sub/real.safetensors", "a/b/c.safetensors", "./sub/x.safetensors"]
)
def test_a_file_in_a_folder_of_it_counts_where_the_index_names_it(
    tmp_path: Path, name: str
) -> None:
    before = fingerprint(sharded(tmp_path, "model.safetensors", name))
    save_file({"w": np.arange(8, dtype=np.float32) + 1}, tmp_path / name)
    assert fingerprint(tmp_path) != before


def test_an_index_of_files_beside_it_changes_no_fingerprint(tmp_path: Path) -> None:
    before = fingerprint(folder_with(tmp_path))
    assert fingerprint(sharded(tmp_path, "model.safetensors")) != before  # another content
    before = fingerprint(tmp_path)
    (tmp_path / "model.safetensors.index.json").unlink()
    assert fingerprint(tmp_path) == before


OUTSIDE = [
    "../outside.safetensors",
    "/etc/outside.safetensors",
    "sub/../../outside.safetensors",
    "..\\outside.safetensors",
    "C:outside.safetensors",
    "model.bin",
    "sub/pytorch_model.bin",
    "model.safetensors.pt",
    "",
]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("where", ["index", "config"])
def test_weights_outside_of_the_folder_or_of_another_kind_are_refused(
    tmp_path: Path, name: str, where: str
) -> None:
    folder = tmp_path / "model"
    if where == "index":
        sharded(folder, "model.safetensors", name)
    else:
        folder_with(folder, transformers_weights=name)
    (tmp_path / "outside.safetensors").write_bytes(b"")
    with pytest.raises(ModelNotFound) as caught:
        find_model(str(folder))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "index", ['{"weight_map": []}', '{"weight_map": {"w": 3}}', "[]", "[" * 100_000, '{"weight']
)
def test_an_index_that_is_none_is_refused_in_one_line(tmp_path: Path, index: str) -> None:
    (folder_with(tmp_path) / "model.safetensors.index.json").write_text(index)
    with pytest.raises(ModelNotFound) as caught:
        find_model(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_what_config_json_names_is_hashed(tmp_path: Path) -> None:
    folder_with(tmp_path, transformers_weights="sub/other.safetensors.index.json")
    (tmp_path / "sub").mkdir()
    save_file({"w": np.arange(8, dtype=np.float32)}, tmp_path / "sub" / "real.safetensors")
    index = {"weight_map": {"w": "sub/real.safetensors"}}
    (tmp_path / "sub" / "other.safetensors.index.json").write_text(json.dumps(index))
    before = fingerprint(tmp_path)
    save_file({"w": np.arange(8, dtype=np.float32) + 1}, tmp_path / "sub" / "real.safetensors")
    assert fingerprint(tmp_path) != before


def test_an_adapter_beside_a_model_is_refused(tmp_path: Path) -> None:
    """transformers would load the base that it names, wherever that is."""
    (folder_with(tmp_path) / "adapter_config.json").write_text(
        '{"base_model_name_or_path": "/elsewhere"}'
    )
    with pytest.raises(ModelNotFound, match="adapter beside a model"):
        find_model(str(tmp_path))


@pytest.mark.parametrize("value", ["x", {"a": 1}, [1, None], 1.5, -1, True, 10**40])
def test_an_end_of_text_that_is_no_token_is_refused(tmp_path: Path, value: Any) -> None:
    with pytest.raises(ModelNotFound, match="eos_token_id"):
        find_model(str(folder_with(tmp_path, eos_token_id=value)))
