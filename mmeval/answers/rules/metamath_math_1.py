r"""The MATH rule of the MetaMath paper, verdict for verdict, oddities included.

The answer is what follows the LAST `The answer is: ` up to the first full stop at the
end of a line, without one more trailing full stop (App. B of the paper); a `\boxed{}` is
never read. It is compared with the gold, the content of the solution's last `\boxed{}`,
as a string after a normaliser by Hendrycks et al. What follows from that:

    \dfrac12, \tfrac{1}{2}, 1/2, 0.5, .5    all equal \frac{1}{2}
    50\% and 50 are equal, 50% and 50 are not: only an escaped percent sign goes
    10,000 and 10000 are not equal; nor are x+1 and 1+x
    x=5 and 5 are equal: a left side of at most two characters goes
    3\text{ cm} and 3 are equal, 3 \text{cm} and 3 are not
    \$18 and 18 are equal, $18$ and 18 are not

Where the normaliser stumbles over one of the two (a `\sqrt` or `\frac` at the end, two
`\text{ `, one slash with no integer on a side: `x/2`, `\pi/2`), both are compared as
they are. An empty answer that is not equal to the gold is `no_answer` here and False
there, so accuracy is the same.

Source: `process_results` in
https://github.com/meta-math/MetaMath/blob/fe667b1/eval_math.py and `is_equiv`,
`strip_string` in https://github.com/meta-math/MetaMath/blob/fe667b1/util.py
"""

from __future__ import annotations

from mmeval.answers.checker import Checker, Comparison, Extraction

MARKER = "The answer is: "
CANARIES = (
    ("1", "2"),
    ("5", "25"),
    ("18", "-18"),
    (r"\frac{1}{23}", r"\frac{12}{3}"),
    ("(1,2)", "(1,3)"),
    ("[0,1]", "(0,1)"),
    ("2^{2005}", "3^{2007}"),
    ("1,-2", "1,-3"),
    ("4210_5", "4210_7"),
)
"""Different answers, each of them one to some grader in use."""
REMOVED_FIRST = ("\\left", "\\right", "^{\\circ}", "^\\circ", "\\$")


class _Stumbled(ValueError):
    """The normaliser cannot read a text: there, an exception of any kind."""


def extract(text: str) -> Extraction | None:
    """What follows the last marker on its line; None when the marker is not there.

    An empty rest gives an empty value, which `compare` calls `no_answer`.
    """
    start = text.rfind(MARKER)
    if start < 0:
        return None
    start += len(MARKER)
    end = text.find(".\n", start)
    rest = text[start:] if end < 0 else text[start:end]
    value = rest.strip().removesuffix(".").strip()
    start += len(rest) - len(rest.lstrip())
    return Extraction(
        value=value,
        span=(start, start + len(value)) if value else None,
        rule="the rest of the line after the last marker" if value else "marker without a rest",
    )


def compare(answer: str, gold: str) -> Comparison:
    """Whether the two are the same string after the normaliser, or as they are."""
    try:
        rule = "same after the Hendrycks normaliser"
        equal = _normalised(answer) == _normalised(gold)
    except _Stumbled:
        rule = "same as it is (the normaliser stumbles)"
        equal = answer == gold
    if equal:
        return Comparison(outcome="right", rule=rule)
    if not answer:
        return Comparison(
            outcome="no_answer", rule=rule, note=f"nothing follows the last {MARKER!r}"
        )
    return Comparison(outcome="wrong", rule=rule)


def state(gold: str) -> str:
    """A sentence that gives `gold` as the answer."""
    return f"{MARKER}{gold}"


def _normalised(text: str) -> str:
    r"""The text in the normaliser's form. The order of the steps decides: spaces go late,
    so `\frac 12` keeps its meaning and `k =` still has a space to count."""
    text = text.replace("\n", "").replace("\\!", "").replace("\\\\", "\\")
    text = text.replace("tfrac", "frac").replace("dfrac", "frac")
    for each in REMOVED_FIRST:
        text = text.replace(each, "")
    text = _without_unit(text).replace("\\%", "")
    text = text.replace(" .", " 0.").replace("{.", "{0.")
    if not text:
        return text
    if text[0] == ".":
        text = f"0{text}"
    left, _, right = text.partition("=")
    if text.count("=") == 1 and len(left) <= 2:
        text = right
    text = _with_braces_after_frac(_with_braces_after_sqrt(text).replace(" ", ""))
    if text == "0.5":
        text = "\\frac{1}{2}"
    return _slash_as_frac(text)


def _without_unit(text: str) -> str:
    before, *more = text.split("\\text{ ")
    if len(more) > 1:
        raise _Stumbled("two units")
    return before


def _with_braces_after_sqrt(text: str) -> str:
    """`\\sqrt3x` as `\\sqrt{3}x`."""
    first, *parts = text.split("\\sqrt")
    if not all(parts):
        raise _Stumbled("a root of nothing")
    braced = (part if part[0] == "{" else f"{{{part[0]}}}{part[1:]}" for part in parts)
    return "\\sqrt".join([first, *braced])


def _with_braces_after_frac(text: str) -> str:
    """`\\frac12x` as `\\frac{1}{2}x` and `\\frac1{72}` as `\\frac{1}{72}`.

    `\\frac{72}1` stays as it is, and so does the whole text when one fraction in it has
    a single character left: the parts after that one are not even looked at.
    """
    first, *parts = text.split("\\frac")
    braced = [first]
    for part in parts:
        if not part:
            raise _Stumbled("a fraction of nothing")
        if part[0] == "{":
            braced.append(part)
        elif len(part) == 1:
            return text
        elif part[1] == "{":
            braced.append(f"{{{part[0]}}}{part[1:]}")
        else:
            braced.append(f"{{{part[0]}}}{{{part[1]}}}{part[2:]}")
    return "\\frac".join(braced)


def _slash_as_frac(text: str) -> str:
    """`3/4` as `\\frac{3}{4}`; a single slash without plain integers around it stumbles."""
    if text.count("/") != 1:
        return text
    above, below = text.split("/")
    try:
        plain = f"{int(above)}/{int(below)}"
    except ValueError:
        raise _Stumbled("no integers around the slash") from None
    # `+1/2`, `007/2` and digits of other scripts are integers, but not plain ones
    return f"\\frac{{{above}}}{{{below}}}" if text == plain else text


CHECKER = Checker(
    name="metamath-math/1",
    title="MetaMath's eval_math.py: text after 'The answer is: ', Hendrycks' is_equiv",
    source="https://github.com/meta-math/MetaMath/blob/fe667b1/eval_math.py#L22-L40",
    extract=extract,
    compare=compare,
    state=state,
    canaries=CANARIES,
)
