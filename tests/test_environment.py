"""How much memory an engine may count on."""

from __future__ import annotations

from mmeval.environment import free_gib, free_memory

MACHINE = "MemTotal:       25165824 kB\nMemFree:        1024 kB\nMemAvailable:   20971520 kB\n"
NODE = """Node {n} MemTotal:       12582912 kB
Node {n} MemFree:        {free} kB
Node {n} Active:         9437184 kB
Node {n} Active(anon):   8388608 kB
Node {n} Active(file):   1048576 kB
Node {n} Inactive(file): 524288 kB
Node {n} SReclaimable:   524288 kB
"""


def test_the_fullest_node_counts_with_what_it_can_take_back() -> None:
    nodes = [NODE.format(n=0, free=6 << 20), NODE.format(n=1, free=8 << 20)]
    assert free_gib(MACHINE, nodes) == 8.0  # and not the 20 of both


def test_a_node_without_memory_and_a_machine_without_nodes() -> None:
    cores_only = "Node 1 MemTotal: 0 kB\nNode 1 MemFree: 0 kB\n"
    assert free_gib(MACHINE, [cores_only]) == free_gib(MACHINE, []) == 20.0


def test_a_node_with_more_than_the_machine_may_use() -> None:
    assert free_gib(MACHINE, [NODE.format(n=0, free=30 << 20)]) == 20.0


def test_this_machine_has_some_or_does_not_tell() -> None:
    free = free_memory()
    assert free is None or free > 0
