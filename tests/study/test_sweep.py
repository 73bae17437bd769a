"""Many cases: how they are written, that none is lost, that order and place do not matter."""

from __future__ import annotations

import io
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import layout
from layout.errors import FileProblem, InputError
from layout.model import read_model
from layout.model.reading import gather
from layout.study.runs.cases import Case, check_cases, grid, joined, listed, normal
from layout.study.runs.runner import Options, Question, run_cases
from layout.study.runs.solving import Answers, Job, Told, base_of
from layout.study.runs.store import Part
from layout.study.runs.sweep import CLOCKED, cases_of
from tests.cli.towns import Runner, command_line, towns
from tests.clusters import Processes, cluster_of

ROOT = Path(__file__).resolve().parents[2]
PRICE = "power[province=520000].price_cny_per_kwh"
VARY = ("economy.discount_rate=0.05:0.09:2", "demand[zone=520000]*0.5,1,1.5")
UNCHECKED = Options(check=False)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return towns(tmp_path_factory.mktemp("models") / "towns")


@pytest.fixture(scope="module")
def alone(model: Path, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The answers of one process that nothing disturbed."""
    folder = tmp_path_factory.mktemp("alone") / "study"
    return told(run_cases(folder, Question(model), grid(VARY), options=UNCHECKED).table)


def told(table: pd.DataFrame) -> pd.DataFrame:
    """What a run says of the cases, without its clocks."""
    return table.drop(columns=[name for name in (*CLOCKED, "verified") if name in table])


# --- how cases are written ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("power.price_cny_per_kwh[province=520000]=0.3", f"{PRICE}=0.3"),
        (f"{PRICE}=0.3", f"{PRICE}=0.3"),
        ("demand[workload=task]*1.2", "demand[workload=task].demand_eflops=*1.2"),
        ("demand*1.2", "demand.demand_eflops=*1.2"),
        (f"{PRICE}*1.2", f"{PRICE}=*1.2"),
        (f"{PRICE}*=1.2", f"{PRICE}=*1.2"),
        ("targets.total-2.value=3", "targets.total-2.value=3"),
        ("mode=local", "mode=local"),
    ],
)
def test_every_spelling_of_a_path_is_that_of_set(words: str, found: str) -> None:
    assert normal(words) == found


def test_a_grid_is_every_combination_and_a_range_holds_both_ends() -> None:
    cases = grid(["economy.discount_rate=0.04:0.1:3", "demand*0.8,1.2"])
    assert [case.number for case in cases] == list(range(1, 7))
    rates = [case.varied["economy.discount_rate"] for case in cases]
    assert rates == ["0.04", "0.04", "0.07", "0.07", "0.1", "0.1"]
    assert cases[1].sets == ("economy.discount_rate=0.04", "demand.demand_eflops=*1.2")
    assert [case.sets for case in joined(grid(["a=1,2"]), grid(["b=3"]))] == [
        ("a=1", "b=3"),
        ("a=2", "b=3"),
    ]


def test_every_wrong_text_of_vary_is_reported_at_once() -> None:
    wrong = ["=1", "economy.discount_rate", "a=1,,2", "b=2,2", "c=1:1:3", "d=1:2:1.5", "e=1", "e=2"]
    with pytest.raises(InputError) as found:
        grid(wrong)
    codes = [problem.code for problem in found.value.problems]
    syntax, values, between = ["vary_syntax"] * 2, ["vary_values"] * 2, ["vary_range"] * 2
    assert codes == [*syntax, *values, *between, "vary_twice"]
    with pytest.raises(InputError) as found:
        grid(["a=1:2:1000", "b=1:2:1000"])
    assert [problem.code for problem in found.value.problems] == ["cases_many"]


def test_a_file_of_cases_leaves_empty_cells_to_the_model(tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    file.write_text(f'economy.discount_rate,"{PRICE}",demand*\n0.05,,1.2\n,0.3,\n', "utf-8")
    first, second = listed(file)
    assert first.sets == ("economy.discount_rate=0.05", "demand.demand_eflops=*1.2")
    assert second.sets == (f"{PRICE}=0.3",)
    assert list(first.varied) == list(second.varied)
    file.write_text("economy.discount_rate\n", "utf-8")
    with pytest.raises(InputError):
        listed(file)
    with pytest.raises(FileProblem):
        listed(tmp_path / "none.csv")


def test_no_path_is_given_twice(tmp_path: Path) -> None:
    """Else one value would hold, or none be told, where the table of results shows the other."""
    file = tmp_path / "cases.csv"
    file.write_text("demand*,demand.demand_eflops\n1.2,\n", "utf-8")
    with pytest.raises(InputError) as refused:
        listed(file)
    assert [problem.code for problem in refused.value.problems] == ["vary_twice"]
    file.write_text("demand*,economy.discount_rate\n1.2,\n", "utf-8")
    with pytest.raises(InputError):
        cases_of(["economy.discount_rate=0.05,0.06"], file)
    assert len(cases_of(["economy.carbon_price_cny_per_t=1,2"], file)) == 2


def test_paths_and_values_are_checked_before_anything_is_written(
    run: Runner, model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "study"
    wrong = ["economy.discount_ratee=0.05,0.06", "power[province=1].price_cny_per_kwh=1",
             "economy.discount_rate=-1,0.05"]  # fmt: skip
    flags = [part for words in wrong for part in ("--vary", words)]
    for lang, words in (("en", "discount_ratee"), ("zh", "不存在的键")):
        found = run("sweep", model, *flags, "-o", folder, lang=lang)
        assert found.code == 3
        assert words in found.err
        assert found.err.count("discount_ratee=") == 1
        assert "province=1" in found.err
        assert "discount_rate=-1" in found.err
    assert not folder.exists()
    assert run("sweep", model, "-o", folder).code == 2
    both = ("--workers", 2, "--scheduler", "tcp://x:1")
    assert run("sweep", model, "--vary", "mode=local", *both).code == 2


# --- the model in memory --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sets",
    [
        (),
        ("economy.discount_rate=0.05",),
        ("zones[zone=440000].region=west",),  # sites take their region from their zone
        ("sites[hub=GD].max_it_mw=*0.5", "sites.cost_factor=1.1"),
        ("demand.demand_eflops=*1.1", "demand[workload=inference].demand_eflops=*2"),
        ("features.network=true",),
        ("mode=local", "economy.discount_rate=*1.5"),
        ("economy.discount_rate=none", "nosuch=1"),
        ("power.price_cny_per_kwh=-3",),
    ],
)
def test_a_model_changed_in_memory_is_the_model_read_again(sets: tuple[str, ...]) -> None:
    base = kept_base("province-guangdong")
    try:
        again = read_model("province-guangdong", sets=sets)
    except InputError as error:
        assert base.examine(sets) == (None, list(error.problems))
        return
    found = base.model(sets)
    assert found == again
    assert (found.problems, found.inferred) == (again.problems, again.inferred)
    assert found.inputs == again.inputs
    assert base.model() == read_model("province-guangdong")  # nothing of it is left


_BASES: dict[str, Any] = {}


def kept_base(name: str) -> Any:
    if name not in _BASES:
        _BASES[name] = gather(name)[0]
    return _BASES[name]


def test_settings_of_scenarios_come_before_those_of_cases(model: Path) -> None:
    base = base_of(model, (), ("rich",))
    sets = ("demand[zone=520000].demand_eflops=*3",)
    assert base.model(sets) == read_model(model, sets=sets, scenarios=("rich",))


# --- the same answers, whoever gives them ---------------------------------------------------------


def test_an_answer_does_not_depend_on_those_before(model: Path) -> None:
    job = Job(base_of(model, (), ()), (), {}, check=False).started()
    cases = grid(["demand[zone=520000]*0.5,1.5", "targets.total-2.value=2,2.9"])
    one, other = Answers(job), Answers(job)
    forth = {case.number: rows(one.part(case)) for case in cases}
    back = {case.number: rows(other.part(case)) for case in reversed(cases)}
    for number, table in forth.items():
        pd.testing.assert_frame_equal(table, back[number], check_exact=True)


def rows(part: Part) -> pd.DataFrame:
    return told(pd.read_parquet(io.BytesIO(part.case)))


def test_every_answer_is_that_of_a_solve_of_its_own(
    model: Path, alone: pd.DataFrame, tmp_path: Path
) -> None:
    cases = grid(VARY)[:2]
    checked = run_cases(tmp_path / "s", Question(model), cases).table
    pd.testing.assert_frame_equal(told(checked), alone.iloc[:2], check_exact=True)
    for row, case in zip(checked.to_dict("records"), cases, strict=True):
        plan = layout.solve(model, sets=case.sets, counterfactual=False)
        assert row["status"] == plan.status == "optimal"
        assert row["objective_mcny"] == pytest.approx(plan.record["objective_mcny"], rel=1e-9)
        assert row["verified"]
        assert row["kpi_new_it_mw"] == pytest.approx(plan.record["kpis"]["new_it_mw"]["value"])
        assert row["target_total-2"] == pytest.approx(plan["targets"]["achieved"].iloc[1])


@pytest.mark.deep
def test_two_processes_find_what_one_finds(
    model: Path, alone: pd.DataFrame, tmp_path: Path
) -> None:
    found = run_cases(tmp_path / "two", Question(model), grid(VARY), workers=2, options=UNCHECKED)
    pd.testing.assert_frame_equal(told(found.table), alone, check_exact=True)


@pytest.fixture
def cluster() -> Iterator[tuple[str, Processes]]:
    """A scheduler and two workers."""
    with cluster_of(2) as started:
        yield started


def test_a_cluster_loses_a_worker_but_no_case(
    model: Path,
    alone: pd.DataFrame,
    cluster: tuple[str, Processes],
    tmp_path: Path,
) -> None:
    address, processes = cluster
    seen: list[int] = []

    def watch(standing: Any) -> None:
        seen.append(standing.workers)
        if standing.done >= 2 and standing.workers == 2 and processes[1].poll() is None:
            processes[1].send_signal(signal.SIGKILL)

    study = tmp_path / "study"
    question, cases = Question(model), grid(VARY)
    found = run_cases(study, question, cases, scheduler=address, progress=watch, options=UNCHECKED)
    pd.testing.assert_frame_equal(told(found.table), alone, check_exact=True)
    assert max(seen) >= 1


def test_a_scheduler_that_is_not_there_is_an_input_error(
    run: Runner, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layout.study.runs.cluster.CONNECT_S", 1)
    found = run("sweep", model, "--vary", "mode=local,cross", "-o", tmp_path / "s",
                "--scheduler", "tcp://127.0.0.1:1")  # fmt: skip
    assert found.code == 3
    assert "dask scheduler" in found.err


# --- nothing is lost ------------------------------------------------------------------------------


def test_a_killed_study_goes_on_where_it_stopped(
    model: Path, alone: pd.DataFrame, tmp_path: Path
) -> None:
    folder = tmp_path / "study"
    flags = [part for words in VARY for part in ("--vary", words)]
    parts = folder / "results" / "cases"
    line = command_line("sweep", model, *flags, "-o", folder, "--quiet")
    for least in (1, 2):
        process = subprocess.Popen(line, cwd=ROOT)
        while len(list(parts.glob("0*.parquet"))) < least and process.poll() is None:
            time.sleep(0.01)
        process.kill()
        process.wait()
    kept = {file.name: file.read_bytes() for file in parts.glob("0*.parquet")}
    assert 2 <= len(kept) < 6
    (parts / ".000006.parquet.part").write_bytes(b"torn")
    solved: list[int] = []
    found = run_cases(folder, Question(model), grid(VARY), progress=lambda s: solved.append(s.done))
    assert solved == list(range(len(kept), 7))
    pd.testing.assert_frame_equal(told(found.table), alone, check_exact=True)
    before = pd.concat([pd.read_parquet(io.BytesIO(data)) for data in kept.values()])
    seconds = found.table.set_index("case")["seconds"]
    assert (before.set_index("case")["seconds"] == seconds.loc[before["case"]]).all()
    assert sorted(path.name for path in (folder / "results").iterdir()) == [
        ".lock", "cases.parquet", "decisions.parquet", "manifest.json",
    ]  # fmt: skip


def test_another_question_is_refused_and_the_same_costs_nothing(
    run: Runner, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "study"
    line = ("sweep", model, "--vary", "economy.discount_rate=0.05", "-o", folder)
    first = run(*line)
    assert first.code == 0
    files = {name: (folder / name).read_bytes() for name in ("results.csv", "study.json")}
    with monkeypatch.context() as patch:
        patch.setattr(Answers, "part", lambda *_: pytest.fail("solved again"))
        again = run(*line, "--overwrite")
        taken = "Taken over from an earlier run: 1\n"
        assert taken in again.out and again.out.replace(taken, "") == first.out
        assert again.code == 0
        for lang, words in (("en", "another question"), ("zh", "另一项研究")):
            other = run(*line, "--gap", "0.1", lang=lang)
            assert other.code == 3
            assert words in other.err
    assert files == {name: (folder / name).read_bytes() for name in files}
    assert run(*line, "--gap", "0.1", "--overwrite").code == 0
    (folder / "note.txt").write_text("mine", "utf-8")
    stranger = tmp_path / "mine"
    stranger.mkdir()
    (stranger / "note.txt").write_text("mine", "utf-8")
    assert run(*line[:-1], stranger, "--overwrite").code == 3
    assert (stranger / "note.txt").read_text("utf-8") == "mine"


def test_two_runs_do_not_write_the_same_study(model: Path, tmp_path: Path) -> None:
    def beside(standing: Any) -> None:
        with pytest.raises(FileProblem, match="another run"):
            run_cases(tmp_path / "s", Question(model), cases)

    cases = grid(VARY[:1])[:1]
    run_cases(tmp_path / "s", Question(model), cases, progress=beside)


def test_a_case_that_fails_is_recorded_with_its_reason(
    run: Runner, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tries = Answers.part, []

    def part(self: Answers, case: Case, attempt: int = 1) -> Part:
        if case.number == 2:
            tries.append(attempt)
            raise RuntimeError("no luck")
        return real(self, case, attempt)

    monkeypatch.setattr(Answers, "part", part)
    folder = tmp_path / "s"
    found = run("sweep", model, "--vary", "workloads[workload=task].kind=general,none,nosuch",
                "-o", folder)  # fmt: skip
    assert found.code == 0
    table = pd.read_csv(folder / "results.csv")
    assert list(table["status"]) == ["optimal", "failed", "failed"]
    assert tries == [1, 2, 3]
    assert table["reason"][1] == "RuntimeError: no luck"
    assert "nosuch" in table["reason"][2]
    assert "no luck" in found.out
    assert pd.read_csv(folder / "effects.csv")["failed"].sum() == 2


def test_infeasible_cases_are_answers(run: Runner, model: Path, tmp_path: Path) -> None:
    for lang, words in (("en", "infeasible"), ("zh", "不可行")):
        found = run("sweep", model, "--vary", "demand*1,99", "-o", tmp_path / "s", lang=lang)
        assert found.code == 0
        assert words in found.out
    assert "其中沿用此前运行的结果：2 个" in found.out
    effects = pd.read_csv(tmp_path / "s" / "effects.csv")
    assert list(effects["infeasible"]) == [0, 1]
    sites = pd.read_csv(tmp_path / "s" / "sites.csv")
    assert list(sites["cases_planned"].unique()) == [1]
    west = sites[sites["site"] == "W"].iloc[0]
    assert west["added_mean_eflops"] == pytest.approx(2)


def test_ctrl_c_keeps_what_is_done(model: Path, tmp_path: Path) -> None:
    def stop(standing: Any) -> None:
        if standing.done == 2:
            raise KeyboardInterrupt

    question = Question(model)
    with pytest.raises(KeyboardInterrupt):
        run_cases(tmp_path / "s", question, grid(VARY), progress=stop, options=UNCHECKED)
    seen: list[int] = []
    listener = lambda standing: seen.append(standing.done)  # noqa: E731
    run_cases(tmp_path / "s", question, grid(VARY), progress=listener, options=UNCHECKED)
    assert seen[0] == 2


def test_what_kills_its_worker_is_told_from_what_ran_beside_it() -> None:
    from layout.study.runs.cluster import Dispatch

    cases = [Case(number, ()) for number in range(1, 6)]
    client = DeadlyClient(deadly=2)
    dispatch = Dispatch(client, "study", cases, Silent())  # type: ignore[arg-type]
    parts = list(dispatch.run())
    assert sorted(part.number for part in parts) == [1, 2, 3, 4, 5]
    lost = [part.number for part in parts if b"worker died" in part.case]
    assert lost == [2]
    assert client.asked[2] == [1, 2, 3]


class Silent:
    """A listener that hears nothing."""

    failed = 0
    workers = 1

    def tell(self) -> None:
        """Nothing."""


class DeadlyClient:
    """Two workers at first; a worker that meets the deadly case takes with it what runs beside."""

    def __init__(self, deadly: int) -> None:
        self.deadly = deadly
        self.asked: dict[int, list[int]] = {}
        self.beside: list[Ready] = []

    def nthreads(self) -> dict[str, int]:
        return {"a": 1, "b": 1}

    def cancel(self, futures: list[Any]) -> None:
        pass

    def submit(self, _: Any, study: str, case: Case, attempt: int, **__: Any) -> Ready:
        self.asked.setdefault(case.number, []).append(attempt)
        future = Ready(case.number, self.deadly)
        self.beside = [one for one in self.beside if not one.taken] + [future]
        if any(one.number == self.deadly for one in self.beside):
            for one in self.beside:
                one.killed = True
        return future


class Ready:
    """A future that is there at once."""

    status = "finished"

    def __init__(self, number: int, deadly: int) -> None:
        self.number, self.killed, self.taken = number, number == deadly, False

    def add_done_callback(self, tell: Any) -> None:
        tell(self)

    def exception(self) -> Exception | None:
        from distributed import KilledWorker

        self.taken = True
        return KilledWorker("task", None, 0) if self.killed else None

    def result(self) -> Told:
        return Told(Part(self.number, b"whole", b""))

    def release(self) -> None:
        pass


def test_the_functions_of_python_and_their_tables(model: Path, tmp_path: Path) -> None:
    study = layout.sweep(model, ["economy.discount_rate=0.05,0.09"], output=tmp_path / "s")
    assert list(study["results"]["economy.discount_rate"]) == [0.05, 0.09]
    assert list(study["effects"]["value"]) == ["0.05", "0.09"]
    assert study.results is not None
    assert list(study.decisions.columns) == [
        "case", "site", "kind", "year", "compute_eflops", "added_eflops", "it_mw",
    ]  # fmt: skip
    assert study.record["status"] == "complete"
    with pytest.raises(InputError):
        layout.sweep(model, output=tmp_path / "t")
    with pytest.raises(InputError):
        check_cases(base_of(model, (), ()), [Case(1, ("nosuch=1",))])
    assert Options(gap=0.1).limits == {"gap": 0.1, "time_limit_s": None, "seed": None}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    """Runs a command line in this process."""
    return Runner(capsys)
