"""How a response of a MetaMathQA row must end."""

from __future__ import annotations

import pytest

from mmeval.augmenting.metamathqa import fault


@pytest.mark.parametrize(
    ("kind", "response", "wrong"),
    [
        ("GSM_AnsAug", "So.\n#### 5\nThe answer is: 5", None),
        ("GSM_AnsAug", "So.\n#### 5\nThe answer is: 5\n ", None),  # white space at the end
        ("GSM_AnsAug", "So.\n#### 5 \nThe answer is: 5", None),
        ("GSM_AnsAug", "x" * 5_000 + "\n#### 5\nThe answer is: 5", None),
        ("GSM_SV", "So.\n#### 4\nThe answer is: 5", "differ"),
        ("GSM_SV", "So.\nThe answer is: 5", "does not end in '#### N'"),
        ("GSM_SV", "#### 5\nThe answer is: 5", "does not end in '#### N'"),  # nothing before
        ("GSM_SV", "So.\n#### 5\nThe answer is: 5\nOr so.", "does not end in '#### N'"),
        ("MATH_FOBAR", "So.\nThe answer is: \\frac{1}{2}", None),
        ("MATH_FOBAR", "So.\nThe answer is: ", "does not end in 'The answer is: ...'"),
        ("MATH_FOBAR", "So.\n#### 5", "does not end in 'The answer is: ...'"),
        (None, "The answer is: 5", None),
        (None, "5", "does not end in 'The answer is: ...'"),
    ],
)
def test_a_response_ends_as_its_type_does(
    kind: str | None, response: str, wrong: str | None
) -> None:
    found = fault(kind, response)
    assert (found is None) if wrong is None else (found is not None and wrong in found)
