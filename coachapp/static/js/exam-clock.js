// The time left. It is the server's: this only counts on from what the server said last, by a clock that nobody can set.

const RESYNC_MS = 45000;
const NOTICES = [60, 30, 10, 5, 1]; // minutes
const HIDDEN = "coach-exam-clock-hidden";

function shown(ms) {
  const seconds = Math.ceil(ms / 1000);
  const part = (value) => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${part(Math.floor(seconds / 60) % 60)}:${part(seconds % 60)}`;
}

export class Clock {
  // `ended` is called with the server's word that the sitting no longer runs.
  constructor(address, ended) {
    this.address = address;
    this.ended = ended;
    this.box = document.getElementById("exam-timer");
    this.face = document.getElementById("exam-clock");
    this.notice = document.getElementById("exam-notice");
    this.asked = -Infinity;
    if (this.box) this.set(Number(this.box.dataset.remaining));
  }

  start() {
    if (!this.box) return;
    this.#toggle();
    this.last = this.left();
    setInterval(() => this.#tick(), 500);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.ask());
    addEventListener("pageshow", (event) => event.persisted && this.ask());
    this.#tick();
  }

  set(ms) {
    if (!this.box || typeof ms !== "number") return;
    this.end = performance.now() + ms;
    this.synced = performance.now();
  }

  left() {
    return Math.max(0, this.end - performance.now());
  }

  #tick() {
    const left = this.left();
    this.face.textContent = shown(left);
    this.box.classList.toggle("is-short", left < 300000);
    for (const minutes of NOTICES) {
      if (this.last > minutes * 60000 && left <= minutes * 60000) {
        this.notice.textContent = `${minutes} ${minutes === 1 ? "minute" : "minutes"} left`;
      }
    }
    this.last = left;
    if (left === 0 || performance.now() - this.synced > RESYNC_MS) this.ask();
  }

  async ask() {
    if (performance.now() - this.asked < 2000) return;
    this.asked = performance.now();
    let answer;
    try {
      const response = await fetch(this.address, { headers: { Accept: "application/json" } });
      if (!response.ok) return;
      answer = await response.json();
    } catch {
      return; // without the server nobody knows better
    }
    this.set(answer.remaining_ms);
    if (answer.state !== "running") this.ended(answer);
  }

  #toggle() {
    const button = document.getElementById("exam-clock-toggle");
    const show = (hidden) => {
      this.face.classList.toggle("visually-hidden", hidden);
      button.textContent = hidden ? "Show" : "Hide";
      button.setAttribute("aria-label", hidden ? "Show the time left" : "Hide the time left");
    };
    let hidden = false;
    try {
      hidden = localStorage.getItem(HIDDEN) === "yes";
    } catch {
      // shown, then
    }
    show(hidden);
    button.hidden = false;
    button.addEventListener("click", () => {
      hidden = !hidden;
      show(hidden);
      try {
        localStorage.setItem(HIDDEN, hidden ? "yes" : "no");
      } catch {
        // the choice lasts as long as the page
      }
    });
  }
}
