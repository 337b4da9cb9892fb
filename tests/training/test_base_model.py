"""What the settings of a training need installed, and the weights as they are saved."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from mmeval.errors import MissingPackage
from mmeval.training import base_model
from mmeval.training.base_model import _cast, need_packages, pad_id
from mmeval.training.settings import Settings


@pytest.mark.parametrize(
    ("settings", "missing", "says"),
    [
        ({}, {"torch"}, "needs torch, not installed here; pip install 'mmeval[train]'"),
        ({"method": "lora"}, {"peft"}, "needs peft, not installed here; pip install 'mmeval"),
        ({"method": "qlora"}, {"bitsandbytes"}, "bitsandbytes, .*; pip install bitsandbytes$"),
        ({"optimizer": "paged_adamw"}, {"bitsandbytes"}, "pip install bitsandbytes$"),
        (
            {"method": "qlora"},
            {"peft", "bitsandbytes"},
            r"peft and bitsandbytes, .*; pip install 'mmeval\[train\]' bitsandbytes$",
        ),
        ({}, {"peft", "bitsandbytes"}, None),
        ({"method": "lora"}, {"bitsandbytes"}, None),
    ],
)
def test_what_is_needed_and_missing_is_named_with_its_command(
    settings: dict[str, Any],
    missing: Collection[str],
    says: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(base_model, "find_spec", lambda name: None if name in missing else name)
    if says is None:
        need_packages(Settings(**settings))
        return
    with pytest.raises(MissingPackage, match=says.replace("'mmeval[train]'", r"'mmeval\[train\]'")):
        need_packages(Settings(**settings))


class Tokens:
    """A tokenizer as far as padding needs it."""

    def __init__(self, pad: int | None) -> None:
        self.pad_token_id, self.eos_token_id = pad, 2


@pytest.mark.parametrize(("pad", "used"), [(7, 7), (0, 0), (None, 2)])
def test_a_base_without_a_pad_token_is_filled_with_its_end_of_text(
    pad: int | None, used: int
) -> None:
    assert pad_id(Tokens(pad)) == used


def test_names_that_share_a_tensor_still_do_in_another_type() -> None:
    torch = pytest.importorskip("torch", reason="training: torch is not installed; make hf")
    shared, other = torch.ones(2, 3), torch.ones(2, 3)
    state = {"head": shared, "embed": shared, "other": other, "none": torch.ones(0)}
    made = _cast(state, torch.bfloat16)
    assert made["head"] is made["embed"] and made["head"] is not made["other"]
    assert {each.dtype for each in made.values()} == {torch.bfloat16}
