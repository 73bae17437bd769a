/* What lies on a map: provinces, hatching, reach, boundary lines, the inset; and its list of layers. */
"use strict";
(function () {
  const Y = window.LAYOUT, page = Y.page;

  /* One map of the page: a plan ("a", "b" or "d") on a Leaflet map whose provinces are drawn. */
  Y.makeView = function (plan, map, provinces) {
    const view = {
      plan: plan, map: map, provinces: provinces, scene: Y.scene(plan, page.year, page.lang),
      groups: new Map(), flows: new Map(), sites: [], names: null, inset: null, holder: null,
      k: 1, k0: 1, flowScale: 1, zoom0: null, moved: false, chosenReach: null
    };
    Y.views.push(view);
    provinces.eachLayer(layer => bindProvince(view, layer));
    return view;
  };

  /* ---- provinces ------------------------------------------------------------------------- */

  function bindProvince(view, layer) {
    const code = layer.feature.properties.adcode;
    layer.bindTooltip(() => provinceTip(view, code), { sticky: true });
    layer.bindPopup(() => Y.card(view.scene, view.scene.provinces[code].card), { maxWidth: 330 });
    layer.on("popupopen", () => Y.choose({ province: code }));
    layer.on("popupclose", () => Y.choose(null));
    const path = layer.getElement();
    path.setAttribute("data-adcode", code);
    path.setAttribute("tabindex", "0");
    path.setAttribute("role", "button");
    path.addEventListener("keydown", function (event) {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      layer.openPopup(L.latLng(view.scene.provinces[code].at));
    });
  }

  function provinceTip(view, code) {
    const metric = Y.metricOf(view), outside = view.scene.outside.includes(code);
    const value = metric ? metric.label + " " + (metric.shown[code] || "–") : "";
    return Y.el("div", {}, [
      Y.el("b", { text: view.scene.provinces[code].name }),
      Y.el("div", { text: outside ? view.scene.words.outside : value })
    ]);
  }

  /* The chosen quantity in the scene of a map; null where it has no values then. */
  Y.metricOf = function (view) {
    return view.scene.metrics.find(metric => metric.key === page.metric) || null;
  };

  function fill(view, code) {
    const metric = Y.metricOf(view);
    if (view.scene.outside.includes(code)) return "url(#ly-outside)";
    const value = metric ? metric.values[code] : undefined;
    if (value === undefined) return "#ffffff";
    if (value === 0 && metric.zero) return metric.zero;
    let bin = 0;
    while (bin < metric.breaks.length && value >= metric.breaks[bin]) bin++;
    return Y.shadeOf(metric, bin);
  }

  /* A base map is seen through the shades. */
  Y.shadeOpacity = () => Y.on("tiles", "") ? .55 : 1;

  /* Colour the provinces of a map and name them with their value. */
  Y.shade = function (view) {
    const metric = Y.metricOf(view), about = view.scene.provinces;
    view.provinces.eachLayer(function (layer) {
      const code = layer.feature.properties.adcode, colour = fill(view, code);
      layer.setStyle({ fillColor: colour, fillOpacity: Y.shadeOpacity(), color: "#7d8994", weight: .7 });
      const value = view.scene.outside.includes(code) ? view.scene.words.outside : metric ? metric.shown[code] || "–" : "";
      layer.getElement().setAttribute("aria-label", about[code].name + (value ? ": " + value : ""));
    });
    if (view.inset) view.inset.setStyle(feature => ({ fillColor: fill(view, feature.properties.adcode) }));
  };

  /* ---- layers by type -------------------------------------------------------------------- */

  /* A layer that does something when it is put on the map and when it is taken off. */
  Y.Switch = L.Layer.extend({
    initialize: function (on, off) { this._on = on; this._off = off; },
    onAdd: function () { this._on(); },
    onRemove: function () { this._off(); }
  });

  /* What a layer draws on a map, made when it is first shown; sites and classes are drawn by
     Y.redraw. A maker takes (view, key) and gives a Leaflet layer. */
  Y.layers = { proxy: hatchLayer };

  /* Put on every map the layers that are on, take off the others. */
  Y.applyLayers = function (view) {
    for (const layer of view.scene.layers) {
      const id = layer.type + ":" + layer.key, make = Y.layers[layer.type], on = page.shown.has(id);
      if (!make) continue;
      if (on && !view.groups.has(id)) view.groups.set(id, make(view, layer.key));
      const group = view.groups.get(id);
      if (group && on !== view.map.hasLayer(group)) on ? group.addTo(view.map) : group.remove();
    }
  };

  /* A choice in the list of layers. */
  Y.toggle = function (type, key, on) {
    const id = type + ":" + key;
    on ? page.shown.add(id) : page.shown.delete(id);
    for (const view of Y.views) {
      Y.applyLayers(view);
      if (!Y.layers[type] || type === "names") Y.redraw(view);
      if (type === "flows") Y.showFlows(view);
    }
    Y.legend();
  };

  Y.wide = function (text, size) {
    return Array.from(text).reduce((sum, c) => sum + (c.charCodeAt(0) > 255 ? size + .5 : size * .56), 0) + 6;
  };

  Y.crossing = function (a, b) {
    return a.x0 < b.x1 && a.x1 > b.x0 && a.y0 < b.y1 && a.y1 > b.y0;
  };

  function hatchLayer(view) {
    const group = L.featureGroup();
    view.provinces.eachLayer(function (layer) {
      if (!view.scene.proxies.includes(layer.feature.properties.adcode)) return;
      group.addLayer(L.polygon(layer.getLatLngs(), {
        pane: "hatch", className: "proxy", interactive: false, stroke: false,
        fillColor: "url(#ly-proxy)", fillOpacity: 1, smoothFactor: .6
      }));
    });
    return group;
  }

  /* ---- choice: flows of the chosen place stand out, a chosen cluster shows its reach -------- */

  Y.choose = function (choice) {
    page.chosen = choice;
    for (const view of Y.views) {
      if (view.chosenReach) view.chosenReach.remove();
      view.chosenReach = null;
      if (choice && choice.site) {
        view.chosenReach = Y.reachOf(view, choice.site);
        view.chosenReach.addTo(view.map);
      }
      Y.highlight(view);
    }
  };

  /* What other files draw anew when the scene of a map changes: takers of a view. */
  Y.refreshers = [];

  /* ---- the scene changes: another year, another language, another plan ---------------------- */

  Y.refresh = function (view) {
    view.scene = Y.scene(view.plan, page.year, page.lang);
    Y.shade(view);
    Y.setFlows(view);
    Y.setSites(view);
    Y.redraw(view);
    if (view.holder) view.holder.lastChild.textContent = view.scene.words.inset;
    for (const more of Y.refreshers) more(view);
    const open = view.map._popup;
    if (open && open.isOpen()) open.update();
  };

  /* ---- boundary lines and the inset of the South China Sea --------------------------------- */

  const LINES = {
    ten_dash: { color: "#3c4650", weight: 2 },
    undetermined: { color: "#3c4650", weight: 2.2, dashArray: "6 3 1.5 3" },
    province_at_sea: { color: "#7d8994", weight: .8, dashArray: "4 3" },
    special_region: { color: "#7d8994", weight: .8, dashArray: "2 2" },
    other: { color: "#3c4650", weight: 1.4 }
  };

  Y.drawLines = function (scene, map, pane) {
    for (const line of scene.lines) {
      L.geoJSON(line.geometry, {
        pane: pane, interactive: false,
        style: Object.assign({ className: "line " + line.kind, fill: false }, LINES[line.kind])
      }).addTo(map);
    }
  };

  Y.drawInset = function (view) {
    view.holder = L.DomUtil.create("div", "ly-inset-holder", view.map.getContainer());
    const window_ = L.DomUtil.create("div", "ly-inset", view.holder);
    view.holder.appendChild(Y.el("span", { text: view.scene.words.inset }));
    L.DomEvent.disableClickPropagation(view.holder);
    const map = L.map(window_, {
      crs: view.map.options.crs, zoomControl: false, attributionControl: false, dragging: false,
      scrollWheelZoom: false, doubleClickZoom: false, boxZoom: false, keyboard: false, touchZoom: false,
      zoomSnap: 0, zoomAnimation: false
    });
    const size = map.getSize(), scale = 128 / (Math.PI * 6378137);
    const zoom = Math.log2(Math.min(size.x / (1.72e6 * scale), size.y / (2.5e6 * scale)));
    map.setView([13.6, 113.4], zoom, { animate: false });
    const features = [];
    view.provinces.eachLayer(layer => features.push(layer.feature));
    view.inset = L.geoJSON({ type: "FeatureCollection", features: features }, {
      interactive: false, style: { className: "inset-province", weight: .5, color: "#7d8994", fillOpacity: 1 }
    }).addTo(map);
    Y.drawLines(view.scene, map, "overlayPane");
  };
})();
