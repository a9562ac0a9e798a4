// The autosaved draft. What was typed stays in this browser until the server has said that it holds it.

import { countWords } from "./quotes.js";
import { signInAgain } from "./signin.js";
import { clock } from "./zone-clock.js";

const WAIT_MS = 1000;
const RETRY_MS = [3000, 6000, 15000, 30000, 60000];

// The server may name the fields of a claim in another order.
const sorted = (_, value) =>
  value && typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value;
const same = (a, b) => JSON.stringify(a, sorted) === JSON.stringify(b, sorted);

export function localKey(person, slug) {
  return `coach-draft:${person}:${slug}`;
}

export class Draft {
  constructor(form, grid) {
    this.form = form;
    this.grid = grid;
    this.key = localKey(form.dataset.person, form.dataset.slug);
    this.state = form.querySelector("[data-state]");
    this.trouble = form.querySelector("[data-trouble]");
    this.timer = 0;
    this.failures = 0;
    this.sending = null; // the request under way
    this.paused = false; // two versions: wait for the person's choice
    this.leaving = false; // the form itself is on its way
    this.sent = null; // the claim last sent, whether or not an answer ever came
    this.saved = grid.read();
  }

  start() {
    this.form.addEventListener("input", () => this.#changed());
    this.form.addEventListener("change", () => this.#changed());
    this.form.addEventListener("submit", (event) => this.#submit(event));
    addEventListener("online", () => this.#dirty() && this.push());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && this.#dirty() && !this.paused) this.push({ keepalive: true });
    });
    addEventListener("pageshow", () => {
      this.leaving = false;
    });
    if ("unsaved" in this.form.dataset) {
      this.saved = null; // the server showed these rows again without keeping them
      this.push();
    } else {
      this.#restore();
    }
  }

  #dirty() {
    return !same(this.saved, this.grid.read());
  }

  #say(text, waiting = false) {
    this.state.textContent = text;
    this.state.classList.toggle("is-waiting", waiting);
  }

