"""A GGUF file of a Llama model -> a model folder with safetensors.

Written out here, and not left to transformers, because any version of transformers may
stand beside vLLM, because it takes 3 s in place of 20 and no torch, and because of the
tokenizer (see `_write_tokenizer`). That the weights equal transformers' own reading of
the file bit for bit is a test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmeval.errors import DataError


def convert(gguf: Path, folder: Path, dtype: str) -> None:
    """Writes a model folder that transformers and vLLM load, from a Llama's GGUF file.

    The weights are float32, exactly as dequantised; `dtype` goes to the config, as the
    type to load them in. Raises DataError for another architecture or tokenizer, OSError
    when the disk is full.
    """
    from gguf import GGUFReader
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    reader = GGUFReader(gguf)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    if (architecture := fields["general.architecture"]) != "llama":
        raise DataError(f"{gguf}: cannot convert the architecture {architecture!r}, only llama")
    weights = dict(_weights(reader, fields))
    path = folder / "model.safetensors"
    try:
        save_file(weights, path, metadata={"format": "pt"})
    except SafetensorError as error:  # how it says that the disk is full
        raise OSError(f"{path.name}: {error}") from error
    _write_json(
        folder / "config.json",
        _config(fields, tied="lm_head.weight" not in weights, dtype=dtype),
    )
    path.chmod((folder / "config.json").stat().st_mode & 0o777)  # as the umask has it
    ends = {
        f"{name}_token_id": fields[f"tokenizer.ggml.{name}_token_id"] for name in ("bos", "eos")
    }
    pad = fields["tokenizer.ggml.padding_token_id"]
    _write_json(folder / "generation_config.json", {**ends, "pad_token_id": pad})
    _write_tokenizer(folder, fields)


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


_OUTSIDE = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
}
_INSIDE = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def _weights(reader: Any, fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yields (name in transformers, float32 array)."""
    import numpy as np
    from gguf import dequantize

    heads = {
        "attn_q": fields["llama.attention.head_count"],
        "attn_k": fields["llama.attention.head_count_kv"],
    }
    for tensor in reader.tensors:
        array = dequantize(tensor.data, tensor.tensor_type).astype(np.float32, copy=False)
        stem = tensor.name.removesuffix(".weight")
        block = re.fullmatch(r"blk\.(\d+)\.(\w+)", stem)
        if block is None:
            yield f"{_OUTSIDE[stem]}.weight", np.ascontiguousarray(array)
            continue
        layer, part = block.groups()
        if part in heads:
            # llama.cpp keeps the two halves of a rotary pair side by side, transformers
            # half a head apart; loaded unpermuted the model talks fluent nonsense.
            rows, columns = array.shape
            pairs = array.reshape(heads[part], rows // heads[part] // 2, 2, columns)
            array = pairs.swapaxes(1, 2).reshape(rows, columns)
        yield f"model.layers.{layer}.{_INSIDE[part]}.weight", np.ascontiguousarray(array)


def _config(fields: Mapping[str, Any], tied: bool, dtype: str) -> dict[str, Any]:
    theta = float(fields["llama.rope.freq_base"])
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "hidden_size": fields["llama.embedding_length"],
        "intermediate_size": fields["llama.feed_forward_length"],
        "num_hidden_layers": fields["llama.block_count"],
        "num_attention_heads": fields["llama.attention.head_count"],
        "num_key_value_heads": fields["llama.attention.head_count_kv"],
        "head_dim": fields["llama.rope.dimension_count"],
        "max_position_embeddings": fields["llama.context_length"],
        "rms_norm_eps": float(f"{fields['llama.attention.layer_norm_rms_epsilon']:.6g}"),
        "rope_theta": theta,
        "rope_parameters": {"rope_theta": theta, "rope_type": "default"},
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": tied,
        "vocab_size": fields["llama.vocab_size"],
        "bos_token_id": fields["tokenizer.ggml.bos_token_id"],
        "eos_token_id": fields["tokenizer.ggml.eos_token_id"],
        "pad_token_id": fields["tokenizer.ggml.padding_token_id"],
        "dtype": dtype,
    }


def _write_tokenizer(folder: Path, fields: Mapping[str, Any]) -> None:
    """Writes tokenizer.json, its config and the chat template.

    transformers' own GGUF reader forgets that this vocabulary splits digits first
    (`tokenizer.ggml.pre` is `smollm`), and then cuts white space before a number
    otherwise than the model was trained: a blank line before `12` becomes two tokens.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    if (kind := fields["tokenizer.ggml.pre"]) != "smollm":
        raise DataError(f"cannot convert the tokenizer {kind!r}, only smollm")
    words = fields["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ", 1)) for merge in fields["tokenizer.ggml.merges"]]
    vocabulary = {word: index for index, word in enumerate(words)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    digits = pre_tokenizers.Digits(individual_digits=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [digits, pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    control = 3  # GGUF's token types: 1 is a word, 3 is a control token
    types = fields["tokenizer.ggml.token_type"]
    special = [word for word, t in zip(words, types, strict=True) if t == control]
    tokenizer.add_special_tokens([AddedToken(w, normalized=False, special=True) for w in special])
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"bos": "bos", "eos": "eos", "unk": "unknown", "pad": "padding"}
    ids = {n: fields[f"tokenizer.ggml.{long}_token_id"] for n, long in names.items()}
    settings: dict[str, Any] = {f"{n}_token": words[index] for n, index in ids.items()}
    settings["tokenizer_class"] = "PreTrainedTokenizerFast"
    settings["model_max_length"] = fields["llama.context_length"]
    settings["clean_up_tokenization_spaces"] = False
    _write_json(folder / "tokenizer_config.json", settings)
    template = fields["tokenizer.chat_template"]
    (folder / "chat_template.jinja").write_text(template, encoding="utf-8", newline="\n")
