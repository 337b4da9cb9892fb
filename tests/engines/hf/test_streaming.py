"""Tokens -> text: stop strings as vLLM takes them, characters whole, spaces kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.engines.hf.streaming import Row, decoder, find_stop

tokenizers = pytest.importorskip("tokenizers", reason="streams: tokenizers is missing; make hf")


def row(pieces: list[str], limit: int = 99) -> Row:
    return Row(decode=lambda token: pieces[token], limit=limit)


def run(pieces: list[str], stop: list[str], eos: tuple[int, ...] = (), limit: int = 99) -> Row:
    grown = row(pieces, limit)
    for token in range(len(pieces)):
        grown.add(token, eos, stop)
    return grown


@pytest.mark.parametrize(
    ("pieces", "stop", "text", "fired", "tokens"),
    [
        (["a", "\n", "b"], ["\n"], "a", "\n", 2),
        (["a", "x\n", "\nb", "c"], ["\n\n"], "ax", "\n\n", 3),  # over two tokens
        (["abc."], [".", "c."], "abc", ".", 1),  # both end at once: the order decides
        (["abc."], ["c.", "."], "ab", "c.", 1),
        (["a-b-c"], ["b-c", "-b"], "a", "-b", 1),  # the one completed first
        (["a", "stopat"], ["stop"], "a", "stop", 2),  # in the middle of a token
        (["st", "o", "q"], ["stop"], "stoq", None, 3),
        (["a", "b"], [], "ab", None, 2),
        (["aa", "a"], ["aaa"], "", "aaa", 2),
    ],
)
def test_stop_strings(
    pieces: list[str], stop: list[str], text: str, fired: str | None, tokens: int
) -> None:
    grown = run(pieces, stop)
    assert (grown.text, grown.stop_string, grown.tokens) == (text, fired, tokens)
    assert grown.finish == ("stop" if fired else None)


def test_the_end_of_text_token_is_counted_and_not_shown() -> None:
    grown = run(["a", "<end>", "b"], stop=["<end>"], eos=(1,))
    assert (grown.text, grown.finish, grown.stop_string, grown.tokens) == ("a", "stop", None, 2)


@pytest.mark.parametrize(
    ("pieces", "finish"), [(["a", "b", "c"], "length"), (["a", "."], "stop"), (["a"], None)]
)
def test_a_stop_with_the_last_token_is_a_stop(pieces: list[str], finish: str | None) -> None:
    grown = run(pieces, stop=["."], limit=2)
    assert grown.finish == finish
    assert grown.tokens == min(2, len(pieces))


@settings(deadline=None)
@given(
    pieces=st.lists(st.text("ab.", max_size=4), max_size=8),
    stop=st.lists(st.text("ab.", min_size=1, max_size=3), max_size=3),
)
def test_the_cut_does_not_depend_on_how_the_text_is_cut_into_tokens(
    pieces: list[str], stop: list[str]
) -> None:
    in_pieces, by_character = run(pieces, stop), run(list("".join(pieces)), stop)
    assert (in_pieces.text, in_pieces.stop_string) == (by_character.text, by_character.stop_string)
    assert not any(each in in_pieces.text for each in stop)


def test_nothing_is_found_in_what_was_searched_before() -> None:
    assert find_stop("a.b", 3, ["."]) is None
    assert find_stop("a.b", 1, ["."]) == (".", 1)


# Decoding.


def byte_level() -> Any:
    """A tokenizer whose first 256 ids are single bytes, and 256 a special token."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate(alphabet)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens(["<end>"])
    return backend


class Slow:
    """The part of a tokenizer without a fast backend that decoding needs."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def decode(self, ids: list[int], skip_special_tokens: bool) -> str:
        return str(self._backend.decode(ids, skip_special_tokens=skip_special_tokens))


def texts(tokenizer: Any, prompt: list[int], ids: list[int]) -> list[str]:
    step = decoder(tokenizer, prompt)
    return [step(each) for each in ids]


@pytest.mark.parametrize("fast", [True, False])
def test_a_character_is_written_when_its_last_byte_is_there(fast: bool) -> None:
    backend = byte_level()
    made = SimpleNamespace(backend_tokenizer=backend) if fast else Slow(backend)
    ids = backend.encode("é日").ids
    assert texts(made, backend.encode("a").ids, ids) == ["", "é", "", "", "日"]
    assert "".join(texts(made, [], ids[:-1])) == "é"  # a torn last one is not shown


@pytest.mark.parametrize("fast", [True, False])
def test_special_tokens_are_not_shown(fast: bool) -> None:
    backend = byte_level()
    made = SimpleNamespace(backend_tokenizer=backend) if fast else Slow(backend)
    special = backend.token_to_id("<end>")
    ids = [*backend.encode("a").ids, special, *backend.encode("b").ids]
    assert "".join(texts(made, backend.encode("x").ids, ids)) == "ab"


@pytest.mark.parametrize("fast", [True, False])
def test_the_space_before_the_first_word_is_kept(fast: bool) -> None:
    # Llama-2's kind: decoding an answer alone would drop the space of its first word.
    from tokenizers import Tokenizer, decoders, models

    backend = Tokenizer(models.WordLevel({"▁a": 0, "▁b": 1, "c": 2}, unk_token="c"))
    backend.decoder = decoders.Metaspace()
    assert backend.decode([1, 2]) == "bc"
    made = SimpleNamespace(backend_tokenizer=backend) if fast else Slow(backend)
    assert "".join(texts(made, [0], [1, 2])) == " bc"


@settings(deadline=None)
@given(before=st.text(max_size=12), after=st.text(max_size=12))
def test_fast_and_slow_decoding_give_the_text_that_was_encoded(before: str, after: str) -> None:
    backend = byte_level()
    prompt, ids = backend.encode(before).ids, backend.encode(after).ids
    fast = "".join(texts(SimpleNamespace(backend_tokenizer=backend), prompt, ids))
    assert fast == after
    assert "".join(texts(Slow(backend), prompt, ids)) == after


@settings(deadline=None)
@given(ids=st.lists(st.integers(0, 256), max_size=12))
def test_no_sequence_of_tokens_breaks_decoding(ids: list[int]) -> None:
    # A model may write any bytes, UTF-8 or not.
    assert isinstance(
        "".join(texts(SimpleNamespace(backend_tokenizer=byte_level()), [65], ids)), str
    )
