"""The masking rules by name."""

from __future__ import annotations

from mmeval.augmenting.improved_masking import improved_masks
from mmeval.augmenting.masking import masks
from mmeval.augmenting.masks.mask import Rule

RULES: dict[str, Rule] = {"published": masks, "improved": improved_masks}


def rule_named(name: str) -> Rule:
    """`published` or `improved`. KeyError for another name."""
    return RULES[name]
