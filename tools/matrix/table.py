"""The results of the matrix as a table in the page about platforms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.matrix.rows import OTHERS, TORCH

PAGE = Path(__file__).parents[2] / "docs" / "platforms.md"
BEGIN, END = "<!-- matrix -->", "<!-- end of matrix -->"
COLUMNS = ("python", *TORCH, *OTHERS)


def table(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Lines of Markdown, a row per environment."""
    heads = ("", *(name.removesuffix("_torch") for name in COLUMNS), "result", "on")
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for name, row in results.items():
        cells = [name, *(str(row.get(column, "")) for column in COLUMNS)]
        cells += [str(row["result"]), str(row.get("date", ""))]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write_table(results: Mapping[str, Mapping[str, Any]], page: Path = PAGE) -> None:
    """Puts the table between the marks of `page`."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    text = f"{before}{BEGIN}\n{table(results)}\n{END}{after}"
    page.write_text(text, encoding="utf-8")