  #field(name) {
    return this.form.elements[name];
  }

  #keep(claim) {
    const record = { claim, seq: this.#field("seq").value, attempt: this.#field("attempt").value, sent: this.sent };
    try {
      localStorage.setItem(this.key, JSON.stringify(record));
    } catch {
      // Without storage the server's draft is the only copy.
    }
  }

  #forget() {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // nothing was kept
    }
  }

  #kept() {
    try {
      return JSON.parse(localStorage.getItem(this.key));
    } catch {
      return null;
    }
  }

  #restore() {
    const kept = this.#kept();
    if (!kept?.claim) return;
    if (same(kept.claim, this.grid.read())) return this.#forget();
    if (kept.seq === this.#field("seq").value && kept.attempt === this.#field("attempt").value) {
      this.sent = kept.sent;
      this.grid.fill(kept.claim);
      this.#say("Restored what this browser had kept", true);
      // At once: the page left behind may have sent these same rows after this one was made.
      this.push();
      return;
    }
    this.#choose(
      "This browser keeps a version of this claim that was never saved.",
      kept.claim,
      ["Use the version of this browser", () => this.#take(kept.claim)],
      ["Drop it", () => this.#forget()],
    );
  }

  #changed() {
    const claim = this.grid.read();
    if (same(this.saved, claim)) return;
    this.#keep(claim);
    if (this.paused) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.push(), WAIT_MS);
  }

  // Send the rows as they are now. Returns true once the server holds them.
  async push(options = {}) {
    clearTimeout(this.timer);
    while (this.sending) await this.sending;
    if (this.leaving) return false;
    if (!this.#dirty()) return true;
    this.sending = this.#send(options);
    const done = await this.sending;
    this.sending = null;
    if (done && this.#dirty()) this.#changed();
    return done;
  }

  async #send({ keepalive = false, again = false } = {}) {
    const claim = this.grid.read();
    const attempt = this.#field("attempt").value;
    const body = {
      attempt: attempt ? Number(attempt) : null,
      seq: Number(this.#field("seq").value),
      version: Number(this.#field("version").value),
      opened: this.#field("opened").value,
      claim,
    };
    const before = this.sent;
    this.sent = claim;
    this.#keep(claim);
    let response;
    try {
      response = await fetch(this.form.dataset.draft, {
        method: "POST",
        keepalive,
        headers: {
          "Content-Type": "application/json",
          Accept: "application/json",
          "X-CSRFToken": this.#field("csrf_token").value,
        },
        body: JSON.stringify(body),
      });
    } catch {
      return this.#later("Offline, waiting. Kept in this browser");
    }
    const answer = await response.json().catch(() => ({}));
    if (response.ok) {
      this.failures = 0;
      this.saved = claim;
      this.#field("seq").value = answer.seq;
      this.#field("attempt").value = answer.attempt;
      if (same(claim, this.grid.read())) this.#forget();
      else this.#keep(this.grid.read());
      this.#say(`Saved ${clock(new Date(answer.saved_at))}`);
      return true;
    }
    if (response.status === 400 && !again && (await this.#freshToken()) === "same") {
      return this.#send({ again: true });
    }
    if (response.status === 401) return this.#signedOut();
    if (response.status === 409) {
      if (answer.reason === "clash" && before && same(answer.claim, before)) {
        // What the server has is what this browser sent before, from a page that left without hearing of it.
        this.#move(answer);
        return this.#send({ keepalive });
      }
      return this.#clash(answer);
    }
    if (response.status === 422) {
      this.#say(`Not saved: ${answer.error}`, true);
      return false;
    }
    return this.#later("The server could not save. Kept in this browser, trying again");
  }

  #later(text) {
    this.#say(text, true);
    const wait = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.push(), wait);
    return false;
  }

  // A token belongs to a sign-in. Fetch one for the present sign-in; answers whose it is: "same", "other" or "none".
  async #freshToken() {
    try {
      const response = await fetch(location.pathname, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const form = page.querySelector("[data-claim]");
      if (!form) return "none";
      if (form.dataset.person !== this.form.dataset.person) return "other";
      this.#field("csrf_token").value = form.elements.csrf_token.value;
      return "same";
    } catch {
      return "none";
    }
  }

  #signedOut() {
    this.#say("Signed out. Kept in this browser", true);
    if (!document.querySelector("#sign-in-again[open]")) {
      signInAgain(this.form.dataset.signIn, async () => {
        const whose = await this.#freshToken();
        if (whose === "same") return (await this.push()) ? null : "Signed in, but the draft is not saved yet.";
        if (whose === "other") return "That is another account. What you typed here belongs to the first one.";
        return "Sign-in did not work. Please try again.";
      });
    }
    return false;
  }

  #clash(answer) {
    if (answer.reason === "handed_in") {
      this.#choose(
        "This claim was handed in from another tab. What you typed here since was not part of it.",
        null,
        ["Start a new try with these rows", () => this.#newTry()],
        ["Read the review", () => location.assign(answer.review)],
      );
    } else if (answer.reason === "clash") {
      this.#choose(
        "Another tab or device saved this claim. Both versions are kept; choose the one to go on with. The saved one:",
        answer.claim,
        ["Keep the rows on this page", () => this.#build(answer)],
        [
          "Use the saved version",
          () => {
            this.#move(answer);
            this.grid.fill(answer.claim);
            this.saved = this.grid.read();
            this.#forget();
            this.#say("Showing the saved version");
          },
        ],
      );
    } else {
      this.#choose(
        answer.error ?? "The server has another version.",
        null,
        ["Show the current chart", () => location.reload()],
      );
    }
    return false;
  }

  #move(answer) {
    this.#field("attempt").value = answer.attempt;
    this.#field("seq").value = answer.seq;
  }

  #build(answer) {
    this.#move(answer);
    this.saved = null;
    this.push();
  }

  #take(claim) {
    this.grid.fill(claim);
    this.saved = null;
    this.#changed();
  }

  #newTry() {
    this.#field("attempt").value = "";
    this.#field("seq").value = "0";
    this.saved = null;
    this.push();
  }

  // Show a choice between versions. Autosave rests until it is made.
  #choose(text, claim, ...choices) {
    this.paused = true;
    this.#say("Waiting for your choice", true);
    const words = document.createElement("p");
    words.textContent = text;
    const buttons = choices.map(([label, act], i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = `btn ${i ? "btn-outline-secondary" : "btn-primary"}`;
      button.textContent = label;
      button.addEventListener("click", () => {
        this.trouble.hidden = true;
        this.paused = false;
        this.#say("");
        act();
      });
      return button;
    });
    this.trouble.replaceChildren(words, ...(claim ? [summary(claim)] : []), ...buttons);
    this.trouble.hidden = false;
    this.trouble.scrollIntoView({ block: "nearest" });
  }

  #submit(event) {
    const button = event.submitter;
    if (button?.value === "save") {
      event.preventDefault();
      this.push().then((done) => done && this.#say(`Saved ${clock(new Date())}`));
      return;
    }
    this.#keep(this.grid.read());
    clearTimeout(this.timer);
    this.leaving = false;
    if (!navigator.onLine) {
      event.preventDefault();
      this.#say("Offline: hand in when you are back. Kept in this browser", true);
    } else if (this.sending) {
      // The page must build upon the save that is under way.
      event.preventDefault();
      // Where it fails the server may still take the whole form; only a question already on the page comes first.
      this.sending.then(() => {
        if (!this.paused && !document.querySelector("dialog[open]")) this.form.requestSubmit(button);
      });
    } else {
      this.leaving = true; // a save now would overtake the claim that is being handed in
    }
  }
}

// The rows as they were typed, line for line as the server words them on its page of two versions.
function summary(claim) {
  const quotes = (each) => (each.evidence?.length ? `(${countWords(each.evidence.length)})` : "");
  const line = (...parts) => parts.filter(Boolean).join("  ");
  const typed = (...texts) => texts.join("").trim() !== "";
  const lines = [
    ...claim.diagnoses
      .filter((each) => typed(each.code, each.poa) || each.evidence?.length)
      .map((each) => line(`${each.letter}: ${each.code || "no code"}${each.poa ? ` (POA ${each.poa})` : ""}`, quotes(each))),
    ...claim.services
      .filter((each) => typed(each.code, ...each.modifiers, each.units, each.pointers) || each.evidence?.length)
      .map((each) =>
        line(
          each.code || "no code",
          each.modifiers.filter(Boolean).join(" "),
          each.units && `× ${each.units}`,
          each.pointers,
          quotes(each),
        ),
      ),
    claim.pos && `Place of service ${claim.pos}`,
    claim.no_service && "No service to report",
  ].filter(Boolean);
  const list = document.createElement("ul");
  list.className = "code";
  for (const text of lines.length ? lines : ["Nothing entered"]) {
    const item = document.createElement("li");
    item.textContent = text;
    list.append(item);
  }
  return list;
}
