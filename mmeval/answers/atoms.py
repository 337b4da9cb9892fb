"""The lower half of the grammar: factors, groups, fractions, functions, matrices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from mmeval.answers.syntax import (
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_HEIGHT,
    MAX_NODES,
    Node,
    NotParsed,
    Token,
    TooLarge,
    Value,
    num,
)
from mmeval.answers.vocabulary import FUNCTIONS, GREEK

_CLOSERS = {
    "(": (")", "]"),
    "[": ("]", ")"),
    r"\{": (r"\}",),
    r"\langle": (r"\rangle",),
    r"\lfloor": (r"\rfloor",),
    r"\lceil": (r"\rceil",),
    r"\lvert": (r"\rvert", "|"),
    r"\lVert": (r"\rVert",),
    r"\lbrack": (r"\rbrack",),
}
_FENCE = {r"\lfloor": "floor", r"\lceil": "ceil", r"\lvert": "abs", r"\lVert": "norm"}
_MATRICES = frozenset({"pmatrix", "bmatrix", "matrix", "array", "Bmatrix", "smallmatrix"})
_SYMBOLS = {"\\" + name for name in GREEK}
_CONSTANTS = {r"\pi": "pi", r"\infty": "oo", r"\emptyset": "empty"}
_NAMED = {"\\" + name for name in FUNCTIONS}
_STARTS_CMD = (
    frozenset({r"\frac", r"\sqrt", r"\binom", r"\dbinom", r"\tbinom", r"\overline", r"\bar"})
    | {r"\vec", r"\hat", r"\mathbb", r"\angle", r"\triangle", r"\lfloor", r"\lceil", r"\lvert"}
    | {r"\lVert", r"\langle", r"\overrightarrow", r"\prime", r"\boxed", r"\fbox"}
    | _SYMBOLS
    | _NAMED
    | set(_CONSTANTS)
)
_CALLED = frozenset("fghFGH")
_END = Token("end", "")


class Atoms:
    """The token list, the position in it, and the rules up to a factor."""

    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.position = 0
        self.depth = 0
        self.nodes = 0
        self.bars = 0

    @property
    def token(self) -> Token:
        """The token that is read next."""
        return self.tokens[self.position] if self.position < len(self.tokens) else _END

    @property
    def before(self) -> Token | None:
        """The token that was read last."""
        return self.tokens[self.position - 1] if self.position else None

    def ahead(self, steps: int) -> Token:
        """The token that many steps after the next one."""
        at = self.position + steps
        return self.tokens[at] if at < len(self.tokens) else _END

    def advance(self) -> Token:
        """Takes the next token."""
        token = self.token
        self.position += 1
        return token

    def expect(self, *wanted: str) -> Token:
        """Takes the next token, which must be one of these. Raises NotParsed."""
        if self.token.text not in wanted or self.token.kind == "end":
            raise NotParsed(f"expected {wanted[0]!r}, found {self.token.text[:20]!r}")
        return self.advance()

    def make(self, kind: str, args: tuple[Node, ...] = (), value: Value = None) -> Node:
        """A node, counted. Raises TooLarge."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise TooLarge(f"more than {MAX_NODES} nodes")
        height = 1 + max((each.height for each in args), default=-1)
        if height > MAX_HEIGHT:
            raise TooLarge(f"a tree higher than {MAX_HEIGHT}")
        return Node(kind, args, value, None, height)

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One level of nesting, counted. Raises TooLarge."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooLarge(f"nested deeper than {MAX_DEPTH}")
        yield
        self.depth -= 1

    def answer(self) -> Node:
        """A list of items, defined by the reader above."""
        raise NotImplementedError

    def sum(self) -> Node:
        """A sum, defined by the reader above."""
        raise NotImplementedError

    def starts_factor(self) -> bool:
        """Whether the next token can be multiplied to what stands before it."""
        token = self.token
        if token.kind == "cmd":
            return token.text in _STARTS_CMD or token.text.startswith(r"\begin:")
        if token.kind in ("sym", "run"):
            return not (token.prose and token.kind == "run") and not self._labels(token)
        if token.kind == "op":
            return token.text in "([{" or (token.text == "|" and not self.bars)
        return False

    def _labels(self, token: Token) -> bool:
        """`5 m` from `5 \\text{ m}`: a letter in prose behind a number is its unit."""
        return token.prose and token.kind == "sym"

    def factor(self) -> Node:
        """An atom with everything that is attached to it."""
        node = self._attached(self.atom())
        if self.token.text == "^" and self.token.kind == "op":
            self.advance()
            exponent = self._exponent()
            if exponent is None:
                node = self._prime(node)
            else:
                node = self._attached(self.make("pow", (node, exponent)))
        return self._attached(node)

    def _attached(self, node: Node) -> Node:
        while self.token.kind == "op" and self.token.text in ("!", "'", "%", "°", "_"):
            mark = self.advance().text
            if mark == "!":
                node = self.make("fact", (node,))
            elif mark == "'":
                node = self._prime(node)
            elif mark == "_":
                node = self._subscript(node)
            else:
                node = self.make("pct" if mark == "%" else "deg", (node,))
        return node

    def _prime(self, node: Node) -> Node:
        if node.kind == "sym":
            return self.make("sym", (), f"{node.value}'")
        return self.make("prime", (node,))

    def _exponent(self) -> Node | None:
        """The exponent; None for `^\\prime`."""
        with self.deeper():
            if self.token.text == r"\prime":
                self.advance()
                return None
            if self.token.text == "{" and self.ahead(1).text == r"\prime":
                self.position += 2
                self.expect("}")
                return None
            if self.token.text in ("-", "+") and self.token.kind == "op":
                sign = self.advance().text
                inner = self.factor()
                return self.make("neg", (inner,)) if sign == "-" else inner
            if self.token.text == "{":
                return self._braces()
            node = self.atom()
            if self.token.text == "^":  # plain text towers: 2^3^2
                self.advance()
                inner_exponent = self._exponent()
                if inner_exponent is None:
                    raise NotParsed("a prime on an exponent")
                node = self.make("pow", (node, inner_exponent))
            return node

    def _subscript(self, node: Node) -> Node:
        """`x_1` is a symbol of that name, `204_5` a number in base 5."""
        with self.deeper():
            start = self.position
            if self.token.text == "{":
                self._braces()
            else:
                self.advance()
            inner = "".join(t.text for t in self.tokens[start : self.position]).strip("{}")
        if node.kind == "num":
            raise NotParsed("a subscript on a number that is not a base")
        if node.kind not in ("sym", "word"):
            raise NotParsed("a subscript on an expression")
        return self.make("sym", (), f"{node.value}_{inner}")

    def atom(self) -> Node:
        """A number, a symbol, a group or a command with its arguments."""
        with self.deeper():
            token = self.token
            if token.kind in ("num", "rep"):
                return self._number()
            if token.kind in ("sym", "run"):
                return self._symbol()
            if token.kind == "op":
                return self._group(token)
            if token.kind == "cmd":
                return self._command(token)
        raise NotParsed(f"nothing begins with {token.text[:20]!r}")

    def _number(self) -> Node:
        token = self.advance()
        following = self.token
        if following.text == "_" and following.kind == "op" and token.kind == "num":
            return self._based(token.text)
        if token.kind == "rep":
            return self.make("num", (), _repeating(token.text))
        self.nodes += 1
        return decimal(token.text)

    def _based(self, digits: str) -> Node:
        self.advance()
        if self.token.text == "{":
            self.advance()
            base = self.advance()
            if base.kind == "cmd" or self.token.text != "}":
                raise NotParsed("a subscript on a number that is no base")
            self.expect("}")
        else:
            base = self.advance()
        if not base.text.isdecimal() or not 2 <= int(base.text[:4]) <= 36:
            raise NotParsed(f"no base: {base.text[:20]!r}")
        return based(digits, int(base.text))

    def _symbol(self) -> Node:
        token = self.advance()
        if token.kind == "run":
            return self.make("word", (), token.text)
        called = token.text in _CALLED and self.token.text == "(" and not self.token.spaced
        if called:
            self.advance()
            argument = self.answer()
            self.expect(")")
            return self.make("call", (argument,), token.text)
        return self.make("sym", (), token.text)

    def _group(self, token: Token) -> Node:
        if token.text == "{":
            return self._braces()
        if token.text == "|":
            self.advance()
            self.bars += 1
            inner = self.sum()
            self.bars -= 1
            self.expect("|", r"\rvert")
            return self.make("abs", (inner,))
        if token.text in ("(", "["):
            return self._fenced(token.text)
        raise NotParsed(f"nothing begins with {token.text[:20]!r}")

    def _braces(self) -> Node:
        self.expect("{")
        bars, self.bars = self.bars, 0
        node = self.answer()
        self.bars = bars
        self.expect("}")
        return node

    def _fenced(self, opening: str) -> Node:
        """Round, square or curly brackets: a group, a tuple, an interval or a set."""
        self.advance()
        bars, self.bars = self.bars, 0
        if self.token.text in _CLOSERS[opening]:
            self.advance()
            if opening == r"\{":
                return self.make("sym", (), "empty")
            raise NotParsed("empty brackets")
        inner = self.answer()
        self.bars = bars
        closing = self.expect(*_CLOSERS[opening]).text
        if opening in _FENCE:
            return self.make("fn", (inner,), _FENCE[opening])
        several = inner.kind == "list"
        if opening == r"\{":
            return self.make("set", inner.args if several else (inner,))
        if not several:
            if opening + closing in ("()", "[]", r"\lbrack\rbrack"):
                return self.make("paren", (inner,), opening + closing)
            raise NotParsed("brackets that do not match")
        if inner.value in ("and", "or"):
            return inner
        fence = {r"\langle": "(", r"\lbrack": "["}.get(opening, opening)
        end = {r"\rangle": ")", r"\rbrack": "]"}.get(closing, closing)
        return self.make("seq", inner.args, fence + end)

    def _command(self, token: Token) -> Node:
        name = token.text
        if name in _CLOSERS:
            return self._fenced(name)
        self.advance()
        if name == r"\frac":
            top = self._argument()
            return self.make("div", (top, self._argument()))
        if name == r"\sqrt":
            return self._root()
        if name in (r"\binom", r"\dbinom", r"\tbinom"):
            top = self._argument()
            return self.make("binom", (top, self._argument()))
        if name in _CONSTANTS:
            return self.make("sym", (), _CONSTANTS[name])
        if name in _SYMBOLS:
            return self.make("sym", (), name[1:])
        if name in _NAMED:
            return self._function(name[1:])
        if name == r"\mathbb":
            return self.make("sym", (), f"bb{self._name()}")
        if name in (r"\overline", r"\bar", r"\vec", r"\hat", r"\overrightarrow"):
            return self.make("sym", (), f"{name[1:3]}:{self._name()}")
        if name in (r"\angle", r"\triangle"):
            return self.make("sym", (), f"{name[1:]} {self._name()}")
        if name in (r"\boxed", r"\fbox"):
            return self._braces()
        if name.startswith(r"\begin:"):
            return self._matrix(name[7:])
        raise NotParsed(f"unknown command {name[:30]!r}")

    def _name(self) -> str:
        """The letters of an argument that is a name (`\\overline{AB}`)."""
        if self.token.text != "{":
            return self.advance().text
        self.advance()
        parts = []
        while self.token.text != "}" and self.token.kind in ("sym", "run", "word", "num"):
            parts.append(self.advance().text)
        self.expect("}")
        return "".join(parts)

    def _argument(self) -> Node:
        """An argument of a command: a group, or one digit or letter as TeX takes it."""
        token = self.token
        if token.kind == "num" and len(token.text) > 1 and token.text.isdecimal():
            self.tokens[self.position] = token._replace(text=token.text[1:], spaced=False)
            return num(int(token.text[0]))
        if token.kind == "run":
            self.tokens[self.position] = token._replace(text=token.text[1:], spaced=False)
            if len(token.text) == 2:
                self.tokens[self.position] = Token("sym", token.text[1])
            return self.make("sym", (), token.text[0])
        with self.deeper():
            return self._braces() if token.text == "{" else self.atom()

    def _root(self) -> Node:
        index = num(2)
        if self.token.text == "[":
            self.advance()
            index = self.sum()
            self.expect("]")
        return self.make("root", (self._argument(), index))

    def _function(self, name: str) -> Node:
        """`\\sin^2 x`, `\\log_2 8`, `\\cos(3x)`, `\\tan 2 x`."""
        power: Node | None = None
        parts: list[Node] = []
        while self.token.kind == "op" and self.token.text in ("^", "_"):
            if self.advance().text == "^":
                power = self._exponent()
            elif name == "log":
                with self.deeper():
                    parts.append(self._argument())
            else:
                raise NotParsed("a subscript on a function")
        if name in ("gcd", "lcm", "max", "min") or self.token.text in ("(", "{", "["):
            inner = self.factor() if name not in ("gcd", "lcm", "max", "min") else self.atom()
            parts.insert(0, inner)
        else:
            parts.insert(0, self._bare_argument())
        node = self.make("fn", tuple(parts), name)
        return node if power is None else self.make("pow", (node, power))

    def _bare_argument(self) -> Node:
        with self.deeper():
            node = self.factor()
            while self.starts_factor() and self.token.text not in _NAMED:
                if self.token.text == "(":
                    break
                node = self.make("mul", (node, self.factor()))
            if self.token.text == "/" and node.kind == "sym":
                self.advance()
                node = self.make("div", (node, self.factor()))
            return node

    def _matrix(self, name: str) -> Node:
        if name not in _MATRICES and name != "vmatrix":
            raise NotParsed(f"unknown environment {name!r}")
        if name == "array" and self.token.text == "{":
            self._name()
        rows: list[Node] = []
        cells: list[Node] = []
        while True:
            if self.token.text == f"\\end:{name}":
                break
            cells.append(self.sum())
            if self.token.text == "&":
                self.advance()
                continue
            rows.append(self.make("row", tuple(cells)))
            cells = []
            if self.token.text != r"\\":
                break
            self.advance()
        self.expect(f"\\end:{name}")
        if cells:
            raise NotParsed("a matrix row ends in &")
        return self.make("matrix" if name != "vmatrix" else "det", tuple(rows))


