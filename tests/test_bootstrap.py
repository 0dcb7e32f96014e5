"""The start from a bare Python: what is made, what is kept, and what each failure says."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from labkit import _bootstrap
from labkit._bootstrap import HERE, _making, _reasons, _running, environment
from labkit._bootstrap._place import Place, read_stamp
from labkit._bootstrap._shell import Shell
from labkit._bootstrap._trouble import Trouble

PROBE_ANSWER = "3.12.9 pip\n"


class FakeShell(Shell):
    """A world in which programs do what the test says; `ran` is a plain list of commands."""

    def __init__(self, *programs: str) -> None:
        self.programs = programs
        self.ran: list[list[str]] = []
        self.said: list[str] = []
        self.venv: Callable[[Path], tuple[int, str]] = whole_venv
        self.install: Callable[[], tuple[int, str]] = lambda: (0, "")
        self.version = PROBE_ANSWER

    def which(self, program: str) -> str | None:
        return f"/programs/{program}" if program in self.programs else None

    def show(self, command: Sequence[str], folder: Path) -> int:
        self.ran.append(list(command))
        return self.install()[0]

    def ask(self, command: Sequence[str], folder: Path) -> tuple[int, str]:
        if "-c" in command:
            return 0, self.version
        self.ran.append(list(command))
        return self.venv(Path(command[-1])) if "venv" in command else self.install()

    def say(self, text: str) -> None:
        self.said.append(text)

    @property
    def installs(self) -> list[list[str]]:
        return [command for command in self.ran if "install" in command]


def whole_venv(folder: Path) -> tuple[int, str]:
    place = Place(folder.parent)
    place.bin.mkdir(parents=True)
    place.python.touch()
    (folder / "pyvenv.cfg").touch()
    return 0, ""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A checkout in a folder with a space in its name."""
    root = tmp_path / "the check out"
    (root / "labkit").mkdir(parents=True)
    (root / "pyproject.toml").write_text(
        '[project]\nname = "labkit"\ndependencies = ["attrs>=24"]\n'
        '[project.optional-dependencies]\nlab = ["jupyterlab>=4,<5"]\ntest = ["pytest"]\n'
    )
    return Place(root)


def prepared(place: Place, *parts: str) -> None:
    _making.prepare(place, parts or ("lab",), FakeShell())


class TestMaking:
    def test_first_start_makes_the_environment_and_installs_the_parts(self, place: Place) -> None:
        """A virtual environment, the project with its parts, a stamp that says from what."""
        shell = FakeShell()
        _making.prepare(place, ("lab",), shell)
        assert [command[1:3] for command in shell.ran] == [["-m", "venv"], ["-m", "pip"]]
        assert shell.installs[0][-2:] == ["-e", ".[lab]"]
        stamp = read_stamp(place.stamp)
        assert stamp and (stamp.python, stamp.parts) == ("3.12.9", ("lab",))

    def test_uv_is_used_when_it_is_on_path(self, place: Place) -> None:
        """Both steps go through uv, which needs no venv and no ensurepip."""
        shell = FakeShell("uv")
        _making.prepare(place, ("lab",), shell)
        assert [command[0] for command in shell.ran] == ["/programs/uv", "/programs/uv"]

    def test_it_says_what_it_does(self, place: Place) -> None:
        """One sentence a step."""
        shell = FakeShell()
        _making.prepare(place, ("lab",), shell)
        assert [text.split()[0] for text in shell.said] == ["making", "installing"]

    def test_second_start_does_nothing(self, place: Place) -> None:
        """Neither a program nor a word."""
        prepared(place)
        shell = FakeShell()
        _making.prepare(place, ("lab",), shell)
        assert (shell.ran, shell.said) == ([], [])

    def test_changed_list_of_needs_is_installed_into_the_same_environment(
        self, place: Place
    ) -> None:
        """pyproject.toml is part of the stamp; the environment itself stays."""
        prepared(place)
        (place.root / "pyproject.toml").write_text("[project]\n")
        shell = FakeShell()
        _making.prepare(place, ("lab",), shell)
        assert shell.ran == shell.installs != []

    def test_parts_add_up(self, place: Place) -> None:
        """`lab` after `test` installs nothing, and `test` after `lab` keeps lab's parts."""
        prepared(place, "lab")
        shell = FakeShell()
        _making.prepare(place, ("test",), shell)
        assert shell.installs[0][-1] == ".[lab,test]"
        _making.prepare(place, ("lab",), shell)
        assert len(shell.ran) == 1

    def test_another_python_below_the_environment_makes_it_anew(self, place: Place) -> None:
        """After a system upgrade the old packages are in a folder that is not read."""
        prepared(place)
        shell = FakeShell()
        shell.version = "3.13.1 pip\n"
        _making.prepare(place, ("lab",), shell)
        assert "venv" in shell.ran[0]
        stamp = read_stamp(place.stamp)
        assert stamp and stamp.python == "3.13.1"

    def test_moved_checkout_makes_it_anew(self, place: Place) -> None:
        """The environment's programs hold the old path."""
        prepared(place)
        moved = Place(place.root.rename(place.root.with_name("moved")))
        shell = FakeShell()
        _making.prepare(moved, ("lab",), shell)
        assert "venv" in shell.ran[0]

    def test_environment_without_pip_is_of_use_to_uv_alone(self, place: Place) -> None:
        """uv makes environments without pip; without uv such a one is made anew."""
        prepared(place)
        for shell, first in ((FakeShell("uv"), "install"), (FakeShell(), "venv")):
            place.stamp.unlink()
            shell.version = "3.12.9 -\n"
            if first == "venv":
                with pytest.raises(Trouble):
                    _making.prepare(place, ("lab",), shell)
            else:
                _making.prepare(place, ("lab",), shell)
            assert first in shell.ran[0]

    def test_something_else_in_its_place_is_left_alone(self, place: Place) -> None:
        """Never remove what was not made here."""
        (place.venv / "thesis").mkdir(parents=True)
        with pytest.raises(Trouble, match="left alone"):
            prepared(place)
        assert (place.venv / "thesis").is_dir()

    def test_broken_stamp_is_no_stamp(self, place: Place) -> None:
        """A stamp cut short by a full disk means: not finished."""
        prepared(place)
        place.stamp.write_text('{"root": ')
        shell = FakeShell()
        _making.prepare(place, ("lab",), shell)
        assert len(shell.installs) == 1


