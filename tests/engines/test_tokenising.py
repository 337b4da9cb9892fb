"""BOS once or not at all, whatever the tokenizer and its chat template do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.engines.engine import EngineOptions
from mmeval.engines.models.find import Model
from mmeval.engines.tokenising import bos_state, continued, template_variables, token_ids
from mmeval.errors import ConfigError
from mmeval.records import Message, Prompt

transformers = pytest.importorskip(
    "transformers", reason="tokenising: transformers is not installed; make hf"
)

WORDS = ["<s>", "</s>", "<pad>", "one", "two", "user", "assistant"]
ONE, TWO, USER, ASSISTANT = 3, 4, 5, 6
BOS, EOS = 0, 1
CHAT = "{{ bos_token }}{% for m in messages %} {{ m.role }} {{ m.content }}{% endfor %} assistant"


def tokenizer(writes: str = "<s> $A", chat: str | None = None, **special: str | None) -> Any:
    """A tokenizer of 7 words; `writes` is what it makes of a text, as in TemplateProcessing."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    backend = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="<pad>"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.add_special_tokens(WORDS[:3])
    backend.post_processor = processors.TemplateProcessing(
        single=writes, special_tokens=[("<s>", BOS), ("</s>", EOS)]
    )
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"} | special
    made = transformers.PreTrainedTokenizerFast(tokenizer_object=backend, **names)
    made.chat_template = chat
    return made


def llama_style(bos: bool = True) -> Any:
    """A BPE tokenizer that puts `\u2581` before every text, as Llama's tokenizer.json does."""
    from tokenizers import Tokenizer, decoders, models, normalizers, processors

    pieces = ["<unk>", "<s>", "</s>", *"\u2581Response:Theanswri.18\n?", "\u2581\u2581"]
    merges = []
    for word in ("\u2581Response", "\u2581The", "\u2581answer", "\u2581is", "The", ":\n"):
        for end in range(2, len(word) + 1):
            if word[:end] not in pieces:
                pieces.append(word[:end])
            if (word[: end - 1], word[end - 1]) not in merges:
                merges.append((word[: end - 1], word[end - 1]))
    vocab = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    backend = Tokenizer(models.BPE(vocab=vocab, merges=merges, unk_token="<unk>"))
    backend.normalizer = normalizers.Sequence(
        [normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")]
    )
    backend.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    backend.add_special_tokens(["<unk>", "<s>", "</s>"])
    if bos:
        backend.post_processor = processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", vocab["<s>"])]
        )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )


@pytest.mark.parametrize("bos", [True, False])
@pytest.mark.parametrize(
    ("prompt", "behind", "pieces"),
    [
        ("Response:", " The answer is 18", "\u2581The \u2581answer \u2581is \u2581 1 8"),
        ("Response:", "18", "1 8"),
        ("Response:", " 18", "\u2581 1 8"),
        ("Response:", "The", "The"),
        ("Response: ", "The", "The"),  # `\u2581The` runs across the boundary
        ("Response:", "\n18", "\n 1 8"),  # so does `:\n`
        ("", "The answer", "\u2581The \u2581answer"),
    ],
)
def test_no_space_is_put_before_a_text_behind_a_prompt(
    prompt: str, behind: str, pieces: str, bos: bool
) -> None:
    made = llama_style(bos)
    before, response = continued(made, text(prompt), behind)
    assert before == token_ids(made, text(prompt))
    assert made.convert_ids_to_tokens(response) == pieces.split(" ")


def test_a_chat_is_continued_as_its_template_ends() -> None:
    made = llama_style()
    made.chat_template = "{% for m in messages %}{{ m.content }}{% endfor %}Response:"
    before, response = continued(made, chat("18?"), "18")
    assert before == token_ids(made, chat("18?"))
    assert made.convert_ids_to_tokens(response) == ["1", "8"]


def text(content: str) -> Prompt:
    return Prompt(problem_id="t/1", text=content)


def chat(*contents: str) -> Prompt:
    turns = tuple(Message(role="user", content=content) for content in contents)
    return Prompt(problem_id="t/1", messages=turns)


@pytest.mark.parametrize(
    ("writes", "content", "ids", "state"),
    [
        ("<s> $A", "one two", [BOS, ONE, TWO], "added once"),
        ("<s> $A", "<s> one", [BOS, ONE], "added once"),  # the prompt brought its own
        ("<s> $A", "<s> <s> one", [BOS, ONE], "added once"),
        ("$A", "one two", [ONE, TWO], "none"),
        ("$A", "<s> one", [BOS, ONE], "added once"),
        ("<s> $A </s>", "one", [BOS, ONE], "added once"),  # it closed the text
        ("$A </s>", "one", [ONE], "none"),
        ("<s> $A", "one </s>", [BOS, ONE, EOS], "added once"),  # the prompt's own, kept
        ("<s> $A", "one <s> <s> two", [BOS, ONE, BOS, BOS, TWO], "added once"),
        ("<s> $A", "", [BOS], "added once"),
        ("$A", "", [], "none"),
    ],
)
def test_bos_of_a_text(writes: str, content: str, ids: list[int], state: str) -> None:
    made = tokenizer(writes)
    assert token_ids(made, text(content)) == ids
    assert bos_state(made, ids) == state


