"""Curves of trainings as small multiples in one SVG file: a row for each factor, a column for each quantity."""

from collections.abc import Mapping
from html import escape

COLORS = ("#2f5d8a", "#b8552f", "#4c7a45", "#7a4c8a", "#8a7a2f", "#4a4a4a")
WIDTH, HEIGHT, LEFT, TOP, LEGEND = 190, 130, 46, 26, 130  # px: of a plot, of its left and upper margin, of the names
TITLES = {
    "style": "style loss",
    "cover": "cover of a probe",
    "diversity": "diversity of takes",
    "accuracy": "discriminator's accuracy",
    "gradient": "gradient norm of the decoder",
}
Points = list[tuple[float, float]]


def draw_curves(curves: Mapping[str, Mapping[str, Mapping[str, Points]]]) -> str:
    """SVG of curves by row, column and name."""
    columns = max((len(row) for row in curves.values()), default=1)
    width, height = LEGEND + columns * (WIDTH + LEFT), len(curves) * (HEIGHT + 2 * TOP) + TOP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="11"><rect width="{width}" height="{height}" fill="#fff"/>'
    ]
    for y, (row, plots) in enumerate(curves.items()):
        top = y * (HEIGHT + 2 * TOP) + TOP
        names = list(next(iter(plots.values())))
        colors = {name: COLORS[i % len(COLORS)] for i, name in enumerate(names)}
        parts.append(f'<text x="8" y="{top + 12}" font-weight="bold">{escape(row)}</text>')
        for i, name in enumerate(names):
            label = escape(name.removeprefix(f"{row}_").replace("_", " "))
            parts.append(f'<text x="8" y="{top + 30 + 15 * i}" fill="{colors[name]}">{label}</text>')
        for x, (column, lines) in enumerate(plots.items()):
            parts.append(_plot(LEGEND + x * (WIDTH + LEFT), top, TITLES[column], lines, colors))
    return "\n".join([*parts, "</svg>"])


def _plot(left: float, top: float, title: str, lines: Mapping[str, Points], colors: Mapping[str, str]) -> str:
    points = [point for line in lines.values() for point in line]
    parts = [f'<text x="{left}" y="{top - 6}">{escape(title)}</text>']
    parts.append(f'<rect x="{left}" y="{top}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#ccc"/>')
    if points:
        last = max(x for x, _ in points) or 1
        low, high = min(y for _, y in points), max(y for _, y in points)
        reach = (high - low) or 1
        for name, line in lines.items():
            path = " ".join(f"{left + WIDTH * x / last:.1f},{top + HEIGHT * (high - y) / reach:.1f}" for x, y in line)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colors[name]}" stroke-width="1.6"/>')
        for y, value in ((top + 9, high), (top + HEIGHT, low)):
            parts.append(f'<text x="{left - 4}" y="{y}" text-anchor="end" fill="#666">{value:.3g}</text>')
        parts.append(
            f'<text x="{left + WIDTH}" y="{top + HEIGHT + 13}" text-anchor="end" fill="#666">{last:.0f}</text>'
        )
    return "".join(parts)
