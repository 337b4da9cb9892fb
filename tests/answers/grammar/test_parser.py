"""The grammar and exact algebra: shapes, limits, and numbers by a second opinion."""

from __future__ import annotations

import pytest

from mmeval.answers.grammar.normalise import tidy
from mmeval.answers.grammar.parser import parse
from mmeval.answers.grammar.shape import read
from mmeval.answers.grammar.tree import MAX_CHARS, MAX_DEPTH, NotParsed, TooLarge


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("5", "num"),
        (r"\frac{1}{2}", "div"),
        (r"2\frac{1}{2}", "mixed"),
        ("(1,2)", "seq"),
        ("[0,1)", "seq"),
        (r"\{1,2\}", "set"),
        ("1,2", "list"),
        (r"1\text{ or }2", "list"),
        ("1,234", "num"),
        ("(1,234)", "seq"),
        (r"[0,1)\cup[2,3]", "cup"),
        (r"\begin{pmatrix}1&2\end{pmatrix}", "matrix"),
        ("x=5", "rel"),
        (r"1<x\le2", "rel"),
        (r"1\pm\sqrt2", "list"),
        ("204_5", "base"),
        (r"\text{A5}_{11}", "base"),
        ("x_1", "sym"),
        (r"50\%", "pct"),
        (r"90^\circ", "label"),
        (r"3\text{ cm}", "label"),
        ("4:30 pm", "time"),
        ("7:32", "ratio"),
        (r"\text{Sunday}", "text"),
        (r"\text{(C)}", "sym"),
        ("(C) 5", "choice"),
        ("f(4)", "call"),
        ("|x|", "abs"),
    ],
)
def test_an_answer_has_its_shape(text: str, kind: str) -> None:
    assert read(tidy(text)).kind == kind


@pytest.mark.parametrize(
    "text", ["", "+", "5 7", r"\frac{1}", "(1,2", "{", "1 = ", r"\begin{cases}1"]
)
def test_what_is_no_answer_is_not_parsed(text: str) -> None:
    with pytest.raises(NotParsed):
        read(tidy(text))


@pytest.mark.parametrize(
    "text",
    ["{" * 60 + "1" + "}" * 60, "9" * 1200, "x" + "+x" * 2000, "1e5000", "5" + "!" * 200],
)
def test_limits_are_counted(text: str) -> None:
    with pytest.raises(TooLarge):
        read(tidy(text))


def test_depth_and_length_stand_at_their_limits() -> None:
    deep = MAX_DEPTH // 2 - 2
    assert read("(" * deep + "1" + ")" * deep).kind == "num"
    with pytest.raises(TooLarge):
        parse("1" + "+1" * MAX_CHARS)
