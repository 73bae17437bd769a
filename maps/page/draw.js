/* Marks: small makers of elements, patterns, the symbol of a site, the ribbon of a flow.
   Every text that comes from a plan goes through textContent. */
"use strict";
(function () {
  const Y = window.LAYOUT;
  const SVG = "http://www.w3.org/2000/svg";
  const ACTIONS = ["filled", "expanded", "built"];
  const SIGNS = { filled: "▪", expanded: "+", built: "★", retired: "×", more: "+", less: "−" };
  const SIGN_FROM = 7; /* a smaller disc has no room for a sign: its site gets one */
  const CROWD = 120; /* among more sites, small ones do without a sign */
  const STRENGTH = ["more", "less", "built", "expanded", "filled", "retired"];
  /* What lies beyond the edge is drawn too, so that a map that is dragged is not blank there. */
  L.Renderer.mergeOptions({ padding: .4 });

  function el(name, attributes, children) {
    return build(document.createElement(name), attributes, children);
  }

  function svg(name, attributes, children) {
    return build(document.createElementNS(SVG, name), attributes, children);
  }

  function build(node, attributes, children) {
    for (const key in attributes || {}) {
      if (key === "text") node.textContent = attributes[key];
      else if (attributes[key] !== null) node.setAttribute(key, attributes[key]);
    }
    for (const child of children || []) node.appendChild(child);
    return node;
  }

  /* Patterns by colour and action, the hatch of proxies, the dots of what is outside the model. */
  function patterns() {
    const defs = svg("defs", { id: "ly-patterns" }), colours = new Set();
    for (const plan in Y.frames().plans) {
      Y.scene(plan, Y.page.year, Y.page.lang).kinds.forEach(kind => colours.add(kind.colour));
    }
    colours.forEach(function (colour) {
      const base = () => svg("rect", { width: 8, height: 8, fill: colour });
      const line = d => svg("path", { d: d, stroke: "#fff", "stroke-width": 1.5, fill: "none" });
      const tile = (action, size, marks) => defs.appendChild(svg("pattern", {
        id: patternOf(colour, action), width: size, height: size,
        patternUnits: "userSpaceOnUse"
      }, [base()].concat(marks)));
      tile("filled", 4, [svg("circle", { cx: 2, cy: 2, r: 1.05, fill: "#fff" })]);
      tile("expanded", 5, [line("M-1 1L1 -1M-1 6L6 -1M4 6L6 4")]);
      tile("built", 5, [line("M0 2.500H5M2.5 0V5")]);
    });
    defs.appendChild(svg("pattern", {
      id: "ly-proxy", width: 7, height: 7, patternUnits: "userSpaceOnUse"
    }, [svg("path", { d: "M-1 1L1 -1M-1 8L8 -1M6 8L8 6", stroke: "#5c4a21", "stroke-width": .7, "stroke-opacity": .55 })]));
    defs.appendChild(svg("pattern", {
      id: "ly-outside", width: 6, height: 6, patternUnits: "userSpaceOnUse"
    }, [svg("rect", { width: 6, height: 6, fill: "#eceff2" }),
        svg("circle", { cx: 1.5, cy: 1.5, r: .8, fill: "#8d99a5" }),
        svg("circle", { cx: 4.5, cy: 4.5, r: .8, fill: "#8d99a5" })]));
    return svg("svg", { width: 0, height: 0, "aria-hidden": "true", style: "position:absolute" }, [defs]);
  }

  /* The shade of a class; below and above zero with − and + in it, for print in black and white. */
  function shadeOf(metric, bin) {
    const colour = metric.colours[bin], zero = metric.diverging ? metric.breaks.indexOf(0) : -1;
    if (zero < 0) return colour;
    const id = patternOf(colour, bin <= zero ? "below" : "above");
    if (!document.getElementById(id)) {
      const d = bin <= zero ? "M2.500 5H7.500" : "M2.500 5H7.500M5 2.500V7.500";
      document.getElementById("ly-patterns").appendChild(svg("pattern", {
        id: id, width: 18, height: 18, patternUnits: "userSpaceOnUse"
      }, [svg("rect", { width: 18, height: 18, fill: colour }), svg("path", { d: d, stroke: "#1b2733", "stroke-width": 1, "stroke-opacity": .55 })]));
    }
    return "url(#" + id + ")";
  }

  function patternOf(colour, action) {
    return "ly-" + colour.replace("#", "") + "-" + action;
  }

  /* One kind at a site: nested discs whose areas are kept, filled, expanded and built EFLOPS; in a
     difference of plans one disc whose area is what there is more or less. */
  function disc(colour, action, parts, k, x, y, alone) {
    const group = svg("g", { "class": "mark-" + action });
    if (parts.more || parts.less) return changed(group, colour, action, k * Math.sqrt(parts[action]), x, y);
    const layers = ["kept"].concat(ACTIONS).filter(name => parts[name]);
    let sum = 0;
    const radii = layers.map(name => { sum += parts[name]; return k * Math.sqrt(sum); });
    const outer = Math.max(sum > 0 ? 1.8 : 0, radii.length ? radii[radii.length - 1] : 0);
    for (let i = layers.length - 1; i >= 0; i--) {
      group.appendChild(svg("circle", {
        cx: x, cy: y, r: Math.max(1.8, radii[i]).toFixed(2), "class": "part-" + layers[i],
        fill: layers[i] === "kept" ? colour : "url(#" + patternOf(colour, layers[i]) + ")",
        stroke: layers[i] === "kept" ? "#fff" : "#1b2733", "stroke-width": .8
      }));
    }
    const reach = k * Math.sqrt(sum + (parts.retired || 0));
    if (parts.retired) {
      group.appendChild(svg("circle", {
        cx: x, cy: y, r: Math.max(reach, outer + 1.5).toFixed(2), fill: "none", stroke: "#1b2733",
        "stroke-width": 1.2, "stroke-dasharray": "2.5 2", "class": "part-retired"
      }));
    }
    if (SIGNS[action] && (outer >= SIGN_FROM || alone)) {
      group.appendChild(sign(action, x + outer * .71, y - outer * .71));
    }
    return group;
  }

  /* More: a full disc with a plus; less: a hollow, dashed one with a minus. */
  function changed(group, colour, action, radius, x, y) {
    const r = Math.max(2.5, radius), more = action === "more", d = Math.min(5, r * .55);
    group.appendChild(svg("circle", {
      cx: x, cy: y, r: r.toFixed(2), "class": "part-" + action, fill: more ? colour : "#fff",
      "fill-opacity": more ? 1 : .8, stroke: more ? "#fff" : colour, "stroke-width": more ? .8 : 2.2,
      "stroke-dasharray": more ? null : "3 1.8"
    }));
    if (r < 4.5) return group;
    const path = "M" + (x - d) + " " + y + "h" + 2 * d + (more ? "M" + x + " " + (y - d) + "v" + 2 * d : "");
    group.appendChild(svg("path", { d: path, stroke: more ? "#fff" : colour, "stroke-width": 2, fill: "none" }));
    return group;
  }

  function place(x, y) {
    return "translate(" + x.toFixed(1) + " " + y.toFixed(1) + ") scale(" + (Y.small ? .75 : 1) + ")";
  }

  function sign(action, x, y) {
    return svg("g", { "class": "sign", transform: place(x, y) }, [
      svg("circle", { r: 4.6, fill: "#fff", stroke: "#1b2733", "stroke-width": .8 }),
      svg("text", { y: 3, "text-anchor": "middle", "font-size": 9, "font-weight": 700, fill: "#1b2733", text: SIGNS[action] })
    ]);
  }

  function size(parts, k) {
    let sum = 0;
    for (const name in parts) sum += parts[name];
    return Math.max(1.8, k * Math.sqrt(sum));
  }

  /* Where the discs of up to three kinds stand so that they touch; the middle of them is 0, 0. */
  function arrange(radii) {
    if (radii.length === 0) return { at: [], radius: 3, height: 3 };
    if (radii.length === 1) return { at: [[0, 0]], radius: radii[0], height: radii[0] };
    const a = radii[0], b = radii[1], at = [[-a, 0], [b, 0]];
    for (let i = 2; i < radii.length; i++) {
      const c = radii[i], x = c * (a - b) / (a + b);
      const y = Math.sqrt(Math.max(0, (a + c) * (a + c) - (x + a) * (x + a)));
      at.push([x, i % 2 ? -y : y]);
    }
    at.forEach(p => { p[0] += a - b; });
    return { at: at, radius: a + b, height: Math.max(...radii) };
  }

  /* The kinds at a site that are switched on. */
  function shownKinds(scene, site) {
    return site.kinds.filter(part => Y.on("sites", scene.kinds[part.kind].kind));
  }

  /* The symbol of a site with the kinds that are switched on. */
  function symbol(scene, site, k, shift) {
    const shown = shownKinds(scene, site);
    const radii = shown.map(part => size(part.parts, k));
    const order = arrange(radii), dx = shift[0], dy = shift[1];
    const children = [];
    if (Math.hypot(dx, dy) > 3) {
      children.push(svg("line", { x1: 0, y1: 0, x2: dx, y2: dy, stroke: "#1b2733", "stroke-width": .8 }));
    }
    children.push(anchor(site, shown.length > 0));
    shown.forEach(function (part, i) {
      children.push(disc(scene.kinds[part.kind].colour, part.action, part.parts, k, order.at[i][0] + dx, order.at[i][1] + dy));
    });
    const main = STRENGTH.find(action => shown.some(part => part.action === action));
    const told = shown.some((part, i) => part.action === main && radii[i] >= SIGN_FROM);
    const bare = main === "more" || main === "less" || (scene.sites.length > CROWD && order.radius < SIGN_FROM);
    if (main && !told && !bare) children.push(sign(main, dx + order.radius * .8, dy - Math.min(order.radius, 8) * .8));
    if (site.letter) children.push(badge(site.letter, dx - order.radius * .75, dy + order.radius * .75));
    classesOf(scene, site).forEach(function (found, i) {
      const x = dx + Math.max(order.radius, 5) * .75 + 3 + 14 * i, y = dy + Math.max(order.height, 5) * .75 + 3;
      children.push(svg("g", { transform: place(x, y) }, [classMark(found[1])]));
    });
    return svg("svg", { "class": "site-symbol", width: 1, height: 1, "aria-hidden": "true" }, children);
  }

  /* The place itself: a diamond for a hub cluster, a dot for another site. */
  function anchor(site, used) {
    const look = { fill: used ? "#1b2733" : "#fff", stroke: "#1b2733", "stroke-width": 1, "class": "anchor" };
    return site.cluster ? svg("path", Object.assign({ d: "M0 -3.500L3.5 0L0 3.500L-3.5 0Z" }, look))
      : svg("circle", Object.assign({ r: 1.8 }, look));
  }

  function badge(letter, x, y) {
    return svg("g", { "class": "badge", transform: place(x, y) }, [
      svg("rect", { x: -5.5, y: -5.5, width: 11, height: 11, rx: 2, fill: "#fff", stroke: "#1b2733" }),
      svg("text", { y: 3.5, "text-anchor": "middle", "font-size": 9.5, "font-weight": 700, fill: "#1b2733", text: letter })
    ]);
  }

  /* The mark of a class of sites, 11 px wide around 0, 0, with a light rim to stand on any shade. */
  const SHAPES = {
    ring: () => svg("circle", { r: 4.5 }),
    square: () => svg("rect", { x: -4.5, y: -4.5, width: 9, height: 9 }),
    diamond: () => svg("path", { d: "M0 -6L6 0L0 6L-6 0Z" }),
    dot: () => svg("circle", { r: 3.2 }),
    cross: () => svg("path", { d: "M-4 -4L4 4M-4 4L4 -4" })
  };

  function classMark(look) {
    const open = look.shape === "ring" || look.shape === "cross";
    const mark = SHAPES[look.shape](), rim = SHAPES[look.shape]();
    build(rim, { fill: look.shape === "cross" ? "none" : "#fff", stroke: "#fff", "stroke-width": open ? 5.5 : 3 });
    build(mark, { fill: open ? "none" : look.colour, stroke: look.colour, "stroke-width": open ? 2.6 : .8 });
    return svg("g", { "class": "class-mark shape-" + look.shape }, [rim, mark]);
  }

  /* The classes of a site in the layers that are switched on: [layer, class]. */
  function classesOf(scene, site) {
    return scene.classes.filter(layer => Y.on("classes", layer.key) && site.site in layer.of)
      .map(layer => [layer, layer.classes[layer.of[site.site]]]);
  }

  /* Half the width and half the height of a symbol. */
  function extent(scene, site, k) {
    return arrange(shownKinds(scene, site).map(part => size(part.parts, k)));
  }

  /* A flow: thin where the demand is, broad and pointed at the site, bent to its left. */
  const Ribbon = L.Polyline.extend({
    options: { fill: true, stroke: false, fillOpacity: .55, noClip: true, smoothFactor: 0, width: 2, bend: .16, gap: 0 },
    _updatePath: function () {
      const line = this._rings[0];
      this._renderer._setPath(this, line ? ribbon(line[0], line[1], this.options) : "M0 0");
    }
  });

  function ribbon(from, to, options) {
    const dx = to.x - from.x, dy = to.y - from.y, length = Math.hypot(dx, dy);
    if (length < 4) return "M0 0";
    const cx = (from.x + to.x) / 2 + dy * options.bend, cy = (from.y + to.y) / 2 - dx * options.bend;
    const ex = to.x - cx, ey = to.y - cy, e = Math.hypot(ex, ey), tx = ex / e, ty = ey / e;
    const gap = Math.min(options.gap, length / 3), w = options.width;
    const px = to.x - tx * gap, py = to.y - ty * gap;
    const head = Math.min(Math.max(5, w * 1.5), length / 3), hx = px - tx * head, hy = py - ty * head;
    const sx = cx - from.x, sy = cy - from.y, s = Math.hypot(sx, sy);
    const p = (x, y) => x.toFixed(1) + " " + y.toFixed(1);
    const tail = Math.max(.2, w * .1), middle = w * .3, end = w / 2, barb = w / 2 + 2.2;
    const nx = -sy / s, ny = sx / s, mx = -dy / length, my = dx / length;
    return "M" + p(from.x + nx * tail, from.y + ny * tail) +
      "Q" + p(cx + mx * middle, cy + my * middle) + " " + p(hx - ty * end, hy + tx * end) +
      "L" + p(hx - ty * barb, hy + tx * barb) + "L" + p(px, py) + "L" + p(hx + ty * barb, hy - tx * barb) +
      "L" + p(hx + ty * end, hy - tx * end) +
      "Q" + p(cx - mx * middle, cy - my * middle) + " " + p(from.x - nx * tail, from.y - ny * tail) + "Z";
  }

  Object.assign(Y, {
    el: el, svg: svg, patterns: patterns, symbol: symbol, disc: disc, sign: sign, badge: badge,
    classMark: classMark, classesOf: classesOf, extent: extent, Ribbon: Ribbon, ribbon: ribbon,
    SIGNS: SIGNS, CROWD: CROWD, small: false, patternOf: patternOf, shadeOf: shadeOf
  });
})();
