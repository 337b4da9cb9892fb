r"""The last `\boxed{}` of a LaTeX text: where MATH keeps its gold answers."""

from __future__ import annotations

import re

_BOXED = "\\boxed"
_TOKEN = re.compile(r"[ ]+(\\[A-Za-z]+|[^\s{}$\\])")


def last_boxed(text: str) -> str | None:
    r"""What is between the braces of the last `\boxed{...}`, braces inside included.

    None when there is no `\boxed`, when the last one has no brace right after it
    (`\boxed 2`, see `boxed_token`) or when its brace is never closed. A `\{` counts as a
    brace, as it does in the script this reproduces:
    https://github.com/meta-math/MetaMath/blob/fe667b1/eval_math.py (`remove_boxed`) and
    `util.py` (`last_boxed_only_string`). There `\fbox{...}` is found too, but no gold is
    ever read from it; so it is not looked for here.
    """
    start = text.rfind(_BOXED)
    if start < 0:
        return None
    start += len(_BOXED)
    if text[start : start + 1] != "{":
        return None
    depth = 0
    for each in re.finditer(r"[{}]", text[start:]):
        depth += 1 if each.group() == "{" else -1
        if depth == 0:
            return text[start + 1 : start + each.start()]
    return None


def boxed_token(text: str) -> str | None:
    r"""What a last `\boxed` without braces boxes: the next token, `2` in `\boxed 2$.`.

    None when the last `\boxed` is missing or is followed by anything but spaces and a
    token. Two solutions of MATH train are written like this and none of test; the
    paper's script reads no gold from them and never calls an answer to them right.
    """
    start = text.rfind(_BOXED)
    token = _TOKEN.match(text, start + len(_BOXED)) if start >= 0 else None
    return token.group(1) if token else None
