"""A scene on the sheet: land, lines, flows, sites, names, scale, inset."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import shapely

from layout.labels import text
from layout.report.colours import INK, SEA
from layout.report.picture.canvas import Canvas
from layout.report.picture.ground import Box, Frame, Ground, dots, islands, strokes
from layout.report.picture.marks import CROWD, arranged, radius, ribbon, symbol
from layout.report.picture.places import Names, Stand, spread
from layout.report.picture.scene import Scene

BORDER = {"stroke": "#7d8994", "width": 0.45}
OUTSIDE = {"fill": "#eceff2", "dots": "#8d99a5"}
PROXY: dict[str, Any] = {"colour": "#8f8264", "width": 0.35}
LINES: dict[str, dict[str, Any]] = {
    "ten_dash": {"stroke": "#3c4650", "width": 1.5},
    "undetermined": {"stroke": "#3c4650", "width": 1.6, "linestyle": (0, (4, 2, 1, 2))},
    "province_at_sea": {"stroke": "#7d8994", "width": 0.6, "linestyle": (0, (4, 3))},
    "special_region": {"stroke": "#7d8994", "width": 0.6, "linestyle": (0, (2, 2))},
    "other": {"stroke": "#3c4650", "width": 1.0},
}
HATCH_PT, DOT_PT = 5.0, 4.5
NAME, CLUSTER = 7.4, 7.6
BEND, BEND_STEP = 0.12, 0.05
ROUND_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True)
class Drawing:
    """One scene in one frame; `k` is the radius of one EFLOPS, `flow` the width of √EFLOPS."""

    canvas: Canvas
    scene: Scene
    ground: Ground
    frame: Frame
    k: float
    flow: float

    def draw(self, beside: Box | None) -> None:
        """Everything; `beside` is the inset, which nothing else may cover."""
        self.canvas.box(self.frame.box, fill=SEA)
        with self.canvas.within(self.frame.box):
            self.land()
            stands = self._stands()
            self._flows(stands)
            crowd = len(self.scene.places) > CROWD
            for place, stand in zip(self.scene.places, stands, strict=True):
                if self._inside(stand.at):
                    symbol(self.canvas, place, self.k, stand.at, stand.shift, crowd)
        taken = [beside] if beside else []
        self._names(stands, [*taken, self._scale_bar()])

    def land(self) -> None:
        """Provinces with their shades and hatches, and the boundary lines."""
        proxies = self.scene.view.proxies & self.scene.view.included
        for code, area in self.ground.areas.items():
            fill = self.scene.fill(code)
            self.canvas.outline(
                self.frame.outline(area), fill=fill or OUTSIDE["fill"], **BORDER, joinstyle="round"
            )
            if fill is None:
                self._dotted(area)
            elif code in proxies:
                lines = strokes(area, HATCH_PT / self.frame.scale, self.frame)
                self.canvas.lines(lines, stroke=PROXY["colour"], width=PROXY["width"])
        for kind, lines_m in self.ground.lines:
            self.canvas.lines([self.frame.points(line) for line in lines_m], **LINES[kind])

    def _dotted(self, area: Any) -> None:
        points = dots(area, DOT_PT / self.frame.scale, self.frame)
        self.canvas.specks(points, 1.0, OUTSIDE["dots"])

    def _inside(self, at: tuple[float, float]) -> bool:
        left, top, right, bottom = self.frame.box
        return left <= at[0] <= right and top <= at[1] <= bottom

    def beyond(self) -> int:
        """How many sites lie outside the frame."""
        at = [self.frame.place(one.lat, one.lon) for one in self.scene.places]
        return sum(not self._inside(one) for one in at)

    def _stands(self) -> list[Stand]:
        stands = []
        for place in self.scene.places:
            _, wide, high = arranged([radius(part, self.k) for part in place.parts])
            stands.append(Stand(self.frame.place(place.lat, place.lon), wide, high))
        spread(stands)
        return stands

    def _flows(self, stands: list[Stand]) -> None:
        gap = {
            place.site: stand.radius * 0.6
            for place, stand in zip(self.scene.places, stands, strict=True)
        }
        for one in self.scene.flows:
            path = ribbon(
                self.frame.place(*one.start),
                self.frame.place(*one.end),
                max(0.4, self.flow * sqrt(one.amount)),
                BEND + BEND_STEP * (one.workload % 5),
                gap.get(one.site, 0.0),
            )
            if path is not None:
                self.canvas.outline(path, fill=one.colour, alpha=0.55)

    def _names(self, stands: list[Stand], taken: list[Box]) -> None:
        """Clusters first, then provinces; one without room is left out."""
        boxes = [stand.box for stand in stands if self._inside(stand.at)]
        for place, stand in zip(self.scene.places, stands, strict=True):
            x, y = stand.at[0] + stand.shift[0], stand.at[1] + stand.shift[1]
            if place.letter:
                a, b = x - stand.radius * 0.75, y + stand.height * 0.75
                boxes.append((a - 5, b - 5, a + 5, b + 5))
            for number in range(len(place.marks)):
                a = x + max(stand.radius, 4) * 0.75 + 2 + 10.5 * number
                b = y + max(stand.height, 4) * 0.75 + 2
                boxes.append((a - 5, b - 5, a + 5, b + 5))
        names = Names(self.canvas, self.frame.box, [*boxes, *taken])
        for place, stand in zip(self.scene.places, stands, strict=True):
            if place.cluster and self._inside(stand.at):
                words = self.canvas.fonts.shown(short(place.name))
                names.beside(self.canvas.fonts.cut(words, CLUSTER, 150), stand, CLUSTER)
        for code, province in self.scene.view.provinces.items():
            at = self.frame.place(province.lat, province.lon)
            words = self.canvas.fonts.shown(province.short(self.scene.view.lang))
            words += self.scene.sign(code)
            names.inside(words, at, self._sheet_area(code), NAME, colour="#46535f")

    def _sheet_area(self, code: str) -> Any:
        """A province in points on the sheet."""
        area = shapely.make_valid(self.ground.areas[code])
        return shapely.transform(area, self.frame.points)

    def _scale_bar(self) -> Box:
        """A bar of round length at the bottom left, and the box that it needs."""
        left, _, _, bottom = self.frame.box
        km = max(one for one in ROUND_KM if one * 1000 * self.frame.scale <= 90)
        x, y, long = left + 8, bottom - 9, km * 1000 * self.frame.scale
        for half, colour in ((0, INK), (1, "#ffffff")):
            start = x + half * long / 2
            self.canvas.box((start, y, start + long / 2, y + 3), fill=colour, stroke=INK, width=0.5)
        self.canvas.text(x, y - 3, f"{km} km", 6.8, halo=SEA)
        return (x - 4, y - 14, x + long + 4, bottom)

    def inset(self, box: Box) -> None:
        """The islands of the South China Sea, as every map of China shows them."""
        small = Drawing(self.canvas, self.scene, self.ground, islands(box), self.k, self.flow)
        self.canvas.box(box, fill=SEA)
        with self.canvas.within(box):
            small.land()
        self.canvas.box(box, stroke="#66737f", width=0.7)
        left, _, right, bottom = box
        words = text("map.ui.inset", self.scene.view.lang)
        size = 6.6
        middle = (left + right) / 2
        self.canvas.text(middle, bottom - 4, words, size, at="middle", halo=SEA)


def sizes(scene: Scene, land_width: float) -> tuple[float, float]:
    """Radius of one EFLOPS and width of the flow of one, by the width of the land in points."""
    most = max((sum(part.amounts.values()) for one in scene.places for part in one.parts),
               default=0.0)  # fmt: skip
    k = float(np.clip(land_width * 0.031, 7, 22)) / sqrt(most) if most > 0 else 1.0
    top = scene.flows[0].amount if scene.flows else 1.0
    return k, float(np.clip(land_width * 0.011, 2.2, 7)) / sqrt(top)


def short(name: str) -> str:
    """The name of a cluster without the word for it, to stand on the map."""
    for ending in ("数据中心集群", "集群", " data centre cluster", " cluster"):
        name = name.removesuffix(ending)
    return name
