"""Which requests vLLM may have: prompts that wait never fill more than a step."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mmeval.engines.vllm.admission import Admission, admission_for


def test_without_seeds_or_with_a_gpu_everything_may_wait() -> None:
    for on_cpu, seeded in ((True, False), (False, True), (False, False)):
        admission = admission_for(on_cpu, seeded, batched_tokens=100, at_once=8)
        admission.add("a", 10**9)
        assert admission.now(10**9) and not admission.never(10**9) and not admission.watched


def test_prompts_wait_for_room_and_long_ones_for_ever() -> None:
    admission = admission_for(True, True, batched_tokens=100, at_once=8)
    assert admission.never(93) and not admission.never(92)
    admission.add("a", 60)
    assert not admission.now(33) and admission.now(32)
    admission.add("b", 32)
    admission.started("a")
    admission.started("a")  # each step tells it again
    assert admission.now(60) and not admission.now(61)


@settings(deadline=None)
@given(st.lists(st.integers(1, 92), max_size=60), st.randoms(use_true_random=False))
def test_what_waits_never_exceeds_the_room_and_all_are_admitted(
    prompts: list[int], random: object
) -> None:
    admission, waiting = Admission(room=92), dict(enumerate(prompts))
    handed: dict[int, int] = {}
    while waiting or handed:
        while waiting and admission.now(waiting[min(waiting)]):
            name = min(waiting)
            handed[name] = waiting.pop(name)
            admission.add(str(name), handed[name])
        assert 0 < sum(handed.values()) <= 92
        done = random.choice(sorted(handed))  # type: ignore[attr-defined]
        del handed[done]
        admission.started(str(done))
