r"""Other ways to write one notation, rewritten to the one that the parser reads.

`{a \over b}` to `\frac`, `C_{10}^3` to `\binom`, `0.\dot3` to `0.\overline{3}`, names of Python to
those of LaTeX, styles and colours to nothing. Each rule is tried only on a text that holds its
trigger, and none of them undoes another, so that rewriting comes to an end.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_Replacement = str | Callable[[re.Match[str]], str]

_ALIASES = {
    **{"tg": "tan", "ctg": "cot", "arctg": "arctan", "arcctg": "arccot", "cosec": "csc"},
    **{"asin": "arcsin", "acos": "arccos", "atan": "arctan", "acot": "arccot", "arcth": "artanh"},
    **{"sh": "sinh", "ch": "cosh", "th": "tanh", "ceiling": "ceil", "arsinh": "arcsinh"},
    **{"arcosh": "arccosh", "artanh": "arctanh", "asinh": "arcsinh", "acosh": "arccosh"},
    **{"atanh": "arctanh", "lb": "lb"},
}
_FUNCTIONS = "sin cos tan cot sec csc sinh cosh tanh arcsin arccos arctan arccot ln log exp gcd lcm"
_KNOWN = frozenset(_FUNCTIONS.split()) | frozenset(_ALIASES)
_ARGUMENT = r"\s*((?:[^(),]|\([^(),]*\))+)\s*"
_SHORT = r"(?:\{\s*([\w+\-]+)\s*\}|(\w))"
_LETTER = r"(?<![A-Za-z\\])(?:\\(?:text|mathrm|rm|mathbf|mathsf)\s*\{\s*([CAP])\s*\}|([CAP]))\s*"


def _combinations(kind: str, n: str, k: str) -> str:
    if kind == "C":
        return rf"\binom{{{n}}}{{{k}}}"
    return rf"\frac{{({n})!}}{{({n}-({k}))!}}"


def _indexed(n_first: bool) -> Callable[[re.Match[str]], str]:
    """`C_{10}^{3}` or `C^{3}_{10}`; `C_2^2` may be a square and stays."""

    def replaced(match: re.Match[str]) -> str:
        kind = match[1] or match[2]
        first, second = match[3] or match[4], match[5] or match[6]
        n, k = (first, second) if n_first else (second, first)
        if n.isdecimal() and k.isdecimal() and len(n + k) < 9:
            counted = int(n) >= 3 and int(k) <= int(n)
        else:
            counted = kind == "C" and (n[0] in "nmN" or "+" in n or "-" in n)
        return _combinations(kind, n, k) if counted else match.group()

    return replaced


def _before(match: re.Match[str]) -> str:
    """`{}_{10}C_3` and `^{10}C_3`."""
    return _combinations(match[3], match[1] or match[2], match[4] or match[5])


def _named(match: re.Match[str]) -> str:
    r"""`\operatorname{tg}` and `\mathrm{sin}` as functions; other names stay."""
    name = match[1]
    return f"\\{_ALIASES.get(name, name)} " if name in _KNOWN else match.group()


def _period(match: re.Match[str]) -> str:
    """`0.1666...` as `0.1\\overline{6}`, where what is repeated is plain; else as it is."""
    whole, digits = match[1], match[2]
    for length in range(1, len(digits) // 2 + 1):
        period = digits[-length:]
        head, times = digits, 0
        while head.endswith(period):
            head, times = head[:-length], times + 1
        if times >= 3 or (times == 2 and (length > 1 or not head)):
            return rf"{whole}.{head}\overline{{{period}}}"
    return match.group()


def _dotted(match: re.Match[str]) -> str:
    return rf"{match[1]}\overline{{{match[2]}{match[3] or ''}{match[4] or ''}}}"


def _any_whole(match: re.Match[str]) -> str:
    r"""`x = n\pi, n \in \mathbb{Z}` as `x = k\pi`, one letter for any whole number."""
    body, letter = match[1].rstrip(" ,;("), match[2]
    return re.sub(rf"(?<![a-zA-Z\\]){letter}(?![a-zA-Z])", "k", body)


def _lines(text: str) -> str:
    """`[1,2;3,4]` and `[1 2; 3 4]` as a matrix."""
    rows = [re.split(r"\s*,\s*|\s+", row.strip()) for row in text[1:-1].split(";")]
    if len({len(row) for row in rows}) != 1 or not all(map(all, rows)):
        return text
    cells = r"\\".join("&".join(row) for row in rows)
    return rf"\begin{{matrix}}{cells}\end{{matrix}}"


def _plain(pattern: re.Pattern[str]) -> bool:
    """Whether a text without a backslash may match: it does not begin with a command."""
    return not pattern.pattern.lstrip("(").startswith(r"\\") and r"\\dots" not in pattern.pattern


_RULES: tuple[tuple[str, re.Pattern[str], _Replacement], ...] = tuple(
    (trigger, re.compile(pattern), replacement)
    for trigger, pattern, replacement in (
        # styles, colours, spaces, ornaments
        (
            "\\",
            r"\\(?:boldsymbol|bm|mathnormal|underline|uline|underbrace|overbrace|ensuremath|num"
            r"|mathstrut|strut|mathop|mathrel|mathop|Large|large|LARGE|huge|Huge|small|normalsize"
            r"|tiny|bfseries|itshape|rmfamily|boldmath|operatorname(?=\s*\\))(?![a-zA-Z])\s*",
            "",
        ),
        ("\\", r"\\(?:bf|rm|it|tt|sf|em)(?![a-zA-Z])(?!\s*\{)\s*", ""),
        ("color", r"\\(?:text)?color(?:box)?\s*\{[^{}]*\}\s*", ""),
        ("{", r"\\(?:[hvm]space|hskip|kern|tag|label)\*?\s*\{[^{}]*\}", " "),
        ("\\", r"\s*\\(?:square|blacksquare|checkmark|qed|Box)(?![a-zA-Z])\s*\.?\s*\Z", ""),
        ("approx", r"\s*\(\s*(?:\\approx|approx(?:imately|\.)?)\s[^()]*\)\s*\Z", ""),
        # names of signs
        ("\\surd", r"\\surd(?![a-zA-Z])", r"\\sqrt"),
        ("vert", r"\\vert(?![a-zA-Z])\s*", "|"),
        ("\\mid", r"\\mid(?![a-zA-Z])\s*", "|"),
        ("Bbb", r"\\Bbb(?![a-zA-Z])", r"\\mathbb"),
        (
            "\\in",
            r"(\\in(?![a-zA-Z])\s*)(?:\\(?:mathbf|bf|mathrm|rm)\s*)?(?:\{\s*([RZNQ])\s*\}"
            r"|([RZNQ]))(?![a-zA-Z_^'])",
            lambda m: rf"{m[1]}\mathbb{{{m[2] or m[3]}}}",
        ),
        (
            "prime",
            r"\^\s*(?:\{\s*((?:\\prime\s*)+)\}|(\\prime(?![a-zA-Z])))",
            lambda m: "'" * (m[1] or m[2]).count("prime"),
        ),
        ("dots", r"\\[lc]dots(?![a-zA-Z])", r"\\dots"),
        ("widehat", r"\\widehat(?![a-zA-Z])", r"\\hat"),
        ("widetilde", r"\\widetilde(?![a-zA-Z])", r"\\tilde"),
        (
            "mod",
            r"\(?\s*\\pmod\s*(?:\{([^{}]*)\}|(\w))\s*\)?",
            lambda m: rf"\pmod {m[1] or m[2]}" if m[1] or m[2] else m.group(),
        ),
        ("mod", r"\(\s*(?:\\b?mod(?![a-zA-Z])|\bmod)\s*\{?([^(){}]*)\}?\s*\)", r"\\pmod \1"),
        (
            "mod",
            r"(\\equiv[^\\]*(?:\\(?!b?mod)[^\\]*)*)(?:\\b?mod(?![a-zA-Z])|(?<![\\a-z])mod)\s*",
            r"\1\\pmod ",
        ),
        ("\\bmod", r"\\bmod(?![a-zA-Z])", r"\\mod"),
        ("mathbb", r"\\mathbb\s*\{?R\}?\s*[\^_]\s*\{?\s*\+\s*\}?", r"(0,\\infty)"),
        ("mathbf", r"\A\\mathbf\s*\{\s*R\s*\}\Z", r"\\mathbb{R}"),
        (" U ", r"(?<=[)\]])\s+U\s+(?=[(\[])", r"\\cup "),
        # functions by other names
        ("operatorname", r"\\operatorname\*?\s*\{\s*([a-zA-Z]+)\s*\}", _named),
        ("\\mathrm", r"\\mathrm\s*\{\s*([a-zA-Z]{2,7})\s*\}", _named),
        (
            "g",
            r"\\(tg|ctg|arctg|arcctg)(?![a-zA-Z])",
            lambda m: f"\\{_ALIASES[m[1]]}",
        ),
        ("\\cosec", r"\\cosec(?![a-zA-Z])", r"\\csc"),
        (
            "cis",
            r"(?:\\operatorname\s*\{\s*cis\s*\}|\\cis(?![a-zA-Z])|(?<![a-zA-Z\\])cis(?=[\s({\d]))"
            r"\s*(?:\(([^()]*)\)|\{([^{}]*)\}|((?:\\frac\s*\{[^{}]*\}\s*\{[^{}]*\}|[\d.]+|\\[a-z]+"
            r"|[a-z])(?:\s*\\(?:pi|theta))?°?))",
            lambda m: rf"(\cos({m[1] or m[2] or m[3]})+i\sin({m[1] or m[2] or m[3]}))",
        ),
        (".", r"(?<![a-zA-Z])(?:np|numpy|math|cmath|sympy|sp|torch)\.(?=[a-zA-Z])", ""),
        (
            "a",
            r"(?<![a-zA-Z\\])(asin|acos|atan|acot|asinh|acosh|atanh)(?=\s*\()",
            lambda m: f"\\{_ALIASES[m[1]]}",
        ),
        (
            "(",
            r"(?<![a-zA-Z\\])(floor|ceil|ceiling|abs)(?=\s*\()",
            lambda m: f"\\{_ALIASES.get(m[1], m[1])}",
        ),
        ("log", r"(?<![a-zA-Z\\])log(10|2)\s*(?=\()", r"\\log_{\1}"),
        ("cbrt", r"(?<![a-zA-Z\\])cbrt\s*(?=\()", r"\\sqrt[3]"),
        ("sqrt(", r"(?<![a-zA-Z\\])sqrt(?=\()", r"\\sqrt"),
        ("x", r"(?<![a-zA-Z\\])(sin|cos|tan|cot|ln|log)(?=\d?[xy](?![a-zA-Z]))", r"\\\1 "),
        # fractions and binomials
        ("Rational", rf"(?<![a-zA-Z\\])Rational\({_ARGUMENT},{_ARGUMENT}\)", r"\\frac{\1}{\2}"),
        ("Fraction", rf"(?<![a-zA-Z\\])Fraction\({_ARGUMENT},{_ARGUMENT}\)", r"\\frac{\1}{\2}"),
        ("Fraction", r"(?<![a-zA-Z\\])Fraction\(\s*(-?\d+)\s*\)", r"\1"),
        (
            "(",
            rf"(?<![a-zA-Z\\])(?:binomial|binom|comb|nCr)\({_ARGUMENT},{_ARGUMENT}\)",
            r"\\binom{\1}{\2}",
        ),
        (
            "(",
            rf"(?<![a-zA-Z\\])(?:perm|nPr)\({_ARGUMENT},{_ARGUMENT}\)",
            lambda m: _combinations("P", m[1], m[2]),
        ),
        ("_", rf"{_LETTER}_\s*{_SHORT}\s*\^\s*{_SHORT}", _indexed(True)),
        ("^", rf"{_LETTER}\^\s*{_SHORT}\s*_\s*{_SHORT}", _indexed(False)),
        (
            "_",
            r"(?<![\w)}\]])(?:\{\s*\})?\s*[_^]\s*(?:\{\s*(\w+)\s*\}|(\w))\s*"
            r"(?:\\(?:text|mathrm|rm)\s*\{\s*)?([CP])\}?\s*_\s*(?:\{\s*(\w+)\s*\}|(\w))",
            _before,
        ),
        # numbers
        ("_", r"(?<=\d)_(?=\d{3}(?!\d))", ""),
        ("10", r"(?<=\d)\s*[xX]\s*(?=10\s*\^)", r"\\times "),
        ("E", r"(?<=\d)\s*\\(?:mathrm|text)\s*\{\s*E\s*\}\s*([+-]?\s*\d+)", r"e\1"),
        (".", r"(?<!\.)(?<=\d)\.(?=\s*[/*])", ""),
        ("{", r"(\d\.\d*)\{\s*(\\(?:overline|bar|dot)\s*\{?\d+\}?)\s*\}", r"\1\2"),
        (
            "bar",
            r"(\d*\.\d*)\\bar\s*(?:\{\s*(\d+)\s*\}|(\d))",
            lambda m: rf"{m[1]}\overline{{{m[2] or m[3]}}}",
        ),
        ("overline", r"(\d*\.\d*)\\overline\s*(\d)", r"\1\\overline{\2}"),
        ("dot", r"(\d*\.\d*)\\dot\s*\{?\s*(\d)\s*\}?(?:(\d*)\\dot\s*\{?\s*(\d)\s*\}?)?", _dotted),
        ("(", r"\A(-?\s*\d*\.\d*)\((\d+)\)\Z", r"\1\\overline{\2}"),
        ("...", r"(?<![\w.])(\d*)\.(\d+)\.\.\.+(?!\d)", _period),
        ("dots", r"(?<![\w.])(\d*)\.(\d+)\s*\\dots(?![a-zA-Z])", _period),
        ("_", r"(?<![\w)}\]\\])\(\s*([0-9A-Fa-f]+)\s*\)\s*_", r"\1_"),
        (
            "\\textcircled",
            r"\\textcircled\s*\{?\s*([1-9])\s*\}?",
            lambda m: chr(0x245F + int(m[1])),
        ),
        (
            "mathbb",
            r"\A(.*\S)\s*[,(\s]\s*(?:\\text\s*\{[^{}]*\}\s*)?([a-z])\s*\\in\s*\\mathbb\s*\{?[ZN]\}?\s*\)?\Z",
            _any_whole,
        ),
        # currencies, and units in a fraction
        ("$", r"(?<![a-zA-Z])(?:US|USD|AU|CA|HK|NZ|A|C|S|R)\s?\\?\$(?=\s*[\d.])", ""),
        (
            "",
            r"\A(?:\\text\s*\{\s*)?(?:USD|EUR|GBP|INR|CNY|RMB|JPY|KRW|Rs|Rp)\.?\s*\}?\s*"
            r"(?=-?\d[\d,. ]*\Z)",
            "",
        ),
        (
            "\\frac",
            r"\\frac\s*\{\s*\\(?:text|mathrm|rm)\s*\{([a-zA-Z ]*)\}\s*((?:\^\{?[23]\}?)?)\s*\}"
            r"\s*\{\s*\\(?:text|mathrm|rm)\s*\{([a-zA-Z ]*)\}\s*((?:\^\{?[23]\}?)?)\s*\}",
            r"\\text{ \1\2/\3\4}",
        ),
        (
            "/",
            r"(?<=[\d})]) ?((?:m|km|cm|ft|mi|km)/(?:s|h|hr|min))((?:\^\{?2\}?)?)\Z",
            r"\\text{ \1\2}",
        ),
        (
            "/",
            r"(?<=\d) ?/ ?((?!sqrt|alpha|beta|gamma|theta|sigma)[a-z]{4,}|day)\Z",
            r"\\text{ per \1}",
        ),
        (
            "(",
            r"(?<=[\d%}]) ?\(((?:[a-z]+[ '/-]){0,4}[a-z]{4,}s?|km|cm|mm|ft|kg|km/h(?:ou)?r?|mph|in"
            r"|m|hrs?|min|(?:[a-z]+ ){1,4}[a-z]+)\)(?=\s*[;,]|\Z)",
            r"\\text{ \1}",
        ),
        # matrices and systems
        ("atrix(", r"\A(?:Matrix|ImmutableMatrix|matrix)\((.*)\)\Z", r"\1"),
        ("array(", r"\A(?:np\.)?array\((.*)\)\Z", r"\1"),
        ("\\matrix", r"\A\\[pb]?matrix\s*\{(.*)\}\Z", r"\\begin{matrix}\1\\end{matrix}"),
        (
            "{{",
            r"\A\{(\{[^{}]*\}(?:,\s*\{[^{}]*\})+)\}\Z",
            lambda m: "[" + m[1].replace("{", "[").replace("}", "]") + "]",
        ),
        (";", r"\A\[[^\[\]();]+(?:;[^\[\]();]+)+\]\Z", lambda m: _lines(m.group())),
        (
            "array",
            r"\\\{\s*\\begin\s*\{array\}\s*(?:\{[^{}]*\})?(.*?)\\end\s*\{array\}\s*\.?\s*\Z",
            r"\\begin{cases}\1\\end{cases}",
        ),
        ("aligned", r"\\(begin|end)\s*\{(?:aligned|align\*?|gathered)\}", r""),
    )
)
"""(what a text must hold to be searched, what is replaced, by what)."""
_PLAIN_RULES = tuple(rule for rule in _RULES if not rule[0].startswith("\\") and _plain(rule[1]))
"""Those that a text without a backslash may need."""
_SIMPLE = re.compile(r"-?\d+(?:[.,]\d+)*%?(?: [a-z]+)*\Z")
"""A number with words behind it, which no rule changes."""
_INFIX = re.compile(r"\\(over|choose|atop)(?![a-zA-Z])")
_INFIXES = {"over": r"\frac", "choose": r"\binom"}
_MAX_INFIX = 8


def rewritten(text: str) -> str:
    """The text with every rule applied once."""
    if _SIMPLE.match(text):
        return text
    if "\\over" in text or "\\choose" in text:
        text = _without_infix(text)
    for trigger, pattern, replacement in _RULES if "\\" in text else _PLAIN_RULES:
        if trigger in text:
            text = pattern.sub(replacement, text)
    return text


def _without_infix(text: str) -> str:
    r"""`{a \over b}` as `\frac{a}{b}`, the innermost braces around it being its group."""
    for _ in range(_MAX_INFIX):
        match = _INFIX.search(text)
        if match is None or match[1] not in _INFIXES:
            break
        start = _opening(text, match.start())
        end = _closing(text, match.end())
        top, bottom = text[start + 1 : match.start()].strip(), text[match.end() : end].strip()
        if not top or not bottom:
            break
        fraction = rf"{_INFIXES[match[1]]}{{{top}}}{{{bottom}}}"
        text = text[: max(start, 0)] + fraction + text[end + 1 :]
    return text


def _opening(text: str, at: int) -> int:
    depth = 0
    for place in range(at - 1, -1, -1):
        depth += (text[place] == "}") - (text[place] == "{")
        if depth < 0:
            return place
    return -1


def _closing(text: str, at: int) -> int:
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if depth < 0:
            return place
    return len(text)
