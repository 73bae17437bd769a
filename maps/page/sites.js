/* Sites on a map: symbols that make room for each other. */
"use strict";
(function () {
  const Y = window.LAYOUT;

  /* The sites of the scene; their marks stay from year to year and from language to language. */
  Y.setSites = function (view) {
    const known = new Map(view.sites.map(one => [one.site.site, one]));
    view.sites = view.scene.sites.map(function (site) {
      const one = known.get(site.site) || newSite(view, site);
      known.delete(site.site);
      one.site = site;
      one.marker.setLatLng(site.at);
      return one;
    });
    known.forEach(one => one.marker.remove());
  };

  function newSite(view, site) {
    const one = { site: site, marker: null, shift: [0, 0], radius: 3, height: 3, point: null };
    one.marker = L.marker(site.at, {
      icon: L.divIcon({ className: "site", html: Y.el("span"), iconSize: [0, 0] }), riseOnHover: true
    });
    one.marker.bindTooltip(() => siteTip(view, one.site), { direction: "top", offset: [0, -6] });
    one.marker.bindPopup(() => Y.card(view.scene, one.site.card), { maxWidth: 330 });
    one.marker.on("popupopen", () => Y.choose({ site: site.site }));
    one.marker.on("popupclose", () => Y.choose(null));
    return one;
  }

  function siteTip(view, site) {
    const lines = Y.classesOf(view.scene, site).map(found => Y.el("div", { text: found[0].title + ": " + found[1].label }));
    return Y.el("div", {}, [Y.el("b", { text: site.name })].concat(lines));
  }

  /* Draw all symbols of a map anew: on a change of zoom, of size, of year, of the kinds shown. */
  Y.redraw = function (view) {
    if (view.zoom0 === null || !view.sites.length) return;
    const growth = Math.min(2.2, Math.max(.8, Math.pow(2, (view.map.getZoom() - view.zoom0) * .4)));
    view.k = view.k0 * growth;
    for (const one of view.sites) {
      const extent = Y.extent(view.scene, one.site, view.k);
      one.radius = extent.radius;
      one.height = extent.height;
      one.point = view.map.latLngToLayerPoint(one.site.at);
    }
    spread(view.sites);
    for (const one of view.sites) {
      if (!one.marker._map) one.marker.addTo(view.map);
      const node = one.marker.getElement(), classes = Y.classesOf(view.scene, one.site).map(found => found[1].label);
      node.setAttribute("aria-label", [one.site.name].concat(classes).join(" · "));
      node.setAttribute("data-site", one.site.site);
      node.replaceChildren(Y.symbol(view.scene, one.site, view.k, one.shift));
    }
    Y.placeNames(view);
    Y.sizeFlows(view);
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

  /* Zoom to a site and open it, on the first map that has it. */
  Y.openSite = function (code) {
    const has = item => item.site.site === code, view = Y.views.find(shown => shown.sites.some(has));
    if (!view) return;
    const one = view.sites.find(has);
    view.moved = true;
    view.map.setView(one.site.at, Math.max(view.map.getZoom(), view.zoom0 + 2), { animate: false });
    one.marker.openPopup();
  };
})();
