"""The masking rules by name."""

from __future__ import annotations

from mmeval.augmenting.masks.improved import improved_masks
from mmeval.augmenting.masks.mask import Rule
from mmeval.augmenting.masks.published import masks

RULES: dict[str, Rule] = {"published": masks, "improved": improved_masks}


def rule_named(name: str) -> Rule:
    """`published` or `improved`. KeyError for another name."""
    return RULES[name]
