// The review: a quotation leads to its place in the chart; the browser's copy of the claim is no longer needed.

import { startChart } from "./chart.js";
import { localKey } from "./draft.js";

const chart = startChart(document.querySelector("[data-chart]"));

function goTo(mark) {
  for (const old of document.querySelectorAll("mark.is-here")) old.classList.remove("is-here");
  chart.show(mark.closest(".document"));
  mark.classList.add("is-here");
  requestAnimationFrame(() => mark.scrollIntoView({ block: "center" }));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-evidence]");
  const mark = link && document.getElementById(link.hash.slice(1));
  if (mark) goTo(mark);
});

const done = document.querySelector("[data-done]");
if (done) {
  try {
    localStorage.removeItem(localKey(done.dataset.person, done.dataset.done));
  } catch {
    // nothing was kept
  }
}
