/* Fits China into whatever window there is, or the part of it that the plan is about. */
"use strict";
(function () {
  const Y = window.LAYOUT;
  const INSET = { width: 118, height: 158, edge: 8 };
  /* A plan within this share of the width and height of the land is shown close by at first. */
  const SMALL = 0.3;

  /* Projected extents: of the land north of 18.1° N, and of everything with the ten dashes. */
  function extents(view) {
    if (view.extents) return view.extents;
    const crs = view.map.options.crs, land = L.bounds([]), all = L.bounds([]);
    const at = place => crs.transformation.transform(crs.projection.project(place), 1);
    const walk = function (part) {
      if (part.lat === undefined) { part.forEach(walk); return; }
      const point = at(part);
      all.extend(point);
      if (part.lat > 18.1) land.extend(point);
    };
    view.provinces.eachLayer(layer => walk(layer.getLatLngs()));
    const lines = function (part) {
      if (typeof part[0] !== "number") { part.forEach(lines); return; }
      all.extend(at(L.latLng(part[1], part[0])));
    };
    view.scene.lines.forEach(line => lines(line.geometry.coordinates));
    view.extents = { land: land, all: all, taiwan: at(L.latLng(23.5, 122.9)) };
    return view.extents;
  }

  /* Either the land with the islands in an inset (it must stay clear of Taiwan and the dash beside
     it), or, in a tall window, everything at once: whichever draws the land larger. */
  Y.fit = function (view) {
    const map = view.map, crs = map.options.crs;
    map.invalidateSize({ animate: false, pan: false });
    const size = map.getSize(), extent = extents(view), aside = INSET.width + INSET.edge + 6;
    if (size.x < 60 || size.y < 60) return;
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
    view.holder.style.display = inset ? "" : "none";
    setSizes(view, bounds.getSize().x * k, zoom);
    map.options.minZoom = zoom - 1;
    const part = view.whole ? null : partOf(view, extent.land);
    if (part) {
      const near = Math.min((size.x - 60) / part.getSize().x, (size.y - 40) / part.getSize().y);
      show(map, part.getCenter(), Math.log2(Math.max(near, k) / 256));
    } else show(map, middle, zoom);
  };

  function show(map, point, zoom) {
    const crs = map.options.crs;
    map.setView(crs.projection.unproject(crs.transformation.untransform(point, 1)), zoom, { animate: false });
  }

  /* All sites and zones with the provinces of the sites, if that is a small part of the land. */
  function partOf(view, land) {
    const crs = view.map.options.crs, found = L.bounds([]), sites = view.scene.sites;
    const homes = new Set(sites.map(site => site.province));
    const extend = function (part) {
      if (Array.isArray(part)) part.forEach(extend);
      else found.extend(crs.transformation.transform(crs.projection.project(part), 1));
    };
    for (const place of [...sites, ...Object.values(view.scene.zones)]) extend(L.latLng(place.at));
    view.provinces.eachLayer(layer => { if (homes.has(layer.feature.properties.adcode)) extend(layer.getLatLngs()); });
    const size = found.getSize(), whole = land.getSize();
    return size.x > whole.x * SMALL || size.y > whole.y * SMALL ? null : found;
  }

  /* The largest site and the widest flow of all years follow the width of the land on the screen. */
  function setSizes(view, width, zoom) {
    const most = Y.frames().most[view.plan];
    view.k0 = most.disc > 0 ? Math.max(9, Math.min(26, width * .031)) / Math.sqrt(most.disc) : 1;
    view.flowScale = most.flow > 0 ? Math.max(3, Math.min(9, width * .011)) / 3.2 / Math.sqrt(most.flow) : 1;
    view.zoom0 = zoom;
    Y.small = width < 500;
  }
})();
