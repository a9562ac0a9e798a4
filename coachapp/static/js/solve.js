// The solve page: what JavaScript adds to a form that works without it.

import { startChart } from "./chart.js";
import { Draft } from "./draft.js";
import { startEvidence } from "./evidence.js";
import { Grid } from "./grid.js";
import { startKeys } from "./keys.js";
import { startLookup } from "./lookup.js";

// A page brought back whole by the back button may be older than the saved draft.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

const form = document.querySelector("[data-claim]");
const chart = startChart(document.querySelector("[data-chart]"));
const grid = new Grid(form);
startLookup(form, grid);
if (form.dataset.draft) new Draft(form, grid).start();
const evidence = startEvidence(document.querySelector("[data-chart]"), { chart, form, grid });
startKeys({ chart, evidence, grid });
