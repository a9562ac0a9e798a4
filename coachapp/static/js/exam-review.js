// Before handing in, and when the time is up: answers that this browser still keeps go first.

import { Clock } from "./exam-clock.js";
import { Outbox, showClash } from "./exam-outbox.js";

const form = document.querySelector("[data-outbox]");
const data = { ...form.dataset };
const state = document.getElementById("exam-state");
const trouble = document.getElementById("exam-trouble");
let sent = false;

const outbox = new Outbox(data, {
  say(text, waiting) {
    state.textContent = text;
    state.classList.toggle("is-waiting", waiting);
  },
  clash(n, mine, answer) {
    showClash(trouble, n, {
      versions: answer.versions,
      takeMine: () => outbox.settle(n, mine, answer.seq),
      takeTheirs: () => outbox.settle(n, null, answer.seq),
    });
  },
  time: (ms) => clock.set(ms),
  closed: () => location.assign(data.report),
  rested: () => location.assign(data.here),
});

const clock = new Clock(data.time, async (answer) => {
  if (answer.state === "time-up") await outbox.flush();
  location.assign(answer.state === "closed" ? data.report : data.here);
});
clock.start();

form.addEventListener("submit", async (event) => {
  if (sent || !outbox.waiting().size) return;
  event.preventDefault();
  if (await outbox.flush()) {
    sent = true;
    form.requestSubmit(event.submitter);
    return;
  }
  const left = outbox.waiting().size;
  if (left && navigator.onLine && outbox.clashes.size) state.textContent = "Choose a version above first";
});

if (outbox.waiting().size) outbox.flush();
