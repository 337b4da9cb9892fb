"""Answers of ten servers to a chat, in the shape that each documents; no server was asked.

Each has the page that it was made from, and what it says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorAnswer:
    """One server's answer, and what is to be read of it."""

    page: str
    body: dict[str, Any]
    text: str = "The answer is: 18"
    thought: str | None = None
    finish: str = "stop"
    tokens: int | None = 12
    thought_tokens: int | None = None
    stop_string: str | None = None


USAGE = {"prompt_tokens": 30, "completion_tokens": 12, "total_tokens": 42}
COMPLETION = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1790000000}


def _body(
    choice: dict[str, Any], usage: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    whole = {"index": 0, "finish_reason": "stop", "logprobs": None} | choice
    return COMPLETION | {"model": "m", "choices": [whole], "usage": USAGE | (usage or {})} | more


def _said(text: str | None = "The answer is: 18", **more: Any) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": text} | more}


VENDORS = {
    "OpenAI": VendorAnswer(
        page="developers.openai.com/api/reference/python/resources/chat/subresources/completions",
        body=_body(
            _said(refusal=None, annotations=[]),
            {
                "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
                "completion_tokens_details": {
                    "reasoning_tokens": 8,
                    "audio_tokens": 0,
                    "accepted_prediction_tokens": 0,
                    "rejected_prediction_tokens": 0,
                },
            },
            service_tier="default",
            system_fingerprint="fp_1",
        ),
        thought_tokens=8,
    ),
    "vLLM": VendorAnswer(
        page="docs.vllm.ai/en/v0.26.0/features/reasoning_outputs",
        body=_body(
            _said(reasoning="6 times 3.", tool_calls=[]) | {"stop_reason": None, "token_ids": None},
            prompt_logprobs=None,
            kv_transfer_params=None,
        ),
        thought="6 times 3.",
    ),
    "vLLM before 2026": VendorAnswer(
        page="docs.vllm.ai/en/v0.8.3/features/reasoning_outputs",
        body=_body(_said(reasoning_content="6 times 3.") | {"stop_reason": "Question:"}),
        thought="6 times 3.",
        stop_string="Question:",
    ),
    "SGLang": VendorAnswer(
        page="docs.sglang.io/docs/advanced_features/separate_reasoning",
        body=_body(
            _said(reasoning_content="6 times 3.", tool_calls=None) | {"matched_stop": "Question:"},
            {"prompt_tokens_details": None, "reasoning_tokens": 0},
            metadata={"weight_version": "default"},
        ),
        thought="6 times 3.",
        stop_string="Question:",
    ),
    "llama.cpp": VendorAnswer(
        page="mvysny.github.io/llama-server-endpoints",
        body=_body(
            _said(reasoning_content="6 times 3."),
            system_fingerprint="b8681",
            timings={"prompt_n": 30, "predicted_n": 12, "predicted_per_second": 55.0},
        ),
        thought="6 times 3.",
    ),
    "llama.cpp out of tokens": VendorAnswer(
        page="mvysny.github.io/llama-server-endpoints",
        body=_body(_said("", reasoning_content="6 times") | {"finish_reason": "length"}),
        text="",
        thought="6 times",
        finish="length",
        thought_tokens=12,
    ),
    "Ollama": VendorAnswer(
        page="docs.ollama.com/api/openai-compatibility.md",
        body=_body(_said(reasoning="6 times 3."), system_fingerprint="fp_ollama"),
        thought="6 times 3.",
    ),
    "mlx_lm": VendorAnswer(
        page="github.com/ml-explore/mlx-lm/blob/main/mlx_lm/SERVER.md",
        body=_body(
            _said(reasoning="", tool_calls=[])
            | {"logprobs": {"token_logprobs": [], "top_logprobs": [], "tokens": []}},
            system_fingerprint="0.29.1-macOS",
        ),
    ),
    "TGI": VendorAnswer(
        page="github.com/huggingface/text-generation-inference/blob/main/docs/source/messages_api.md",
        body=_body(_said() | {"finish_reason": "eos_token"}, object="text_completion", id=""),
    ),
    "OpenRouter": VendorAnswer(
        page="openrouter.ai/docs/api/reference/errors-and-debugging",
        body=_body(
            _said(
                refusal=None,
                reasoning="6 times 3.",
                reasoning_details=[{"type": "reasoning.text", "text": "6 times 3.", "index": 0}],
            )
            | {"native_finish_reason": "completed"},
            {"completion_tokens_details": {"reasoning_tokens": 5}},
            provider="Somebody",
        ),
        thought="6 times 3.",
        thought_tokens=5,
    ),
    "Azure": VendorAnswer(
        page="learn.microsoft.com/azure/ai-services/openai/reference",
        body=_body(
            _said() | {"content_filter_results": {"hate": {"filtered": False, "severity": "safe"}}},
            prompt_filter_results=[{"prompt_index": 0, "content_filter_results": {}}],
        ),
    ),
    "Azure's filter": VendorAnswer(
        page="learn.microsoft.com/azure/ai-services/openai/reference",
        body=_body(
            _said("The answer")
            | {
                "finish_reason": "content_filter",
                "content_filter_results": {"hate": {"filtered": True, "severity": "high"}},
            }
        ),
        text="The answer",
        finish="filter",
    ),
    "Anthropic": VendorAnswer(
        page="platform.claude.com/docs/en/cli-sdks-libraries/libraries/openai-sdk",
        body=_body(
            _said(),
            {"completion_tokens_details": None, "prompt_tokens_details": None},
            service_tier=None,
            system_fingerprint=None,
        ),
    ),
}
