"""A training row -> the text that is trained on: a prompt, which is read, and a response,
which is learned."""

from __future__ import annotations

import re

from mmeval import catalog
from mmeval.errors import ConfigError
from mmeval.problems.prompt_template import PromptTemplate
from mmeval.problems.prompts import render
from mmeval.records import Problem
from mmeval.training.settings import Settings
from mmeval.training_data.rows import TrainingRow

INSTRUCTION = "### Instruction:\n"
WITH_INPUT = (
    "Below is an instruction that describes a task, paired with an input that provides "
    "further context. Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:"
)
"""Alpaca's other template. The paper's train_math.py takes it for a query of several lines:
the first is the instruction, the rest the input (paper section 1.6 of our notes; permalink:
https://github.com/meta-math/MetaMath/blob/fe667b14f9a4c51bde9809adafb82b6b5d255800/train_math.py)."""
_CALCULATOR = re.compile(r"<<[^<>\n=]*=[^<>\n]*>>")
_FINAL = re.compile(r"^####[ \t]*(\S.*?)[ \t]*\Z", re.MULTILINE)
ANSWER_LINE = "The answer is: "


class Wording:
    """How rows become texts, by the settings. Raises ConfigError for a prompt that cannot
    be trained with."""

    def __init__(self, settings: Settings) -> None:
        template: PromptTemplate = catalog.load("prompts", settings.prompt)
        if template.kind != "text":
            raise ConfigError(
                f"prompt {template.name} is a chat, and training needs a text prompt; "
                "such as --set prompt=alpaca"
            )
        if settings.multiline == "input" and INSTRUCTION not in template.text:
            raise ConfigError(
                f"multiline=input needs an Alpaca prompt, and {template.name} has no "
                '"### Instruction:" line; leave multiline out or take --set prompt=alpaca'
            )
        self.template = template
        self._settings = settings

    def prompt(self, row: TrainingRow) -> str:
        """What is read before the response."""
        if self._settings.multiline == "input" and "\n" in row.query:
            instruction, _, below = row.query.partition("\n")
            _, _, after = self.template.text.partition("### Response:")
            before, _, _ = WITH_INPUT.partition("{instruction}")
            return f"{before}{instruction}\n\n### Input:\n{below}\n\n### Response:{after}"
        text = render(self.template, Problem(id=row.id, question=row.query, gold="-")).text
        assert text is not None  # a text prompt has one
        return text

    def response(self, row: TrainingRow) -> str:
        """What is learned, before the end of text."""
        return self._settings.response_start + worked(row.response, self._settings)


def worked(response: str, settings: Settings) -> str:
    """The response as the settings want it; see `calculator` and `answer_line`."""
    if not settings.calculator:
        response = _CALCULATOR.sub("", response)
    if settings.answer_line and (final := _FINAL.search(response.rstrip())):
        response = f"{response.rstrip()}\n{ANSWER_LINE}{final[1]}"
    return response
