"""The middle of the grammar: factors, and LaTeX commands with their arguments."""

from __future__ import annotations

from mmeval.answers.grammar.atoms import CLOSERS, Atoms
from mmeval.answers.grammar.tree import Node, NotParsed, Token, num
from mmeval.answers.grammar.vocabulary import FUNCTIONS, GREEK

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


class Commands(Atoms):
    """The rules from a factor down to an atom."""

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
                return self.braces()
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
                self.braces()
            else:
                self.advance()
            inner = "".join(t.text for t in self.tokens[start : self.position]).strip("{}")
        if node.kind == "num":
            raise NotParsed("a subscript on a number that is not a base")
        if node.kind not in ("sym", "word"):
            raise NotParsed("a subscript on an expression")
        return self.make("sym", (), f"{node.value}_{inner}")

    def command(self, token: Token) -> Node:  # noqa: PLR0911 - one return a rule
        """A command with its arguments. Raises NotParsed for an unknown one."""
        name = token.text
        if name in CLOSERS:
            return self.fenced(name)
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
            return self.braces()
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
            return self.braces() if token.text == "{" else self.atom()

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
