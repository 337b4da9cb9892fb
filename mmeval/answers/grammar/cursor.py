"""The token list of the parser, the position in it, and what it may still spend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mmeval.answers.grammar.tree import (
    MAX_DEPTH,
    MAX_HEIGHT,
    MAX_NODES,
    Node,
    NotParsed,
    Token,
    TooLarge,
    Value,
)

_END = Token("end", "")


class Cursor:
    """A position in a token list, with depth and nodes counted."""

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
        """Takes the next token. Raises NotParsed at the end."""
        token = self.token
        if token.kind == "end":
            raise NotParsed("it ends too early")
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
