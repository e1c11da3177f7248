"""Plots as SVG that takes its colours and its font from the page, so that it fits light and dark.

Matplotlib draws them. What lines are called stands in a key beside the plot, as HTML: no text of a
recipe enters a drawing, and no key lies on a curve.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import pairwise
from typing import TYPE_CHECKING

from mmgan_core.errors import MmganError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Point = tuple[float, float]

# How many points of a line are drawn; of more, each is the mean of several.
MOST_POINTS = 240
# Of fewer points, each has a dot: a line of one point would not be seen.
FEW = 12
# Beyond this ratio of positive values, the scale is logarithmic.
WIDE = 300.0
SIZE = (4.5, 2.5)
# Colours that stand for those of the page while matplotlib draws.
INK, RULE = "#010203", "#010204"
COLOURS = 8
MISSING = "curves are drawn by matplotlib, which is not installed: pip install 'mmgan-zoo[plots]'"


class NoPlots(MmganError):
    """The library that draws plots is not installed."""


@dataclass(frozen=True)
class Line:
    """One line of a plot.

    Attributes:
        name: what it is called in the key; lines of the same name have one entry there.
        points: its points (x, y), with growing x; all are finite.
        colour: the number of its colour.
    """

    name: str
    points: Sequence[Point]
    colour: int


@dataclass(frozen=True)
class Plot:
    """A plot with what stands around it.

    Attributes:
        title: what is drawn.
        words: a sentence for readers who do not know it.
        svg: the drawing.
        key: the name and the colour of each line, if there are several.
        last: the last value of each line, by name.
    """

    title: str
    words: str
    svg: str
    key: Sequence[tuple[str, int]]
    last: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Thinned:
    """A line of at most ``MOST_POINTS`` points, with the range of what each stands for."""

    x: list[float]
    mean: list[float]
    low: list[float]
    high: list[float]


def plot(
    title: str,
    lines: Sequence[Line],
    *,
    words: str = "",
    limits: tuple[float, float] | None = None,
    usual: tuple[float, float] | None = None,
    across: str = "",
) -> Plot | None:
    """Draw lines over the samples seen, or another number; returns None if they have no point.

    Args:
        title: what is drawn.
        words: a sentence about it.
        limits: the ends of the y axis; default: what the values need.
        usual: a range of values to shade.
        across: what the x axis is, in words of the code's; default: the samples seen.

    Raises:
        NoPlots: if matplotlib is not installed.
    """
    drawn = [line for line in lines if line.points]
    if not drawn:
        return None
    key = list(dict.fromkeys((line.name, line.colour % COLOURS) for line in drawn))
    last = [(line.name, f"{line.points[-1][1]:.4g}") for line in drawn]
    svg = _svg(title, drawn, limits, usual, across)
    return Plot(title, words, svg, key if len(key) > 1 else [], last)


def thinned(points: Sequence[Point], most: int = MOST_POINTS) -> Thinned:
    """Put neighbouring points together, so that at most ``most`` are left."""
    count = len(points)
    parts = min(count, most)
    ends = [count * part // parts for part in range(parts + 1)] if parts else []
    chunks = [points[start:end] for start, end in pairwise(ends)]
    values = [[y for _, y in chunk] for chunk in chunks]
    return Thinned(
        [sum(x for x, _ in chunk) / len(chunk) for chunk in chunks],
        [sum(each) / len(each) for each in values],
        [min(each) for each in values],
        [max(each) for each in values],
    )


def _svg(
    title: str,
    lines: Sequence[Line],
    limits: tuple[float, float] | None,
    usual: tuple[float, float] | None,
    across: str,
) -> str:
    try:
        from matplotlib import rc_context
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError:
        raise NoPlots(MISSING) from None
    page = StringIO()
    with rc_context(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": title,  # so that names of markers are unlike those of other plots
            "font.size": 10.5,
            "axes.edgecolor": RULE,
            "axes.labelcolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "text.color": INK,
            "axes.unicode_minus": False,
            "axes.formatter.useoffset": False,
        }
    ):
        figure = Figure(figsize=SIZE, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        _draw(axes, lines, usual)
        _scale(axes, lines, limits)
        if across:
            axes.set_xlabel(across, parse_math=False)
        else:
            _count_samples(axes)
        figure.patch.set_visible(False)
        axes.patch.set_visible(False)
        _save(figure, page)
    return _of_the_page(page.getvalue())


def _draw(axes: Axes, lines: Sequence[Line], usual: tuple[float, float] | None) -> None:
    if usual:
        axes.axhspan(*usual, color=INK, alpha=0.07, linewidth=0)
    for line in lines:
        colour = _stand_in(line.colour % COLOURS)
        few = thinned(line.points)
        if few.low != few.high:
            axes.fill_between(few.x, few.low, few.high, color=colour, alpha=0.18, linewidth=0)
        marker = "o" if len(few.x) < FEW else ""
        axes.plot(few.x, few.mean, color=colour, linewidth=1.6, marker=marker, markersize=5.0)


def _scale(axes: Axes, lines: Sequence[Line], limits: tuple[float, float] | None) -> None:
    values = [y for line in lines for _, y in line.points]
    if limits:
        axes.set_ylim(*limits)
    elif min(values) == max(values):
        axes.set_ylim(*sorted((0, 1.25 * values[0] or 1)))
    elif min(values) > 0 and max(values) / min(values) > WIDE:
        axes.set_yscale("log")
    axes.grid(axis="y", color=RULE, linewidth=0.6, alpha=0.5)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0)


def _count_samples(axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: short(x)))
    axes.set_xlabel("samples seen")


def short(number: float) -> str:
    """A count in few letters, such as ``20k`` or ``1.5M``."""
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if abs(number) >= size:
            return f"{number / size:.3g}{unit}"
    return f"{number:.3g}"


def _save(figure: Figure, page: StringIO) -> None:
    figure.savefig(page, format="svg", transparent=True, metadata={"Date": None, "Creator": None})


def _stand_in(colour: int) -> str:
    return f"#0102{0x10 + colour:02x}"


def _of_the_page(svg: str) -> str:
    """A drawing as a part of an HTML page: without names that another drawing has, too."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.S)
    svg = re.sub(r'(<g) id="[^"]*"', r"\1", svg)
    svg = re.sub(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" role="img">', svg)
    # Clipped are lines that leave the plot; none does, and the names of clips are not unique.
    svg = re.sub(r' clip-path="url\(#[^"]*\)"', "", svg)
    svg = re.sub(r"<clipPath.*?</clipPath>", "", svg, flags=re.S)
    for colour in range(COLOURS):
        svg = svg.replace(_stand_in(colour), f"var(--line-{colour})")
    svg = svg.replace(INK, "var(--soft)").replace(RULE, "var(--rule)")
    svg = re.sub(r" font-family: [^;]*;", "", svg)
    svg = re.sub(r"<defs>\s*(<style.*?</style>)?\s*</defs>", "", svg, flags=re.S)
    svg = re.sub(r' transform="rotate\(-0 [^"]*"', "", svg)
    svg = re.sub(r"<g/>", "", svg)
    return re.sub(r"\s*\n\s*", "\n", svg)
