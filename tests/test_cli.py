"""The commands: what they hand down, how a test run ends, and that its end is the truth."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import nbformat
import pytest
from attrs import evolve
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook, new_output

from labkit import _bootstrap, cli, exercises
from labkit.cli import _answer, _lab, _run, _stages
from labkit.cli._stages import STAGES, Stage
from labkit.errors import BadAnswer, LabError


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a space in its path; the pytest that runs there starts without plugins."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    root = tmp_path / "a b"
    (root / "tests").mkdir(parents=True)
    return root


def pytest_stage(root: Path, source: str, **more: object) -> Stage:
    (root / "tests" / "test_it.py").write_text(textwrap.dedent(source))
    stage = Stage("unit", "a test", ("-m", "pytest", "-q", "tests"), "tests")
    return evolve(stage, **more)


def command_stage(code: str, **more: object) -> Stage:
    return evolve(Stage("lint", "a command", ("-c", code), "tests"), **more)


class TestStages:
    def test_each_stage_has_a_name_of_its_own(self) -> None:
        """--only picks by name."""
        assert len(set(_stages.NAMES)) == len(STAGES)

    def test_unit_runs_what_no_other_stage_runs(self) -> None:
        """A folder under tests/ belongs to one stage."""
        unit = next(stage for stage in STAGES if stage.name == "unit")
        apart = {word.split("/")[1] for word in unit.command if word.startswith("--ignore=")}
        others = {s.folder.split("/")[1] for s in STAGES if s.folder.startswith("tests/")}
        assert apart == others

    def test_notebooks_are_compared_strictly(self) -> None:
        """One kernel a notebook, a limit for each cell, and no leniency."""
        stage = next(stage for stage in STAGES if stage.name == "notebooks")
        line = " ".join(stage.command)
        assert "--nbval -n 2 --dist loadfile --nbval-cell-timeout=20" in line
        assert "lax" not in line

    def test_sanitising_rules_are_used_when_there_are_any(self, root: Path) -> None:
        """A file of rules that nobody wrote is no error."""
        stage = next(stage for stage in STAGES if stage.name == "notebooks")
        before = stage.command_line("python", root, Path("r.xml"))
        (root / "tests" / "nbval-sanitize.cfg").touch()
        after = stage.command_line("python", root, Path("r.xml"))
        assert after == [*before, "--nbval-sanitize-with=tests/nbval-sanitize.cfg"]

    def test_missing_programs_are_named_with_their_alternatives(self) -> None:
        """One of the alternatives is enough."""
        stage = command_stage("", programs=("no-such|nor-this", "sh|no-such"), packages=("nope",))
        assert stage.missing() == ("no-such or nor-this", "nope")


class TestTruth:
    def end(
        self, capsys: pytest.CaptureFixture[str], root: Path, *stages: Stage, demand: bool = False
    ) -> tuple[int, str]:
        status = _run.run_all(stages, root, demand_all=demand)
        return status, capsys.readouterr().out

    def test_all_passed_is_status_0(self, capsys: pytest.CaptureFixture[str], root: Path) -> None:
        """The table has a line each; the last line sums up."""
        good = pytest_stage(root, "def test_a(): pass\ndef test_b(): pass")
        status, out = self.end(capsys, root, good, command_stage("pass"))
        assert status == 0 and out.endswith("labkit: 3 passed, 0 failed, 0 skipped\n")

    @pytest.mark.parametrize(
        "source",
        [
            "def test_a(): assert 1 == 2",
            "import no_such_module",
            "import os; os._exit(0)",
            "",
            "import pytest\n@pytest.fixture\ndef f():\n    yield\n    1/0\ndef test_a(f): pass",
        ],
        ids=["fails", "cannot be imported", "dies with status 0", "has no test", "fails late"],
    )
    def test_whatever_is_wrong_is_status_1(
        self, source: str, capsys: pytest.CaptureFixture[str], root: Path
    ) -> None:
        """And the later stages still run."""
        status, out = self.end(capsys, root, pytest_stage(root, source), command_stage("pass"))
        assert status == 1 and "labkit: " in out and " 0 failed" not in out.splitlines()[-1]
        assert "lint" in out

    def test_missing_folder_is_an_error(
        self, capsys: pytest.CaptureFixture[str], root: Path
    ) -> None:
        """Tests that are gone have not passed."""
        status, out = self.end(capsys, root, command_stage("pass", folder="tests/gone"))
        assert status == 1 and "tests/gone is not there" in out

    def test_stage_without_its_program_is_left_out_by_name(
        self, capsys: pytest.CaptureFixture[str], root: Path
    ) -> None:
        """Not run, and not red, but said."""
        stage = command_stage("raise SystemExit(1)", programs=("no-such-program",), whole=True)
        status, out = self.end(capsys, root, stage)
        assert status == 0 and "no-such-program is not on this machine" in out
        assert out.endswith("0 passed, 0 failed, 1 skipped\n")

    def test_skipped_tests_are_counted_with_their_reason(
        self, capsys: pytest.CaptureFixture[str], root: Path
    ) -> None:
        """A reason is said once, with how often."""
        source = """
            import pytest
            def test_a(): pass
            @pytest.mark.parametrize("n", [1, 2])
            def test_b(n): pytest.skip("no tshark here")
            def test_c(): pytest.xfail("known")
        """
        status, out = self.end(capsys, root, pytest_stage(root, source))
        assert status == 0 and "2 x no tshark here" in out
        assert out.endswith("labkit: 2 passed, 0 failed, 2 skipped\n")

    @pytest.mark.parametrize("kind", ["skipped test", "missing program", "whole stage"])
    def test_nothing_may_be_left_out_where_all_is_demanded(
        self, kind: str, capsys: pytest.CaptureFixture[str], root: Path
    ) -> None:
        """LABKIT_REQUIRE_TOOLS=1 turns each of them red."""
        stage = {
            "skipped test": pytest_stage(
                root, "import pytest\ndef test_a(): pass\ndef test_b(): pytest.skip('x')"
            ),
            "missing program": command_stage("pass", programs=("no-such-program",)),
            "whole stage": command_stage("pass", programs=("no-such-program",), whole=True),
        }[kind]
        assert self.end(capsys, root, stage)[0] == 0
        status, out = self.end(capsys, root, stage, demand=True)
        assert status == 1 and "REQUIRE_TOOLS" in out and " 0 failed" not in out.splitlines()[-1]

    def test_stage_that_never_ends_is_stopped_and_red(
        self, capsys: pytest.CaptureFixture[str], root: Path
    ) -> None:
        """It gets an interrupt first, so that it can clean up."""
        stage = command_stage("import time; time.sleep(60)", minutes=0.005)
        status, out = self.end(capsys, root, stage)
        assert status == 1 and "not done after 0.005 minutes" in out

    def test_test_sees_nobodys_settings(
        self, capsys: pytest.CaptureFixture[str], root: Path
    ) -> None:
        """Progress, IPython profile and Jupyter settings are scratch folders, gone at the end."""
        code = """
            import os
            names = "LABKIT_HOME IPYTHONDIR JUPYTER_CONFIG_DIR JUPYTER_DATA_DIR".split()
            assert all("labkit-test-" in os.environ[name] for name in names)
        """
        assert self.end(capsys, root, command_stage(textwrap.dedent(code)))[0] == 0

    def test_ctrl_c_ends_the_stage_and_tells_what_was_done(self, root: Path) -> None:
        """Status 130, the table, and no process left behind."""
        code = f"""
            from pathlib import Path
            from labkit.cli import _run
            from labkit.cli._stages import Stage
            child = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(60)"
            done = Stage("lint", "", ("-c", "pass"), "tests")
            stages = [done, Stage("unit", "", ("-c", child), "tests"), done]
            raise SystemExit(_run.run_all(stages, Path({str(root)!r}), demand_all=False))
        """
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)],
            stdout=subprocess.PIPE, text=True, start_new_session=True,
        ) as run:  # fmt: skip
            assert run.stdout
            pid = next(int(line.split()[1]) for line in run.stdout if line.startswith("pid"))
            os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to all of them
            out, _ = run.communicate(timeout=30)
        assert run.returncode == 130 and "stopped" in out
        assert out.endswith("labkit: 1 passed, 0 failed, 0 skipped\n")
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


class TestLab:
    def test_it_is_bound_to_loopback_and_shows_the_notebooks(self) -> None:
        """What the reader adds comes last, and wins. No token is set: Jupyter draws one."""
        line = _lab.command_line(Path("/a b/notebooks"), ["--port", "9999"], is_root=False)
        assert line[:3] == [sys.executable, "-m", "jupyterlab"]
        assert "--ServerApp.ip=127.0.0.1" in line
        assert "--ServerApp.root_dir=/a b/notebooks" in line
        assert line[-2:] == ["--port", "9999"]
        assert not [word for word in line if "token" in word or "root" in word.split("=")[0][:8]]

    def test_root_is_let_in(self) -> None:
        """Jupyter refuses root by itself, which is who one is in a container."""
        assert "--allow-root" in _lab.command_line(Path("/n"), [], is_root=True)

    def test_notebooks_are_trusted_and_a_broken_one_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """As `jupyter trust` does; the broken one stops nothing."""
        monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
        cell = new_code_cell("1", outputs=[new_output("display_data", {"text/html": "<b>1</b>"})])
        good, bad = tmp_path / "good.ipynb", tmp_path / "bad.ipynb"
        nbformat.write(new_notebook(cells=[cell]), good)
        bad.write_text("{")
        assert _lab.trust([bad, good]) == 1
        assert "bad.ipynb is not marked" in capsys.readouterr().err
        notary = NotebookNotary()
        assert notary.check_signature(nbformat.read(good, as_version=4))
        notary.store.close()

    def test_missing_folder_is_one_sentence(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """No traceback."""
        monkeypatch.setattr(cli, "HERE", _bootstrap.Place(tmp_path))
        assert cli.main(["lab"]) == 1
        assert "There is no folder" in capsys.readouterr().err


class TestCommands:
    def test_an_empty_machine_shows_the_same_commands(self) -> None:
        """The list that needs no environment, and the real one."""
        assert set(cli.group.commands) == set(_bootstrap.COMMANDS)

    @pytest.mark.parametrize("name", sorted(_bootstrap.COMMANDS))
    def test_each_command_has_help(self, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        """With its summary."""
        assert cli.main([name, "--help"]) == 0
        assert _bootstrap.COMMANDS[name].split()[0] in capsys.readouterr().out

    def test_unknown_stage_is_named_with_those_there_are(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Status 2, as for any wrong use."""
        assert cli.main(["test", "--only", "lint,unti"]) == 2
        said = capsys.readouterr().err
        assert "no stage unti" in said and "chapters" in said

    def test_only_the_chosen_stages_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """In the table's order; the variable decides whether all is demanded."""
        seen: list[object] = []
        monkeypatch.setattr(
            _run, "run_all", lambda stages, root, demand_all: seen.append((stages, demand_all)) or 0
        )
        for value, demanded in (("1", True), ("0", False), ("", False)):
            monkeypatch.setenv("LABKIT_REQUIRE_TOOLS", value)
            cli.main(["test", "--only", "unit,lint"])
            stages, demand_all = seen.pop()  # type: ignore[misc]
            assert ([stage.name for stage in stages], demand_all) == (["lint", "unit"], demanded)

    def test_what_the_lab_refuses_is_one_sentence(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """With its cure, and status 1."""

        def refuse(_: object) -> None:
            raise LabError("No chapter 99", "There is 02")

        monkeypatch.setattr(exercises, "progress", refuse)
        assert cli.main(["progress", "99"]) == 1
        assert capsys.readouterr().err == "labkit: No chapter 99. There is 02\n"

    def test_a_part_of_the_figures_that_there_is_not_is_named(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Before anything is measured, with those that there are."""
        from labkit.performance import _figures

        def measured() -> None:
            pytest.fail("measured all the same")

        monkeypatch.setattr(_figures, "PARTS", {"echo": measured, "wait": measured})
        assert cli.main(["figures", "echo", "sound"]) == 1
        said = capsys.readouterr()
        assert said == ("", "labkit: There is no part 'sound'. There are echo, wait\n")

    def test_what_the_figures_start_starts_from_nothing(self) -> None:
        """A start-up that finds its modules loaded already measures nothing."""
        loaded = "(m for m in ('twisted', 'crochet', 'labkit.bench') if m in sys.modules)"
        code = f"import sys, labkit.performance._subject; print(*{loaded})"
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        assert said.stdout == b"\n"

    @pytest.mark.parametrize(("problems", "status"), [((), 0), (("c2-x: no hint",), 1)])
    def test_audit_ends_with_its_findings(
        self,
        problems: tuple[str, ...],
        status: int,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Each problem on a line; red when there is one."""
        monkeypatch.setattr(exercises, "audit", lambda **_: exercises.Audit(problems, 40))
        assert cli.main(["audit"]) == status
        assert capsys.readouterr().out.splitlines()[:-1] == list(problems)

    def test_doctor_ends_red_only_for_what_is_needed(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A tool that is good to have is shown, and harms nothing."""
        from labkit import bench
        from labkit.bench._doctor import Report, Row

        for ok, status in ((None, 0), (False, 1)):
            report = Report((Row("tshark", ok, "missing", "apt install tshark"),))
            monkeypatch.setattr(bench, "doctor", lambda report=report: report)
            assert cli.main(["doctor"]) == status
            assert "apt install tshark" in capsys.readouterr().out


class TestAnswer:
    def test_the_last_class_or_function_is_the_answer(self) -> None:
        """Helpers stand above it, constants and calls may follow."""
        source = "import os\ndef helper(): ...\nclass Upper: ...\nPORT = 1\n"
        assert _answer.last_name(source, "upper.py") == "Upper"

    def test_file_without_one_is_refused(self) -> None:
        """With the way out."""
        with pytest.raises(BadAnswer, match="--name"):
            _answer.last_name("x = 1", "upper.py")
