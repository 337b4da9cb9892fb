"""The public functions: all there, sorted, lazily loaded, and what the verbs call."""

from __future__ import annotations

import subprocess
import sys

import pytest

import mmeval


def test_everything_public_can_be_had_and_nothing_else() -> None:
    assert mmeval.__all__ == sorted(mmeval.__all__)
    for name in mmeval.__all__:
        assert getattr(mmeval, name).__name__ == name
        assert getattr(mmeval, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'eqal'"):
        _ = mmeval.eqal


def test_importing_mmeval_loads_nothing_heavy() -> None:
    program = (
        "import sys, mmeval; heavy = {'torch', 'vllm', 'transformers', 'pandas', 'numpy', "
        "'sympy', 'rich', 'click'} & set(sys.modules); sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_equal_says_what_the_checker_says() -> None:
    assert mmeval.equal(r"\frac{1}{2}", "0.5").outcome == "equal"
    assert mmeval.equal(r"\frac{1}{23}", r"\frac{12}{3}").outcome == "different"
    assert mmeval.equal("9^{9^{9^9}}", "1").reason == "size"
