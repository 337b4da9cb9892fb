"""A small random model with a real tokenizer, and rows to train it on, for several tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmeval.training.plan import Job
from mmeval.training.train import train
from mmeval.training_data.rows import DataFile
from tests.builders import jsonl_files

QUESTIONS = ("How many is {a} and {b}?", "{a} pens and {b} pens:\nhow many are they all together?")


def write_rows(path: Path, count: int = 12) -> Path:
    """Rows in GSM8K's format, of several lengths, every other question on two lines."""
    rows = [
        {
            "question": QUESTIONS[n % 2].format(a=n, b=2 * n),
            "answer": "So it is. " * (n % 4) + f"{n}+{2 * n}=<<{n}+{2 * n}={3 * n}>>{3 * n}\n"
            f"#### {3 * n}",
        }
        for n in range(count)
    ]
    return jsonl_files.write_rows(path, rows)


def make_model(folder: Path, tokenizer: Any) -> Path:
    """A folder with a random Llama of 2 layers and 16 dimensions at float32."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


FAST: dict[str, Any] = {
    "precision": "fp32",
    "lr": 1e-2,
    "batch_size": 4,
    "micro_batch": 2,
    "epochs": 2,
}
"""6 steps over 12 rows, in float32; 3 of them make an epoch."""


def job(base: Path, rows: Path, out: Path, **changes: Any) -> Job:
    """A training of the small model by `sft`."""
    return Job(
        recipe="sft",
        model=str(base),
        data=(DataFile(name="sums", path=rows),),
        out=out,
        changes=FAST | changes,
    )


def trained(base: Path, rows: Path, out: Path, **changes: Any) -> Path:
    """The folder of such a training."""
    return train(job(base, rows, out, **changes))


def weights(folder: Path) -> dict[str, Any]:
    """The tensors in a model folder."""
    from safetensors.torch import load_file

    return dict(load_file(folder / "model.safetensors"))


def curve(folder: Path) -> list[dict[str, Any]]:
    """The lines of a curve without their seconds, which no two trainings share."""
    rows = jsonl_files.read_rows(folder / "curve.jsonl")
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]
