// One question of a sitting: every change is kept here at once and saved soon after; pages turn only when it is saved.

import { Clock } from "./exam-clock.js";
import { Highlights } from "./exam-marks.js";
import { newId, Outbox, same, showClash } from "./exam-outbox.js";

const WAIT_MS = 400;
const IDLE_MS = 120000;
const KEYS_STORE = "coach-single-keys";

const form = document.querySelector("[data-exam]");
const data = { ...form.dataset };
const n = Number(data.n);
const open = data.open === "yes";
const state = document.getElementById("exam-state");
const trouble = document.getElementById("exam-trouble");
let baseSeq = Number(form.elements.base_seq.value);
let leaving = false;
let timer = 0;

// Active time: the page in sight and the last input less than two minutes ago.
let elapsed = Number(form.elements.elapsed_ms.dataset.elapsed);
let counted = performance.now();
let lastInput = performance.now();
setInterval(() => {
  const now = performance.now();
  if (document.visibilityState === "visible" && now - lastInput < IDLE_MS) elapsed += now - counted;
  counted = now;
}, 1000);
for (const kind of ["pointerdown", "keydown", "scroll", "pointermove"]) {
  addEventListener(kind, () => (lastInput = performance.now()), { passive: true, capture: true });
}

const highlights = new Highlights(
  Object.fromEntries([...form.querySelectorAll("[data-part]")].map((element) => [element.dataset.part, element])),
  {
    button: open ? document.getElementById("highlight") : null,
    help: document.getElementById("highlight-help"),
    list: JSON.parse(form.elements.highlights.value),
    changed,
  },
);

const checked = (name) => [...form.querySelectorAll(`input[name="${name}"]:checked`)].map((box) => box.value).sort();

function read() {
  const sure = checked("sure")[0];
  return {
    answer: checked("answer"),
    flagged: checked("flagged").length > 0,
    struck: checked("struck"),
    highlights: highlights.list,
    notes: form.elements.notes?.value ?? "",
    sure: sure === undefined ? null : sure === "sure",
  };
}

function fill(work) {
  for (const name of ["answer", "struck"]) {
    for (const box of form.querySelectorAll(`input[name="${name}"]`)) box.checked = work[name].includes(box.value);
  }
  const flagged = form.elements.flagged;
  if (flagged) flagged.checked = work.flagged;
  if (form.elements.notes) form.elements.notes.value = work.notes;
  for (const box of form.querySelectorAll('input[name="sure"]')) box.checked = (box.value === "sure") === work.sure && work.sure !== null;
  highlights.list = work.highlights;
  highlights.draw();
  paint();
}

let held = read(); // what the server holds

function paint() {
  const work = read();
  const mark = form.querySelector(`.palette button[value="${n}"]`);
  if (open && mark) {
    const answered = work.answer.length > 0;
    mark.classList.toggle("is-answered", answered);
    mark.classList.toggle("is-flagged", work.flagged);
    mark.classList.toggle("is-seen", true);
    mark.querySelector("[data-words]").textContent = `${answered ? "answered" : "not answered"}${work.flagged ? ", flagged" : ""}`;
  }
  const clear = document.getElementById("clear-answer");
  if (clear) clear.hidden = work.answer.length === 0;
}

function say(text, waiting) {
  state.textContent = text;
  state.classList.toggle("is-waiting", waiting);
}

const outbox = new Outbox(data, {
  say,
  saved(slot, work, seq) {
    if (slot !== n) return;
    baseSeq = seq;
    form.elements.base_seq.value = seq;
    held = work;
  },
  clash(slot, mine, answer) {
    say("Two versions: choose one", true);
    showClash(trouble, slot, {
      versions: answer.versions,
      takeMine: () => outbox.settle(slot, mine, answer.seq),
      takeTheirs() {
        outbox.settle(slot, null, answer.seq);
        if (slot !== n) return;
        baseSeq = answer.seq;
        form.elements.base_seq.value = answer.seq;
        held = answer.state;
        fill(answer.state);
        say("Saved", false);
      },
    });
  },
  time: (ms) => clock.set(ms),
  closed: () => go(data.report),
  rested: () => go(data.here),
});

