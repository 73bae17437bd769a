/* How far hub clusters reach: a ring where distance alone counts, else the zones within the delay;
   and the targets of single places. */
"use strict";
(function () {
  const Y = window.LAYOUT, page = Y.page, el = Y.el, svg = Y.svg;
  const READABLE = 60; /* of more zones the delays are in the tooltips only */
  const LOOK = { rtt: ["#8c5a00", "7 4"], one_way: ["#6b3fa0", "2 4"] };

  const limitOf = one => one.layer.split(":")[0];
  const basisOf = one => one.layer.split(":")[1];

  Y.layers.reach = function (view, key) {
    const group = L.featureGroup();
    draw(view, group, view.scene.reach.filter(one => one.layer === key), false);
    return group;
  };

  /* What a chosen cluster reaches: its rings on both bases, or its zones on the model's own. */
  Y.reachOf = function (view, site) {
    const group = L.featureGroup(), scene = view.scene;
    const mine = scene.reach.filter(one => one.site === site &&
      (one.zones ? basisOf(one) === scene.basis : !Y.on("reach", one.layer)));
    draw(view, group, mine, true);
    return group;
  };

  /* Zones in the order of the layers, so that the nearer lie on the farther. */
  function draw(view, group, records, told) {
    for (const one of records) {
      if (one.ring) ring(group, one);
      label(view, group, one);
    }
    for (const layer of new Set(records.filter(one => one.zones).map(one => one.layer))) {
      zones(view, group, records.filter(one => one.layer === layer && one.zones), told && layer.startsWith("20:"));
    }
  }

  /* Without a fill: rings that overlap would shade the provinces in colours that no legend has. */
  function ring(group, one) {
    const look = LOOK[basisOf(one)];
    group.addLayer(L.polygon(one.ring, {
      pane: "reach", className: "reach", interactive: false, color: look[0], weight: limitOf(one) === "20" ? 1.4 : 1,
      dashArray: look[1], fill: false
    }));
  }

  function label(view, group, one) {
    const text = el("span", { "class": "reach-label " + basisOf(one).replace("_", "-"), text: one.label });
    const mark = L.marker((one.ring || around(view, one))[0], {
      interactive: false, keyboard: false, icon: L.divIcon({ className: "label", html: text, iconSize: [0, 0] })
    });
    mark.reach = one;
    mark.on("add", () => Y.placeReach(view));
    group.addLayer(mark);
  }

  /* Where the label of a cluster without a ring may stand: below it, above it. */
  function around(view, one) {
    const at = view.scene.sites.find(site => site.site === one.site).at;
    return [[at[0] - 1.1, at[1]], [at[0] + 1.1, at[1]], [at[0] - 2, at[1]], [at[0] + 2, at[1]], [at[0] - 2.9, at[1]]];
  }

  /* Every zone that some cluster reaches in time: a province is tinted, another zone has a mark;
     `told`: with the delay. */
  function zones(view, group, records, told) {
    const reached = new Map();
    for (const one of records) for (const zone in one.zones) {
      if (!reached.has(zone)) reached.set(zone, one);
    }
    view.provinces.eachLayer(function (layer) {
      const one = reached.get(layer.feature.properties.adcode);
      if (one) group.addLayer(tint(layer, one.layer));
    });
    reached.forEach(function (one, zone) {
      const province = view.scene.provinces[zone], text = told && reached.size <= READABLE ? one.zones[zone] + " ms" : "";
      if (province && text) group.addLayer(delay(province.at, one.layer, text));
      if (!province) group.addLayer(zoneMark(view, zone, one, text));
    });
  }

  function tint(layer, key) {
    const look = LOOK[key.split(":")[1]], near = key.startsWith("5:");
    return L.polygon(layer.getLatLngs(), {
      pane: "reach", className: "reach-zone", interactive: false, color: look[0], weight: near ? 2.2 : 1.4,
      dashArray: look[1], fillColor: look[0], fillOpacity: near ? .3 : .14, smoothFactor: .6
    });
  }

  function delay(at, layer, text) {
    const told = el("span", { "class": "reach-delay", text: text });
    told.style.color = LOOK[layer.split(":")[1]][0];
    return L.marker(at, {
      interactive: false, keyboard: false, pane: "popupPane", icon: L.divIcon({ className: "label", html: told, iconSize: [0, 0] })
    });
  }

  function zoneMark(view, zone, one, text) {
    const mark = L.marker(view.scene.zones[zone].at, {
      keyboard: false, zIndexOffset: 500,
      icon: L.divIcon({ className: "reach-zone", iconSize: [0, 0], html: Y.zoneMark(one.layer, text) })
    });
    return mark.bindTooltip(() => zoneTip(view, zone, one.layer), { direction: "top", offset: [-8, -12] });
  }

  /* A square for round trips, a diamond for one way; full within 5 ms, open within 20 ms. */
  Y.zoneMark = function (layer, text) {
    const parts = layer.split(":"), colour = LOOK[parts[1]][0], near = parts[0] === "5", r = near ? 3 : 4.5;
    const shape = svg("rect", {
      x: -r, y: -r, width: 2 * r, height: 2 * r, fill: near ? colour : "#fff", "fill-opacity": near ? 1 : .6,
      stroke: colour, "stroke-width": 1.6, transform: parts[1] === "one_way" ? "rotate(45)" : null
    });
    const told = text ? [svg("text", { x: 7, y: 3.500, "font-size": 9.500, fill: colour, stroke: "#fff", "stroke-width": 2.500, "paint-order": "stroke", text: text })] : [];
    const beside = svg("g", { transform: "translate(-8 -8)" }, [shape].concat(told));
    return svg("svg", { width: 1, height: 1, style: "overflow:visible;position:absolute", "aria-hidden": "true" }, [beside]);
  };

  function zoneTip(view, zone, layer) {
    const chosen = page.chosen && page.chosen.site;
    const reaching = view.scene.reach.filter(one => one.layer === layer && one.zones && zone in one.zones);
    const mine = reaching.filter(one => !chosen || one.site === chosen);
    const name = one => view.scene.sites.find(site => site.site === one.site).short;
    return el("div", {}, [el("b", { text: view.scene.zones[zone].name })].concat(
      (mine.length ? mine : reaching).slice(0, 8).map(one => el("div", { text: name(one) + ": " + one.zones[zone] + " ms" }))));
  }

  /* Every label at a point of its ring that is in view and free of other labels, if there is one. */
  Y.placeReach = function (view) {
    const taken = [], map = view.map, size = map.getSize();
    map.eachLayer(function (label) {
      if (!label.reach || !label._icon) return;
      const ring = label.reach.ring || around(view, label.reach), width = Y.wide(label.reach.label, 11);
      const free = function (place) {
        const p = map.latLngToContainerPoint(place);
        const box = { x0: p.x - width / 2, x1: p.x + width / 2, y0: p.y - 8, y1: p.y + 8 };
        if (box.x0 < 45 || box.y0 < 4 || box.x1 > size.x - 4 || box.y1 > size.y - 4) return false;
        if (taken.some(o => Y.crossing(o, box))) return false;
        taken.push(box);
        return true;
      };
      let place = null;
      for (let i = 0; i <= ring.length / 2 && !place; i++) {
        place = [ring[i], ring[(ring.length - i) % ring.length]].find(free) || null;
      }
      label.setLatLng(place || ring[0]);
      label._icon.style.visibility = place ? "" : "hidden";
    });
  };

  /* Words of the labels follow the language. */
  Y.refreshers.push(function (view) {
    view.map.eachLayer(function (label) {
      if (!label.reach || !label._icon) return;
      const now = view.scene.reach.find(one => one.site === label.reach.site && one.layer === label.reach.layer);
      if (!now) return;
      label.reach = now;
      label._icon.firstChild.textContent = now.label;
    });
    Y.placeReach(view);
  });

  /* ---- targets of single places --------------------------------------------------------------- */

  Y.layers.targets = function (view) {
    const group = L.featureGroup();
    for (const place of view.scene.target_places || []) {
      const mark = L.marker(place.at, {
        icon: L.divIcon({ className: "target-place", iconSize: [0, 0], html: targetMark(place) }), riseOnHover: true
      });
      mark.bindTooltip(() => el("b", { text: place.name }), { direction: "top", offset: [0, -26] });
      mark.bindPopup(() => Y.card(view.scene, targetCard(view, place)), { maxWidth: 330 });
      mark.on("add", () => mark.getElement().setAttribute("aria-label", spoken(view, place)));
      mark.scope = place.scope;
      group.addLayer(mark);
    }
    return group;
  };

  function spoken(view, place) {
    return [place.name].concat(place.targets.map(function (i) {
      const one = view.scene.targets[i];
      return one.label + ": " + one.verdict;
    })).join(" · ");
  }

  function targetCard(view, place) {
    const rows = place.targets.map(i => view.scene.targets[i]).map(one => [one.mark + " " + one.label, one.value]);
    return { title: place.name, subtitle: "", notes: [], sections: [{ title: view.scene.words.targets_here, rows: rows }] };
  }

  /* A flag above the place: how many targets are missed, else how many are met. */
  function targetMark(place) {
    const count = place.failed || place.passed, text = (place.failed ? "✗" : place.passed ? "✓" : "—") + (count > 1 ? count : "");
    const colour = place.failed ? "#a8201a" : place.passed ? "#0a6b4b" : "#566572", width = 8 + 8 * text.length;
    return svg("svg", { width: 1, height: 1, style: "overflow:visible;position:absolute", "aria-hidden": "true" }, [
      svg("path", { d: "M0 0V-14", stroke: colour, "stroke-width": 1.4 }),
      svg("rect", { x: 0, y: -27, width: width, height: 14, rx: 2, fill: "#fff", stroke: colour, "stroke-width": 1.4 }),
      svg("text", { x: width / 2, y: -16.500, "text-anchor": "middle", "font-size": 10.500, "font-weight": 700, fill: colour, text: text })
    ]);
  }

  Y.refreshers.push(function (view) {
    const old = view.groups.get("targets:");
    if (!old) return;
    old.remove();
    view.groups.delete("targets:");
    Y.applyLayers(view);
  });

  Y.layerMarks.targets = () => svg("svg", { width: 22, height: 14, viewBox: "-11 -7 22 14", "aria-hidden": "true" }, [
    svg("text", { "text-anchor": "middle", y: 4.500, "font-size": 12, "font-weight": 700, text: "✓✗" })
  ]);

  /* The legend tells the marks of zones where a layer of them is on. */
  Y.legendParts.push(function (view) {
    const on = view.scene.layers.filter(layer => layer.type === "reach" && Y.on("reach", layer.key) &&
      view.scene.reach.some(one => one.layer === layer.key && one.zones));
    if (!on.length) return null;
    const body = el("div", {}, on.map(layer => el("div", { "class": "row" }, [
      svg("svg", { width: 22, height: 14, viewBox: "-11 -7 22 14", "aria-hidden": "true" }, [Y.zoneMark(layer.key, "").firstChild.firstChild]),
      el("span", { text: layer.name })
    ])));
    return { title: view.scene.words.reach_zones, body: body };
  });
})();
