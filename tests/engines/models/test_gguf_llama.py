"""GGUF -> a model folder: the weights against transformers' own reading, and the tokenizer."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mmeval.engines.models import gguf_llama
from mmeval.engines.models.find import Model
from mmeval.errors import DataError

gguf = pytest.importorskip("gguf", reason="conversion: gguf is not installed; make hf")
HIDDEN, HEADS, KV_HEADS, INNER, LAYERS = 64, 4, 2, 96, 2
WORDS = ["<|end|>", "<|start|>", "a", "b", "ab", "\u0120", "\u0120a", "1", "2", "12"]
MERGES = ["a b", "\u0120 a"]


def small_llama(path: Path, tied: bool) -> Path:
    """A GGUF file of a Llama with 2 layers, its matrices in Q4_1, its norms in F32."""
    rng = np.random.default_rng(0)
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(128)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_dimension_count(HIDDEN // HEADS)
    writer.add_rope_freq_base(50_000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(WORDS))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(WORDS)
    writer.add_token_types([3, 3] + [1] * (len(WORDS) - 2))
    writer.add_token_merges(MERGES)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(0)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(0)
    writer.add_chat_template("{{ messages[0]['content'] }}")
    shapes = {"attn_q": (HIDDEN, HIDDEN), "attn_output": (HIDDEN, HIDDEN)}
    shapes |= dict.fromkeys(("attn_k", "attn_v"), (HIDDEN * KV_HEADS // HEADS, HIDDEN))
    shapes |= {"ffn_gate": (INNER, HIDDEN), "ffn_up": (INNER, HIDDEN), "ffn_down": (HIDDEN, INNER)}
    matrices = {f"blk.{i}.{n}.weight": s for i in range(LAYERS) for n, s in shapes.items()}
    matrices["token_embd.weight"] = (len(WORDS), HIDDEN)
    if not tied:
        matrices["output.weight"] = (len(WORDS), HIDDEN)
    q4 = gguf.GGMLQuantizationType.Q4_1
    for name, shape in matrices.items():
        values = rng.standard_normal(shape, dtype=np.float32)
        writer.add_tensor(name, gguf.quants.quantize(values, q4), raw_dtype=q4)
    norms = ["output_norm.weight"]
    norms += [f"blk.{i}.{n}.weight" for i in range(LAYERS) for n in ("attn_norm", "ffn_norm")]
    for name in norms:
        writer.add_tensor(name, rng.standard_normal(HIDDEN, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("tied", [True, False])
def test_the_weights_equal_transformers_own_reading_bit_for_bit(tmp_path: Path, tied: bool) -> None:
    torch = pytest.importorskip("torch", reason="conversion: torch is not installed; make hf")
    from transformers import AutoModelForCausalLM, GgufConfig

    file = small_llama(tmp_path / "small.gguf", tied)
    made = tmp_path / "made"
    made.mkdir()
    gguf_llama.convert(file, made, "float32")
    ours = AutoModelForCausalLM.from_pretrained(made, dtype="auto")
    theirs = AutoModelForCausalLM.from_pretrained(
        tmp_path,
        gguf_file=file.name,
        dtype=torch.float32,
        quantization_config=GgufConfig(dequantize=True),
    )
    assert ours.dtype == torch.float32
    mine, other = ours.state_dict(), theirs.state_dict()
    assert mine.keys() == other.keys()
    assert [name for name in mine if not torch.equal(mine[name], other[name])] == []
    ids = torch.tensor([[1, 2, 3, 4, 7]])
    assert torch.equal(ours(ids).logits, theirs(ids).logits)  # the configs agree too
    assert ours.config.max_position_embeddings == 128
    assert ours.generation_config.eos_token_id == 0


def test_digits_are_split_before_the_words(tmp_path: Path) -> None:
    pytest.importorskip("transformers", reason="conversion: transformers is not installed; make hf")
    from transformers import AutoTokenizer

    gguf_llama.convert(small_llama(tmp_path / "small.gguf", tied=True), tmp_path, "bfloat16")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert tokenizer("ab a12")["input_ids"] == [4, 6, 7, 8]  # never the word "12"
    assert tokenizer("ab  12")["input_ids"] == [4, 5, 5, 7, 8]
    assert (tokenizer.bos_token, tokenizer.eos_token, tokenizer.pad_token_id) == (
        "<|start|>",
        "<|end|>",
        0,
    )
    assert tokenizer.model_max_length == 128
    assert tokenizer.decode([4, 0, 6], skip_special_tokens=True) == "ab a"
    assert json.loads((tmp_path / "config.json").read_text())["dtype"] == "bfloat16"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Hello world", [19556, 905]),
        ("Janet has 12345 ducks", [14247, 305, 553, 216, 33, 34, 35, 36, 37, 26077]),
        # transformers' reader of the file gives [198, 198, 33, 34] and [216, 216, 33].
        ("\n\n12", [1116, 33, 34]),
        ("  1", [256, 33]),
        ("<|im_start|>user\n", [1, 4093, 198]),
        ("", []),
    ],
)
def test_the_embedded_tokenizer_splits_digits_and_keeps_white_space_before_them_whole(
    smollm2: Model, text: str, ids: list[int]
) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(smollm2.path)
    assert tokenizer(text)["input_ids"] == ids
    assert tokenizer.decode(ids) == text


def test_another_architecture_is_not_converted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = SimpleNamespace(contents=lambda: "mamba")
    reader = SimpleNamespace(fields={"general.architecture": field}, tensors=[])
    monkeypatch.setattr("gguf.GGUFReader", lambda path: reader)
    with pytest.raises(DataError, match="mamba"):
        gguf_llama.convert(tmp_path / "a.gguf", tmp_path, "bfloat16")


def test_rotary_pairs_are_split_as_transformers_wants_them() -> None:
    # One head of 4 rows: side by side (a0 b0 a1 b1) -> halves (a0 a1 b0 b1). transformers
    # 5.19, modeling_gguf_pytorch_utils.LlamaTensorProcessor does the same.
    rows = np.array([[0.0], [10.0], [1.0], [11.0]], dtype=np.float32)
    tensors = [
        SimpleNamespace(name=name, data=rows, tensor_type=gguf.GGMLQuantizationType.F32)
        for name in ("blk.3.attn_q.weight", "blk.3.attn_v.weight", "output.weight")
    ]
    heads = {"llama.attention.head_count": 1, "llama.attention.head_count_kv": 1}
    found = dict(gguf_llama._weights(SimpleNamespace(tensors=tensors), heads))
    assert found["model.layers.3.self_attn.q_proj.weight"].ravel().tolist() == [0, 1, 10, 11]
    assert found["model.layers.3.self_attn.v_proj.weight"].ravel().tolist() == [0, 10, 1, 11]
    assert "lm_head.weight" in found
