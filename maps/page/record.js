/* The page's record: scenes by plan, year and language, and what is chosen on the page.
   The data block holds one scene whole; every other is what it changes (layout/report/patches.py):
   [value] = another value, 0 = gone, an object = patches by key, `length` in a list = how many. */
"use strict";
window.LAYOUT = (function () {
  const made = new Map();
  let record = null;

  function whole() {
    if (!record) record = JSON.parse(document.getElementById("layout-content").textContent);
    return record;
  }

  function applied(old, patch) {
    if (patch === undefined) return old;
    if (Array.isArray(patch)) return patch[0];
    if (!Array.isArray(old)) {
      const copy = Object.assign({}, old);
      for (const key in patch) {
        if (patch[key] === 0) delete copy[key];
        else copy[key] = applied(copy[key], patch[key]);
      }
      return copy;
    }
    const copy = old.slice();
    if (patch.length) copy.length = patch.length[0];
    for (const key in patch) if (key !== "length") copy[key] = applied(copy[key], patch[key]);
    return copy;
  }

  /* The year of a plan that is shown when the page is at `year`: that one, else the last before it. */
  function yearOf(plan, year) {
    const years = whole().frames.plans[plan];
    return years.filter(one => one <= year).pop() || years[0];
  }

  /* The scene of a plan ("a", "b", or "d", their difference) in a year and a language. */
  function scene(plan, year, lang) {
    const frames = whole().frames, start = frames.languages[0], shown = yearOf(plan, year);
    const key = plan + "/" + shown + "/";
    if (!made.has(key + lang)) {
      let found = whole();
      if (lang !== start) found = applied(found, frames.patches["lang/" + lang]);
      found = applied(found, frames.patches[key + start]);
      if (lang !== start) found = applied(found, frames.patches[key + lang]);
      made.set(key + lang, found);
    }
    return made.get(key + lang);
  }

  /* Every year that a plan of the page has. */
  function years() {
    return Array.from(new Set(Object.values(whole().frames.plans).flat())).sort((a, b) => a - b);
  }

  /* What is chosen for the whole page; `shown` are the layers that are on, as "type:key". */
  const page = { lang: null, year: null, mode: "one", metric: null, shown: new Set(), chosen: null };

  function begin() {
    const frames = whole().frames;
    page.lang = frames.languages[0];
    page.year = years().pop();
    /* a second plan may have kinds, workloads and studies that the first has not */
    for (const plan in frames.plans) {
      for (const layer of scene(plan, page.year, page.lang).layers) if (layer.show) page.shown.add(layer.type + ":" + layer.key);
    }
  }

  return {
    page: page, views: [], frames: () => whole().frames, scene: scene, years: years, begin: begin,
    /* The scene that header and panel tell of: of two plans, their difference. */
    lead: () => scene(whole().frames.plans.b ? "d" : "a", page.year, page.lang),
    on: (type, key) => page.shown.has(type + ":" + key),
    /* The first view and its scene. */
    get state() { return this.views[0]; },
    data: function () { return this.views.length ? this.views[0].scene : whole(); },
    words: function () { return this.data().words; }
  };
})();
