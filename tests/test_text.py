"""How other people's strings are shown: one rule for a terminal, a page and an XML file."""

from __future__ import annotations

import errno
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmeval.results.site.markup import _visible
from mmeval.text import (
    Screen,
    brief,
    clean_setting,
    clean_words,
    csv_cell,
    escaped,
    first_line,
    markdown_cell,
    markdown_table,
    normalised,
    printable,
    shown,
    without_secrets,
)

ESCAPE = "a\x1b[31m\n\u202eb\ud83dé"


def test_one_rule_says_what_is_shown_wherever_it_is_shown() -> None:
    assert shown(ESCAPE) == "a?[31m??b?é"
    assert printable(ESCAPE) == shown(ESCAPE).replace("?", "\ufffd")
    assert _visible(ESCAPE) == "a\ufffd[31m\n\ufffdb\ufffdé"
    assert shown(ESCAPE, kept="\n\t") == "a?[31m\n?b?é"


@given(st.text(st.characters(max_codepoint=127)))
def test_the_short_way_through_ascii_gives_what_the_long_one_does(text: str) -> None:
    assert normalised(text) == normalised(f"{text} \u00b5")[:-1].rstrip(" ")


@pytest.mark.parametrize(
    ("numbers", "rule"), [(0, "|---|---|"), (1, "|---|---:|"), (2, "|---:|---:|")]
)
def test_a_table_has_a_rule_and_a_line_for_each_row(numbers: int, rule: str) -> None:
    lines = list(markdown_table(("a", "b"), [("1", "2"), ("3", "4")], numbers))
    assert lines == ["| a | b |", rule, "| 1 | 2 |", "| 3 | 4 |"]


def test_an_error_without_a_message_is_its_type() -> None:
    assert first_line(ValueError("one\ntwo")) == "one"
    assert first_line(ValueError()) == "ValueError"


PASSWORD = "hunter2"
URLS = [
    (f"http://u:{PASSWORD}@h:80/v1", "http://h:80/v1"),
    (f"http://u:{PASSWORD}@h/v1?token={PASSWORD}", "http://h/v1"),
    (f"http://h/v1#{PASSWORD}", "http://h/v1"),
    (f"http://u:{PASSWORD}/x@h/v1", "http://h/v1"),
    (f"http://u:{PASSWORD}?x@h/v1", "http://h/v1"),
    (f"http://u:a@{PASSWORD}@h/v1", "http://h/v1"),
    (f"https://{PASSWORD}@[::1]:8/v1", "https://[::1]:8/v1"),
    (f"http://h/v1?user=a@b&t={PASSWORD}", "http://h/v1"),
    (f"postgres://u:{PASSWORD}@h/db", "postgres://h/db"),
    ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
    ("http://[::1]/v1", "http://[::1]/v1"),
    ("file.jsonl", "file.jsonl"),
]


@pytest.mark.parametrize(("url", "kept"), URLS)
def test_a_url_is_kept_without_its_credentials_and_query(url: str, kept: str) -> None:
    assert clean_setting("base_url", url) == kept
    assert clean_words([url, f"base_url={url}", f"--engine-arg=base_url={url}"]) == [
        *(kept, f"base_url={kept}", f"--engine-arg=base_url={kept}")
    ]
    said = without_secrets(f"mmeval: {url} does not answer, asked at '{url}'")
    assert PASSWORD not in said and said.count(kept) == 2


@pytest.mark.parametrize(
    "word",
    [
        *("api_key=hunter2", "--engine-arg=hf-token=hunter2", "--api-key=hunter2"),
        *("base_url=u:hunter2@h/v1", "HF_TOKEN=hunter2", "x.password=hunter2"),
        "base_url=http://u:hun ter2 hunter2@h/v1",
    ],
)
def test_a_word_that_holds_a_secret_is_kept_without_it(word: str) -> None:
    [kept] = clean_words([word])
    assert PASSWORD not in kept and kept.partition("=")[0] == word.partition("=")[0]


@pytest.mark.parametrize(
    "word", ["api_key_env=MY_KEY", "max_num_batched_tokens=8", "tokenizer=a@b", "x=1", "--a=", "="]
)
def test_a_word_without_a_secret_is_kept_as_it_is(word: str) -> None:
    assert clean_words([word]) == [word] and without_secrets(word) == word


HOSTILE = [chr(n) for n in (*range(9), *range(11, 32), *range(127, 160))]
HOSTILE += [*"\u061c\u200e\u200f\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"]


def test_a_screen_takes_no_control_character_and_json_stays_json() -> None:
    stream = io.StringIO()
    screen = Screen(stream, "stdout")
    for each in HOSTILE:
        print(f"a{each}b", file=screen)
    written = stream.getvalue()
    assert not set(HOSTILE) & set(written) and written.count("\n") == len(HOSTILE)
    stream.seek(0)
    stream.truncate()
    value = {"x": "".join(HOSTILE) + "\u00e9\u4e2d"}
    screen.writelines([json.dumps(value, ensure_ascii=False)])
    assert json.loads(stream.getvalue()) == value and "\u4e2d" in stream.getvalue()


def test_what_cannot_be_printed_names_the_stream_where_it_is_needed() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    Screen(Full(), "stderr", needed=False).write("a remark")
    with pytest.raises(OSError, match="stdout"):
        Screen(Full(), "stdout").write("a result")


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\n=1", "\uff1d1"),
        '=HYPERLINK("http://x","y")',
    ],
)
def test_a_spreadsheet_calculates_no_cell(text: str) -> None:
    assert csv_cell(text).startswith("'")
    assert csv_cell(f"a{text}") == escaped(f"a{text}")
    assert csv_cell(-1.5) == -1.5 and csv_cell("") == ""


@pytest.mark.parametrize(
    ("text", "never"),
    [
        *(("@team", "@team"), ("see http://x.example", "://x"), ("WWW.x.example", "WWW.x")),
        *(("&copy;", "&copy;"), ("*a*", "*a*"), ("**a**", "**"), ("_a_", "_a_"), ("~~a~~", "~~")),
        *(("<b>", "<b>"), ("![x](y)", "![x]"), ("a|b", "a|b"), ("#12", "#12"), ("GH-12", "GH-12")),
        *(("$a$", "$a$"), ("a@b.example", "@b"), ("a\u202eb", "\u202e"), ("`a`", "`a`")),
    ],
)
def test_a_page_acts_on_nothing_in_a_cell(text: str, never: str) -> None:
    cell = markdown_cell(text)
    assert not re.search(rf"(?<!\\){re.escape(never)}", cell)
    assert cell.isascii() or "\u2060" in cell


def test_a_plain_name_is_a_cell_as_it_is() -> None:
    for name in ("gsm8k_backward test", "metamath-gsm8k/1", "66.8 (64.2-69.3)"):
        assert markdown_cell(name) == name


def test_a_value_of_any_size_is_named_briefly() -> None:
    value: object = "x" * 10**6
    for _ in range(30):
        value = [value] * 10
    assert len(brief(value)) < 1000 and len(brief(10**5000)) < 100 and brief("a") == "'a'"
