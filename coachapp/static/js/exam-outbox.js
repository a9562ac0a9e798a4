// Answers on their way. Each stays in this browser, by person, sitting and question, until the server has said that it
// holds that very save.

import { signInAgain } from "./signin.js";
import { clock } from "./zone-clock.js";

const RETRY_MS = [2000, 4000, 8000, 15000, 30000];
const TIMEOUT_MS = 15000;
const FIELDS = ["answer", "flagged", "struck", "highlights", "notes", "sure"];

const content = (work) => JSON.stringify(FIELDS.map((name) => work[name]));
export const same = (a, b) => content(a) === content(b);

export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Outbox {
  // `data`: the data attributes of a sitting's page. `hooks`: say(text, waiting), clash(n, mine, theirs), time(ms),
  // closed(reason), rested().
  constructor(data, hooks) {
    this.data = data;
    this.hooks = hooks;
    this.prefix = `coach-exam:${data.person}:${data.sitting}:`;
    this.memory = new Map(); // where the browser keeps nothing
    this.failures = 0;
    this.timer = 0;
    this.running = null;
    this.clashes = new Set(); // questions that wait for the person's choice
    this.over = false;
    addEventListener("online", () => this.flush());
  }

  waiting() {
    const found = new Map(this.memory);
    try {
      for (let i = 0; i < localStorage.length; i++) {
        const key = localStorage.key(i);
        if (key.startsWith(this.prefix)) found.set(Number(key.slice(this.prefix.length)), JSON.parse(localStorage.getItem(key)));
      }
    } catch {
      // what is in memory must do
    }
    return found;
  }

  kept(n) {
    return this.waiting().get(n) ?? null;
  }

  // Keep the newest state of a question; whatever was kept before is replaced.
  keep(n, work) {
    this.memory.set(n, work);
    try {
      localStorage.setItem(this.prefix + n, JSON.stringify(work));
      this.memory.delete(n);
    } catch {
      // stays in memory
    }
  }

  forget(n) {
    this.memory.delete(n);
    try {
      localStorage.removeItem(this.prefix + n);
    } catch {
      // nothing was kept
    }
  }

  // Send everything that waits. Returns true once the server holds it all.
  async flush() {
    clearTimeout(this.timer);
    while (this.running) await this.running;
    this.running = this.#flush();
    try {
      return await this.running;
    } finally {
      this.running = null;
    }
  }

  async #flush() {
    for (const [n, work] of this.waiting()) {
      if (this.clashes.has(n)) continue;
      if (!(await this.#send(n, work))) return false;
    }
    return this.waiting().size === 0;
  }

  async #send(n, work, again = false) {
    const address = this.data.save.replace(/\/0$/, `/${n}`);
    let response;
    let answer;
    try {
      response = await fetch(address, {
        method: "PUT",
        keepalive: true,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.data.token },
        body: JSON.stringify(work),
      });
      answer = await response.json();
    } catch {
      answer = null; // no answer, or a page of some proxy: not an acknowledgement
    }
    if (response?.status === 200 && answer?.save_id === work.save_id) return this.#acknowledged(n, work, answer);
    if (response?.status === 400 && answer && !again && (await this.freshToken()) === "same") return this.#send(n, work, true);
    if (response?.status === 401) return this.#signedOut();
    if (response?.status === 409 && answer?.reason) return this.#refused(n, work, answer);
    if (response?.status === 410 && answer?.reason) {
      this.forget(n); // the server keeps it, apart
      this.#end(answer.reason);
      return false;
    }
    if (response && [404, 413, 422].includes(response.status) && answer) {
      this.hooks.say(`Question ${n} was not saved: ${answer.error}`, true);
      return false;
    }
    return this.#later(response ? "The server could not save; trying again" : null);
  }

  #acknowledged(n, work, answer) {
    this.failures = 0;
    const newest = this.kept(n);
    if (newest?.save_id === work.save_id) {
      this.forget(n);
    } else if (newest) {
      this.keep(n, { ...newest, base_seq: answer.seq }); // changed while this one was under way
    }
    this.hooks.saved?.(n, work, answer.seq);
    this.hooks.time?.(answer.remaining_ms);
    const left = this.waiting().size;
    this.hooks.say(left ? `${left} ${left === 1 ? "answer" : "answers"} waiting` : `Saved ${clock(new Date())}`, left > 0);
    if (left && newest?.save_id !== work.save_id) this.#soon(0);
    return true;
  }

  #refused(n, work, answer) {
    this.hooks.time?.(answer.remaining_ms);
    if (answer.reason === "break") {
      this.hooks.rested?.();
      return false;
    }
    if (answer.reason === "locked") {
      this.forget(n);
      this.hooks.say(`Question ${n} takes no more changes`, true);
      return true;
    }
    if (answer.state && same(answer.state, work)) {
      this.forget(n);
      this.hooks.saved?.(n, work, answer.seq);
      return true;
    }
    this.clashes.add(n);
    this.hooks.clash(n, work, answer);
    return true;
  }

  // After a clash: send mine on the server's new state, or drop it.
  settle(n, work, seq) {
    this.clashes.delete(n);
    if (work) {
      this.keep(n, { ...work, base_seq: seq, save_id: newId() });
      return this.flush();
    }
    this.forget(n);
    return Promise.resolve(true);
  }

  #end(reason) {
    if (this.over) return;
    this.over = true;
    this.hooks.closed(reason);
  }

  #soon(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), wait);
  }

  #later(text) {
    const left = this.waiting().size;
    const count = `${left} ${left === 1 ? "answer" : "answers"} waiting`;
    this.hooks.say(text ? `${text}; ${count}` : `Offline, ${count}`, true);
    const wait = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)];
    // Not all at once when a room full of browsers finds its network again.
    this.#soon(wait * (0.5 + Math.random()));
    return false;
  }

  #signedOut() {
    this.hooks.say("Signed out. Your answers are kept in this browser", true);
    if (!document.querySelector("#sign-in-again[open]")) {
      signInAgain(this.data.signIn, async () => {
        const whose = await this.freshToken();
        if (whose === "other") return "This is another person’s account. Sign in as the person who began this exam.";
        if (whose === "none") return "Sign-in did not work. Please try again.";
        this.flush();
        return null;
      });
    }
    return false;
  }

  // A token belongs to a sign-in. Fetch one for the present sign-in; answers whose it is: "same", "other" or "none".
  async freshToken() {
    try {
      const response = await fetch(this.data.here, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const found = page.querySelector("[data-sitting]");
      if (!found) return response.status === 404 ? "other" : "none";
      if (found.dataset.person !== this.data.person) return "other";
      this.data.token = found.dataset.token;
      return "same";
    } catch {
      return "none";
    }
  }
}

// Two versions of one question: what each says, and a button for each.
// They are shown by letters and texts as the server puts them: this page may hold another question, or none.
export function showClash(place, n, { versions, takeMine, takeTheirs }) {
  const text = document.createElement("p");
  text.textContent = `Question ${n} was changed in another tab or device. There: ${versions.there.words}. Here: ${versions.here.words}.`;
  const buttons = [
    ["Keep the one from here", takeMine],
    ["Take the other one", takeTheirs],
  ].map(([label, act], place_) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = place_ ? "btn btn-outline-secondary" : "btn btn-primary";
    button.textContent = label;
    button.addEventListener("click", () => {
      box.remove();
      place.hidden = place.childElementCount === 0;
      act();
    });
    return button;
  });
  const box = document.createElement("div");
  box.className = "notice notice-warn";
  box.append(text, ...buttons);
  place.append(box);
  place.hidden = false;
}