def test_a_tokenizer_without_bos_has_none_and_loses_nothing() -> None:
    made = tokenizer("$A", bos_token=None)
    assert token_ids(made, text("one one two")) == [ONE, ONE, TWO]
    assert bos_state(made, [ONE, ONE, TWO]) == "none"
    assert bos_state(made, []) == "none"


def test_one_token_for_both_ends_survives_an_empty_prompt() -> None:
    # GPT-2's <|endoftext|> is BOS and EOS; as the only token of a prompt it must stay.
    made = tokenizer("<s> $A", eos_token="<s>")
    assert token_ids(made, text("")) == [BOS]
    assert token_ids(made, text("one")) == [BOS, ONE]


@pytest.mark.parametrize("writes", ["<s> $A", "$A", "<s> $A </s>"])
def test_a_chat_template_writes_bos_itself(writes: str) -> None:
    made = tokenizer(writes, CHAT)
    ids = token_ids(made, chat("one", "two"))
    assert ids == [BOS, USER, ONE, USER, TWO, ASSISTANT]


def test_a_chat_template_without_bos_gets_none() -> None:
    made = tokenizer("<s> $A", CHAT.removeprefix("{{ bos_token }}"))
    assert token_ids(made, chat("one")) == [USER, ONE, ASSISTANT]


@settings(deadline=None)
@given(
    words=st.lists(st.sampled_from(["<s>", "</s>", "one", "two"]), max_size=6),
    writes=st.sampled_from(["<s> $A", "$A", "<s> $A </s>", "$A </s>"]),
)
def test_bos_is_never_doubled_and_no_word_is_lost(words: list[str], writes: str) -> None:
    ids = token_ids(tokenizer(writes), text(" ".join(words)))
    assert ids[:2] != [BOS, BOS]
    assert [i for i in ids if i > EOS] == [WORDS.index(w) for w in words if w in WORDS[3:]]


def test_a_chat_without_a_template_says_what_to_take() -> None:
    with pytest.raises(ConfigError, match=r"no chat template.*--prompt"):
        token_ids(tokenizer(), chat("one"))


@pytest.mark.parametrize(
    "template", ["{{ raise_exception('no\nsystem') }}", "{% for m in %}", "{{ messages.x.y }}"]
)
def test_a_template_that_refuses_the_messages_is_one_line(template: str) -> None:
    with pytest.raises(ConfigError, match="t/1") as caught:
        token_ids(tokenizer("$A", template), chat("one"))
    assert "\n" not in str(caught.value)


def test_smollm2_has_no_bos_on_text_and_three_in_a_chat(smollm2: Model) -> None:
    made = transformers.AutoTokenizer.from_pretrained(smollm2.path)
    ids = token_ids(made, text("What is 1 + 1?"))
    assert bos_state(made, ids) == "none"
    assert made.decode(ids) == "What is 1 + 1?"
    ids = token_ids(made, chat("What is 1 + 1?"))
    assert [i for i in ids if i == made.bos_token_id] == [1, 1, 1]
    assert bos_state(made, ids) == "added once"
    # As the model was published: a system turn of its own, then the user's.
    assert made.decode(ids) == (
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging "
        "Face<|im_end|>\n<|im_start|>user\nWhat is 1 + 1?<|im_end|>\n<|im_start|>assistant\n"
    )


SWITCH = "{% if two %}two{% else %}one{% endif %}"


def test_a_variable_reaches_the_template() -> None:
    made = tokenizer(chat=SWITCH)
    chat = Prompt(problem_id="t/1", messages=(Message(role="user", content="one"),))
    assert token_ids(made, chat) == [ONE]
    assert token_ids(made, chat, {"two": True}) == [TWO]


def test_a_variable_that_the_template_ignores_is_said() -> None:
    options = EngineOptions(chat_args={"two": True, "enable_thinking": False})
    given, notes = template_variables(tokenizer(chat=SWITCH), options)
    assert given == {"two": True, "enable_thinking": False}
    [note] = notes
    assert "enable_thinking" in note


@pytest.mark.parametrize("chat", [None, SWITCH])
def test_a_budget_that_nothing_would_keep_is_refused(chat: str | None) -> None:
    with pytest.raises(ConfigError, match="thinking_budget"):
        template_variables(tokenizer(chat=chat), EngineOptions(thinking_budget=5))


def test_an_effort_is_a_variable_of_the_template() -> None:
    made = tokenizer(chat="{{ reasoning_effort }}{{ thinking_budget }}")
    given, notes = template_variables(
        made, EngineOptions(thinking_budget=5, reasoning_effort="one")
    )
    assert (given, notes) == ({"reasoning_effort": "one", "thinking_budget": 5}, ())


@pytest.mark.parametrize(
    ("chat", "told"),
    [
        ("{{ today.year }}", "--chat-arg today=VALUE"),
        ("{{ 'a' + 1 }}", "--chat-arg"),
        ("{{ raise_exception('who is it?') }}", "who is it"),
        ("{{ 1 // 0 }}", "--chat-arg"),
        ("{% if %}", "--chat-arg"),
    ],
)
def test_a_template_that_raises_is_one_line_with_a_way_on(chat: str, told: str) -> None:
    prompt = Prompt(problem_id="t/1", messages=(Message(role="user", content="one"),))
    with pytest.raises(ConfigError, match="refuses the chat of t/1") as caught:
        token_ids(tokenizer(chat=chat), prompt)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