const clock = new Clock(data.time, async (answer) => {
  if (answer.state === "time-up") await outbox.flush();
  go(answer.state === "closed" ? data.report : data.here);
});
clock.start();

function go(address) {
  if (leaving) return;
  leaving = true;
  location.assign(address);
}

function changed() {
  if (!open) return;
  paint();
  const work = read();
  if (same(work, held) && !outbox.kept(n)) return;
  outbox.keep(n, { base_seq: baseSeq, save_id: newId(), elapsed_ms: Math.round(elapsed), ...work });
  clearTimeout(timer);
  timer = setTimeout(() => outbox.flush(), WAIT_MS);
}

form.addEventListener("input", (event) => event.target.name !== "problem" && changed());
form.addEventListener("change", (event) => event.target.name !== "problem" && changed());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden" && outbox.waiting().size) outbox.flush();
});

document.getElementById("clear-answer")?.addEventListener("click", () => {
  for (const box of form.querySelectorAll('input[name="answer"]')) box.checked = false;
  changed();
});

// The page turns by the form itself, which carries the answer; before that, what waits is sent.
form.addEventListener("submit", async (event) => {
  form.elements.highlights.value = JSON.stringify(highlights.list);
  form.elements.elapsed_ms.value = Math.round(elapsed);
  if (leaving || !outbox.waiting().size) return;
  event.preventDefault();
  clearTimeout(timer);
  if (!(await outbox.flush())) {
    if (!navigator.onLine || outbox.failures) say(`Offline, ${outbox.waiting().size} waiting. The page turns when you are back`, true);
    return;
  }
  leaving = true;
  form.requestSubmit(event.submitter);
});
// A page brought back as it was shows what may no longer be so.
addEventListener("pageshow", (event) => event.persisted && location.reload());

function startKeys() {
  const dialog = document.getElementById("keys");
  const button = document.getElementById("keys-button");
  const choice = document.getElementById("single-keys");
  button.hidden = false;
  button.addEventListener("click", () => dialog.showModal());
  try {
    choice.checked = localStorage.getItem(KEYS_STORE) !== "off";
  } catch {
    // on, then
  }
  choice.addEventListener("change", () => {
    try {
      localStorage.setItem(KEYS_STORE, choice.checked ? "on" : "off");
    } catch {
      // the choice lasts as long as the page
    }
  });
  document.addEventListener("keydown", (event) => {
    if (!choice.checked || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (event.target.closest("textarea, select, dialog, [contenteditable], input:not([type=radio], [type=checkbox])")) return;
    const key = event.key.toLowerCase();
    const box = form.querySelectorAll('input[name="answer"]')["abcdefgh".indexOf(key)];
    if (key === "?") dialog.showModal();
    else if (box) box.click();
    else if (key === "f" && form.elements.flagged) form.elements.flagged.click();
    else if (key === "n") (document.getElementById("go-next") ?? document.getElementById("go-review")).click();
    else if (key === "s" && document.getElementById("sure-sure")) document.getElementById("sure-sure").click();
    else if (key === "u" && document.getElementById("sure-unsure")) document.getElementById("sure-unsure").click();
    else if (key === "i") document.getElementById("go-hint")?.click();
    else if (key === "k") document.getElementById("go-check")?.click();
    else if (key === "p") document.getElementById("go-previous")?.click();
    else return;
    event.preventDefault();
  });
}

function restore() {
  const kept = outbox.kept(n);
  if (!open) {
    if (kept) outbox.forget(n);
  } else if (kept && !("unsaved" in form.dataset)) {
    if (same(kept, held)) outbox.forget(n);
    else if (kept.base_seq === baseSeq) fill(kept);
  } else if ("unsaved" in form.dataset) {
    outbox.forget(n); // what was posted is on the page, and says so
    held = { ...held, answer: null };
  }
  if (outbox.waiting().size) outbox.flush();
}

startKeys();
paint();
restore();
