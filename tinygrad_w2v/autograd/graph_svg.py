"""Drawing a directed graph in layers, as SVG: boxes, and arrows upward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _MARGIN = 132, 40, 18, 34, 12


def draw(
    labels: Mapping[int, tuple[str, str]], arrows: Sequence[tuple[int, int]], rounded: set[int]
) -> str:
    """Return an SVG picture.

    Parameters
    ----------
    labels
        Two lines of escaped text for each box, by number; a box comes after those its arrows
        come from.
    arrows
        From and to.
    rounded
        Boxes with round corners.
    """
    places = _places(labels, arrows)
    columns = max((x for x, _ in places.values()), default=0) + 1
    rows = max((y for _, y in places.values()), default=0) + 1
    width = columns * (_WIDTH + _GAP_X) - _GAP_X + 2 * _MARGIN
    height = rows * (_HEIGHT + _GAP_Y) - _GAP_Y + 2 * _MARGIN

    def corner(number: int) -> tuple[float, float]:
        x, y = places[number]
        return _MARGIN + x * (_WIDTH + _GAP_X), height - _MARGIN - _HEIGHT - y * (_HEIGHT + _GAP_Y)

    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'width="{width:g}" height="{height:g}" font-family="sans-serif" font-size="12">'
        ),
        (
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
            'markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#555"/></marker>'
            "</defs>"
        ),
        f'<rect width="{width:g}" height="{height:g}" fill="white"/>',
    ]
    for source, target in arrows:
        (x1, y1), (x2, y2) = corner(source), corner(target)
        x1, x2, y2 = x1 + _WIDTH / 2, x2 + _WIDTH / 2, y2 + _HEIGHT
        middle = (y1 + y2) / 2
        parts.append(
            f'<path d="M{x1:g} {y1:g} C{x1:g} {middle:g} {x2:g} {middle:g} {x2:g} {y2:g}" '
            f'fill="none" stroke="#555" marker-end="url(#tip)"/>'
        )
    for number, (name, shape) in labels.items():
        x, y = corner(number)
        radius, fill = (16, "#e8f1e4") if number in rounded else (3, "#e6eef8")
        parts += [
            (
                f'<rect x="{x:g}" y="{y:g}" width="{_WIDTH}" height="{_HEIGHT}" rx="{radius}" '
                f'fill="{fill}" stroke="#555"/>'
            ),
            (
                f'<text x="{x + _WIDTH / 2:g}" y="{y + 17:g}" text-anchor="middle" '
                f'font-weight="bold">{name}</text>'
            ),
            (
                f'<text x="{x + _WIDTH / 2:g}" y="{y + 32:g}" text-anchor="middle" '
                f'fill="#444">{shape}</text>'
            ),
        ]
    return "\n".join([*parts, "</svg>"])


def _places(
    labels: Mapping[int, tuple[str, str]], arrows: Sequence[tuple[int, int]]
) -> dict[int, tuple[float, int]]:
    """Give each box a layer above all it comes from, and a column near theirs."""
    sources: dict[int, list[int]] = {number: [] for number in labels}
    targets: dict[int, list[int]] = {number: [] for number in labels}
    for source, target in arrows:
        sources[target].append(source)
        targets[source].append(target)
    # Each box stands right below the first one that uses it, so that arrows stay short.
    layer: dict[int, int] = {}
    for number in reversed(list(labels)):
        layer[number] = min((layer[t] - 1 for t in targets[number]), default=0)
    lowest = min(layer.values(), default=0)
    layer = {number: level - lowest for number, level in layer.items()}
    places: dict[int, tuple[float, int]] = {}
    taken: dict[int, float] = {}
    for number in sorted(labels, key=lambda n: (layer[n], n)):
        below = [places[s][0] for s in sources[number] if s in places]
        wish = sum(below) / len(below) if below else 0.0
        column = max(wish, taken.get(layer[number], 0.0))
        places[number] = (column, layer[number])
        taken[layer[number]] = column + 1
    return places
