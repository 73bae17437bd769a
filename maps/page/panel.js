/* What stands beside the maps: popup cards, key figures, targets, the list of sites. */
"use strict";
(function () {
  const Y = window.LAYOUT, el = Y.el;
  const sorting = { column: 1, falling: true };

  /* ---- popups ---------------------------------------------------------------------------- */

  Y.card = function (scene, card) {
    const node = el("div", { "class": "card", role: "group", tabindex: "0", "aria-label": card.title }, [el("h2", { text: card.title })]);
    if (card.subtitle) node.appendChild(el("p", { "class": "mute", text: card.subtitle }));
    for (const note of card.notes) node.appendChild(el("p", { "class": "note", text: note }));
    for (const section of card.sections) {
      const head = el("h3", { text: section.title });
      if (section.kind !== undefined) head.prepend(dot(scene.kinds[section.kind].colour));
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

  /* ---- key figures and targets ------------------------------------------------------------- */

  /* Makers of the parts of the panel: each fills its place from the scene, again and again. A new
     part of the panel adds its maker here. */
  Y.panelParts = [figures, targets, sites];

  Y.panel = function () {
    for (const part of Y.panelParts) part(Y.lead());
    jumps();
  };

  /* One button for every part of the panel that has something to show. */
  function jumps() {
    const parts = Array.from(document.querySelectorAll("#ly-panel > details")).filter(part => !part.hidden);
    document.getElementById("ly-jump").replaceChildren(...parts.map(function (part) {
      const name = part.querySelector("summary").firstElementChild || part.querySelector("summary");
      const button = el("button", { type: "button", text: name.textContent });
      button.addEventListener("click", function () {
        part.open = true;
        part.scrollIntoView({ block: "start" });
        part.querySelector("summary").focus({ preventScroll: true });
      });
      return button;
    }));
  }

  function figures(scene) {
    document.getElementById("ly-figures").replaceChildren(...scene.figures.map(one =>
      el("tr", {}, [el("th", { scope: "row", text: one.label })].concat(
        (one.columns || [one.shown]).map(shown => el("td", { text: shown }))))));
    document.getElementById("ly-figures").closest("details").hidden = !scene.figures.length;
  }

  function targets(scene) {
    const home = document.getElementById("ly-targets");
    const places = scene.target_places || [];
    home.replaceChildren(...scene.targets.map((one, i) => target(one, places.find(place => place.targets.includes(i)))));
    home.closest("details").hidden = !scene.targets.length;
  }

  /* A target of one place has its name as a button that shows the place. */
  function targetName(one, place) {
    if (!place) return el("span", { "class": "target-name", text: one.label });
    const button = el("button", { type: "button", "class": "target-name", text: one.label });
    button.addEventListener("click", function () {
      const view = Y.views[0];
      view.moved = true;
      Y.reveal();
      view.map.setView(place.at, Math.max(view.map.getZoom(), view.zoom0 + 1.500), { animate: false });
    });
    return button;
  }

  function target(one, place) {
    return el("li", { "class": "target " + one.status.replace(/[^a-z_]/g, "") }, [
      el("span", { "class": "verdict" }, [el("b", { text: one.mark, "aria-hidden": "true" }), document.createTextNode(" " + one.verdict)]),
      targetName(one, place),
      el("span", { "class": "target-line" }, [
        el("span", { text: one.value }), el("span", { "class": "mute", text: one.details })
      ])
    ]);
  }

  /* ---- list of sites ------------------------------------------------------------------------ */

  function sites(scene) {
    const choice = document.getElementById("ly-filter-action"), chosen = choice.value;
    const used = new Set(scene.rows.map(one => one.action));
    const options = ["more", "less", "built", "expanded", "filled", "retired", "existing", "none"].filter(name => used.has(name))
      .map(name => el("option", { value: name, text: scene.words["action_" + name] }));
    choice.replaceChildren(el("option", { value: "", text: scene.page.word.all_actions }), ...options);
    choice.value = used.has(chosen) ? chosen : "";
    rows();
  }

  /* The list answers to its filter and to its heads; called once. */
  Y.startSites = function () {
    document.getElementById("ly-filter").addEventListener("input", rows);
    document.getElementById("ly-filter-action").addEventListener("change", rows);
    document.querySelectorAll("#ly-sites thead button").forEach(function (button, column) {
      button.addEventListener("click", function () {
        sorting.falling = sorting.column === column - 1 ? !sorting.falling : column > 1;
        sorting.column = column - 1;
        rows();
      });
    });
  };

  function rows() {
    const wanted = document.getElementById("ly-filter").value.trim().toLowerCase();
    const action = document.getElementById("ly-filter-action").value;
    const shown = Y.lead().rows.filter(one => (!action || one.action === action) &&
      (!wanted || [one.name, one.province, one.site, one.word].join(" ").toLowerCase().includes(wanted)));
    fade(wanted || action ? new Set(shown.map(one => one.site)) : null);
    shown.sort(order);
    document.querySelector("#ly-sites tbody").replaceChildren(...shown.map(siteRow));
    document.getElementById("ly-count").textContent = shown.length + " / " + Y.lead().rows.length;
    document.querySelectorAll("#ly-sites thead th").forEach((th, i) =>
      th.setAttribute("aria-sort", i - 1 !== sorting.column ? "none" : sorting.falling ? "descending" : "ascending"));
  }

  /* Sites that the filter leaves out stand back on the maps; null: none does. */
  function fade(kept) {
    for (const view of Y.views) for (const one of view.sites) {
      const node = one.marker.getElement();
      if (node) node.classList.toggle("faint", kept !== null && !kept.has(one.site.site));
    }
  }

  function order(a, b) {
    const key = one => sorting.column === -1 ? one.name : sorting.column === 0 ? one.word : one.numbers[sorting.column - 1];
    const x = key(a), y = key(b);
    const result = typeof x === "string" ? x.localeCompare(y, Y.page.lang) : x - y;
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
