"""What a server's message says, whatever is in it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmeval.engines.openai.message import said

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "thinking", "reasoning", "content"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)


@given(content=st.none() | st.text(max_size=5) | st.lists(JSON, max_size=4), thought=JSON)
def test_whatever_a_message_holds_is_text_and_thought(content: Any, thought: Any) -> None:
    text, thinking = said({"content": content, "reasoning": thought})
    assert isinstance(text, str)
    assert thinking is None or (isinstance(thinking, str) and thinking)


@pytest.mark.parametrize("content", [3, 2.5, True, {"text": "x"}])
def test_a_content_of_another_type_is_refused(content: Any) -> None:
    with pytest.raises(ValueError, match="not a string"):
        said({"content": content})


def test_parts_within_parts_end() -> None:
    part: Any = "x"
    for _ in range(1000):
        part = [part]
    assert said({"content": [part]}) == ("", None)
