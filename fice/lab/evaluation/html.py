"""`report.html`: one file that needs nothing else, for people."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import cast

from ...base.images import Pixels, encode_image
from ...reports.plots import Estimate, Point, intervals_plot, points_plot
from .bootstrap import Interval
from .measures import METRICS
from .realism import SET_METRICS
from .summary import Json

SHOWN_METRICS = (
    "success",
    "success_all",
    "clip_judge",
    "clip_judge_whole",
    "clip_guide_whole",
    "clip_gap",
    "clip_direction",
    "unnamed_kept",
    "pose_iou",
    "pose_distance",
    "head_psnr",
    "head_ssim",
    "background_psnr",
    "background_ssim",
    "outside_max",
    "identity",
    "seconds",
)
GENERATED_METRICS = (
    "pose_iou_generated",
    "head_iou_generated",
    "head_psnr_generated",
    "background_psnr_generated",
)
SEED_METRICS = ("success", "success_all", "clip_judge", "unnamed_kept", "pose_iou", "head_psnr")
PLOTTED = ("success", "clip_judge", "pose_iou", "head_psnr", "background_psnr")
SWEPT = (("success", "pose_iou_generated"), ("success", "kid_generated"))

STYLE = """
body { font: 14px/1.45 sans-serif; color: #26282e; background: #fafaf8; margin: 2em auto;
  max-width: 1180px; padding: 0 1em }
table { border-collapse: collapse; margin: .6em 0 1.6em; font-variant-numeric: tabular-nums }
th, td { padding: .3em .7em; border-bottom: 1px solid #dedfdc; text-align: right;
  vertical-align: top }