class TestFailing:
    def fail(self, place: Place, shell: Shell) -> str:
        with pytest.raises(Trouble) as caught:
            _making.prepare(place, ("lab",), shell)
        return str(caught.value).replace("\n", " ")

    def test_missing_ensurepip_leaves_no_half_made_environment(self, place: Place) -> None:
        """Bare Debian: venv fails, and leaves a folder with a python in it."""

        def half(folder: Path) -> tuple[int, str]:
            whole_venv(folder)
            return 1, "The virtual environment was not created because ensurepip is not available."

        shell = FakeShell()
        shell.venv = half
        assert "apt install python3" in self.fail(place, shell)
        assert not place.venv.exists()

    def test_interrupt_while_making_leaves_no_half_made_environment(self, place: Place) -> None:
        """Ctrl-C at any moment; the next start begins clean."""

        def interrupted(folder: Path) -> tuple[int, str]:
            whole_venv(folder)
            raise KeyboardInterrupt

        shell = FakeShell()
        shell.venv = interrupted
        with pytest.raises(KeyboardInterrupt):
            _making.prepare(place, ("lab",), shell)
        assert not place.venv.exists()

    def test_killed_while_making_is_made_anew(self, place: Place) -> None:
        """Power went: the folder is there, its python does not run."""
        (place.venv / "bin").mkdir(parents=True)
        shell = FakeShell()
        _making.prepare(place, ("lab",), shell)
        assert "venv" in shell.ran[0] and place.stamp.exists()

    def test_failed_installation_goes_on_at_the_next_start(self, place: Place) -> None:
        """The environment stays, no stamp is written, and only the second step is done again."""
        shell = FakeShell()
        shell.install = lambda: (1, "Temporary failure in name resolution")
        assert "network" in self.fail(place, shell)
        assert place.python.exists() and not place.stamp.exists()
        again = FakeShell()
        _making.prepare(place, ("lab",), again)
        assert again.ran == again.installs and place.stamp.exists()

    def test_one_failure_of_the_index_is_forgiven(self, place: Place) -> None:
        """The second, quiet try may work; then nothing failed."""
        ends = iter([(1, "ReadTimeout"), (0, "")])
        shell = FakeShell()
        shell.install = lambda: next(ends)
        _making.prepare(place, ("lab",), shell)
        assert place.stamp.exists()

    @pytest.mark.parametrize(
        ("printed", "said"),
        [
            ("[Errno 28] No space left on device", "is full"),
            ("failed to copy file (os error 28)", "is full"),
            ("[Errno 13] Permission denied: '/x'", "cannot be written"),
            ("error: Failed to fetch; dns error", "index could not be reached"),
            ("NewConnectionError: Failed to establish a new connection", "could not be reached"),
            ("No module named venv", "python3-venv|python3"),
            ("error: metadata-generation-failed", 'said last: "error: metadata-generation-failed"'),
            ("", "It said nothing"),
        ],
    )
    def test_what_a_tool_printed_becomes_a_cause(self, printed: str, said: str) -> None:
        """The causes that a person can cure are told apart."""
        text = str(_reasons.from_output("Installing", printed, Path("/c"))).replace("\n", " ")
        assert any(part in text for part in said.split("|"))

    @pytest.mark.parametrize(
        "trouble",
        [
            _reasons.no_venv(),
            _reasons.no_network(),
            _reasons.read_only(Path("/a b")),
            _reasons.disk_full(Path("/a b")),
            _reasons.old_python("3.8.1", None),
            _reasons.bad_path(Path("/a:b")),
            _reasons.not_ours(Path("/a b")),
        ],
        ids=lambda trouble: " ".join(trouble.what.split()[:3]),
    )
    def test_each_message_is_one_paragraph_that_ends_with_the_cure(self, trouble: Trouble) -> None:
        """No blank line, no traceback, at most six lines, and the cure comes last."""
        text = str(trouble)
        assert "\n\n" not in text and text.count("\n") <= 6
        assert text.replace("\n", " ").endswith(trouble.cure)

    def test_colon_in_the_path_is_refused_by_name(self, tmp_path: Path, place: Place) -> None:
        """venv would refuse it with a message about PATH."""
        root = place.root.rename(tmp_path / "a:b")
        assert "colon" in self.fail(Place(root), FakeShell())

    def test_folder_that_refuses_a_file_is_called_read_only(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Found out before any tool is started."""

        def refuse(**_: object) -> None:
            raise OSError(30, "Read-only file system")

        monkeypatch.setattr(_making.tempfile, "TemporaryFile", refuse)
        shell = FakeShell()
        assert "cannot be written to" in self.fail(place, shell)
        assert shell.ran == []


class TestRunning:
    def test_complete_environment_serves(self) -> None:
        """The interpreter of this very run has labkit from this checkout and all its parts."""
        found = _running.look(HERE, ("lab", "test"))
        assert found.serves, found.missing

    def test_labkit_of_another_checkout_does_not_serve(self, place: Place) -> None:
        """Kernels would run the other checkout's code."""
        assert "labkit" in _running.look(place, ("lab",)).missing

    def test_missing_part_is_named(self, place: Place) -> None:
        """Names are compared in their canonical form."""
        (place.root / "pyproject.toml").write_text(
            "[project]\ndependencies = [\"Cattrs[x]>=1; python_version>'3'\"]\n"
            '[project.optional-dependencies]\nlab = ["No_Such.Thing ~= 1"]\n'
        )
        assert _running.requirements(place, ("lab",)) == ("cattrs", "no-such-thing")
        assert "no-such-thing" in _running.look(place, ("lab",)).missing

    def start(
        self, place: Place, missing: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> tuple[list[str], FakeShell]:
        """Start `lab` in a conda environment that lacks the named packages; what happened."""
        happened: list[str] = []
        conda = _running.Running("conda environment", Path("/conda/envs/labkit"), missing)
        monkeypatch.setattr(_running, "look", lambda *_: conda)
        monkeypatch.setattr(_bootstrap, "_run_here", lambda argv: happened.append("here") or 0)
        monkeypatch.setattr(_bootstrap, "_go", lambda argv, _: happened.append("venv") or 0)
        shell = FakeShell()
        _bootstrap._start(["lab"], place, shell)
        return happened, shell

    def test_conda_environment_made_for_it_is_used_and_nothing_installed(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The command runs right here, and says so."""
        happened, shell = self.start(place, (), monkeypatch)
        assert (happened, shell.ran) == (["here"], [])
        assert "nothing is installed" in shell.said[0]

    def test_conda_environment_made_for_other_things_is_left_alone(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its own environment is made beside the checkout, with a word why."""
        happened, shell = self.start(place, ("labkit", "jupyterlab"), monkeypatch)
        assert happened == ["venv"] and place.stamp.exists()
        assert "lacks labkit, jupyterlab" in shell.said[0]


class TestForReal:
    def run(
        self, *command: str, cwd: Path = HERE.root, **env: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, timeout=60
        )

    @pytest.mark.parametrize(
        "path",
        [
            *sorted((HERE.root / "labkit" / "_bootstrap").glob("*.py")),
            HERE.root / "labkit" / "__init__.py",
            HERE.root / "labkit" / "__main__.py",
        ],
        ids=lambda path: path.name,
    )
    def test_old_python_can_read_the_start(self, path: Path) -> None:
        """Otherwise an old Python answers with a SyntaxError."""
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))

    def test_old_python_is_told_to_go(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """One paragraph, with a newer Python on this machine if there is one."""
        monkeypatch.setattr(_bootstrap.sys, "version_info", (3, 8, 18))
        with pytest.raises(Trouble, match=r"Python 3\.8\.18"):
            _bootstrap._demand_python(FakeShell())

        class Newer(FakeShell):
            def ask(self, command: Sequence[str], folder: Path) -> tuple[int, str]:
                return (0, "") if command[0] == "python3.12" else (127, "a shim for nothing")

        with pytest.raises(Trouble, match=r"run python3\.12 -m labkit"):
            _bootstrap._demand_python(Newer("python3.13", "python3.12"))

    def test_importing_the_start_needs_the_standard_library_alone(self) -> None:
        """-S hides every installed package; a question is answered without an environment."""
        code = (
            "import sys; sys.argv = ['labkit'];"
            "from labkit import _bootstrap as b; from labkit._bootstrap import _running;"
            "raise SystemExit(b._tell_commands([]))"
        )
        done = self.run(sys.executable, "-S", "-c", code)
        assert done.returncode == 0, done.stderr
        assert "lab       Open JupyterLab" in done.stdout

    def checkout(self, root: Path) -> Path:
        shutil.copytree(
            HERE.root / "labkit", root / "labkit", ignore=shutil.ignore_patterns("__pycache__")
        )
        shutil.copy(HERE.root / "pyproject.toml", root)
        return root

    def bare(self) -> str:
        """The interpreter below the environment of this run: it has nothing of ours."""
        return str(getattr(sys, "_base_executable", sys.executable))

    def test_failing_uv_ends_with_its_words_and_status_1(self, tmp_path: Path) -> None:
        """The whole way, in a path with spaces, with a uv on PATH that cannot."""
        root = self.checkout(tmp_path / "a b")
        programs = tmp_path / "programs"
        programs.mkdir()
        script = "#!/bin/sh\necho 'error: No space left on device' >&2\nexit 2\n"
        (programs / "uv").write_text(script)
        (programs / "uv").chmod(0o755)
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        done = self.run(self.bare(), "-m", "labkit", "lab", cwd=root, PATH=path)
        assert done.returncode == 1
        assert "is full" in done.stderr.replace("\n", " ") and "Traceback" not in done.stderr
        assert not (root / ".venv").exists()

    def test_read_only_checkout_is_one_paragraph(self, tmp_path: Path) -> None:
        """A folder that the system itself will not let be written."""
        root = self.checkout(tmp_path / "ro")
        command = [self.bare(), "-B", "-m", "labkit", "lab"]
        if os.geteuid() == 0:
            # Root may write anywhere but on a read-only mount.
            mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0"'
            command = ["unshare", "-m", "sh", "-c", f'{mount} && exec "$@"', str(root), *command]
        else:
            root.chmod(0o555)
        done = self.run(*command, cwd=root)
        root.chmod(0o755)
        if "unshare" in done.stderr or "mount:" in done.stderr:
            pytest.skip("root may not make a read-only mount here")
        assert done.returncode == 1
        assert "cannot be written to" in done.stderr.replace("\n", " ")
        assert "Traceback" not in done.stderr

    def test_unknown_command_on_an_empty_machine_installs_nothing(self, tmp_path: Path) -> None:
        """A slip of the pen does not cost 500 MB."""
        root = self.checkout(tmp_path / "c")
        done = self.run(self.bare(), "-m", "labkit", "lob", cwd=root)
        assert done.returncode == 2 and "no command 'lob'" in done.stderr
        assert not (root / ".venv").exists()

    @pytest.mark.slow
    def test_interrupted_installation_is_continued_with_the_real_tools(
        self, tmp_path: Path
    ) -> None:
        """A real environment, without the packages, is completed and stamped."""
        root = self.checkout(tmp_path / "a b")
        (root / "LICENSE").touch()
        lines = (root / "pyproject.toml").read_text().splitlines()
        # No more than the command line needs: the rest is the package index's work.
        keep = ("attrs", "click", "rich", "twisted", "pip")
        small = [
            line for line in lines if not line.startswith('    "') or any(k in line for k in keep)
        ]
        (root / "pyproject.toml").write_text("\n".join(small))
        place = Place(root)
        subprocess.run([self.bare(), "-m", "venv", place.venv], check=True, timeout=60)
        done = subprocess.run(
            [self.bare(), "-m", "labkit", "lab", "--help"],
            cwd=root, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "Usage: labkit lab" in done.stdout
        assert json.loads(place.stamp.read_text())["parts"] == ["lab"]


def test_programs_of_the_environment_come_first(place: Place) -> None:
    """A cell's !command and a kernel find the environment's own."""
    variables = environment(place)
    assert variables["PATH"].split(os.pathsep)[0] == str(place.bin)
    assert variables["VIRTUAL_ENV"] == str(place.venv)


def test_tests_need_more_than_the_lab() -> None:
    """The test command's parts include the lab's."""
    assert set(_bootstrap.parts_of("lab")) < set(_bootstrap.parts_of("test"))
