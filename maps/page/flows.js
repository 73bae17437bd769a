/* Flows: who serves whom, as ribbons that are kept over the years and drawn where there is some. */
"use strict";
(function () {
  const Y = window.LAYOUT, page = Y.page;
  const FLOW_STEP = .05;
  const MANY = 400; /* more ribbons are drawn fainter, so that places are seen through them */

  /* The ribbons of the scene; one that a year does not have stays without an amount. */
  Y.setFlows = function (view) {
    view.flows.forEach(ribbon => { ribbon.flow = null; });
    const at = new Map(view.scene.sites.map(site => [site.site, site]));
    view.scene.flows.forEach(function (flow, rank) {
      const key = [flow.workload, flow.zone, flow.site].join("\n");
      if (!view.flows.has(key)) view.flows.set(key, ribbonOf(view, flow, at.get(flow.site)));
      const ribbon = view.flows.get(key);
      ribbon.flow = flow;
      ribbon.rank = rank;
      ribbon.to = at.get(flow.site).province;
    });
    putFlows(view);
  };

  function ribbonOf(view, flow, site) {
    const workload = view.scene.workloads.findIndex(one => one.workload === flow.workload);
    const kind = view.scene.kinds[view.scene.workloads[workload].kind];
    const ribbon = new Y.Ribbon([view.scene.zones[flow.zone].at, site.at], {
      pane: "flows", className: "flow", fillColor: kind.colour, fillOpacity: view.scene.flows.length > MANY ? .3 : .55,
      bend: .12 + FLOW_STEP * (workload % 5)
    });
    ribbon.bindTooltip(() => Y.el("div", { text: tip(view, ribbon.flow) }), { sticky: true });
    return ribbon;
  }

  function tip(view, flow) {
    const scene = view.scene, workload = scene.workloads.find(one => one.workload === flow.workload);
    const values = {
      zone: scene.zones[flow.zone].name, site: scene.sites.find(one => one.site === flow.site).name,
      workload: workload.name, amount: flow.shown, precision: scene.kinds[workload.kind].precision,
      one_way: flow.one_way, rtt: flow.rtt
    };
    return scene.words.flow_tip.replace(/\{([a-z_]+)\}/g, (_, name) => values[name]);
  }

  /* Put on the map the ribbons that have an amount and whose workload is on. */
  Y.showFlows = function (view) {
    putFlows(view);
    Y.sizeFlows(view);
  };

  function putFlows(view) {
    view.flows.forEach(function (ribbon) {
      const on = ribbon.flow !== null && Y.on("flows", ribbon.flow.workload);
      if (on !== view.map.hasLayer(ribbon)) on ? ribbon.addTo(view.map) : ribbon.remove();
    });
    Y.highlight(view);
  }

  Y.flowWidth = function (view, amount) {
    return Math.max(.5, 3.2 * view.flowScale * Math.sqrt(amount));
  };

  Y.sizeFlows = function (view) {
    const radius = new Map(view.sites.map(one => [one.site.site, one.radius]));
    view.flows.forEach(function (ribbon) {
      if (!ribbon.flow || !ribbon._map) return;
      ribbon.options.width = Y.flowWidth(view, ribbon.flow.amount);
      ribbon.options.gap = (radius.get(ribbon.flow.site) || 0) * .6;
      ribbon._updatePath();
    });
  };

  /* The flows of the chosen place stand out. */
  Y.highlight = function (view) {
    const choice = page.chosen;
    view.flows.forEach(function (ribbon) {
      const path = ribbon._map && ribbon.getElement();
      if (!path || !ribbon.flow) return;
      const from = view.scene.zones[ribbon.flow.zone].home;
      const mine = !choice || ribbon.flow.site === choice.site ||
        (choice.province && (from === choice.province || ribbon.to === choice.province));
      path.classList.toggle("dim", !mine);
    });
  };
})();
