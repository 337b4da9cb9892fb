"""Rows as scripts: JSON in batches, packed so that nothing in it can be code."""

from __future__ import annotations

import base64
import gzip
import json
import re

import pytest

from mmeval.results.site.shards import batches, encoded, packed


def test_shards_keep_the_order_and_the_limit() -> None:
    rows = [{"id": i, "text": "\ud83d" * (i % 7) + "x" * 100} for i in range(50)]
    found = list(batches(rows, most=1000))
    assert [row for _, some in found for row in json.loads(some)] == rows
    assert [count for count, _ in found] == [len(json.loads(some)) for _, some in found]
    assert all(len(some) <= 1000 for _, some in found)
    [(count, alone)] = batches([{"text": "x" * 5000}], most=1000)
    assert (count, len(json.loads(alone)[0]["text"])) == (1, 5000)


def test_no_number_is_written_that_a_browser_cannot_read() -> None:
    with pytest.raises(ValueError, match="JSON"):
        encoded(float("nan"))


def test_no_rows_are_no_shard() -> None:
    assert list(batches([])) == []


@pytest.mark.parametrize("value", ["</script>", "模型", "\u2028", "\ud83d", {"a": [1, None, True]}])
def test_any_value_survives_and_a_script_is_data_alone(value: object) -> None:
    script = packed("key", encoded(value))
    found = re.fullmatch(r'mmeval\.arrived\("key","([A-Za-z0-9+/=]+)"\);\n', script)
    assert found is not None
    assert json.loads(gzip.decompress(base64.b64decode(found[1]))) == value


def test_json_is_compact_and_in_utf8_where_it_can_be() -> None:
    assert encoded({"a": ["é", 1]}) == '{"a":["é",1]}'.encode()
    assert encoded("\ud83d") == b'"\\ud83d"'


def test_the_same_json_is_the_same_script() -> None:
    assert packed("k", b"[1]") == packed("k", b"[1]") != packed("k", b"[2]")
    squeezed = base64.b64decode(packed("k", b"[1]").split('"')[3])
    assert squeezed[4:8] == bytes(4), "whatever the time"
