"""What a recipe declares: settings, the data it asks for, and the arms compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mmeval.records import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One of the models that a recipe trains: which parts of the data, and what differs."""

    parts: tuple[str, ...] = ()
    """Names of `Recipe.parts` that it is trained on; empty: all data that are given."""
    settings: Mapping[str, Scalar] = field(default_factory=dict)
    """Keys of `mmeval.training.settings.Settings`, over the recipe's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How models are fine-tuned: settings, the data they ask for, and the arms compared."""

    name: str
    title: str
    """One line for people."""
    source: str
    """The section of the paper, or a link to where the settings were published."""
    settings: Mapping[str, Scalar] = field(default_factory=dict)
    """Keys of `mmeval.training.settings.Settings`; what is left out has its default."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Name of data -> what it must hold; empty: the user's data, whatever their names."""
    arms: Mapping[str, Arm] = field(default_factory=dict)
    """Name -> arm, one model each; empty: the recipe trains one model."""
