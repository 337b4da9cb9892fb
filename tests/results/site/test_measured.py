"""What the analyses say of each run, and of a model's runs together."""

from __future__ import annotations

from pathlib import Path

from mmeval.records import Column, Fact, Report
from mmeval.results.judged import load_judged
from mmeval.results.site.measured import measure_all, merged
from tests.builders.made_runs import Made, make_run
from tests.builders.measured_folders import both_directions


def test_every_run_has_its_analyses_and_linked_runs_have_theirs_together(tmp_path: Path) -> None:
    both_directions(tmp_path, "m", ("RRW", "RWW"))
    make_run(tmp_path / "other", Made(letters="RW", model="n"))
    runs = [load_judged(path) for path in sorted(tmp_path.iterdir())]
    told: list[str] = []
    found = measure_all(runs, told.append)
    assert told == ["measuring m-backward", "measuring m-forward", "measuring other"]
    assert len(found.single) == 3
    names = [[report.analysis for _, report in each] for each in found.single]
    assert all("accuracy" in each for each in names)
    assert all("reversal_gap" not in each for each in names), "it is about two runs"
    assert [report.analysis for _, report in found.joint] == ["reversal_gap"]
    ((_, gap),) = found.joint
    assert {row[0] for row in gap.rows} == {"m"}
    assert len(gap.sources) == 2


def test_analyses_of_several_answers_are_asked_where_there_are_some(tmp_path: Path) -> None:
    make_run(tmp_path / "a", Made(letters="RWRW"))
    make_run(tmp_path / "b", Made(letters="RWRW", samples=2))
    one, several = (
        {report.analysis for _, report in each}
        for each in measure_all(
            [load_judged(tmp_path / name) for name in "ab"], lambda line: None
        ).single
    )
    assert one < several and "pass_at_k" in several


def test_reports_of_several_models_are_one_after_the_other() -> None:
    fact = Fact(model="p", benchmark="b", value=0.5, source="X")
    columns = (Column(name="model"),)
    reports = [
        Report(
            analysis="a",
            columns=columns,
            rows=((name,),),
            summary=f"{name}.",
            notes=("same", name),
            published=(fact,),
            sources=("s", name),
        )
        for name in "xy"
    ]
    assert merged(reports) == Report(
        analysis="a",
        columns=columns,
        rows=(("x",), ("y",)),
        summary="x. y.",
        notes=("same", "x", "y"),
        published=(fact,),
        sources=("s", "x", "y"),
    )
