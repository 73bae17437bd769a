/* Two plans on one page: with a swipe, side by side, or as their difference. */
"use strict";
(function () {
  const Y = window.LAYOUT, page = Y.page, el = Y.el;
  const MODES = ["swipe", "side", "difference"];
  let first = null, second = null, at = 50;

  Y.startCompare = function () {
    first = Y.views[0];
    const stage = document.getElementById("ly-stage");
    const holder = stage.appendChild(el("div", { id: "ly-second", "class": "folium-map", role: "application", "data-label": "word.map_b" }));
    second = secondMap(holder);
    first.map.getContainer().dataset.label = "word.map_a";
    drawBar();
    drawSwipe(stage);
    keepTogether(first.map, second.map);
    keepTogether(second.map, first.map);
    makeWay(first);
    makeWay(second);
    Y.mode("swipe");
  };

  /* The second map: the first one's options, panes and shapes. */
  function secondMap(holder) {
    const options = Object.assign({}, first.map.options, { zoomControl: false, layers: [] });
    const map = L.map(holder, options);
    map.setView(first.map.getCenter(), first.map.getZoom(), { animate: false });
    for (const name of ["provinces", "hatch", "lines", "reach", "flows"]) {
      const own = first.map.getPane(name), pane = map.createPane(name);
      pane.style.zIndex = own.style.zIndex;
      pane.style.pointerEvents = own.style.pointerEvents;
    }
    const features = [];
    first.provinces.eachLayer(layer => features.push(layer.feature));
    const provinces = L.geoJSON({ type: "FeatureCollection", features: features }, {
      pane: "provinces", smoothFactor: .6, style: { className: "province", weight: .8 }
    }).addTo(map);
    const view = Y.makeView("b", map, provinces);
    Y.startView(view);
    return view;
  }

  function keepTogether(from, to) {
    from.on("move", function () {
      if (from.layoutMoved) return;
      to.layoutMoved = true;
      to.setView(from.getCenter(), from.getZoom(), { animate: false });
      to.layoutMoved = false;
    });
    from.on("dragstart", function () { first.moved = second.moved = true; });
  }

  /* ---- the bar above the maps ---------------------------------------------------------------- */

  function drawBar() {
    const bar = document.getElementById("ly-compare");
    const modes = MODES.map(function (mode) {
      const radio = el("input", { type: "radio", name: "ly-mode", value: mode });
      radio.addEventListener("change", () => Y.mode(mode));
      return el("label", {}, [radio, el("span", { "data-text": "word.mode_" + mode })]);
    });
    bar.replaceChildren(
      el("p", { "class": "ly-name-a" }, [el("b", { text: "A" }), el("span", { "data-text": "names.0" })]),
      el("div", { "class": "ly-modes", role: "radiogroup", "data-label": "word.compare" }, modes),
      el("p", { "class": "ly-name-b" }, [el("b", { text: "B" }), el("span", { "data-text": "names.1" })]));
    bar.hidden = false;
  }

  function drawSwipe(stage) {
    const range = el("input", { type: "range", id: "ly-swipe", min: 0, max: 100, step: 1, value: 50, "data-label": "word.swipe" });
    range.addEventListener("input", () => swipe(Number(range.value)));
    stage.appendChild(el("div", { "class": "ly-swipe-line", "aria-hidden": "true" }));
    stage.appendChild(range);
  }

  /* The second map is seen to the right of the line, which lies where the handle's middle is. */
  function swipe(percent) {
    at = percent;
    const place = "calc(14px + (100% - 28px) * " + percent / 100 + ")";
    document.getElementById("ly-second").style.clipPath = page.mode === "swipe" ? "inset(0 0 0 " + place + ")" : "";
    document.querySelector(".ly-swipe-line").style.left = place;
    document.getElementById("ly-swipe").setAttribute("aria-valuetext", percent + "%");
  }

  /* A popup of either map pushes the line aside, so that all of it is seen. */
  function makeWay(view) {
    view.map.on("popupopen", function (event) {
      if (page.mode !== "swipe") return;
      const width = view.map.getSize().x, wide = event.popup.getElement().offsetWidth;
      const middle = view.map.latLngToContainerPoint(event.popup.getLatLng()).x;
      const left = Math.max(5, Math.min(width - wide - 5, middle - wide / 2));
      const share = x => Math.max(0, Math.min(100, 100 * (x - 14) / (width - 28)));
      const now = view === second ? Math.min(at, Math.floor(share(left - 8))) : Math.max(at, Math.ceil(share(left + wide + 8)));
      document.getElementById("ly-swipe").value = now;
      swipe(now);
    });
  }

  /* ---- modes --------------------------------------------------------------------------------- */

  Y.mode = function (mode) {
    page.mode = mode;
    const stage = document.getElementById("ly-stage"), one = mode === "difference";
    stage.dataset.mode = mode;
    document.querySelectorAll("#ly-compare input").forEach(radio => { radio.checked = radio.value === mode; });
    Y.views.forEach(view => view.map.closePopup());
    Y.views.splice(0, Y.views.length, ...(one ? [first] : [first, second]));
    first.groups.forEach(group => group.remove());
    first.groups.clear();
    first.plan = one ? "d" : "a";
    first.scene = Y.scene(first.plan, page.year, page.lang);
    swipe(at);
    for (const view of Y.views) {
      view.moved = false;
      Y.fit(view);
      Y.refresh(view);
      Y.applyLayers(view);
    }
    Y.speak();
    Y.panel();
    Y.legend();
  };
})();
