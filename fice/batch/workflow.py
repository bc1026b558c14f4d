"""A workflow of ComfyUI in API format, and which of its inputs take the values of a row."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, cast

from ..base.errors import FiceError
from ..base.files import StrPath, read_text
from .values import Row

PICTURES = ("photo", "mask")  # columns whose files are sent to the host
COLUMNS = (*PICTURES, "text", "seed", "negative", "name")
SAVING, SHOWING = "SaveImage", "PreviewImage"
Graph: TypeAlias = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Setting:
    """An input that takes a column of the rows."""

    node: str
    name: str
    column: str


@dataclass(frozen=True)
class Workflow:
    """What is queued for each row.

    Attributes:
        graph: in API format.
        settings: which inputs change from row to row.
        result: the node whose picture is kept.
    """

    graph: Graph
    settings: tuple[Setting, ...]
    result: str

    def of(self, row: Row, files: Mapping[str, str]) -> Graph:
        """The graph for `row`.

        Args:
            row: what is asked for.
            files: the names that photo and mask have on the host, by column.
        """
        graph = copy.deepcopy(self.graph)
        for one in self.settings:
            value = files[one.column] if one.column in PICTURES else getattr(row, one.column)
            graph[one.node]["inputs"][one.name] = value
        return graph

    def pictures_of(self, row: Row) -> dict[str, str]:
        """Where photo and mask of `row` are, by column, as far as an input takes them."""
        taken = {one.column for one in self.settings}
        return {column: getattr(row, column) for column in PICTURES if column in taken}

    def described(self) -> str:
        """All that the pictures depend on besides the rows; not what is overwritten, nor titles."""
        graph = copy.deepcopy(self.graph)
        for node in graph.values():
            node.pop("_meta", None)
        for one in self.settings:
            graph[one.node]["inputs"][one.name] = f"<{one.column}>"
        return json.dumps([graph, self.result], sort_keys=True)

    def check(self, rows: Iterable[Row]) -> None:
        """Refuses rows that say what no input takes, or that lack what one needs.

        Raises:
            FiceError: saying which.
        """
        taken = {one.column for one in self.settings}
        for row in rows:
            said = {"seed": row.seed, "negative": row.negative, "mask": row.mask}
            for column, value in said.items():
                if value and column not in taken:
                    raise FiceError(
                        f"Row {row.number} has a value for {column!r} ({value}), but no input of "
                        f"the workflow takes it; name one with --set NODE.INPUT={column}."
                    )
            if "mask" in taken and not row.mask:
                raise FiceError(f"Row {row.number} has no mask, but the workflow takes one.")


def read_workflow(path: StrPath, settings: Sequence[str], result: str = "") -> Workflow:
    """Reads a workflow.

    Args:
        path: in API format.
        settings: `NODE.INPUT=COLUMN` each. Where none names the photo, the only Load Image takes
            it; where none names the text, the only text of a FICE node does.
        result: the node whose picture is kept; empty = the only one that saves pictures.

    Raises:
        FiceError: if it cannot be used.
    """
    graph = _graph(Path(path))
    given = [_setting(graph, one) for one in settings]
    taken = {one.column for one in given}
    if "photo" not in taken:
        given.append(_only(graph, "photo", _load_images(graph)))
    if "text" not in taken:
        given.append(_only(graph, "text", _texts(graph)))
    return Workflow(graph, tuple(given), _result(graph, result))


def _graph(path: Path) -> Graph:
    try:
        said: object = json.loads(read_text(path))
    except ValueError as error:
        raise FiceError(f"{path} is not JSON: {error}.") from None
    if isinstance(said, dict) and "nodes" in said and "links" in said:
        raise FiceError(
            f"{path} is a workflow as the editor saves it; export it once more with Workflow > "
            "Export (API)."
        )
    nodes = cast("dict[str, object]", said) if isinstance(said, dict) else {}
    if not nodes or not all(_is_node(one) for one in nodes.values()):
        raise FiceError(f"{path} is no workflow in API format; export it with Export (API).")
    return cast("Graph", nodes)


def _is_node(one: object) -> bool:
    return isinstance(one, dict) and "class_type" in one and isinstance(one.get("inputs"), dict)


def _setting(graph: Graph, said: str) -> Setting:
    place, _, column = said.rpartition("=")
    node, _, name = place.rpartition(".")
    if not node or not name or column not in COLUMNS:
        raise FiceError(
            f"--set {said} is not understood; write NODE.INPUT=COLUMN, with a column out of "
            f"{', '.join(COLUMNS)}."
        )
    found = _node(graph, node)
    inputs = graph[found]["inputs"]
    if name not in inputs:
        raise FiceError(
            f"--set {said}: {_named(graph, found)} has no input {name!r}; it has "
            f"{', '.join(inputs)}."
        )
    return Setting(found, name, column)


def _node(graph: Graph, said: str) -> str:
    """The node of an id, or else of a title or type that only one has."""
    if said in graph:
        return said
    found = [key for key, node in graph.items() if said in (_title(node), str(node["class_type"]))]
    if len(found) != 1:
        listed = ", ".join(_named(graph, key) for key in found or graph)
        how = "more than one node" if found else "no node"
        raise FiceError(f"The workflow has {how} {said!r}; take an id out of {listed}.")
    return found[0]


def _title(node: Mapping[str, Any]) -> str:
    return str(node.get("_meta", {}).get("title", ""))


def _named(graph: Graph, key: str) -> str:
    return f"{key} ({_title(graph[key]) or graph[key]['class_type']})"


def _load_images(graph: Graph) -> list[Setting]:
    return [
        Setting(key, "image", "photo")
        for key, node in graph.items()
        if node["class_type"] == "LoadImage"
    ]


def _texts(graph: Graph) -> list[Setting]:
    return [
        Setting(key, "text", "text")
        for key, node in graph.items()
        if str(node["class_type"]).startswith("FICE")
        and isinstance(node["inputs"].get("text"), str)
    ]


def _only(graph: Graph, column: str, found: Sequence[Setting]) -> Setting:
    if len(found) == 1:
        return found[0]
    kind = "Load Image" if column == "photo" else "FICE node with a text"
    there = ", ".join(_named(graph, one.node) for one in found) or "none"
    raise FiceError(
        f"Which input takes the {column}? The workflow has not just one {kind}, but {there}; say "
        f"it with --set NODE.INPUT={column}."
    )


def _result(graph: Graph, said: str) -> str:
    if said:
        return _node(graph, said)
    for kind in (SAVING, SHOWING):
        found = [key for key, node in graph.items() if node["class_type"] == kind]
        if len(found) == 1:
            return found[0]
        if found:
            listed = ", ".join(_named(graph, key) for key in found)
            raise FiceError(f"Which picture is the result? Name one of {listed} with --result.")
    raise FiceError("The workflow saves no picture; add Save Image, or name a node with --result.")
