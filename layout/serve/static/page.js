"use strict";
// What the page does by itself: sliders follow their numbers, the command line follows the form,
// a run that is at work tells how far it is. Without this script every form works all the same.

function same(a, b) {
  return a.trim() === b || (a.trim() !== "" && Number(a) === Number(b));
}

function marked(field) {
  if (field.dataset.own !== undefined) {
    field.classList.toggle("changed", field.value.trim() !== "" && !same(field.value, field.dataset.own));
  }
}

function sliders() {
  for (const range of document.querySelectorAll("input[type=range][data-for]")) {
    const field = document.getElementById(range.dataset.for);
    const step = Number(range.dataset.step);
    const own = Number(field.dataset.own);
    range.addEventListener("input", () => {
      // The model's own value is met on the way, even where it lies between two steps.
      const near = Math.abs(Number(range.value) - own) < step / 2;
      const places = (range.dataset.step.split(".")[1] || "").length;
      field.value = near ? field.dataset.own : String(Number((Math.round(Number(range.value) / step) * step).toFixed(places)));
      marked(field);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    range.addEventListener("keydown", (event) => {
      const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (way) {
        event.preventDefault();
        const places = (range.dataset.step.split(".")[1] || "").length;
        range.value = (Number(range.value) + way * step).toFixed(places);
        range.dispatchEvent(new Event("input"));
      }
    });
    field.addEventListener("input", () => {
      if (field.value.trim() !== "" && Number.isFinite(Number(field.value))) {
        if (document.activeElement !== range) { range.value = field.value; }
      }
    });
  }
}

function marks() {
  for (const field of document.querySelectorAll("[data-own]")) {
    field.addEventListener("input", () => marked(field));
    marked(field);
  }
}

function command() {
  const form = document.getElementById("ask");
  const shown = document.querySelector("[data-command]");
  if (!form || !shown) { return; }
  let waiting = 0;
  let asked = 0;
  const ask = async () => {
    const number = ++asked;
    const answer = await fetch("/command", { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const words = await answer.text();
    if (answer.ok && number === asked) { shown.textContent = words; }
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => ask().catch(() => {}), 250);
  });
}

function live() {
  const place = document.querySelector("[data-events]");
  if (!place) { return; }
  const source = new EventSource(place.dataset.events);
  source.addEventListener("message", (event) => {
    const said = JSON.parse(event.data);
    for (const one of document.querySelectorAll("[data-live]")) {
      const words = said[one.dataset.live];
      if (words !== undefined && one.textContent !== words) { one.textContent = words; }
    }
    if (said.over) {
      source.close();
      location.reload();
    }
  });
}

sliders();
marks();
command();
live();
const problems = document.querySelector("[data-problems] h2");
if (problems) { problems.focus(); }
