"""Texts full of what may be a number, for property tests of the masking rules."""

from __future__ import annotations

from hypothesis import strategies as st

TEXT = st.text(alphabet="0123456789 ,.$%/-()abxhalftwo\n٣½", max_size=60)
