"""environment.yml wraps pyproject.toml: one list, two doors."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from labkit._bootstrap import HERE


@pytest.fixture(scope="module")
def wrapper() -> dict[str, Any]:
    return dict(yaml.safe_load((HERE.root / "environment.yml").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    listed = tomllib.loads((HERE.root / "pyproject.toml").read_text(encoding="utf-8"))
    return dict(listed["project"])


def test_it_names_python_pip_and_the_project_and_no_package_more(wrapper: dict[str, Any]) -> None:
    """A second list would drift from the first."""
    python, pip, nested = wrapper["dependencies"]
    assert (python.split("=")[0], pip) == ("python", "pip")
    assert nested == {"pip": ["-e .[lab]"]}


def test_python_is_one_exact_minor_that_the_project_allows(
    wrapper: dict[str, Any], project: dict[str, Any]
) -> None:
    """Binder reads no range and falls back to an old Python."""
    name, minor = wrapper["dependencies"][0].split("=")
    assert (name, minor.count(".")) == ("python", 1)
    assert SpecifierSet(project["requires-python"]).contains(f"{minor}.0")


def test_it_asks_for_a_part_that_exists(project: dict[str, Any]) -> None:
    """The extra is the one that the lab command installs."""
    assert "lab" in project["optional-dependencies"]


def test_the_environment_bears_the_projects_name(
    wrapper: dict[str, Any], project: dict[str, Any]
) -> None:
    """`conda activate labkit` is what the README says."""
    assert wrapper["name"] == project["name"]
    assert wrapper["channels"] == ["conda-forge"]


def test_no_folder_hides_it_from_binder() -> None:
    """A binder folder, even an empty one, makes repo2docker look nowhere else."""
    hiding = ("binder", ".binder", "runtime.txt", "requirements.txt")
    assert not [name for name in hiding if (HERE.root / name).exists()]


def test_every_requirement_is_a_range(project: dict[str, Any]) -> None:
    """A lower bound that is tested; pip alone goes with whatever is there."""
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for part in extras for line in part)]
    loose = {Requirement(line).name for line in lines if ">=" not in line}
    assert loose == {"pip"}
