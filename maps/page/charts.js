/* Small charts and studies beside the map: tables whose cells hold bars, so that they can be read
   without seeing them. */
"use strict";
(function () {
  const Y = window.LAYOUT, el = Y.el, svg = Y.svg;
  const WIDE = 120, HIGH = 11;

  /* A colour, or kind and action as in "0/built", as a fill. */
  function fillOf(scene, name) {
    if (name.startsWith("#")) return name;
    const parts = name.split("/");
    return "url(#" + Y.patternOf(scene.kinds[parts[0]].colour, parts[1]) + ")";
  }

  function total(row) {
    return row.parts.reduce((sum, part) => sum + part[0], 0);
  }

  function bar(scene, row, most) {
    const drawing = svg("svg", { width: WIDE, height: HIGH, viewBox: "0 0 " + WIDE + " " + HIGH, "aria-hidden": "true" });
    let x = 0;
    for (const part of row.parts) {
      const width = most > 0 ? part[0] / most * WIDE : 0;
      drawing.appendChild(svg("rect", {
        x: x.toFixed(2), y: .5, width: Math.max(.4, width).toFixed(2), height: HIGH - 1, fill: fillOf(scene, part[1]), stroke: "#1b2733", "stroke-width": .4
      }));
      x += width;
    }
    return drawing;
  }

  function rows(scene, chart) {
    const most = Math.max(...chart.rows.map(total), 0);
    return el("table", { "class": "ly-bars" }, [el("caption", { text: caption(chart) }), el("tbody", {}, chart.rows.map(row =>
      el("tr", {}, [
        el("th", { scope: "row", text: row.label }), el("td", { "class": "bar" }, [bar(scene, row, most)]), el("td", { text: row.shown })
      ])))]);
  }

  /* Upright columns; what they show is also said in words. */
  function columns(scene, chart) {
    const most = Math.max(...chart.rows.map(total), 0), step = 300 / chart.rows.length, high = 74;
    const said = caption(chart) + ": " + chart.rows.map(row => row.label + " " + row.shown).join(", ");
    const drawing = svg("svg", { viewBox: "0 0 300 102", role: "img", "aria-label": said, "class": "ly-columns" });
    chart.rows.forEach(function (row, i) {
      let y = high + 12;
      for (const part of row.parts) {
        const size = most > 0 ? part[0] / most * high : 0;
        y -= size;
        drawing.appendChild(svg("rect", {
          x: (i * step + step * .14).toFixed(1), y: y.toFixed(1), width: (step * .72).toFixed(1), height: Math.max(.3, size).toFixed(1),
          fill: fillOf(scene, part[1]), stroke: "#1b2733", "stroke-width": .4
        }));
      }
      const middle = (i * step + step / 2).toFixed(1);
      drawing.appendChild(svg("text", { x: middle, y: 98, "text-anchor": "middle", "font-size": 9.500, text: row.label }));
      drawing.appendChild(svg("text", { x: middle, y: (y - 2).toFixed(1), "text-anchor": "middle", "font-size": chart.rows.length > 8 ? 6.500 : 8, text: row.shown }));
    });
    return el("figure", {}, [el("figcaption", { text: caption(chart) }), drawing]);
  }

  function caption(chart) {
    return chart.unit ? chart.title + " (" + chart.unit + ")" : chart.title;
  }

  function keys(scene, chart) {
    return el("p", { "class": "ly-keys mute" }, chart.keys.map(key => el("span", {}, [
      svg("svg", { width: 11, height: 11, "aria-hidden": "true" }, [svg("rect", { width: 11, height: 11, fill: fillOf(scene, key[0]) })]),
      document.createTextNode(" " + key[1])
    ])));
  }

  Y.panelParts.push(function (scene) {
    const home = document.getElementById("ly-charts"), charts = scene.charts || [];
    home.replaceChildren(...charts.map(chart => el("div", { "class": "ly-chart", "data-chart": chart.key }, [
      chart.form === "columns" ? columns(scene, chart) : rows(scene, chart)
    ].concat(chart.keys.length ? [keys(scene, chart)] : []))));
    home.closest("details").hidden = !charts.length;
  });

  /* What studies found, in a few lines each. */
  Y.panelParts.push(function (scene) {
    const home = document.getElementById("ly-studies"), studies = scene.studies || [];
    home.replaceChildren(...studies.map(study => el("div", { "class": "ly-study" }, [
      el("h3", { text: study.title }),
      el("table", { "class": "ly-figures" }, [el("tbody", {}, study.rows.map(row =>
        el("tr", {}, [el("th", { scope: "row", text: row[0] }), el("td", { text: row[1] })])))])
    ].concat(study.notes.map(note => el("p", { "class": "mute", text: note }))))));
    home.closest("details").hidden = !studies.length;
  });
})();
