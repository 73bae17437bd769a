/* Starts the page and keeps its parts in step. */
"use strict";
(function () {
  const Y = window.LAYOUT, page = Y.page;

  /* Called by folium when the first map and its provinces are there. */
  Y.start = function (map, provinces) {
    Y.begin();
    document.body.appendChild(Y.patterns());
    const view = Y.makeView("a", map, provinces);
    Y.drawControls();
    Y.startSites();
    Y.startSearch();
    Y.startView(view);
    if (Y.frames().plans.b) Y.startCompare();
    Y.panel();
    Y.legend();
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape") Y.views.forEach(one => one.map.closePopup());
    });
    window.addEventListener("beforeprint", () => forPrint(true));
    window.addEventListener("afterprint", () => forPrint(false));
    document.documentElement.setAttribute("data-ready", "1");
  };

  /* Everything on one map. */
  Y.startView = function (view) {
    const map = view.map;
    Y.drawLines(view.scene, map, "lines");
    Y.drawInset(view);
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
    Y.fit(view);
    Y.shade(view);
    Y.setFlows(view);
    Y.setSites(view);
    Y.redraw(view);
    Y.applyLayers(view);
    map.on("dragstart", () => { view.moved = true; });
    map.on("zoomend", () => resized(view));
    map.on("moveend", function () { Y.placeNames(view); Y.placeReach(view); });
    map.on("resize", function () { if (!view.moved) { Y.fit(view); resized(view); } });
    map.on("popupopen", event => readPopup(event.popup));
    map.on("popupclose", event => leavePopup(event.popup));
    if (map.zoomControl) addHome(view);
  };

  /* Leaflet names the button that closes a popup in English only. Who opens one by the keyboard is
     led into it, and back to the place when it closes. */
  function readPopup(popup) {
    const opener = document.activeElement, close = popup.getElement().querySelector(".leaflet-popup-close-button");
    if (close) close.setAttribute("aria-label", Y.words().close);
    if (!opener || !opener.matches(":focus-visible") || !opener.closest(".folium-map, #ly-sites")) return;
    popup.opener = opener;
    popup.getElement().querySelector(".card").focus({ preventScroll: true });
  }

  function leavePopup(popup) {
    if (popup.opener && document.activeElement === document.body) popup.opener.focus({ preventScroll: true });
    popup.opener = null;
  }

  /* Discs grow a little with the zoom: the legend has to show them as they are now. */
  function resized(view) {
    Y.redraw(view);
    if (view === Y.views[0]) Y.legend();
  }

  /* A third button below + and −: the whole country again. */
  function addHome(view) {
    const zoom = view.map.getContainer().querySelector(".leaflet-control-zoom");
    zoom.querySelectorAll("a").forEach(a => a.addEventListener("click", () => { view.moved = true; }));
    const button = Y.el("a", { href: "#", role: "button", "class": "ly-home", text: "⌂" });
    zoom.appendChild(button);
    L.DomEvent.on(button, "click", function (event) {
      L.DomEvent.stop(event);
      for (const one of Y.views) {
        one.moved = false;
        one.whole = true;
        one.map.closePopup();
        Y.fit(one);
        Y.redraw(one);
      }
    });
  }

  /* On paper the map has a size of its own: China is fitted into it, and into the window again. */
  function forPrint(on) {
    document.body.classList.toggle("printing", on);
    const closed = document.querySelectorAll(on ? ".ly-panel details:not([open])" : ".ly-panel details[data-closed]");
    closed.forEach(function (part) { part.open = on; part.toggleAttribute("data-closed", on); });
    for (const view of Y.views) {
      if (!view.moved) Y.fit(view);
      else view.map.invalidateSize({ animate: false });
      Y.redraw(view);
    }
    Y.legend();
  }

  /* Another year, language or quantity: `change` holds what is chosen now. */
  Y.show = function (change) {
    Object.assign(page, change);
    const shadeOnly = Object.keys(change).join() === "metric";
    if (shadeOnly) Y.views.forEach(Y.shade);
    else Y.views.forEach(Y.refresh);
    if ("lang" in change) Y.speak();
    if (!shadeOnly) Y.panel();
    Y.showControls();
    Y.legend();
  };
})();
