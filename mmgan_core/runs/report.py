"""A run's report: one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import yaml

from mmgan_core.runs.checkpoint import checkpoints
from mmgan_core.runs.run_directory import read_metrics

SHEETS = 3
WIDTH, HEIGHT, LEFT, BOTTOM = 640, 180, 48, 20
COLOURS = ("#2563eb", "#dc2626", "#059669", "#9333ea", "#d97706", "#0891b2")
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem;
  color: #1f2937; }
table { border-collapse: collapse; } td, th { padding: .2rem .8rem; text-align: left;
  border-bottom: 1px solid #e5e7eb; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
pre { background: #f3f4f6; padding: 1rem; overflow: auto; } img { max-width: 100%; }
svg text { font: 11px system-ui, sans-serif; fill: #6b7280; } h2 { margin-top: 2.5rem; }
"""


def report_html(run: Path) -> str:
    """The report of a run's directory."""
    resolved = yaml.safe_load((run / "resolved.yaml").read_text(encoding="utf-8"))
    name = escape(str(resolved.get("name") or run.name))
    parts = [f"<h1>{name}</h1>", f"<p>{escape(str(resolved.get('summary', '')))}</p>"]
    metrics = read_metrics(run)
    parts += [_state(run, metrics), _sheets(run), _numbers(run), _curves(metrics)]
    parts += [_text(run, "run.log", "Rows that were skipped"), _versions(run)]
    parts += [_text(run, "resolved.yaml", "Recipe, every default filled in")]
    body = "\n".join(part for part in parts if part)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{name}</title>"
        f"<style>{STYLE}</style><body>\n{body}\n</body></html>\n"
    )


def curve(title: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Lines of (x, y) points as an SVG picture with its own scales."""
    points = [point for line in lines.values() for point in line]
    if len(points) < 2:
        return ""
    (x0, x1), (y0, y1) = ((min(p[k] for p in points), max(p[k] for p in points)) for k in (0, 1))
    x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1e-9)

    def place(x: float, y: float) -> str:
        across = LEFT + (x - x0) / (x1 - x0) * (WIDTH - LEFT)
        return f"{across:.1f},{(y1 - y) / (y1 - y0) * (HEIGHT - BOTTOM):.1f}"

    drawn = [f"<h3>{escape(title)}</h3><svg viewBox='0 -8 {WIDTH} {HEIGHT + 8}' width={WIDTH}>"]
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(place(x, y) for x, y in line)
        drawn.append(f"<polyline points='{path}' fill=none stroke='{colour}' stroke-width=1.5 />")
        drawn.append(
            f"<text x={LEFT + 8} y={14 + 14 * number} style='fill:{colour}'>{escape(name)}</text>"
        )
    for value, height in ((y1, 8), (y0, HEIGHT - BOTTOM)):
        drawn.append(f"<text x=0 y={height}>{value:.3g}</text>")
    drawn.append(f"<text x={LEFT} y={HEIGHT - 4}>{x0:,.0f}</text>")
    drawn.append(f"<text x={WIDTH} y={HEIGHT - 4} text-anchor=end>{x1:,.0f} samples</text></svg>")
    return "".join(drawn)


def _state(run: Path, metrics: Sequence[dict[str, Any]]) -> str:
    saved = [int(folder.name) for folder in checkpoints(run)]
    seen = f"{saved[-1]:,} samples trained" if saved else "no checkpoint yet"
    words = metrics[-1]["health"] if metrics else {}
    health = ", ".join(f"{escape(name)}: {escape(word)}" for name, word in words.items())
    return f"<p>{seen}. {health}</p>"


def _sheets(run: Path) -> str:
    files = sorted((run / "samples").glob("*.png"))[-SHEETS:][::-1]
    pictures = [
        f"<figure><img src='data:image/png;base64,{base64.b64encode(file.read_bytes()).decode()}'>"
        f"<figcaption>after {int(file.stem):,} samples</figcaption></figure>"
        for file in files
        if file.stem.isdigit()
    ]
    return "<h2>Samples</h2>" + "".join(pictures) if pictures else ""


def _numbers(run: Path) -> str:
    file = run / "evaluation.json"
    if not file.is_file():
        return "<h2>Numbers</h2><p>None yet: <code>mmgan-zoo evaluate</code>.</p>"
    rows = json.loads(file.read_text(encoding="utf-8"))
    names = ("entry", "given", "name", "value", "floor", "n", "split", "seed", "evaluator")
    head = "".join(f"<th>{name}</th>" for name in names)
    lines = ("".join(_cell(row.get(name)) for name in names) for row in rows)
    table = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<h2>Numbers</h2><table><tr>{head}</tr>{table}</table>"


def _cell(value: object) -> str:
    if isinstance(value, (int, float)):
        return f"<td class=n>{value:.4g}</td>"
    return f"<td>{escape(str(value)) if value is not None else ''}</td>"


def _curves(metrics: Sequence[dict[str, Any]]) -> str:
    entries = sorted({name.partition("/")[0] for row in metrics for name in row if "/" in name})
    drawn = ["<h2>Training</h2>"]
    for entry in entries:
        for title, names in (
            ("losses", ("d", "g")),
            ("auxiliary losses", ("auxiliary",)),
            ("discriminator accuracy, diversity", ("discriminator_accuracy", "diversity")),
        ):
            lines = {name: _line(metrics, f"{entry}/{name}") for name in names}
            drawn.append(curve(f"{entry}: {title}", lines))
    drawn.append(curve("align", {"align": _line(metrics, "align")}))
    return "".join(drawn)


def _line(metrics: Sequence[dict[str, Any]], name: str) -> list[tuple[float, float]]:
    return [(row["samples"], row[name]) for row in metrics if name in row]


def _versions(run: Path) -> str:
    file = run / "lock.json"
    if not file.is_file():
        return ""
    lock = json.loads(file.read_text(encoding="utf-8"))
    return f"<h2>Made with</h2><pre>{escape(yaml.safe_dump(lock, sort_keys=False))}</pre>"


def _text(run: Path, name: str, title: str) -> str:
    file = run / name
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return f"<h2>{title}</h2><pre>{escape(text)}</pre>" if text else ""
