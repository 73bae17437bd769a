/* Starts the page and fits China into whatever window there is. */
"use strict";
(function () {
  const Y = window.LAYOUT, state = Y.state;
  const INSET = { width: 118, height: 158, edge: 8 };

  /* Called by folium when everything is on the map. */
  Y.start = function (map, provinces) {
    state.map = map;
    state.provinces = provinces;
    document.body.appendChild(Y.patterns());
    if (state.hatch) state.hatch();
    Y.drawLines(map, "lines");
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
    const control = map.getContainer().querySelector(".leaflet-control-layers");
    document.getElementById("ly-layers").appendChild(control);
    Y.keyLayers(control);
    const inset = L.DomUtil.create("div", "ly-inset-holder", map.getContainer());
    state.holder = inset;
    const window_ = L.DomUtil.create("div", "ly-inset", inset);
    inset.appendChild(Y.el("span", { text: Y.data().words.inset }));
    L.DomEvent.disableClickPropagation(inset);
    Y.drawInset(window_);
    Y.fit();
    Y.shade(Y.drawChoice());
    Y.drawFigures();
    Y.drawSites();
    Y.addSites();
    map.on("dragstart", () => { state.moved = true; });
    map.on("zoomend", Y.redraw);
    map.on("moveend", function () { Y.placeNames(); Y.placeReach(); });
    map.on("resize", function () { if (!state.moved) { Y.fit(); Y.redraw(); } });
    map.getContainer().querySelectorAll(".leaflet-control-zoom a").forEach(a => a.addEventListener("click", () => { state.moved = true; }));
    addHome(map);
    document.addEventListener("keydown", event => { if (event.key === "Escape") map.closePopup(); });
    document.documentElement.setAttribute("data-ready", "1");
  };

  /* A third button below + and −: the whole country again. */
  function addHome(map) {
    const word = Y.data().words.home;
    const button = Y.el("a", { href: "#", role: "button", title: word, "aria-label": word, "class": "ly-home", text: "⌂" });
    map.getContainer().querySelector(".leaflet-control-zoom").appendChild(button);
    L.DomEvent.on(button, "click", function (event) {
      L.DomEvent.stop(event);
      state.moved = false;
      map.closePopup();
      Y.fit();
      Y.redraw();
    });
  }

  /* Projected extents: of the land north of 18.1° N, and of everything with the ten dashes. */
  function extents() {
    if (state.extents) return state.extents;
    const crs = state.map.options.crs, land = L.bounds([]), all = L.bounds([]);
    const at = place => crs.transformation.transform(crs.projection.project(place), 1);
    const walk = function (part) {
      if (part.lat === undefined) { part.forEach(walk); return; }
      const point = at(part);
      all.extend(point);
      if (part.lat > 18.1) land.extend(point);
    };
    state.provinces.eachLayer(layer => walk(layer.getLatLngs()));
    const lines = function (part) {
      if (typeof part[0] !== "number") { part.forEach(lines); return; }
      all.extend(at(L.latLng(part[1], part[0])));
    };
    Y.data().lines.forEach(line => lines(line.geometry.coordinates));
    state.extents = { land: land, all: all, taiwan: at(L.latLng(23.5, 122.9)) };
    return state.extents;
  }

  /* Either the land with the islands in an inset (it must stay clear of Taiwan and the dash beside
     it), or, in a tall window, everything at once: whichever draws the land larger. */
  Y.fit = function () {
    const map = state.map, crs = map.options.crs;
    map.invalidateSize({ animate: false, pan: false });
    const size = map.getSize(), extent = extents(), aside = INSET.width + INSET.edge + 6;
    const scale = function (bounds, right, below) {
      const b = bounds.getSize();
      return Math.min((size.x - 16 - right) / b.x, (size.y - 16 - below) / b.y);
    };
    let best = 0, padding = 0;
    for (let right = 0; right <= aside; right += 4) {
      const k = scale(extent.land, right, 14);
      const taiwan = size.x - 8 - right - (extent.land.max.x - extent.taiwan.x) * k;
      if (taiwan <= size.x - aside) { best = k; padding = right; break; }
    }
    const whole = scale(extent.all, 0, 0), inset = best > whole * 1.06;
    const bounds = inset ? extent.land : extent.all;
    const zoom = Math.floor(Math.log2((inset ? best : whole) / 256) * 20) / 20;
    const k = 256 * Math.pow(2, zoom);
    const middle = bounds.getCenter().add(L.point(inset ? padding / 2 / k : 0, inset ? 5 / k : 0));
    state.holder.style.display = inset ? "" : "none";
    setSizes(bounds.getSize().x * k, zoom);
    map.options.minZoom = zoom - 1;
    map.setView(crs.projection.unproject(crs.transformation.untransform(middle, 1)), zoom, { animate: false });
  };

  /* The largest site and the widest flow follow the width of the land on the screen. */
  function setSizes(width, zoom) {
    let most = 0;
    for (const site of Y.data().sites) {
      for (const part of site.kinds) {
        most = Math.max(most, Object.values(part.parts).reduce((a, b) => a + b, 0));
      }
    }
    state.k0 = most > 0 ? Math.max(9, Math.min(26, width * .031)) / Math.sqrt(most) : 1;
    const top = Y.data().flows.length ? Y.data().flows[0].amount : 1;
    state.flowScale = Math.max(3, Math.min(9, width * .011)) / 3.2 / Math.sqrt(top);
    state.zoom0 = zoom;
    state.small = width < 500;
  }
})();
