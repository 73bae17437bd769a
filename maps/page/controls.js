/* What is chosen for the whole page: language, quantity, layers, year. */
"use strict";
(function () {
  const Y = window.LAYOUT, page = Y.page, el = Y.el;

  Y.drawControls = function () {
    const select = document.getElementById("ly-metric");
    select.addEventListener("change", () => Y.show({ metric: select.value }));
    const language = document.getElementById("ly-language");
    language.addEventListener("click", function () {
      Y.show({ lang: Y.frames().languages.find(one => one !== page.lang) });
    });
    document.getElementById("ly-print").addEventListener("click", () => window.print());
    document.querySelectorAll(".ly-tabs button").forEach(function (tab) {
      tab.addEventListener("click", () => showTab(tab.dataset.tab));
    });
    showTab("rail");
    drawMetrics();
    page.metric = select.value || null;
    drawLayers();
    drawYears();
    Y.speak();
    Y.showControls();
  };

  /* On a phone one of the two columns is shown below the map. */
  function showTab(name) {
    document.body.dataset.tab = name;
    document.querySelectorAll(".ly-tabs button").forEach(tab => tab.setAttribute("aria-pressed", String(tab.dataset.tab === name)));
  }

  /* Every quantity that some year has, in the order of the last; grouped where they have groups. */
  function drawMetrics() {
    const select = document.getElementById("ly-metric"), seen = new Map();
    for (const year of Y.years().slice().reverse()) {
      for (const metric of Y.scene(Y.views[0].plan, year, page.lang).metrics) {
        if (!seen.has(metric.key)) seen.set(metric.key, metric);
      }
    }
    const homes = new Map();
    select.replaceChildren();
    seen.forEach(function (metric) {
      const group = metric.group || "";
      if (!homes.has(group)) homes.set(group, group ? select.appendChild(el("optgroup", { label: group })) : select);
      homes.get(group).appendChild(el("option", { value: metric.key, text: metric.label }));
    });
    document.querySelector(".ly-choice").hidden = !seen.size;
    if (page.metric) select.value = page.metric;
  }

  /* The list of layers of every map shown, with the mark of each. */
  function drawLayers() {
    const home = document.getElementById("ly-layers"), listed = new Map();
    for (const view of Y.views) for (const layer of view.scene.layers) {
      const id = layer.type + ":" + layer.key;
      if (!listed.has(id)) listed.set(id, { scene: view.scene, layer: layer });
    }
    const rows = Array.from(listed.values(), function (one) {
      const scene = one.scene, layer = one.layer;
      const box = el("input", { type: "checkbox", "class": "leaflet-control-layers-selector" });
      box.checked = Y.on(layer.type, layer.key);
      box.addEventListener("change", () => Y.toggle(layer.type, layer.key, box.checked));
      return el("label", {}, [el("span", {}, [box, Y.layerMarks[layer.type](scene, layer), el("span", { text: layer.name })])]);
    });
    home.replaceChildren(el("div", { "class": "leaflet-control-layers" }, [
      el("div", { "class": "leaflet-control-layers-overlays" }, rows)
    ]));
  }

  /* ---- language: every text and label of the page anew -------------------------------------- */

  function path(record, name) {
    return name.split(".").reduce((part, key) => part[key], record);
  }

  /* Every text and label of the page, and the lists with names in them. */
  Y.speak = function () {
    const said = Y.lead().page;
    document.documentElement.lang = said.html_lang;
    document.title = said.title;
    document.querySelectorAll("[data-text]").forEach(node => { node.textContent = path(said, node.dataset.text); });
    document.querySelectorAll("[data-label]").forEach(node => node.setAttribute("aria-label", path(said, node.dataset.label)));
    document.querySelectorAll("[data-hint]").forEach(node => node.setAttribute("placeholder", path(said, node.dataset.hint)));
    const home = Y.views[0].scene.words;
    const buttons = { "ly-home": home.home, "leaflet-control-zoom-in": home.zoom_in, "leaflet-control-zoom-out": home.zoom_out };
    for (const name in buttons) {
      document.querySelectorAll("." + name).forEach(node => { node.title = buttons[name]; node.setAttribute("aria-label", buttons[name]); });
    }
    document.querySelectorAll(".leaflet-popup-close-button").forEach(node => node.setAttribute("aria-label", home.close));
    drawMetrics();
    drawLayers();
  };

  /* ---- header, years ------------------------------------------------------------------------ */

  /* The slider of years and its play button, where there are several years. */
  function drawYears() {
    const years = Y.years(), bar = document.getElementById("ly-years");
    if (years.length < 2) return;
    bar.hidden = false;
    const slider = document.getElementById("ly-year"), play = document.getElementById("ly-play");
    slider.max = years.length - 1;
    slider.value = years.length - 1;
    slider.addEventListener("input", function () {
      const year = years[slider.value];
      stop();
      toYear(year);
    });
    document.getElementById("ly-ticks").replaceChildren(...years.map(function (year) {
      const tick = el("button", { type: "button", tabindex: "-1", "data-year": year });
      tick.addEventListener("click", function () { stop(); toYear(year); });
      return tick;
    }));
    play.addEventListener("click", () => playing ? stop() : start());
  }

  let playing = null;

  function toYear(year) {
    if (year !== page.year) Y.show({ year: year });
  }

  function start() {
    const years = Y.years();
    if (page.year === years[years.length - 1]) toYear(years[0]);
    playing = setInterval(function () {
      toYear(years[years.indexOf(page.year) + 1]);
      if (page.year === years[years.length - 1]) stop();
    }, 1400);
    Y.showControls();
  }

  function stop() {
    if (playing) clearInterval(playing);
    playing = null;
    Y.showControls();
  }

  /* What the header and the slider say of the scene. */
  Y.showControls = function () {
    const said = Y.lead().page;
    for (const name of ["title", "subtitle", "status", "verdicts"]) {
      document.getElementById("ly-" + name).textContent = said[name];
    }
    document.title = said.title;
    document.getElementById("ly-headlines").replaceChildren(...said.headlines.map(one =>
      el("div", {}, [el("dt", { text: one.label }), el("dd", { text: one.shown })])));
    document.getElementById("ly-notes").replaceChildren(...said.notes.map(note => el("p", { text: note })));
    showYears(said);
  };

  function showYears(said) {
    const years = Y.years(), base = Y.views[0].scene.base_year;
    if (years.length < 2) return;
    const name = year => year === base ? said.word.base_year.replace("{year}", year) : String(year);
    const slider = document.getElementById("ly-year"), play = document.getElementById("ly-play");
    slider.value = years.indexOf(page.year);
    slider.setAttribute("aria-valuetext", name(page.year));
    play.setAttribute("aria-label", playing ? said.word.pause : said.word.play);
    play.textContent = playing ? "❚❚" : "▶";
    document.querySelectorAll("#ly-ticks button").forEach(function (tick) {
      const year = Number(tick.dataset.year);
      tick.textContent = name(year);
      tick.classList.toggle("now", year === page.year);
    });
  }
})();
