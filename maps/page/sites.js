/* Sites and names on the map: symbols that make room for each other, names where there is room. */
"use strict";
(function () {
  const Y = window.LAYOUT, state = Y.state;

  /* ---- sites ----------------------------------------------------------------------------- */

  Y.addSites = function () {
    for (const site of Y.data().sites) {
      const marker = L.marker(site.at, {
        icon: L.divIcon({ className: "site", html: Y.el("span"), iconSize: [0, 0] }), riseOnHover: true
      });
      marker.bindTooltip(() => siteTip(site), { direction: "top", offset: [0, -6] });
      marker.bindPopup(() => Y.card(site.card), { maxWidth: 330 });
      marker.on("popupopen", () => Y.choose({ site: site.site }));
      marker.on("popupclose", () => Y.choose(null));
      state.sites.push({ site: site, marker: marker, shift: [0, 0], radius: 3, height: 3 });
    }
    Y.redraw();
  };

  function siteTip(site) {
    const lines = Y.classesOf(site).map(found => Y.el("div", { text: found[0].title + ": " + found[1].label }));
    return Y.el("div", {}, [Y.el("b", { text: site.name })].concat(lines));
  }

  /* Draw all symbols anew: on a change of zoom, of size, of the kinds shown. */
  Y.redraw = function () {
    if (!state.map || !state.sites.length) return;
    const growth = Math.min(2.2, Math.max(.8, Math.pow(2, (state.map.getZoom() - state.zoom0) * .4)));
    state.k = state.k0 * growth;
    for (const one of state.sites) {
      const extent = Y.extent(one.site, state.kinds, state.k);
      one.radius = extent.radius;
      one.height = extent.height;
      one.point = state.map.latLngToLayerPoint(one.site.at);
    }
    spread(state.sites);
    for (const one of state.sites) {
      if (!one.marker._map) one.marker.addTo(state.map);
      const node = one.marker.getElement();
      node.setAttribute("aria-label", [one.site.name].concat(Y.classesOf(one.site).map(found => found[1].label)).join(" · "));
      node.setAttribute("data-site", one.site.site);
      node.replaceChildren(Y.symbol(one.site, state.kinds, state.k, one.shift));
    }
    Y.placeNames();
    Y.sizeFlows();
    if (Y.legend) Y.legend();
  };

  /* Push symbols that overlap apart, each at most 34 px from its place. */
  function spread(sites) {
    const at = sites.map(one => [one.point.x, one.point.y]), crowd = sites.length > Y.CROWD;
    /* a crowd is pushed apart less thoroughly */
    const pairs = near(sites, crowd ? 8 : 70), rounds = crowd ? 10 : 60;
    for (let round = 0; round < rounds; round++) {
      for (const pair of pairs) push(sites, at, pair[0], pair[1]);
      sites.forEach(function (one, i) {
        let dx = (at[i][0] - one.point.x) * .985, dy = (at[i][1] - one.point.y) * .985;
        const length = Math.hypot(dx, dy);
        if (length > 34) { dx *= 34 / length; dy *= 34 / length; }
        at[i] = [one.point.x + dx, one.point.y + dy];
      });
    }
    sites.forEach((one, i) => { one.shift = [at[i][0] - one.point.x, at[i][1] - one.point.y]; });
  }

  /* Pairs whose symbols may come to touch when each is moved by half the margin. */
  function near(sites, margin) {
    const order = sites.map((_, i) => i).sort((a, b) => sites[a].point.x - sites[b].point.x);
    const most = sites.reduce((value, one) => Math.max(value, one.radius), 0), pairs = [];
    for (let a = 0; a < order.length; a++) {
      const one = sites[order[a]];
      for (let b = a + 1; b < order.length; b++) {
        const other = sites[order[b]], dx = other.point.x - one.point.x;
        if (dx > one.radius + most + margin) break;
        if (Math.hypot(dx, other.point.y - one.point.y) > one.radius + other.radius + margin) continue;
        pairs.push(order[a] < order[b] ? [order[a], order[b]] : [order[b], order[a]]);
      }
    }
    return pairs.sort((p, q) => p[0] - q[0] || p[1] - q[1]);
  }

  function push(sites, at, i, j) {
    const need = sites[i].radius + sites[j].radius + 1;
    let dx = at[j][0] - at[i][0], dy = at[j][1] - at[i][1], distance = Math.hypot(dx, dy);
    if (distance >= need) return;
    if (distance < .01) { dx = Math.cos(i * 2.4); dy = Math.sin(i * 2.4); distance = 1; }
    const move = (need - Math.min(distance, need)) / 2 / distance;
    const share = 2 * sites[i].radius / (sites[i].radius + sites[j].radius);
    at[i][0] -= dx * move * (2 - share); at[i][1] -= dy * move * (2 - share);
    at[j][0] += dx * move * share; at[j][1] += dy * move * share;
  }

  Y.openSite = function (code) {
    const one = state.sites.find(item => item.site.site === code);
    if (!one) return;
    state.moved = true;
    state.map.setView(one.site.at, Math.max(state.map.getZoom(), state.zoom0 + 2), { animate: false });
    one.marker.openPopup();
  };

  /* ---- names: a name that finds no free place is left out ---------------------------------- */

  Y.placeNames = function () {
    if (!state.names || !state.map.hasLayer(state.names)) return;
    state.names.clearLayers();
    const taken = state.sites.map(one => ({
      x0: one.point.x + one.shift[0] - one.radius, x1: one.point.x + one.shift[0] + one.radius,
      y0: one.point.y + one.shift[1] - one.height, y1: one.point.y + one.shift[1] + one.height
    }));
    for (const one of state.sites) {
      if (!one.site.letter) continue;
      const x = one.point.x + one.shift[0] - one.radius * .75, y = one.point.y + one.shift[1] + one.radius * .75;
      taken.push({ x0: x - 7, x1: x + 7, y0: y - 7, y1: y + 7 });
    }
    for (const one of state.sites) Y.classesOf(one.site).forEach(function (_, i) {
      const x = one.point.x + one.shift[0] + Math.max(one.radius, 5) * .75 + 3 + 14 * i;
      const y = one.point.y + one.shift[1] + Math.max(one.height, 5) * .75 + 3;
      taken.push({ x0: x - 7, x1: x + 7, y0: y - 7, y1: y + 7 });
    });
    for (const one of state.sites) if (one.site.cluster) placeName(one.site.short, one.site.at, "cluster", taken, one);
    const provinces = Y.data().provinces;
    state.provinces.eachLayer(function (layer) {
      const about = provinces[layer.feature.properties.adcode];
      placeName(about.short, about.at, "place", taken, null, layer.getElement());
    });
  };

  /* A province's name stays in it, or at most a line of text beside its usual place. */
  function belongs(path, x, y, shift) {
    if (!path || Math.hypot(shift[0], shift[1]) < 15) return true;
    const box = path.getBBox(), tiny = box.width < 32 && box.height < 32;
    return tiny ? Math.hypot(shift[0], shift[1]) < 34 : path.isPointInFill(new DOMPoint(x, y));
  }

  function inView(box) {
    const corner = state.map.containerPointToLayerPoint([0, 0]), size = state.map.getSize();
    return box.x0 > corner.x && box.y0 > corner.y && box.x1 < corner.x + size.x && box.y1 < corner.y + size.y;
  }

  function placeName(text, at, look, taken, near, path) {
    const point = state.map.latLngToLayerPoint(at), height = 13;
    const width = Y.wide(text, 11);
    const r = near ? near.radius + 3 : 0, sx = near ? near.shift[0] : 0, sy = near ? near.shift[1] : 0;
    const places = near
      ? [[0, near.height + 9], [0, -near.height - 9], [r + width / 2, 0], [-r - width / 2, 0]]
      : [[0, 0], [0, 13], [0, -13], [width * .7, 0], [-width * .7, 0], [0, 24], [0, -24], [width * .8, 14], [-width * .8, 14], [width * .8, -14], [-width * .8, -14]];
    for (const place of places) {
      const x = point.x + sx + place[0], y = point.y + sy + place[1];
      const box = { x0: x - width / 2, x1: x + width / 2, y0: y - height / 2, y1: y + height / 2 };
      if (!inView(box) || !belongs(path, x, y, place) || taken.some(o => Y.crossing(o, box))) continue;
      taken.push(box);
      const where = state.map.layerPointToLatLng([x, y]);
      state.names.addLayer(L.marker(where, {
        interactive: false, keyboard: false, pane: "overlayPane",
        icon: L.divIcon({ className: "label", html: Y.el("span", { "class": "name " + look, text: text }), iconSize: [0, 0] })
      }));
      return;
    }
  }
})();
