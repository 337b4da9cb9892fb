"""A random sentence embedder of two layers, made on the spot, and embedders made of rules."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mmeval.engines.embedder import Embedded, EmbedderInfo

CONTEXT = 24
WORDS = "a b c x how many apples are left in the box when we take of them is what 1 2 3 . ?"


def make_sentence_model(folder: Path, unit: bool = True, **pooling: Any) -> Path:
    """Writes a BERT with the description of a sentence-transformers model."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS.split()]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder)
    kind = "sentence_transformers.models."
    modules = [("", "Transformer"), ("1_Pooling", "Pooling")]
    modules += [("2_Normalize", "Normalize")] if unit else []
    described = [
        {"idx": i, "name": str(i), "path": path, "type": kind + name}
        for i, (path, name) in enumerate(modules)
    ]
    (folder / "modules.json").write_text(json.dumps(described))
    asked = pooling or {"pooling_mode_mean_tokens": True}
    others: dict[str, Any] = {"pooling_mode_cls_token": False, "pooling_mode_max_tokens": False}
    others |= {"pooling_mode_mean_tokens": False, "word_embedding_dimension": 32}
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(others | asked))
    (folder / "sentence_bert_config.json").write_text(
        json.dumps({"max_seq_length": CONTEXT, "do_lower_case": False})
    )
    return folder


@dataclass
class LetterEmbedder:
    """Counts letters: the vector of a text is known by looking at it."""

    size: int = 26
    context: int = 10_000
    """Characters it reads."""
    name: str = "letters"
    asked: list[str] = field(default_factory=list)

    @property
    def info(self) -> EmbedderInfo:
        return EmbedderInfo(
            name=self.name,
            label=self.name,
            fingerprint=hashlib.sha256(self.name.encode()).hexdigest(),
            context=self.context,
        )

    def embed(self, texts: Sequence[str]) -> Embedded:
        self.asked += texts
        vectors = np.zeros((len(texts), self.size), dtype=np.float32)
        for row, text in enumerate(texts):
            for letter in text[: self.context].lower():
                place = ord(letter) - ord("a")
                if 0 <= place < self.size:
                    vectors[row, place] += 1
        return Embedded(vectors=vectors, cut=np.array([len(t) > self.context for t in texts]))