th:first-child, td:first-child { text-align: left }
td small { white-space: nowrap }
small { color: #6c7078; display: block }
.reference { background: #eaf1f8 }
.apart { font-weight: 600 }
.warning { background: #fdf3e2; padding: .5em .8em; margin: .3em 0 }
.wide { overflow-x: auto }
img { max-width: 100%; border: 1px solid #dedfdc }
.plot { display: block }
figure { margin: 0 2em 1em 0; display: inline-block }
code { overflow-wrap: anywhere }
"""


def as_html(report: Json, sheets: Mapping[str, Pixels]) -> str:
    """The page.

    Args:
        report: see `summarise`.
        sheets: pictures by their headings.
    """
    body = "".join(
        (
            _head(report),
            _failed(report),
            _questions(report),
            _table("Results", report, (*SHOWN_METRICS, *SET_METRICS)),
            _table("Generated pictures, before stitching", report, GENERATED_METRICS),
            _seeds(report),
            _inception(report),
            _plots(report),
            _sweeps(report),
            *(_sheet(title, sheet) for title, sheet in sheets.items()),
            _explanations(report),
        )
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>FICE evaluation</title>'
        f"<style>{STYLE}</style></head><body>{body}</body></html>\n"
    )


def _head(report: Json) -> str:
    data, models = _json(report["data"]), _json(report["models"])
    judges = ", ".join(f"{name}: {what}" for name, what in _json(report["judges"]).items())
    facts = (
        f"{data['cases']} cases of {data['name']}",
        f"models {models['name']} ({models['fingerprint']}) in {models['precision']}",
        f"judges {judges or 'none'}",
        f"seeds {report['seeds']}",
        f"intervals {report['intervals']}",
    )
    warned = "".join(
        f'<p class="warning">{escape(str(text))}</p>' for text in _list(report["warnings"])
    )
    return (
        f"<h1>FICE evaluation</h1><p><code>{escape(str(report['command']))}</code></p>"
        f"<p>{escape('; '.join(facts))}.</p>{warned}"
    )


def _failed(report: Json) -> str:
    failed = _json(report["failed"])
    rows = [
        (str(one["case"]), str(one["error"]), ", ".join(map(str, _list(one["methods"]))))
        for one in map(_json, _list(failed["rows"]))
    ]
    if not rows:
        return ""
    told = f"{failed['edits']} of {failed['tried']} edits failed; all figures rest on the others."
    return f"<h2>Failed edits</h2><p>{told}</p>" + _rows(("case", "why", "methods"), rows)


def _questions(report: Json) -> str:
    asked = [_json(one) for one in _list(report["questions"])]
    rows = [
        (str(one["key"]), str(one["claim"]), str(one["rival"]), str(one["answer"]))
        for one in asked
        if one["answer"] != "not measured"
    ]
    if not rows:
        return ""
    return "<h2>The paper's questions</h2>" + _rows(("", "claim", "against", "holds"), rows)


def _table(title: str, report: Json, metrics: Sequence[str]) -> str:
    methods = _methods(report)
    shown = [name for name in metrics if any(name in _metrics(one) for one in methods)]
    if not shown:
        return ""
    known = {**METRICS, **SET_METRICS}
    heads = [known[name].title if name in known else name for name in shown]
    lines: list[str] = []
    for one in methods:
        mark = ' class="reference"' if one["name"] == report["reference"] else ""
        name = f"{escape(str(one['title']))}<small>{escape(str(one['name']))}, {one['cases']} cases"
        cells = "".join(_cell(one, metric) for metric in shown)
        lines.append(f"<tr{mark}><td>{name}</small></td>{cells}</tr>")
    head = "".join(f"<th>{escape(text)}</th>" for text in ("method", *heads))
    return (
        f'<h2>{escape(title)}</h2><div class="wide"><table><tr>{head}</tr>{"".join(lines)}'
        "</table></div>"
    )


def _cell(method: Json, metric: str) -> str:
    found = _interval(_metrics(method).get(metric))
    if found is None:
        return "<td></td>"
    difference = _interval(_json(method["difference_from_reference"]).get(metric))
    apart = ' class="apart"' if difference is not None and difference.excludes_zero else ""
    limits = "" if found.low is None else f"<small>{found.low:.3g} … {found.high:.3g}</small>"
    return f"<td{apart}>{found.value:.4g}{limits}</td>"


def _seeds(report: Json) -> str:
    rows = [
        (str(one["title"]), seed, *(_number(_json(means).get(name)) for name in SEED_METRICS))
        for one in _methods(report)
        for seed, means in _json(one["by_seed"]).items()
    ]
    heads = ("method", "seed", *(METRICS[name].title for name in SEED_METRICS))
    return "<h2>Seed by seed</h2>" + _rows(heads, rows) if rows else ""


def _number(value: object) -> str:
    return "" if value is None else f"{float(str(value)):.4g}"


def _inception(report: Json) -> str:
    rows = [
        (str(one["title"]), *(f"{float(str(value)):.4g}" for value in figures.values()))
        for one in _methods(report)
        if (figures := _json(one["inception"]))
    ]
    return "<h2>Inception</h2>" + _rows(("method", "FID", "KID × 1000"), rows) if rows else ""


def _plots(report: Json) -> str:
    parts: list[str] = []
    reference = str(report["reference"])
    for metric in PLOTTED:
        rows = [
            _estimate(str(one["name"]), found, accented=one["name"] == reference)
            for one in _methods(report)
            if (found := _interval(_metrics(one).get(metric))) is not None
        ]
        if len(rows) > 1:
            plot = _plot(intervals_plot(rows))
            caption = f"{METRICS[metric].title}, {METRICS[metric].better} is better"
            parts.append(f"<figure>{plot}<figcaption>{escape(caption)}</figcaption></figure>")
    return f"<h2>Intervals</h2>{''.join(parts)}" if parts else ""


def _sweeps(report: Json) -> str:
    by_name = {str(one["name"]): one for one in _methods(report)}
    parts: list[str] = []
    for sweep in map(_json, _list(report["sweeps"])):
        labels = [f"{sweep['field']} {float(str(value)):g}" for value in _list(sweep["values"])]
        methods = [by_name[str(name)] for name in _list(sweep["methods"])]
        for x, y in SWEPT:
            points = list(_points(labels, methods, x, y))
            if len(points) > 1:
                across, up = ({**METRICS, **SET_METRICS}[name].title for name in (x, y))
                parts.append(f"<figure>{_plot(points_plot(points, across, up))}</figure>")
    return f"<h2>Sweeps</h2>{''.join(parts)}" if parts else ""


def _points(labels: Sequence[str], methods: Sequence[Json], x: str, y: str) -> Iterator[Point]:
    for label, method in zip(labels, methods, strict=True):
        across, up = (_interval(_metrics(method).get(name)) for name in (x, y))
        if across is not None and up is not None:
            yield Point(label, across.value, up.value)


def _estimate(label: str, found: Interval, *, accented: bool) -> Estimate:
    low = found.value if found.low is None else found.low
    high = found.value if found.high is None else found.high
    return Estimate(label, low, found.value, high, accented)


def _plot(picture: Pixels) -> str:
    """Shown at half its size, so that it is sharp on fine screens."""
    content = base64.b64encode(encode_image(picture)).decode()
    width = picture.shape[1] // 2
    return f'<img class="plot" alt="" width="{width}" src="data:image/png;base64,{content}">'


def _sheet(title: str, sheet: Pixels) -> str:
    content = base64.b64encode(encode_image(sheet, ".jpg")).decode()
    return f'<h2>{escape(title)}</h2><img alt="" src="data:image/jpeg;base64,{content}">'


def _explanations(report: Json) -> str:
    metrics = [_json(one) for one in _json(report["metrics"]).values()]
    rows = [(str(one["title"]), str(one["better"]), str(one["meaning"])) for one in metrics]
    missing = [(name, str(why)) for name, why in _json(report["not_measured"]).items()]
    parts = ["<h2>What the figures mean</h2>", _rows(("metric", "better", "meaning"), rows)]
    if missing:
        parts += ["<h2>Not measured</h2>", _rows(("what", "why"), missing)]
    bold = (
        "Bold: differs from the reference method, whose row is tinted: the interval of the paired "
        "difference excludes 0."
    )
    return f"<p>{bold}</p>{''.join(parts)}"


def _rows(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    lines = "".join(
        f"<tr>{''.join(f'<td style=text-align:left>{escape(text)}</td>' for text in row)}</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{lines}</table>"


def _interval(value: object) -> Interval | None:
    return None if value is None else Interval(**cast("dict[str, float]", value))  # pyright: ignore[reportArgumentType]


def _methods(report: Json) -> list[Json]:
    return [_json(one) for one in _list(report["methods"])]


def _metrics(method: Json) -> Json:
    return _json(method["metrics"])


def _json(value: object) -> Json:
    return cast("Json", value)


def _list(value: object) -> list[object]:
    return cast("list[object]", value)
