/* Names on a map, where there is room: a name that finds no free place is left out. */
"use strict";
(function () {
  const Y = window.LAYOUT;

  Y.placeNames = function (view) {
    if (!view.names || !view.map.hasLayer(view.names) || view.zoom0 === null) return;
    const names = [], taken = view.sites.map(one => ({
      x0: one.point.x + one.shift[0] - one.radius, x1: one.point.x + one.shift[0] + one.radius,
      y0: one.point.y + one.shift[1] - one.height, y1: one.point.y + one.shift[1] + one.height
    }));
    for (const one of view.sites) {
      if (!one.site.letter) continue;
      const x = one.point.x + one.shift[0] - one.radius * .75, y = one.point.y + one.shift[1] + one.radius * .75;
      taken.push({ x0: x - 7, x1: x + 7, y0: y - 7, y1: y + 7 });
    }
    for (const one of view.sites) Y.classesOf(view.scene, one.site).forEach(function (_, i) {
      const x = one.point.x + one.shift[0] + Math.max(one.radius, 5) * .75 + 3 + 14 * i;
      const y = one.point.y + one.shift[1] + Math.max(one.height, 5) * .75 + 3;
      taken.push({ x0: x - 7, x1: x + 7, y0: y - 7, y1: y + 7 });
    });
    for (const one of view.sites) if (one.site.cluster) names.push(placeName(view, one.site.short, one.site.at, "cluster", taken, one));
    const provinces = view.scene.provinces;
    view.provinces.eachLayer(function (layer) {
      const about = provinces[layer.feature.properties.adcode];
      names.push(placeName(view, about.short, about.at, "place", taken, null, layer));
    });
    view.names.home.replaceChildren(...names.filter(name => name));
  };

  /* The layer of names: one element, moved by the map with everything else. */
  Y.layers.names = function (view) {
    view.names = new Y.Switch(
      function () {
        view.names.home = view.map.getPane("overlayPane").appendChild(Y.el("div", { "class": "names" }));
        Y.placeNames(view);
      },
      () => view.names.home.remove());
    return view.names;
  };

  /* A province's name stays in it, or at most a line of text beside its usual place. Leaflet's own
     shapes are asked, not the page's: that would have it laid out anew. */
  function belongs(layer, x, y, shift) {
    if (!layer || Math.hypot(shift[0], shift[1]) < 15) return true;
    const box = layer._pxBounds.getSize(), tiny = box.x < 32 && box.y < 32;
    return tiny ? Math.hypot(shift[0], shift[1]) < 34 : layer._containsPoint(L.point(x, y));
  }

  function inView(map, box) {
    const corner = map.containerPointToLayerPoint([0, 0]), size = map.getSize();
    return box.x0 > corner.x && box.y0 > corner.y && box.x1 < corner.x + size.x && box.y1 < corner.y + size.y;
  }

  function placeName(view, text, at, look, taken, near, layer) {
    const point = view.map.latLngToLayerPoint(at), height = 13;
    const width = Y.wide(text, look === "cluster" ? 12 : 11);
    const r = near ? near.radius + 3 : 0, sx = near ? near.shift[0] : 0, sy = near ? near.shift[1] : 0;
    const places = near
      ? [[0, near.height + 9], [0, -near.height - 9], [r + width / 2, 0], [-r - width / 2, 0]]
      : [[0, 0], [0, 13], [0, -13], [width * .7, 0], [-width * .7, 0], [0, 24], [0, -24], [width * .8, 14], [-width * .8, 14], [width * .8, -14], [-width * .8, -14]];
    for (const place of places) {
      const x = point.x + sx + place[0], y = point.y + sy + place[1];
      const box = { x0: x - width / 2, x1: x + width / 2, y0: y - height / 2, y1: y + height / 2 };
      if (!inView(view.map, box) || taken.some(o => Y.crossing(o, box)) || !belongs(layer, x, y, place)) continue;
      taken.push(box);
      const name = Y.el("div", { "class": "label" }, [Y.el("span", { "class": "name " + look, text: text })]);
      name.style.transform = "translate(" + Math.round(x) + "px," + Math.round(y) + "px)";
      return name;
    }
    return null;
  }
})();
