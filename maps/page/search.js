/* Search by place: provinces, sites and zones by their name in either language or their code. */
"use strict";
(function () {
  const Y = window.LAYOUT, page = Y.page, el = Y.el;
  const MOST = 12;
  let found = [], at = -1;

  /* Every place with the words it is found by. */
  function places() {
    const here = Y.views[0].scene, all = new Map();
    const add = function (kind, code, name, where, said) {
      const key = kind + ":" + code;
      if (!all.has(key)) all.set(key, { kind: kind, code: code, name: name, where: where, told: "" });
      all.get(key).told += "\n" + said.toLowerCase();
    };
    for (const view of Y.views) for (const lang of [page.lang].concat(Y.frames().languages)) {
      const scene = Y.scene(view.plan, page.year, lang);
      for (const code in scene.provinces) add("province", code, scene.provinces[code].name, "", code + "\n" + scene.provinces[code].name + "\n" + scene.provinces[code].short);
      for (const site of scene.sites) add("site", site.site, site.name, beside(here, site.province, here.words.place_site), site.site + "\n" + site.name);
      for (const code in scene.zones) {
        if (scene.zones[code].card) add("zone", code, scene.zones[code].name, beside(here, scene.zones[code].home, here.words.place_zone), code + "\n" + scene.zones[code].name);
      }
    }
    return Array.from(all.values());
  }

  /* What tells places of one name apart: the province and what they are. */
  function beside(scene, code, what) {
    return code in scene.provinces ? scene.provinces[code].short + " · " + what : what;
  }

  /* Names that begin with what is wanted come first. */
  function matches(wanted) {
    const rank = place => place.told.includes("\n" + wanted) ? 0 : 1;
    return places().filter(place => place.told.includes(wanted))
      .sort((a, b) => rank(a) - rank(b)).slice(0, MOST);
  }

  function open(place) {
    Y.reveal();
    if (place.kind === "site") Y.openSite(place.code);
    else if (place.kind === "zone") openZone(Y.views.find(view => place.code in view.scene.zones), place.code);
    else openProvince(Y.views[0], place.code);
  }

  /* On a small screen the map may have been scrolled away. */
  Y.reveal = function () {
    document.getElementById("ly-stage").scrollIntoView({ block: "nearest" });
  };

  function openProvince(view, code) {
    view.moved = true;
    view.provinces.eachLayer(function (layer) {
      if (layer.feature.properties.adcode !== code) return;
      view.map.fitBounds(layer.getBounds(), { animate: false, maxZoom: view.zoom0 + 2.500, padding: [20, 20] });
      layer.openPopup(L.latLng(view.scene.provinces[code].at));
    });
  }

  function openZone(view, code) {
    const zone = view.scene.zones[code];
    view.moved = true;
    view.map.setView(zone.at, Math.max(view.map.getZoom(), view.zoom0 + 2), { animate: false });
    L.popup({ maxWidth: 330 }).setLatLng(zone.at).setContent(() => Y.card(view.scene, view.scene.zones[code].card)).openOn(view.map);
  }

  function show(list, input) {
    list.replaceChildren(...found.map(function (place, i) {
      const option = el("li", { role: "option", id: "ly-place-" + i, "aria-selected": String(i === at) }, [
        el("span", { text: place.name }), el("span", { "class": "mute", text: place.where })
      ]);
      option.addEventListener("mousedown", function (event) { event.preventDefault(); choose(list, input, i); });
      return option;
    }));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (at >= 0) input.setAttribute("aria-activedescendant", "ly-place-" + at);
    else input.removeAttribute("aria-activedescendant");
  }

  function choose(list, input, i) {
    const place = found[i];
    found = [];
    at = -1;
    show(list, input);
    if (!place) return;
    input.value = place.name;
    open(place);
  }

  Y.startSearch = function () {
    const input = document.getElementById("ly-search"), list = document.getElementById("ly-places");
    input.addEventListener("input", function () {
      const wanted = input.value.trim().toLowerCase();
      found = wanted ? matches(wanted) : [];
      at = -1;
      show(list, input);
    });
    input.addEventListener("keydown", function (event) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!found.length) return;
        event.preventDefault();
        at = (at + (event.key === "ArrowDown" ? 1 : found.length) + (at < 0 && event.key === "ArrowUp" ? 1 : 0)) % found.length;
        show(list, input);
      } else if (event.key === "Enter" && found.length) {
        event.preventDefault();
        choose(list, input, Math.max(0, at));
      } else if (event.key === "Escape" && found.length) {
        event.stopPropagation();
        found = [];
        show(list, input);
      }
    });
    input.addEventListener("blur", function () { found = []; at = -1; show(list, input); });
  };
})();
