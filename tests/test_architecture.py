"""The page that explains the house, the import contract, the tree and the menu say the same."""

from __future__ import annotations

import re
import sys
from itertools import groupby
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
MOST_ROWS = 10


def rows_of_the_page():
    """The folders of each row of the page's table, from the top."""
    found = re.findall(r"^\| (\d+) \| `(\w+)/` \|", PAGE, re.MULTILINE)
    return [{folder for _, folder in same} for _, same in groupby(found, key=lambda one: one[0])]


def rows_of_the_contract():
    if sys.version_info < (3, 11):
        pytest.skip("tomllib came with Python 3.11")
    import tomllib

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = settings["tool"]["importlinter"]["contracts"][0]
    assert contract["exhaustive"]
    return [{name.strip() for name in row.split("|")} for row in contract["layers"]]


def folders(place):
    return {
        path.name
        for path in place.iterdir()
        if path.is_dir() and any(one for one in path.rglob("*") if one.suffix in {".py", ".md"})
    }


def test_page_and_contract_agree():
    assert rows_of_the_page() == rows_of_the_contract()
    assert len(rows_of_the_contract()) <= MOST_ROWS


def test_page_and_tree_agree():
    assert set.union(*rows_of_the_page()) == folders(ROOT / "fice")


def test_nothing_lies_loose_at_the_top():
    files = {path.name for path in (ROOT / "fice").iterdir() if path.is_file()}
    assert files == {"__init__.py", "__main__.py", "py.typed"}


def test_folders_of_nodes_are_the_categories_of_the_menu():
    nodes = ROOT / "nodes"
    sources = {path: path.read_text(encoding="utf-8") for path in nodes.rglob("*.py")}
    found = {
        path.relative_to(nodes).parent.as_posix(): category
        for path, text in sources.items()
        for category in re.findall(r'category="FICE(?:/(\w+))?"', text)
    }
    assert found == {folder: "" if folder == "." else folder for folder in found}
    assert folders(nodes) == {*found, "host", "web"} - {"."}


def test_only_host_and_schemas_know_comfyui():
    """All contact but the schemas lies in one folder."""
    contact = re.compile(r"^\s*(?:import|from) (comfy(?!_api)[\w.]*|folder_paths|server)", re.M)
    loose = {
        path.relative_to(ROOT).as_posix(): contact.findall(path.read_text(encoding="utf-8"))
        for path in (ROOT / "nodes").rglob("*.py")
        if path.parent.name != "host"
    }
    assert {path: found for path, found in loose.items() if found} == {
        "nodes/edit.py": ["comfy_execution.graph_utils"]  # it unfolds into a graph
    }


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:fice|nodes|tests)/[\w/.]+)`", PAGE))))
def test_places_that_the_page_names_are_there(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("folder", sorted(folders(ROOT / "fice")))
def test_tests_mirror_the_tree(folder):
    assert (ROOT / "tests" / folder).is_dir()
