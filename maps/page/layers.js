/* What lies on the map: provinces, flows, reach, hatching, boundary lines, the inset. */
"use strict";
(function () {
  const Y = window.LAYOUT, state = Y.state = {
    map: null, provinces: null, metric: null, kinds: new Set(), classes: new Set(), flows: [], sites: [], names: null,
    k: 1, k0: 1, flowScale: 1, zoom0: null, chosen: null, moved: false
  };
  const FLOW_STEP = .05;

  /* ---- provinces ------------------------------------------------------------------------- */

  /* Called by folium for every province. */
  Y.province = function (feature, layer) {
    const code = feature.properties.adcode, about = Y.data().provinces[code];
    layer.bindTooltip(() => provinceTip(code), { sticky: true });
    layer.bindPopup(() => Y.card(about.card), { maxWidth: 330 });
    layer.on("popupopen", () => Y.choose({ province: code }));
    layer.on("popupclose", () => Y.choose(null));
    layer.on("add", function () {
      const path = layer.getElement();
      path.setAttribute("data-adcode", code);
      path.setAttribute("tabindex", "0");
      path.setAttribute("role", "button");
      path.setAttribute("aria-label", about.name);
      path.addEventListener("keydown", function (event) {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        layer.openPopup(L.latLng(about.at));
      });
    });
  };

  function provinceTip(code) {
    const about = Y.data().provinces[code], metric = state.metric, words = Y.data().words;
    const value = metric && metric.shown[code];
    const outside = Y.data().outside.includes(code);
    return Y.el("div", {}, [
      Y.el("b", { text: about.name }),
      Y.el("div", { text: outside ? words.outside : metric ? metric.label + " " + (value || "–") : "" })
    ]);
  }

  Y.fill = function (code) {
    const metric = state.metric;
    if (Y.data().outside.includes(code)) return "url(#ly-outside)";
    const value = metric ? metric.values[code] : undefined;
    if (value === undefined) return "#ffffff";
    if (value === 0 && metric.zero) return metric.zero;
    let bin = 0;
    while (bin < metric.breaks.length && value >= metric.breaks[bin]) bin++;
    return metric.colours[bin];
  };

  Y.shade = function (key) {
    state.metric = Y.data().metrics.find(metric => metric.key === key) || null;
    const style = feature => ({
      fillColor: Y.fill(feature.properties.adcode), fillOpacity: 1, color: "#7d8994", weight: .7
    });
    state.provinces.setStyle(style);
    if (state.inset) state.inset.setStyle(feature => Object.assign(style(feature), { weight: .5 }));
  };

  /* ---- layers by type -------------------------------------------------------------------- */

  /* Called by folium for every entry of the layer list. */
  Y.layer = function (type, key) {
    return { classes: classLayer, sites: kindLayer, flows: flowLayer, reach: reachLayer, proxy: hatchLayer, names: namesLayer }[type](key);
  };

  const Switch = L.Layer.extend({
    initialize: function (on, off) { this._on = on; this._off = off; },
    onAdd: function () { this._on(); },
    onRemove: function () { this._off(); }
  });

  function kindLayer(kind) {
    return new Switch(
      function () { state.kinds.add(kind); Y.redraw(); },
      function () { state.kinds.delete(kind); Y.redraw(); }
    );
  }

  function classLayer(key) {
    return new Switch(
      function () { state.classes.add(key); Y.redraw(); },
      function () { state.classes.delete(key); Y.redraw(); }
    );
  }

  function flowLayer(key) {
    const workload = Y.data().workloads.findIndex(one => one.workload === key);
    const kind = Y.data().workloads[workload].kind;
    const group = L.featureGroup();
    for (const flow of Y.data().flows) {
      if (flow.workload !== key) continue;
      const ribbon = new Y.Ribbon([flow.from, flow.to], {
        pane: "flows", className: "flow", fillColor: Y.data().kinds[kind].colour,
        bend: .12 + FLOW_STEP * (workload % 5)
      });
      ribbon.flow = flow;
      ribbon.bindTooltip(() => Y.el("div", { text: flow.tip }), { sticky: true });
      group.addLayer(ribbon);
      state.flows.push(ribbon);
    }
    group.on("add", () => { Y.sizeFlows(); highlight(); });
    return group;
  }

  Y.flowWidth = function (amount) {
    return Math.max(.5, 3.2 * state.flowScale * Math.sqrt(amount));
  };

  Y.sizeFlows = function () {
    const radius = {};
    state.sites.forEach(one => { radius[one.site.site] = one.radius; });
    for (const ribbon of state.flows) {
      ribbon.options.width = Y.flowWidth(ribbon.flow.amount);
      ribbon.options.gap = (radius[ribbon.flow.site] || 0) * .6;
      if (ribbon._map) ribbon._updatePath();
    }
  };

  function reachLayer(key) {
    const group = L.featureGroup();
    for (const one of Y.data().reach) if (one.layer === key) addReach(group, one);
    return group;
  }

  function addReach(group, one) {
    const oneWay = one.layer.endsWith("one_way");
    group.addLayer(L.polygon(one.ring, {
      pane: "reach", className: "reach", interactive: false, color: oneWay ? "#6b3fa0" : "#8c5a00",
      weight: 1.4, dashArray: oneWay ? "2 4" : "7 4", fillColor: "#e69f00", fillOpacity: .035
    }));
    const text = Y.el("span", { "class": "reach-label" + (oneWay ? " one-way" : ""), text: one.label });
    const label = L.marker(one.ring[0], {
      interactive: false, keyboard: false, icon: L.divIcon({ className: "label", html: text, iconSize: [0, 0] })
    });
    label.reach = one;
    label.on("add", Y.placeReach);
    group.addLayer(label);
  }

  /* Every label at a point of its ring that is in view and free of other labels, if there is one. */
  Y.placeReach = function () {
    const taken = [], size = state.map.getSize();
    state.map.eachLayer(function (label) {
      if (!label.reach || !label._icon) return;
      const ring = label.reach.ring, width = Y.wide(label.reach.label, 11), half = ring.length / 2;
      const free = function (place) {
        const p = state.map.latLngToContainerPoint(place);
        const box = { x0: p.x - width / 2, x1: p.x + width / 2, y0: p.y - 8, y1: p.y + 8 };
        if (box.x0 < 45 || box.y0 < 4 || box.x1 > size.x - 4 || box.y1 > size.y - 4) return false;
        if (taken.some(o => Y.crossing(o, box))) return false;
        taken.push(box);
        return true;
      };
      let place = null;
      for (let i = 0; i <= half && !place; i++) {
        place = [ring[i], ring[(ring.length - i) % ring.length]].find(free) || null;
      }
      label.setLatLng(place || ring[0]);
      label._icon.style.visibility = place ? "" : "hidden";
    });
  };

  Y.wide = function (text, size) {
    return Array.from(text).reduce((sum, c) => sum + (c.charCodeAt(0) > 255 ? size + .5 : size * .56), 0) + 6;
  };

  Y.crossing = function (a, b) {
    return a.x0 < b.x1 && a.x1 > b.x0 && a.y0 < b.y1 && a.y1 > b.y0;
  };

  function hatchLayer() {
    const group = L.featureGroup();
    state.hatch = function () {
      state.provinces.eachLayer(function (layer) {
        if (!Y.data().proxies.includes(layer.feature.properties.adcode)) return;
        group.addLayer(L.polygon(layer.getLatLngs(), {
          pane: "hatch", className: "proxy", interactive: false, stroke: false,
          fillColor: "url(#ly-proxy)", fillOpacity: 1, smoothFactor: .6
        }));
      });
    };
    return group;
  }

  function namesLayer() {
    state.names = L.layerGroup();
    state.names.on("add", () => Y.redraw());
    return state.names;
  }

  /* ---- choice: flows of the chosen place stand out, a chosen cluster shows its reach -------- */

  Y.choose = function (choice) {
    state.chosen = choice;
    if (state.chosenReach) state.chosenReach.remove();
    state.chosenReach = null;
    if (choice && choice.site) {
      state.chosenReach = L.featureGroup();
      for (const one of Y.data().reach) {
        if (one.site === choice.site && one.layer.startsWith("20:")) addReach(state.chosenReach, one);
      }
      state.chosenReach.addTo(state.map);
    }
    highlight();
  };

  function highlight() {
    const choice = state.chosen;
    for (const ribbon of state.flows) {
      const path = ribbon.getElement();
      if (!path) continue;
      const flow = ribbon.flow, site = state.sites.find(one => one.site.site === flow.site);
      const mine = !choice || flow.site === choice.site || flow.home === choice.province ||
        (choice.province && site && site.site.province === choice.province);
      path.classList.toggle("dim", !mine);
    }
  }

  /* ---- boundary lines and the inset of the South China Sea --------------------------------- */

  const LINES = {
    ten_dash: { color: "#3c4650", weight: 2 },
    undetermined: { color: "#3c4650", weight: 2.2, dashArray: "6 3 1.5 3" },
    province_at_sea: { color: "#7d8994", weight: .8, dashArray: "4 3" },
    special_region: { color: "#7d8994", weight: .8, dashArray: "2 2" },
    other: { color: "#3c4650", weight: 1.4 }
  };

  Y.drawLines = function (map, pane) {
    for (const line of Y.data().lines) {
      L.geoJSON(line.geometry, {
        pane: pane, interactive: false,
        style: Object.assign({ className: "line " + line.kind, fill: false }, LINES[line.kind])
      }).addTo(map);
    }
  };

  Y.drawInset = function (holder) {
    const map = L.map(holder, {
      crs: state.map.options.crs, zoomControl: false, attributionControl: false, dragging: false,
      scrollWheelZoom: false, doubleClickZoom: false, boxZoom: false, keyboard: false, touchZoom: false,
      zoomSnap: 0, zoomAnimation: false
    });
    const size = map.getSize(), scale = 128 / (Math.PI * 6378137);
    const zoom = Math.log2(Math.min(size.x / (1.72e6 * scale), size.y / (2.5e6 * scale)));
    map.setView([13.6, 113.4], zoom, { animate: false });
    state.inset = L.geoJSON(state.provinces.toGeoJSON(4), {
      interactive: false, style: { className: "inset-province", weight: .5, color: "#7d8994", fillOpacity: 1 }
    }).addTo(map);
    Y.drawLines(map, "overlayPane");
  };
})();
