/* The legend: what the marks of the maps mean, with units. */
"use strict";
(function () {
  const Y = window.LAYOUT, el = Y.el, svg = Y.svg;

  /* Parts of the legend in their order: makers of {title, body} or null from the first view. A
     layer with marks of its own adds its maker here. */
  Y.legendParts = [shades, sizes, actions, widths, marks];

  Y.legend = function () {
    const home = document.getElementById("ly-legend"), view = Y.views[0];
    const parts = classes(view).concat(Y.legendParts.map(part => part(view))).filter(part => part);
    home.replaceChildren();
    for (const part of parts) {
      home.appendChild(el("h3", { text: part.title }));
      home.appendChild(part.body);
    }
    home.setAttribute("aria-label", view.scene.words.legend);
  };

  function row(mark, text) {
    return el("div", { "class": "row" }, [mark, el("span", { text: text })]);
  }

  function swatch(colour, fill) {
    const rect = svg("rect", { x: .5, y: .5, width: 21, height: 12, fill: fill || colour, "fill-opacity": Y.shadeOpacity(), stroke: "#7d8994" });
    return svg("svg", { width: 22, height: 13, "aria-hidden": "true" }, [rect]);
  }

  /* Every class of the layers of a study that are switched on, with how many sites it has. */
  function classes(view) {
    return view.scene.classes.filter(layer => Y.on("classes", layer.key)).map(layer => ({
      title: layer.title,
      body: el("div", {}, layer.classes.map(one => row(small(Y.classMark(one)), one.label + " (" + one.count + ")")))
    }));
  }

  function shades(view) {
    const metric = Y.metricOf(view), words = view.scene.words, body = el("div");
    if (metric) {
      body.appendChild(el("p", { "class": "ly-paper", text: metric.label }));
      const classes = body.appendChild(el("div", { "class": "two" }));
      if (metric.zero) classes.appendChild(row(swatch(metric.zero), "0"));
      metric.colours.forEach((colour, i) => classes.appendChild(row(swatch(colour, Y.shadeOf(metric, i)), metric.classes[i])));
    }
    const told = code => view.scene.outside.includes(code) || (metric && code in metric.values);
    if (!Object.keys(view.scene.provinces).every(told)) body.appendChild(row(swatch("#ffffff"), words.no_value));
    if (view.scene.outside.length) body.appendChild(row(swatch("", "url(#ly-outside)"), words.outside));
    if (view.scene.proxies.length) body.appendChild(row(swatch("", "url(#ly-proxy)"), words.proxy));
    return { title: metric ? words.shade + " (" + metric.unit + ")" : words.shade, body: body };
  }

  function small(child) {
    return svg("svg", { width: 22, height: 14, viewBox: "-11 -7 22 14", "aria-hidden": "true" }, [child]);
  }

  function line(dash, colour) {
    return small(svg("path", { d: "M-10 0H10", stroke: colour, "stroke-width": 2, "stroke-dasharray": dash }));
  }

  /* The mark of a layer before its name in the list of layers, by type. */
  Y.layerMarks = {
    classes: (scene, layer) => small(Y.classMark(scene.classes.find(one => one.key === layer.key).classes[0])),
    sites: (scene, layer) => small(svg("circle", { r: 6, fill: scene.kinds.find(one => one.kind === layer.key).colour })),
    flows: function (scene, layer) {
      const kind = scene.workloads.find(one => one.workload === layer.key).kind;
      const d = Y.ribbon({ x: -10, y: 0 }, { x: 10, y: 0 }, { width: 5, bend: 0, gap: 0 });
      return small(svg("path", { d: d, fill: scene.kinds[kind].colour }));
    },
    reach: (scene, layer) => layer.key.endsWith("one_way") ? line("2 4", "#6b3fa0") : line("7 4", "#8c5a00"),
    proxy: () => swatch("", "url(#ly-proxy)"),
    names: () => small(svg("text", { "text-anchor": "middle", y: 4, "font-size": 11, text: "Aa" }))
  };

  /* Round amounts that give circles of a good size. */
  function samples(k) {
    const nice = [], wanted = [5, 11, 18];
    for (const radius of wanted) {
      const value = (radius / k) * (radius / k), power = Math.pow(10, Math.floor(Math.log10(value)));
      nice.push(power * [1, 2, 5, 10].reduce((a, b) => Math.abs(b - value / power) < Math.abs(a - value / power) ? b : a));
    }
    return Array.from(new Set(nice));
  }

  function plain(value) {
    return String(Number(value.toPrecision(3)));
  }

  function sizes(view) {
    if (!view.scene.sites.some(site => site.kinds.length)) return null;
    const drawing = svg("svg", { width: 200, height: 44, "aria-hidden": "true" });
    let x = 3;
    for (const value of samples(view.k)) {
      const r = view.k * Math.sqrt(value);
      drawing.appendChild(svg("circle", { cx: x + r, cy: 42 - r, r: r, fill: "none", stroke: "#1b2733" }));
      drawing.appendChild(svg("text", { x: x + 2 * r + 3, y: 41, "font-size": 11, text: plain(value) }));
      x += 2 * r + 30;
    }
    const body = el("div", {}, [drawing]);
    return { title: view.scene.words.sizes + " (" + view.scene.unit + ")", body: body };
  }

  function actions(view) {
    const words = view.scene.words, body = el("div", { "class": "two" });
    const used = new Set(); /* in any year of the maps shown, so that the legend does not jump */
    for (const plan of Y.views.map(one => one.plan)) for (const year of Y.years()) {
      Y.scene(plan, year, Y.page.lang).sites
        .forEach(site => site.kinds.forEach(part => Object.keys(part.parts).forEach(name => used.add(name))));
    }
    const sample = {
      kept: ["existing", { kept: 1 }], filled: ["filled", { kept: .45, filled: .55 }],
      expanded: ["expanded", { kept: .45, expanded: .55 }], built: ["built", { built: 1 }],
      retired: ["retired", { kept: .5, retired: .5 }], more: ["more", { more: 1 }], less: ["less", { less: 1 }]
    };
    for (const name in sample) {
      if (!used.has(name)) continue;
      const mark = svg("svg", { width: 24, height: 22, "aria-hidden": "true" }, [Y.disc(view.scene.kinds[0].colour, sample[name][0], sample[name][1], 8, 10, 12, true)]);
      body.appendChild(row(mark, words["action_" + sample[name][0]]));
    }
    return body.children.length ? { title: words.actions, body: body } : null;
  }

  function widths(view) {
    if (!view.scene.flows.length) return null;
    const top = Y.frames().most[view.plan].flow, values = [top, top / 5, top / 25]
      .map(value => Number(value.toPrecision(1))).filter((value, i, all) => value > 0 && all.indexOf(value) === i);
    const drawing = svg("svg", { width: 200, height: 20, "aria-hidden": "true" });
    values.reverse().forEach(function (value, i) {
      const d = Y.ribbon({ x: 2 + i * 66, y: 10 }, { x: 34 + i * 66, y: 10 }, { width: Y.flowWidth(view, value), bend: 0, gap: 0 });
      drawing.appendChild(svg("path", { d: d, fill: "#4a5762" }));
      drawing.appendChild(svg("text", { x: 38 + i * 66, y: 14, "font-size": 11, text: plain(value) }));
    });
    const words = view.scene.words;
    return { title: words.widths + " (" + view.scene.unit + ")", body: el("div", {}, [drawing, el("p", { "class": "mute", text: [words.direction, view.scene.flows_left].join(" ").trim() })]) };
  }

  function marks(view) {
    const words = view.scene.words, body = el("div");
    if (view.scene.sites.some(site => site.cluster)) {
      body.appendChild(row(small(svg("path", { d: "M0 -4.500L4.5 0L0 4.500L-4.5 0Z", fill: "#1b2733" })), words.cluster));
    }
    body.appendChild(row(small(svg("circle", { r: 2.2, fill: "#1b2733" })), words.site));
    if (view.scene.alike) body.appendChild(row(small(Y.badge("A", 0, 0)), words.alike));
    if (view.scene.reach.length) {
      body.appendChild(el("p", { "class": "mute", text: words.reach_note + (view.scene.overridden ? " " + words.reach_links : "") }));
    }
    body.appendChild(row(line("", "#3c4650"), words.line_ten_dash));
    body.appendChild(row(line("6 3 1.5 3", "#3c4650"), words.line_undetermined));
    return { title: words.marks, body: body };
  }
})();
