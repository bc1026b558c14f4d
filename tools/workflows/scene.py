"""A workflow as it is written by hand: nodes, where they lie, and what the artist reads."""

from __future__ import annotations

from dataclasses import dataclass, field

Link = tuple[str, int]
"""The name of a node, and the number of its output."""
Value = Link | str | float
"""What an input may be: a link, or what its widget shows."""
Point = tuple[int, int]
Size = tuple[int, int]
Box = tuple[int, int, int, int]
"""Left, top, width, height."""


@dataclass(frozen=True)
class Placed:
    """A node of a graph: what it is, where it lies, how large it is at least.

    Nodes at one x make a column, from top to bottom; `arrange.js` stacks them by what they take.
    """

    kind: str
    at: Point
    size: Size
    inputs: dict[str, Value] = field(default_factory=dict)
    title: str = ""
    silent: bool = False
    """Whether it shows no picture while it works."""


def place(kind: str, at: Point, size: Size, title: str = "", /, **inputs: Value) -> Placed:
    """A node with `inputs`: numbers and texts for its widgets, a `Link` for a connection."""
    return Placed(kind, at, size, inputs, title)


@dataclass(frozen=True)
class Form:
    """The form view of a workflow: its widgets, `(node, widget)`, and its result nodes."""

    widgets: tuple[tuple[str, str], ...]
    results: tuple[str, ...]


@dataclass(frozen=True)
class Scene:
    """A workflow as it is written by hand.

    Attributes:
        nodes: by name; the order gives their numbers.
        note: what the artist reads first, Markdown.
        note_at: where, and how large.
        captions: what the columns are for, from left to right; "" goes on with the one before.
        folded: nodes of which only the title shows.
        result: the node whose picture becomes the thumbnail.
        before: the node whose picture is the left half of it; nothing is the demo photo.
        form: what the form view shows.
        as_form: whether it opens in the form view.
        needs_weights: whether it runs only with weights that the pack does not bring; its thumbnail
            shows the graph up to `result`.
        stands_in: for pictures of a run, what takes the place of nodes that wait for them.
    """

    nodes: dict[str, Placed]
    note: str
    note_at: Box
    result: str
    before: str = ""
    captions: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()
    form: Form | None = None
    as_form: bool = False
    needs_weights: bool = False
    stands_in: dict[str, Placed] = field(default_factory=dict)

    @property
    def numbers(self) -> dict[str, str]:
        """The id of each node in the graph."""
        return {name: str(index + 1) for index, name in enumerate(self.nodes)}
