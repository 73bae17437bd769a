/* What stands beside the map: legend, key figures, targets, the list of sites, popup cards. */
"use strict";
(function () {
  const Y = window.LAYOUT, el = Y.el, svg = Y.svg;
  const sorting = { column: 1, falling: true };

  /* ---- popups ---------------------------------------------------------------------------- */

  Y.card = function (card) {
    const node = el("div", { "class": "card" }, [el("h3", { text: card.title })]);
    if (card.subtitle) node.appendChild(el("p", { "class": "mute", text: card.subtitle }));
    for (const note of card.notes) node.appendChild(el("p", { "class": "note", text: note }));
    for (const section of card.sections) {
      const head = el("h4", { text: section.title });
      if (section.kind !== undefined) head.prepend(dot(Y.data().kinds[section.kind].colour));
      node.appendChild(head);
      if (section.text) node.appendChild(el("p", { text: section.text }));
      node.appendChild(el("table", {}, [el("tbody", {}, section.rows.map(row =>
        el("tr", {}, [el("th", { scope: "row", text: row[0] }), el("td", { text: row[1] })])))]));
    }
    return node;
  };

  function dot(colour) {
    const node = el("span", { "class": "dot" });
    node.style.background = colour;
    return node;
  }

  /* ---- legend ---------------------------------------------------------------------------- */

  Y.legend = function () {
    const home = document.getElementById("ly-legend"), words = Y.data().words;
    const parts = classes().concat([shades(), sizes(), actions(), widths(), marks()]).filter(part => part);
    home.replaceChildren();
    for (const part of parts) {
      home.appendChild(el("h3", { text: part.title }));
      home.appendChild(part.body);
    }
    home.setAttribute("aria-label", words.legend);
  };

  function row(mark, text) {
    return el("div", { "class": "row" }, [mark, el("span", { text: text })]);
  }

  function swatch(colour, fill) {
    const rect = svg("rect", { x: .5, y: .5, width: 21, height: 12, fill: fill || colour, stroke: "#7d8994" });
    return svg("svg", { width: 22, height: 13, "aria-hidden": "true" }, [rect]);
  }

  /* Every class of the layers of a study that are switched on, with how many sites it has. */
  function classes() {
    return Y.data().classes.filter(layer => Y.state.classes.has(layer.key)).map(layer => ({
      title: layer.title,
      body: el("div", {}, layer.classes.map(one => row(small(Y.classMark(one)), one.label + " (" + one.count + ")")))
    }));
  }

  function shades() {
    const metric = Y.state.metric, words = Y.data().words, body = el("div");
    if (metric) {
      const classes = body.appendChild(el("div", { "class": "two" }));
      if (metric.zero) classes.appendChild(row(swatch(metric.zero), "0"));
      metric.colours.forEach((colour, i) => classes.appendChild(row(swatch(colour), metric.classes[i])));
    }
    if (Y.data().outside.length) body.appendChild(row(swatch("", "url(#ly-outside)"), words.outside));
    if (Y.data().proxies.length) body.appendChild(row(swatch("", "url(#ly-proxy)"), words.proxy));
    return { title: metric ? words.shade + " (" + metric.unit + ")" : words.shade, body: body };
  }

  function small(child) {
    return svg("svg", { width: 22, height: 14, viewBox: "-11 -7 22 14", "aria-hidden": "true" }, [child]);
  }

  function line(dash, colour) {
    return small(svg("path", { d: "M-10 0H10", stroke: colour, "stroke-width": 2, "stroke-dasharray": dash }));
  }

  /* The mark of a layer before its name in the list of layers. */
  Y.keyLayers = function (control) {
    const labels = control.querySelectorAll(".leaflet-control-layers-overlays label > span");
    Y.data().layers.forEach(function (layer, i) {
      const name = labels[i] && labels[i].querySelector("span");
      if (name) name.before(key(layer));
    });
  };

  function key(layer) {
    const kinds = Y.data().kinds;
    if (layer.type === "classes") return small(Y.classMark(Y.data().classes.find(one => one.key === layer.key).classes[0]));
    if (layer.type === "sites") return small(svg("circle", { r: 6, fill: kinds.find(one => one.kind === layer.key).colour }));
    if (layer.type === "flows") {
      const kind = Y.data().workloads.find(one => one.workload === layer.key).kind;
      const d = Y.ribbon({ x: -10, y: 0 }, { x: 10, y: 0 }, { width: 5, bend: 0, gap: 0 });
      return small(svg("path", { d: d, fill: kinds[kind].colour }));
    }
    if (layer.type === "reach") return layer.key.endsWith("one_way") ? line("2 4", "#6b3fa0") : line("7 4", "#8c5a00");
    if (layer.type === "proxy") return swatch("", "url(#ly-proxy)");
    return small(svg("text", { "text-anchor": "middle", y: 4, "font-size": 11, text: "Aa" }));
  }

  /* Round amounts that give circles of a good size. */
  function samples() {
    const k = Y.state.k, nice = [], wanted = [5, 11, 18];
    for (const radius of wanted) {
      const value = (radius / k) * (radius / k), power = Math.pow(10, Math.floor(Math.log10(value)));
      nice.push(power * [1, 2, 5, 10].reduce((a, b) => Math.abs(b - value / power) < Math.abs(a - value / power) ? b : a));
    }
    return Array.from(new Set(nice));
  }

  function plain(value) {
    return String(Number(value.toPrecision(3)));
  }

  function sizes() {
    if (!Y.data().sites.some(site => site.kinds.length)) return null;
    const drawing = svg("svg", { width: 200, height: 44, "aria-hidden": "true" });
    let x = 3;
    for (const value of samples()) {
      const r = Y.state.k * Math.sqrt(value);
      drawing.appendChild(svg("circle", { cx: x + r, cy: 42 - r, r: r, fill: "none", stroke: "#1b2733" }));
      drawing.appendChild(svg("text", { x: x + 2 * r + 3, y: 41, "font-size": 11, text: plain(value) }));
      x += 2 * r + 30;
    }
    const body = el("div", {}, [drawing]);
    return { title: Y.data().words.sizes + " (" + Y.data().unit + ")", body: body };
  }

  function actions() {
    const words = Y.data().words, body = el("div", { "class": "two" });
    const used = new Set();
    Y.data().sites.forEach(site => site.kinds.forEach(part => Object.keys(part.parts).forEach(name => used.add(name))));
    const sample = {
      kept: ["existing", { kept: 1 }], filled: ["filled", { kept: .45, filled: .55 }],
      expanded: ["expanded", { kept: .45, expanded: .55 }], built: ["built", { built: 1 }],
      retired: ["retired", { kept: .5, retired: .5 }]
    };
    for (const name in sample) {
      if (!used.has(name)) continue;
      const mark = svg("svg", { width: 24, height: 22, "aria-hidden": "true" }, [Y.disc(0, sample[name][0], sample[name][1], 8, 10, 12, true)]);
      body.appendChild(row(mark, words["action_" + sample[name][0]]));
    }
    return body.children.length ? { title: words.actions, body: body } : null;
  }

  function widths() {
    if (!Y.data().flows.length) return null;
    const top = Y.data().flows[0].amount, values = [top, top / 5, top / 25]
      .map(value => Number(value.toPrecision(1))).filter((value, i, all) => value > 0 && all.indexOf(value) === i);
    const drawing = svg("svg", { width: 200, height: 20, "aria-hidden": "true" });
    values.reverse().forEach(function (value, i) {
      const d = Y.ribbon({ x: 2 + i * 66, y: 10 }, { x: 34 + i * 66, y: 10 }, { width: Y.flowWidth(value), bend: 0, gap: 0 });
      drawing.appendChild(svg("path", { d: d, fill: "#4a5762" }));
      drawing.appendChild(svg("text", { x: 38 + i * 66, y: 14, "font-size": 11, text: plain(value) }));
    });
    const words = Y.data().words;
    return { title: words.widths + " (" + Y.data().unit + ")", body: el("div", {}, [drawing, el("p", { "class": "mute", text: [words.direction, Y.data().flows_left].join(" ").trim() })]) };
  }

  function marks() {
    const words = Y.data().words, body = el("div");
    if (Y.data().sites.some(site => site.cluster)) {
      body.appendChild(row(small(svg("path", { d: "M0 -4.500L4.5 0L0 4.500L-4.5 0Z", fill: "#1b2733" })), words.cluster));
    }
    body.appendChild(row(small(svg("circle", { r: 2.2, fill: "#1b2733" })), words.site));
    if (Y.data().alike) body.appendChild(row(small(Y.badge("A", 0, 0)), words.alike));
    if (Y.data().reach.length) {
      body.appendChild(el("p", { "class": "mute", text: words.reach_note + (Y.data().overridden ? " " + words.reach_links : "") }));
    }
    body.appendChild(row(line("", "#3c4650"), words.line_ten_dash));
    body.appendChild(row(line("6 3 1.5 3", "#3c4650"), words.line_undetermined));
    return { title: words.marks, body: body };
  }

  /* ---- quantity that shades the provinces -------------------------------------------------- */

  Y.drawChoice = function () {
    const select = document.getElementById("ly-metric");
    Y.data().metrics.forEach(metric => select.appendChild(el("option", { value: metric.key, text: metric.label })));
    select.addEventListener("change", function () {
      Y.shade(select.value);
      Y.legend();
    });
    return select.value;
  };

  /* ---- key figures and targets ------------------------------------------------------------- */

  Y.drawFigures = function () {
    const list = document.getElementById("ly-figures");
    if (list) for (const one of Y.data().figures) {
      list.appendChild(el("tr", {}, [el("th", { scope: "row", text: one.label }), el("td", { text: one.shown })]));
    }
    const targets = document.getElementById("ly-targets");
    if (targets) for (const one of Y.data().targets) targets.appendChild(target(one));
  };

  function target(one) {
    return el("li", { "class": "target " + one.status.replace(/[^a-z_]/g, "") }, [
      el("span", { "class": "verdict" }, [el("b", { text: one.mark, "aria-hidden": "true" }), document.createTextNode(" " + one.verdict)]),
      el("span", { "class": "target-name", text: one.label }),
      el("span", { "class": "target-line" }, [
        el("span", { text: one.value }), el("span", { "class": "mute", text: one.details })
      ])
    ]);
  }

  /* ---- list of sites ------------------------------------------------------------------------ */

  Y.drawSites = function () {
    const words = Y.data().words, choice = document.getElementById("ly-filter-action");
    const used = new Set(Y.data().rows.map(one => one.action));
    ["built", "expanded", "filled", "retired", "existing", "none"].filter(name => used.has(name))
      .forEach(name => choice.appendChild(el("option", { value: name, text: words["action_" + name] })));
    const input = document.getElementById("ly-filter");
    input.addEventListener("input", rows);
    choice.addEventListener("change", rows);
    document.querySelectorAll("#ly-sites thead button").forEach(function (button, column) {
      button.addEventListener("click", function () {
        sorting.falling = sorting.column === column - 1 ? !sorting.falling : column > 1;
        sorting.column = column - 1;
        rows();
      });
    });
    rows();
  };

  function rows() {
    const wanted = document.getElementById("ly-filter").value.trim().toLowerCase();
    const action = document.getElementById("ly-filter-action").value;
    const shown = Y.data().rows.filter(one => (!action || one.action === action) &&
      (!wanted || [one.name, one.province, one.site, one.word].join(" ").toLowerCase().includes(wanted)));
    shown.sort(order);
    document.querySelector("#ly-sites tbody").replaceChildren(...shown.map(siteRow));
    document.getElementById("ly-count").textContent = shown.length + " / " + Y.data().rows.length;
    document.querySelectorAll("#ly-sites thead th").forEach((th, i) =>
      th.setAttribute("aria-sort", i - 1 !== sorting.column ? "none" : sorting.falling ? "descending" : "ascending"));
  }

  function order(a, b) {
    const key = one => sorting.column === -1 ? one.name : sorting.column === 0 ? one.word : one.numbers[sorting.column - 1];
    const x = key(a), y = key(b);
    const result = typeof x === "string" ? x.localeCompare(y, Y.data().lang) : x - y;
    return (sorting.falling ? -result : result) || (a.site < b.site ? -1 : 1);
  }

  function siteRow(one) {
    const button = el("button", { type: "button", text: one.name });
    button.addEventListener("click", () => Y.openSite(one.site));
    const name = el("th", { scope: "row" }, [button, el("span", { "class": "mute", text: one.province })]);
    const mark = el("td", { "class": "action" }, [el("span", { "aria-hidden": "true", text: Y.SIGNS[one.action] || "" }), document.createTextNode(" " + one.word)]);
    return el("tr", { "data-site": one.site }, [name, mark].concat(one.shown.map(text => el("td", { text: text }))));
  }
  sorting.column = 1;
})();
