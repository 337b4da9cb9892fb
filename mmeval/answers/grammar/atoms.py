"""The bottom of the grammar: numbers, symbols and bracketed groups."""

from __future__ import annotations

from abc import ABC, abstractmethod

from mmeval.answers.grammar.cursor import Cursor
from mmeval.answers.grammar.tree import Node, NotParsed, Token
from mmeval.answers.grammar.written_numbers import based, decimal, repeating

CLOSERS = {
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
_CALLED = frozenset("fghFGH")


class Atoms(Cursor, ABC):
    """The rules of an atom; commands and what stands above are left to subclasses."""

    @abstractmethod
    def answer(self) -> Node:
        """A list of items, defined by the reader above."""

    @abstractmethod
    def sum(self) -> Node:
        """A sum, defined by the reader above."""

    @abstractmethod
    def command(self, token: Token) -> Node:
        """A command with its arguments, defined by the rules above."""

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
                return self.command(token)
        raise NotParsed(f"nothing begins with {token.text[:20]!r}")

    def _number(self) -> Node:
        token = self.advance()
        following = self.token
        if following.text == "_" and following.kind == "op" and token.kind == "num":
            return self._based(token.text)
        if token.kind == "rep":
            return self.make("num", (), repeating(token.text))
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
            return self.braces()
        if token.text == "|":
            self.advance()
            self.bars += 1
            inner = self.sum()
            self.bars -= 1
            self.expect("|", r"\rvert")
            return self.make("abs", (inner,))
        if token.text in ("(", "["):
            return self.fenced(token.text)
        raise NotParsed(f"nothing begins with {token.text[:20]!r}")

    def braces(self) -> Node:
        """A group in braces, which is an answer of its own."""
        self.expect("{")
        bars, self.bars = self.bars, 0
        node = self.answer()
        self.bars = bars
        self.expect("}")
        return node

    def fenced(self, opening: str) -> Node:
        """Round, square or curly brackets: a group, a tuple, an interval or a set."""
        self.advance()
        bars, self.bars = self.bars, 0
        if self.token.text in CLOSERS[opening]:
            self.advance()
            if opening == r"\{":
                return self.make("sym", (), "empty")
            raise NotParsed("empty brackets")
        inner = self.answer()
        self.bars = bars
        closing = self.expect(*CLOSERS[opening]).text
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
