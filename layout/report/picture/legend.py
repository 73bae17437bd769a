"""The legend of a picture: what every mark on it means, with units."""

from __future__ import annotations

from math import sqrt
from typing import Any

from layout.labels import text
from layout.report.colours import CLASS_COLOURS, INK
from layout.report.picture.canvas import Canvas
from layout.report.picture.drawing import LINES, OUTSIDE, PROXY
from layout.report.picture.marks import anchor, badge, class_mark, disc, ribbon
from layout.report.picture.scene import NO_VALUE, Part, Scene
from layout.report.quantities import number

SIZE, HEAD, ROW = 7.2, 8.2, 11.2
EDGE = "#7d8994"
_LINES = 4
"""Lines that one name takes at most."""
_SAMPLES = (
    ("existing", {"kept": 1.0}),
    ("filled", {"kept": 0.45, "filled": 0.55}),
    ("expanded", {"kept": 0.45, "expanded": 0.55}),
    ("built", {"built": 1.0}),
    ("retired", {"kept": 0.5, "retired": 0.5}),
)


class Legend:
    """A column of marks and words; `y` is where the next row begins."""

    def __init__(self, canvas: Canvas, scene: Scene, x: float, y: float, width: float) -> None:
        self.canvas, self.scene, self.lang = canvas, scene, scene.view.lang
        self.x, self.y, self.width = x, y, width

    def draw(self, k: float, flow_scale: float) -> float:
        """All parts; gives where the column ends. `k` is the radius of one EFLOPS."""
        self._classes()
        self._shades()
        self._kinds()
        self._sizes(k)
        self._actions()
        self._widths(flow_scale)
        self._marks()
        return self.y

    def beyond(self, count: int) -> None:
        """Say that there are sites that the map does not reach."""
        if count:
            self.y += 5
            self._row(text("export.map.beyond", self.lang, count=count), 0.0)

    def _ui(self, key: str) -> str:
        return text(f"map.ui.{key}", self.lang)

    def _title(self, words: str) -> None:
        self.y += 5
        box = (self.x, self.y + HEAD, self.width)
        self.y = self.canvas.wrapped(box, words, HEAD, most=_LINES) - HEAD + 2

    def _row(self, words: str, left: float = 22.0, width: float | None = None) -> None:
        """Words beside a mark, at the row's middle."""
        most = (width or self.width) - left
        lines = self.canvas.wrapped
        before = self.y
        box = (self.x + left, self.y + SIZE + 0.8, most)
        after = lines(box, words, SIZE, most=_LINES, colour=INK)
        self.y = max(before + ROW, after - SIZE * 0.6)

    def _classes(self) -> None:
        for layer in self.scene.classes:
            self._title(layer.title[self.lang])
            held = list(layer.of.values())
            for one in layer.classes:
                colour = CLASS_COLOURS[one.colour_index % len(CLASS_COLOURS)]
                class_mark(self.canvas, one.shape, colour, self.x + 9, self.y + ROW / 2)
                self._row(f"{one.label[self.lang]} ({held.count(one.id)})")

    def _swatch(self, x: float, fill: str, **look: Any) -> tuple[float, float, float, float]:
        box = (x, self.y + 1.6, x + 17, self.y + ROW - 1.2)
        self.canvas.box(box, fill=fill, stroke=EDGE, width=0.5, **look)
        return box

    def _shades(self) -> None:
        metric, view = self.scene.metric, self.scene.view
        if metric:
            self._title(f"{metric['label']} ({metric['unit']})")
            classes = list(zip(metric["colours"], metric["classes"], strict=True))
            if metric["zero"]:
                classes.insert(0, (metric["zero"], "0"))
            half = (len(classes) + 1) // 2
            top = self.y
            for number_, (colour, words) in enumerate(classes):
                column, row = divmod(number_, half)
                x, self.y = self.x + column * self.width / 2, top + row * ROW
                self._swatch(x, colour)
                self.canvas.text(x + 21, self.y + SIZE + 0.8, words, SIZE)
            self.y = top + half * ROW
            if any(self.scene.fill(code) == NO_VALUE for code in view.included):
                self._swatch(self.x, NO_VALUE)
                self._row(self._ui("no_value"))
        if set(view.provinces) - view.included:
            left, high, right, low = self._swatch(self.x, OUTSIDE["fill"])
            for a in range(3):
                for b in range(2):
                    self.canvas.disc(left + 3.5 + 5 * a, high + 2.6 + 3.6 * b, 0.6,
                                     fill=OUTSIDE["dots"])  # fmt: skip
            self._row(self._ui("outside"))
        if view.proxies & view.included:
            left, high, right, low = self._swatch(self.x, "#ffffff")
            with self.canvas.within((left, high, right, low)):
                lines = [[(a, low), (a + low - high, high)] for a in _steps(left - 10, right, 4)]
                self.canvas.lines(lines, stroke=PROXY["colour"], width=PROXY["width"])
            self._row(self._ui("proxy"))

    def _kinds(self) -> None:
        shown = {part.kind: part.colour for one in self.scene.places for part in one.parts}
        if not shown:
            return
        self._title(text("export.map.kinds", self.lang))
        for about in self.scene.view.kinds.values():
            if about.colour in shown:
                x, y = self.x + 9, self.y + ROW / 2
                self.canvas.disc(x, y, 4.2, fill=shown[about.colour])
                self._row(about.name)

    def _sizes(self, k: float) -> None:
        if not any(one.parts for one in self.scene.places):
            return
        self._title(f"{self._ui('sizes')} ({self.scene.view.compute_unit})")
        x, low = self.x + 2, self.y + 26
        for value in _round_amounts(k):
            size = k * sqrt(value)
            words = number(value)
            self.canvas.disc(x + size, low - size, size, stroke=INK, width=0.7)
            self.canvas.text(x + 2 * size + 2.5, low - 0.5, words, SIZE)
            x += 2 * size + 9 + self.canvas.fonts.width(words, SIZE)
        self.y = low + 2

    def _actions(self) -> None:
        parts = [part for one in self.scene.places for part in one.parts]
        used = {name for part in parts for name in part.amounts}
        samples = [
            (action, amounts)
            for action, amounts in _SAMPLES
            if ("kept" if action == "existing" else action) in used
        ]
        if not samples:
            return
        self._title(self._ui("actions"))
        top, high = self.y, 15.0
        for place, (action, amounts) in enumerate(samples):
            column, row = place % 2, place // 2
            x, y = self.x + column * self.width / 2, top + row * high + 8
            part = Part(0, parts[0].colour, action, amounts)
            disc(self.canvas, part, 5.6, x + 9, y, alone=True)
            self.canvas.text(x + 21, y + SIZE * 0.36, self._ui(f"action_{action}"), SIZE)
        self.y = top + (len(samples) + 1) // 2 * high + 1

    def _widths(self, scale: float) -> None:
        if not self.scene.flows:
            return
        self._title(f"{self._ui('widths')}{self.scene.view.compute_unit}")
        most = self.scene.flows[0].amount
        for value in (most, most / 5, most / 25):
            y = self.y + ROW / 2
            path = ribbon((self.x + 1, y), (self.x + 44, y), scale * sqrt(value), 0.0, 0.0)
            if path is not None:
                self.canvas.outline(path, fill=self.scene.flows[0].colour, alpha=0.6)
            self._row(number(value), left=50)
        self._row(self._ui("direction"), left=0)

    def _marks(self) -> None:
        view = self.scene.view
        self._title(self._ui("marks"))
        if any(one.cluster for one in self.scene.places):
            anchor(self.canvas, True, True, self.x + 9, self.y + ROW / 2)
            self._row(self._ui("cluster"))
        if not all(one.cluster for one in self.scene.places):
            anchor(self.canvas, False, True, self.x + 6, self.y + ROW / 2)
            anchor(self.canvas, False, False, self.x + 12, self.y + ROW / 2)
            self._row(self._ui("site"))
        if view.alike:
            badge(self.canvas, "A", self.x + 9, self.y + ROW / 2)
            self._row(self._ui("alike"))
        kinds = {line.kind for line in view.boundaries.lines}
        for kind in ("ten_dash", "undetermined"):
            if kind in kinds:
                y = self.y + ROW / 2
                self.canvas.lines([[(self.x, y), (self.x + 18, y)]], **LINES[kind])
                self._row(self._ui(f"line_{kind}"))


def _steps(first: float, last: float, step: float) -> list[float]:
    count = int((last - first) / step) + 1
    return [first + step * number_ for number_ in range(count)]


def _round_amounts(k: float) -> list[float]:
    """Round amounts whose circles have a good size."""
    found = []
    for wanted in (3.5, 7.5, 12.0):
        value = (wanted / k) ** 2
        power = 10.0 ** len(str(int(value))) / 10 if value >= 1 else 10.0 ** -_places(value)
        nice = min((1, 2, 5, 10), key=lambda by: abs(by - value / power))
        found.append(power * nice)
    return sorted(set(found))


def _places(value: float) -> int:
    """Digits after the point until the first that is not zero."""
    places = 0
    while value < 1 and places < 9:
        value *= 10
        places += 1
    return places
