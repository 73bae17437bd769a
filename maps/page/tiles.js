/* A base map of the user's own network, where the page was made with one. */
"use strict";
(function () {
  const Y = window.LAYOUT;

  Y.layers.tiles = function (view) {
    const layer = L.tileLayer(view.scene.tiles.url, { maxZoom: 18, noWrap: true, attribution: "" });
    layer.on("add remove", () => Y.shade(view));
    layer.on("tileerror", () => tell(view));
    return layer;
  };

  /* Said once: the rest of the page works without its base map. */
  function tell(view) {
    const home = view.map.getContainer();
    if (home.querySelector(".ly-tiles-failed")) return;
    home.appendChild(Y.el("p", { "class": "ly-tiles-failed", role: "status", text: view.scene.tiles.failed }));
  }

  Y.layerMarks.tiles = () => Y.svg("svg", { width: 22, height: 14, viewBox: "-11 -7 22 14", "aria-hidden": "true" }, [
    Y.svg("path", { d: "M-8 -5H8V5H-8ZM0 -5V5M-8 0H8", fill: "#e8eff4", stroke: "#566572" })
  ]);
})();
