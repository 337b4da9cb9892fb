"""A streamed answer (server-sent events) joined into the one that it would be unstreamed.

Pieces are added up as they come, so that memory holds the answer and not the envelopes.
"""

from __future__ import annotations

import json
from typing import Any

WIRE = 64
"""So many bytes of a stream may come for each byte that its answer may have: a token of three
letters travels in an envelope of some 200 bytes."""


class StreamError(ValueError):
    """A stream that is none, has no end, or is too long."""


class Joined:
    """Takes the bytes of a stream; `body` is the answer as JSON."""

    def __init__(self, most: int) -> None:
        self._most, self._wire, self._size = most, 0, 0
        self._line = bytearray()
        self._answer: dict[str, Any] = {}
        self._choices: dict[int, dict[str, Any]] = {}
        self.ended = False
        """Whether the stream has told its end."""

    def feed(self, piece: bytes) -> None:
        """Raises StreamError for what is no event, or for too much of them."""
        self._wire += len(piece)
        *lines, rest = (bytes(self._line) + piece).split(b"\n")
        self._line = bytearray(rest)
        if self._wire > self._most * WIRE or len(self._line) > self._most:
            raise StreamError(f"more than {self._most:,} bytes, the most that was asked for")
        for line in lines:
            self._event(line)

    def body(self) -> bytes:
        """The answer; StreamError where the stream broke off before its end."""
        self._event(bytes(self._line))
        told = any(each.get("finish_reason") for each in self._choices.values())
        if not (self.ended or told or "error" in self._answer):
            raise StreamError("the stream broke off before its end")
        choices = [self._whole(each) for _, each in sorted(self._choices.items())]
        return json.dumps(self._answer | {"choices": choices}).encode()

    def _event(self, line: bytes) -> None:
        if not line.startswith(b"data:"):
            return  # comments, names of events, empty lines
        data = line[5:].strip()
        if data == b"[DONE]":
            self.ended = True
            return
        try:
            event = json.loads(data.decode())
            self._add(event)
        except (ValueError, RecursionError, TypeError, AttributeError) as error:
            if isinstance(error, StreamError):
                raise
            begin = " ".join(data[:200].decode(errors="backslashreplace").split())
            raise StreamError(f"an event that is no piece of an answer: {begin}") from None

    def _add(self, event: dict[str, Any]) -> None:
        for choice in event.get("choices") or ():
            into = self._choices.setdefault(int(choice.get("index") or 0), {"pieces": {}})
            delta = choice.get("delta", choice.get("message")) or {}
            self._pieces(into["pieces"], delta)
            if isinstance(choice.get("text"), str):
                self._pieces(into["pieces"], {"": choice["text"]})
            rest = {k: v for k, v in choice.items() if k not in ("delta", "message", "text")}
            into |= {key: value for key, value in rest.items() if value is not None}
        rest = {key: value for key, value in event.items() if key != "choices"}
        self._answer |= {key: value for key, value in rest.items() if value is not None}

    def _pieces(self, into: dict[str, list[Any]], delta: dict[str, Any]) -> None:
        for name, value in delta.items():
            if value is None:
                continue
            parts = value if isinstance(value, list) else [value]
            self._size += len(json.dumps(parts))
            if self._size > 2 * self._most:  # JSON may write a character as six
                raise StreamError(f"more than {self._most:,} bytes, the most that was asked for")
            into.setdefault(name, []).extend(parts)

    @staticmethod
    def _whole(choice: dict[str, Any]) -> dict[str, Any]:
        pieces = choice.pop("pieces")
        text = pieces.pop("", None)
        message = {
            name: "".join(parts) if all(isinstance(e, str) for e in parts) else parts
            for name, parts in pieces.items()
        }
        role = {"role": pieces["role"][0]} if "role" in pieces else {}
        said = {"text": "".join(text)} if text is not None else {}
        return choice | {"message": {"content": None} | message | role} | said
