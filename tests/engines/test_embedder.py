"""Embedders and the cache in front of them."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmeval.engines.embedder import EmbedderOptions, open_embedder
from mmeval.engines.models.find import find_model
from mmeval.errors import (
    ConfigError,
    DataError,
    EngineError,
    MissingPackage,
    ModelNotFound,
    UnknownName,
)
from mmeval.training_data.vectors.text_store import TextStore
from mmeval.training_data.vectors.vector_cache import CacheOptions, VectorCache, text_key
from tests.builders.servers import FakeServer, Reply
from tests.builders.tiny_embedder import CONTEXT, LetterEmbedder, make_sentence_model

TEXTS = ["how many apples are left ?", "", "a b c", "apples in the box " * 20, "x " * (CONTEXT - 2)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch", reason="sentence embedder: torch is not installed; make hf")
    return make_sentence_model(tmp_path_factory.mktemp("embedder"))


# Local models.


def test_a_text_has_the_same_vector_in_any_company(folder: Path) -> None:
    embedder = open_embedder(str(folder), EmbedderOptions())
    together = embedder.embed(TEXTS).vectors
    for i, text in enumerate(TEXTS):
        assert embedder.embed([text]).vectors[0] == pytest.approx(together[i], abs=1e-6)
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-6)


def test_only_what_is_longer_than_the_context_counts_as_cut(folder: Path) -> None:
    embedder = open_embedder(str(folder), EmbedderOptions())
    # The last one has just as many tokens as are read, with the two around every text.
    assert embedder.embed(TEXTS).cut.tolist() == [False, False, False, True, False]
    assert embedder.info.context == CONTEXT
    head = "apples in the box " * 20
    same = embedder.embed([head, head + "how many are left ?"])
    assert same.vectors[0].tolist() == same.vectors[1].tolist()


def test_the_vector_is_the_mean_of_the_token_vectors_by_hand(folder: Path) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    ids = AutoTokenizer.from_pretrained(folder)(TEXTS[0], return_tensors="pt")
    with torch.no_grad():
        hidden = AutoModel.from_pretrained(folder).eval()(**ids).last_hidden_state[0].numpy()
    mean = hidden.mean(axis=0)
    made = open_embedder(str(folder), EmbedderOptions()).embed(TEXTS[:1]).vectors[0]
    assert made == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)


@pytest.mark.parametrize(
    ("unit", "pooling"),
    [(True, "mean_tokens"), (False, "mean_tokens"), (True, "cls_token"), (False, "cls_token")],
)
def test_it_equals_sentence_transformers(tmp_path: Path, unit: bool, pooling: str) -> None:
    pytest.importorskip("sentence_transformers", reason="second opinion: not installed")
    from mmeval.engines.hf.embedder import PackagedModel, PooledTransformer

    path = make_sentence_model(tmp_path / "m", unit, **{f"pooling_mode_{pooling}": True})
    ours = open_embedder(str(path), EmbedderOptions())
    assert isinstance(ours, PooledTransformer)
    theirs = PackagedModel(find_model(str(path), use="sentence embedder"), "cpu")
    a, b = ours.embed(TEXTS), theirs.embed(TEXTS)
    assert a.vectors == pytest.approx(b.vectors, abs=1e-5)
    assert a.cut.tolist() == b.cut.tolist()
    assert ours.info.fingerprint == theirs.info.fingerprint


def test_the_embedded_model_equals_sentence_transformers() -> None:
    pytest.importorskip("sentence_transformers", reason="second opinion: not installed")
    from mmeval.engines.hf.embedder import PackagedModel

    try:
        model = find_model("minilm-l6", use="sentence embedder")
    except (ModelNotFound, MissingPackage) as error:
        pytest.skip(f"real model: {error}")
    ours = open_embedder("minilm-l6", EmbedderOptions(device="cpu"))
    texts = ["A dog runs.", "A puppy is running.", "x " * 300]
    a, b = ours.embed(texts), PackagedModel(model, "cpu").embed(texts)
    assert a.vectors == pytest.approx(b.vectors, abs=1e-5)
    assert a.cut.tolist() == b.cut.tolist() == [False, False, True]
    near, far = ((a.vectors[0] - a.vectors[i]) ** 2 for i in (1, 2))
    assert near.sum() < 0.5 < far.sum()


def test_a_model_that_does_more_needs_the_package(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_sentence_model(tmp_path / "max", pooling_mode_max_tokens=True)
    monkeypatch.setattr(
        "mmeval.engines.hf.embedder.find_spec",
        lambda name: None if name == "sentence_transformers" else object(),
    )
    with pytest.raises(MissingPackage, match=r"pip install 'mmeval\[embed\]'"):
        open_embedder(str(path), EmbedderOptions())
    open_embedder(str(folder), EmbedderOptions())


def test_another_pooling_or_context_is_another_fingerprint(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="sentence embedder: torch is not installed; make hf")
    path = make_sentence_model(tmp_path / "m")
    found = {open_embedder(str(path), EmbedderOptions()).info.fingerprint}
    (path / "sentence_bert_config.json").write_text('{"max_seq_length": 8}')
    found.add(open_embedder(str(path), EmbedderOptions()).info.fingerprint)
    make_sentence_model(path, pooling_mode_cls_token=True)
    found.add(open_embedder(str(path), EmbedderOptions()).info.fingerprint)
    assert len(found) == 3


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("minilm-l7", UnknownName, "did you mean minilm-l6"),
        ("smollm2-135m", ConfigError, "is a language model, and a sentence embedder is needed"),
        ("./none", ModelNotFound, "there is no folder"),
        ("openai:", ConfigError, "names no model"),
    ],
)
def test_a_name_that_is_no_embedder(name: str, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        open_embedder(name, EmbedderOptions())


def test_an_embedder_is_no_model_to_run() -> None:
    with pytest.raises(ConfigError, match="a language model is needed: smollm2-135m"):
        find_model("minilm-l6")


# Servers.


def served(path: str, body: dict[str, Any], before: int) -> Reply:
    """Vectors of [length, position], given back in the wrong order."""
    data = [
        {"index": i, "embedding": [float(len(text)), float(i)]}
        for i, text in enumerate(body["input"])
    ]
    return Reply(body={"data": data[::-1], "usage": {"prompt_tokens": 1, "total_tokens": 1}})


def ask(server: FakeServer, texts: list[str], model: str = "m", **args: Any) -> Any:
    options = EmbedderOptions(args={"base_url": server.url, **args})
    return open_embedder(f"openai:{model}", options).embed(texts)


def test_a_server_is_asked_in_batches_and_its_vectors_come_back_in_order() -> None:
    texts = ["x" * (i % 7 + 1) for i in range(600)]
    with FakeServer(served) as server:
        made = ask(server, texts)
        sizes = [len(each.body["input"]) for each in server.seen]
    assert made.vectors[:, 0].tolist() == [float(len(text)) for text in texts]
    assert sorted(sizes) == [24, *[64] * 9]
    assert not made.cut.any()


def test_a_text_of_more_bytes_than_the_model_reads_tokens_is_cut_and_counted() -> None:
    with FakeServer(served) as server:
        made = ask(server, ["x" * 9000, "x" * 8191], model="text-embedding-ada-002")
        assert made.vectors[:, 0].tolist() == [8191.0, 8191.0]
        assert made.cut.tolist() == [True, False]
        short = ask(server, ["ééé"], max_bytes=5)  # never half a letter
        assert server.seen[-1].body["input"] == ["éé"]
        assert short.cut.tolist() == [True]


def test_the_key_comes_from_the_environment_and_is_kept_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-secret-secret")
    with FakeServer(served) as server:
        options = EmbedderOptions(args={"base_url": server.url, "api_key_env": "MY_KEY"})
        embedder = open_embedder("openai:m", options)
        embedder.embed(["a"])
        assert server.seen[-1].headers["authorization"] == "Bearer sk-secret-secret"
    assert "secret" not in repr(embedder.info)
    with pytest.raises(ConfigError, match="from the environment only") as caught:
        open_embedder("openai:m", EmbedderOptions(args={"api_key": "sk-secret-secret"}))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(status=401, body={"error": {"message": "no key"}}), "refuses access"),
        (Reply(status=400, body={"error": {"message": "too long"}}), "too long.*max_bytes=N"),
        (Reply(body="<html>"), "did not answer with one vector per text"),
        (Reply(body={"data": []}), "0 vectors for 1 texts"),
        (
            Reply(body={"data": [{"index": 0, "embedding": []}]}),
            "did not answer with one vector per text",
        ),
        (
            Reply(body={"data": [{"index": 0, "embedding": "AAAA"}]}),
            "did not answer with one vector per text",
        ),
    ],
)
def test_a_server_that_refuses_or_talks_nonsense_is_one_line(
    reply: Reply, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mmeval.engines.openai.embedder.RETRIES", 1)
    with FakeServer(lambda *_: reply) as server, pytest.raises(EngineError, match=says) as caught:
        ask(server, ["a"])
    assert "\n" not in str(caught.value)


UNUSABLE = [
    ([[1.0, 2.0], [0.0, 0.0]], "nothing but zeros for 1 of 2 texts, the first 'two'"),
    ([[1.0, 2.0], [1.0, float("nan")]], "not finite for 1 of 2 texts, the first 'two'"),
    ([[1.0, float("inf")], [1.0, 2.0]], "not finite for 1 of 2 texts, the first 'one'"),
    ([[1.0], [2.0]], "vectors of one number"),
    ([[1.0, 2.0], [1.0, 2.0]], "one and the same vector for 2 texts"),
]


@pytest.mark.parametrize(("vectors", "says"), UNUSABLE)
def test_vectors_with_which_nothing_can_be_measured_are_refused(
    vectors: list[list[float]], says: str
) -> None:
    """A server that gave zeros had a gain of 0.0000 for everything."""
    data = [{"index": i, "embedding": each} for i, each in enumerate(vectors)]
    body = json.dumps({"data": data})
    with FakeServer(lambda *_: Reply(body=body)) as server:
        with pytest.raises(EngineError, match=says) as caught:
            ask(server, ["one", "two"])
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("factor", "says"), [(0.0, "nothing but zeros"), (np.nan, "not finite")])
def test_so_are_those_of_a_local_model(folder: Path, factor: float, says: str) -> None:
    import torch

    embedder: Any = open_embedder(str(folder), EmbedderOptions())
    with torch.no_grad():
        last = embedder._model.encoder.layer[-1].output.LayerNorm
        last.weight.mul_(factor)
        last.bias.mul_(factor)
    with pytest.raises(EngineError, match=says):
        embedder.embed(TEXTS)


def test_texts_that_read_the_same_may_have_one_vector(folder: Path) -> None:
    embedder = open_embedder(str(folder), EmbedderOptions())
    assert len(embedder.embed(["a b", "A  b"]).vectors) == 2
    assert len(embedder.embed(["a"]).vectors) == 1


@pytest.mark.parametrize("wrong", [0, -1, "many"])
def test_max_bytes_is_a_number(wrong: Any) -> None:
    args = {"base_url": "http://127.0.0.1:1/v1", "max_bytes": wrong}
    with pytest.raises(ConfigError, match="max_bytes"):
        open_embedder("openai:m", EmbedderOptions(args=args))


# The cache.


def kept(cache_folder: Path, embedder: LetterEmbedder, texts: list[str]) -> Any:
    """The vectors of texts through a cache."""
    options = CacheOptions(folder=cache_folder)
    with VectorCache(options, embedder.info.fingerprint, embedder.name) as cache:
        store = TextStore(embedder, cache)
        rows = store.rows([store.add(text) for text in texts])
        return cache.vectors(rows).read(0, len(rows))


def test_each_text_is_embedded_once_however_often_it_comes(tmp_path: Path) -> None:
    embedder = LetterEmbedder()
    first = kept(tmp_path, embedder, ["ab", "b", "ab", "b"])
    assert embedder.asked == ["ab", "b"]
    again = kept(tmp_path, embedder, ["c", "b", "ab"])
    assert embedder.asked == ["ab", "b", "c"]
    assert again[2].tolist() == first[0].tolist()
    assert again[1].tolist() == first[1].tolist() == first[3].tolist()


def test_windows_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [chr(97 + i) * (i + 1) for i in range(26)]
    whole = kept(tmp_path / "a", LetterEmbedder(), texts)
    monkeypatch.setattr("mmeval.training_data.vectors.text_store.WINDOW", 3)
    assert kept(tmp_path / "b", LetterEmbedder(), texts).tolist() == whole.tolist()


@pytest.mark.parametrize(("file", "lost"), [("keys.bin", 5), ("keys.bin", 17), ("vectors.f32", 3)])
def test_what_a_killed_process_left_half_is_made_again(
    tmp_path: Path, file: str, lost: int
) -> None:
    texts = ["a", "bb", "ccc"]
    whole = kept(tmp_path, LetterEmbedder(), texts)
    (torn,) = tmp_path.glob(f"*/{file}")
    torn.write_bytes(torn.read_bytes()[:-lost])
    embedder = LetterEmbedder()
    assert kept(tmp_path, embedder, texts).tolist() == whole.tolist()
    assert embedder.asked == ["ccc"]


def test_an_embedder_of_another_size_than_the_cache_is_one_clear_line(tmp_path: Path) -> None:
    kept(tmp_path, LetterEmbedder(size=26), ["a"])
    with pytest.raises(DataError, match=r"vectors of 5 numbers, and the cache .* of 26") as caught:
        kept(tmp_path, LetterEmbedder(size=5), ["b"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("broken", ["{", "{}", '{"size": 0}', '{"size": "x"}'])
def test_a_broken_description_is_told(tmp_path: Path, broken: str) -> None:
    kept(tmp_path, LetterEmbedder(), ["a"])
    (described,) = tmp_path.glob("*/embedder.json")
    described.write_text(broken)
    with pytest.raises(DataError, match="broken"):
        kept(tmp_path, LetterEmbedder(), ["b"])


def test_the_cache_is_bounded_and_what_was_not_used_goes_first(tmp_path: Path) -> None:
    import os

    for age, name in ((300, "old"), (200, "older use"), (100, "new")):
        embedder = LetterEmbedder(name=name)
        kept(tmp_path, embedder, ["a"])
        keys = tmp_path / embedder.info.fingerprint[:16] / "keys.bin"
        os.utime(keys, (keys.stat().st_mtime - age,) * 2)
    each = sum(p.stat().st_size for p in keys.parent.iterdir())
    options = CacheOptions(folder=tmp_path, most_bytes=2 * each + 20)
    with VectorCache(options, LetterEmbedder(name="new").info.fingerprint, "new") as cache:
        assert len(cache) == 1
        left = {p.name for p in tmp_path.iterdir() if p.is_dir()}
        gone = LetterEmbedder(name="old").info.fingerprint[:16]
        assert gone not in left
        assert len(left) == 2
        vectors = np.ones((9, 26), dtype=np.float32)
        keys_of = [text_key(str(i)) for i in range(9)]
        with pytest.raises(ConfigError, match=r"outgrow the cache.*--cache-gib"):
            cache.append(keys_of, vectors, np.zeros(9, dtype=bool))


def test_vectors_that_are_not_finite_are_never_kept(tmp_path: Path) -> None:
    class Broken(LetterEmbedder):
        def embed(self, texts: Any) -> Any:
            made = super().embed(texts)
            made.vectors[-1, 0] = np.nan
            return made

    with pytest.raises(EngineError, match="not finite for a text that begins 'bad'"):
        kept(tmp_path, Broken(), ["good", "bad"])
    embedder = LetterEmbedder()
    kept(tmp_path, embedder, ["good"])
    assert embedder.asked == ["good"]


def test_half_a_surrogate_pair_is_embedded_as_a_question_mark(tmp_path: Path) -> None:
    embedder = LetterEmbedder()
    kept(tmp_path, embedder, ["a \ud83d b"])
    assert embedder.asked == ["a ? b"]


def _hold(folder: Path, begun: Any, end: Any) -> None:
    embedder = LetterEmbedder()
    with VectorCache(CacheOptions(folder=folder), embedder.info.fingerprint, "letters"):
        begun.set()
        end.wait(20)


def test_a_second_process_waits_and_says_so(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    begun, end = spawn.Event(), spawn.Event()
    process = spawn.Process(target=_hold, args=(tmp_path, begun, end))
    process.start()
    assert begun.wait(30)
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        end.set()

    embedder = LetterEmbedder()
    with VectorCache(CacheOptions(folder=tmp_path), embedder.info.fingerprint, "letters", say):
        assert len(said) == 1
        assert "waiting for another process" in said[0]
    process.join()


def test_the_description_says_who_made_the_vectors(tmp_path: Path) -> None:
    kept(tmp_path, LetterEmbedder(), ["a"])
    (described,) = tmp_path.glob("*/embedder.json")
    assert json.loads(described.read_text())["name"] == "letters"