def decimal(text: str) -> Node:
    """The number node of a decimal, with an exponent of ten if it has one.

    Raises TooLarge when written out it has more than MAX_DIGITS digits.
    """
    mantissa, _, exponent = text.lower().partition("e")
    whole, point, part = mantissa.partition(".")
    value = Fraction(int((whole or "0") + part), 10 ** len(part))
    if exponent:
        if len(exponent) > 5 or abs(int(exponent)) > MAX_DIGITS:
            raise TooLarge(f"an exponent of ten: {exponent[:20]}")
        value *= Fraction(10) ** int(exponent)
    return num(value, len(part) if point else None)


def _repeating(text: str) -> Fraction:
    """The value of `0.1\\overline{6}`."""
    head, _, rest = text.partition("\\")
    period = rest[rest.index("{") + 1 : -1]
    whole, _, part = head.partition(".")
    if len(text) > MAX_DIGITS:
        raise TooLarge("a repeating decimal")
    scale = 10 ** len(part)
    value = Fraction(int((whole or "0") + part), scale)
    return value + Fraction(int(period), scale * (10 ** len(period) - 1))


def based(digits: str, base: int) -> Node:
    """A number in a base; its operand is the value. Raises NotParsed on a wrong digit."""
    try:
        whole, _, part = digits.partition(".")
        value = Fraction(int(whole or "0", base))
        if part:
            value += Fraction(int(part, base), base ** len(part))
    except ValueError as error:
        raise NotParsed(f"{digits[:20]!r} is no number in base {base}") from error
    return Node("base", (num(value),), base)
