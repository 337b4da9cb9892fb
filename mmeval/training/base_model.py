"""The model that training starts from, with LoRA where asked, and how it is saved."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mmeval import jsonl
from mmeval.engines.hf.loading import pretrained
from mmeval.engines.models.find import Model
from mmeval.errors import ConfigError, EngineError, MissingPackage, ModelNotFound
from mmeval.training.settings import Settings

FROM_EXTRA = ("torch", "transformers", "accelerate", "peft")
"""What `mmeval[train]` brings; bitsandbytes is for GPUs alone."""
ADAPTER = "adapter"
"""Below the model's folder: what LoRA learned, by itself."""
SAVING = ".saving"
"""Below the model's folder: what is being written."""


def need_packages(settings: Settings) -> None:
    """Raises MissingPackage for what these settings need and is not installed."""
    wanted = ["torch", "transformers", "accelerate"]
    wanted += ["peft"] if settings.method != "full" else []
    paged = settings.optimizer == "paged_adamw"
    wanted += ["bitsandbytes"] if settings.method == "qlora" or paged else []
    missing = [name for name in wanted if find_spec(name) is None]
    if missing:
        wanted = ["'mmeval[train]'"] if set(missing) & set(FROM_EXTRA) else []
        wanted += ["bitsandbytes"] if "bitsandbytes" in missing else []
        raise MissingPackage(
            f"this training needs {' and '.join(missing)}, not installed here; "
            f"pip install {' '.join(wanted)}"
        )


def load_tokenizer(model: Model) -> Any:
    """The base's tokenizer. Raises ModelNotFound when its files are missing or broken."""
    from transformers import AutoTokenizer

    try:
        return pretrained(AutoTokenizer, model)
    except EngineError as error:
        raise ModelNotFound(
            f"{model.name}: its tokenizer cannot be loaded ({error}); the folder needs "
            "tokenizer.json and tokenizer_config.json"
        ) from error


def pad_id(tokenizer: Any) -> int:
    """The id that fills short rows up. Nothing attends to it and it has no loss, so that a
    base without a pad token needs none, and its vocabulary stays as it is."""
    pad = tokenizer.pad_token_id
    return int(tokenizer.eos_token_id if pad is None else pad)


def load_base(model: Model, settings: Settings) -> Any:
    """The model to be trained. Raises ConfigError for one that transformers cannot train."""
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    whole = torch.float32 if settings.method == "full" else torch.bfloat16
    dtype = {"fp32": torch.float32, "bf16": whole, "bf16_weights": torch.bfloat16}
    options: dict[str, Any] = {"dtype": dtype[settings.precision]}
    if settings.method == "qlora":
        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
        # Every process holds the whole model, on its own device.
        gpu = int(os.environ.get("LOCAL_RANK", "0"))
        options["device_map"] = {"": gpu if torch.accelerator.is_available() else "cpu"}
    attention = settings.attention
    if attention == "auto":
        attention = "sdpa" if torch.accelerator.is_available() else "eager"
    try:
        loaded = pretrained(AutoModelForCausalLM, model, attn_implementation=attention, **options)
    except EngineError as error:
        raise ConfigError(f"{model.name} cannot be loaded for training: {error}") from error
    loaded.config.use_cache = False
    return loaded if settings.method == "full" else _with_lora(loaded, settings)


def _with_lora(model: Any, settings: Settings) -> Any:
    """The model with LoRA in all of its attention and MLP matrices, and only that trained."""
    from importlib import import_module

    import torch

    peft = import_module("peft")  # without types, so mypy need not see it
    if settings.method == "qlora":
        model = peft.prepare_model_for_kbit_training(
            model, use_gradient_checkpointing=settings.gradient_checkpointing
        )
    elif settings.gradient_checkpointing:
        model.enable_input_require_grads()
    torch.manual_seed(settings.seed)
    config = peft.LoraConfig(
        r=settings.lora_rank,
        lora_alpha=settings.lora_alpha,
        lora_dropout=settings.lora_dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    return peft.get_peft_model(model, config)


def save_whole(trainer: Any, folder: Path, settings: Settings, base: Model) -> None:
    """Writes the model and its tokenizer into a folder that `mmeval run` takes.

    In bfloat16, unless trained in float32. LoRA is merged into the base's own weights;
    QLoRA into the weights as they were before they were put into 4 bits. config.json comes
    last, so that an incomplete folder is not a model. All processes must call it; the main
    one writes.
    """
    import torch

    state = trainer.accelerator.get_state_dict(trainer.model_wrapped)
    if not trainer.accelerator.is_main_process:
        return
    dtype = torch.float32 if settings.precision == "fp32" else torch.bfloat16
    model = trainer.accelerator.unwrap_model(trainer.model_wrapped)
    if settings.method != "full":
        shutil.rmtree(folder / ADAPTER, ignore_errors=True)
        model.save_pretrained(folder / ADAPTER, state_dict=state)
        model, state = _merged(folder / ADAPTER, base, dtype), None
    if state is not None:
        state = _cast(state, dtype)
    saving = folder / SAVING
    shutil.rmtree(saving, ignore_errors=True)
    with _with_cache(model.config):
        model.save_pretrained(saving, state_dict=state)
    _note_dtype(saving / "config.json", str(dtype).removeprefix("torch."))
    trainer.processing_class.save_pretrained(saving)
    for path in sorted(saving.iterdir(), key=lambda path: path.name == "config.json"):
        path.replace(folder / path.name)
    saving.rmdir()


def _cast(state: dict[str, Any], dtype: Any) -> dict[str, Any]:
    """The weights in that type. Names that share one tensor still do, or else the embeddings
    of a model that ties them to its head would be in the file twice."""
    by_place: dict[tuple[Any, ...], Any] = {}
    cast = {}
    for name, value in state.items():
        place = (value.data_ptr(), tuple(value.shape)) if value.numel() else (name,)
        if place not in by_place:
            by_place[place] = value.to(dtype)
        cast[name] = by_place[place]
    return cast


def _note_dtype(path: Path, dtype: str) -> None:
    """Writes the type of the saved weights into config.json, for which transformers takes that
    of the weights in memory, and into those of its parts that name one."""

    def noted(config: dict[str, Any]) -> dict[str, Any]:
        return {
            key: dtype
            if key in ("dtype", "torch_dtype")
            else noted(value)
            if isinstance(value, dict) and key.endswith("config")
            else value
            for key, value in config.items()
        }

    config = noted(json.loads(path.read_text(encoding="utf-8"))) | {"dtype": dtype}
    jsonl.write_text(path, json.dumps(config, indent=2, sort_keys=True) + "\n")


@contextmanager
def _with_cache(config: Any) -> Iterator[None]:
    """With the cache that the saved model is to have."""
    before, config.use_cache = config.use_cache, True
    try:
        yield
    finally:
        config.use_cache = before


def _merged(adapter: Path, base: Model, dtype: Any) -> Any:
    from importlib import import_module

    from transformers import AutoModelForCausalLM

    whole = pretrained(AutoModelForCausalLM, base, dtype=dtype)
    peft = import_module("peft")
    return peft.PeftModel.from_pretrained(whole, adapter).merge_and_unload()
