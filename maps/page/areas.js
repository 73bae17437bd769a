/* Start areas of the clusters: county-level units, dashed where the area is only a part of one. */
"use strict";
(function () {
  const Y = window.LAYOUT, el = Y.el, svg = Y.svg;
  const LOOK = { color: "#6a1b7a", weight: 1.4, fillColor: "#e9cdf1", fillOpacity: .5 };
  const DASH = "4 3";

  Y.layers.areas = function (view) {
    const group = L.featureGroup();
    view.scene.areas.forEach(function (area, number) {
      const card = () => view.scene.areas[number].card;
      const shape = L.geoJSON(area.geometry, {
        pane: "flows", style: Object.assign({ className: "start-area", dashArray: area.whole ? null : DASH }, LOOK)
      });
      shape.bindTooltip(() => el("b", { text: card().title }), { sticky: true });
      shape.bindPopup(() => Y.card(view.scene, card()), { maxWidth: 330 });
      group.addLayer(shape);
    });
    group.on("add", () => group.eachLayer(shape => shape.bringToBack()));
    return group;
  };

  function mark(dash) {
    return svg("svg", { width: 22, height: 14, viewBox: "-11 -7 22 14", "aria-hidden": "true" }, [
      svg("rect", { x: -9, y: -5, width: 18, height: 10, stroke: LOOK.color, "stroke-width": 1.4, "stroke-dasharray": dash, fill: LOOK.fillColor, "fill-opacity": LOOK.fillOpacity })
    ]);
  }

  Y.layerMarks.areas = () => mark("none");

  Y.legendParts.push(function (view) {
    if (!Y.on("areas", "") || !view.scene.areas || !view.scene.areas.length) return null;
    const words = view.scene.words, row = (sign, text) => el("div", { "class": "row" }, [sign, el("span", { text: text })]);
    return { title: words.areas, body: el("div", {}, [row(mark("none"), words.area_whole), row(mark(DASH), words.area_part)]) };
  });
})();
