// The code book beside a chart: a panel at the right edge that leaves the page under it as it is, focus included.

import { enhance, fragmentAddress, isDirty, singleKeys, startArrows } from "./codebook.js";

const KINDS = { dx: ["icd10cm"], sv: ["hcpcs", "cpt", "icd10pcs"] };
const isCodeBox = (element) => Boolean(element?.matches?.('.claim-row input[name$="-code"]'));
const kindOf = (box) => box.name.slice(0, 2);

class Drawer {
  constructor(opener) {
    this.opener = opener;
    this.root = new URL(opener.href).pathname;
    this.trail = []; // addresses shown, the last is the one in sight
    this.back = null; // where the focus was, and what was selected there
    this.#build();
    opener.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      this.panel.open ? this.close() : this.open();
    });
    addEventListener("beforeunload", (event) => {
      if (isDirty(this.body)) event.preventDefault();
    });
  }

  #build() {
    this.panel = document.createElement("dialog");
    this.panel.className = "book-drawer";
    this.panel.setAttribute("aria-label", "Code book");
    const bar = document.createElement("div");
    bar.className = "book-drawer-bar";
    const name = document.createElement("h2");
    name.textContent = "Code book";
    this.use = this.#button("", "btn btn-primary", () => this.#put());
    this.backButton = this.#button("Back", "btn btn-outline-secondary", () => this.#goBack());
    const whole = document.createElement("a");
    whole.className = "btn btn-link";
    whole.textContent = "Own tab";
    whole.target = "_blank";
    whole.rel = "noopener";
    this.whole = whole;
    const close = this.#button("Close", "btn btn-outline-secondary", () => this.close());
    bar.append(name, this.use, this.backButton, whole, close);
    this.trouble = document.createElement("p");
    this.trouble.className = "notice notice-warn book-drawer-trouble";
    this.trouble.setAttribute("role", "alert");
    this.trouble.hidden = true;
    this.body = document.createElement("div");
    this.body.className = "book-drawer-body";
    this.panel.append(bar, this.trouble, this.body);
    document.body.append(this.panel);
    startArrows(this.body);
    this.body.addEventListener("click", (event) => this.#follow(event));
    this.body.addEventListener("submit", (event) => this.#submit(event));
  }

  #button(text, classes, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = classes;
    button.textContent = text;
    button.addEventListener("click", act);
    return button;
  }

  // `text`: what to look up at once, such as the code in the box that one comes from.
  async open(text = "") {
    if (!this.panel.open) {
      const here = document.activeElement;
      this.back = { element: here, selection: isCodeBox(here) ? [here.selectionStart, here.selectionEnd] : null };
      this.panel.show();
      this.opener.setAttribute("aria-expanded", "true");
    }
    if (text) {
      const address = new URL(this.opener.href);
      address.pathname = `${this.root}/search`;
      address.searchParams.set("q", text);
      await this.#go(address.href);
    } else if (!this.trail.length) {
      await this.#go(this.opener.href);
    }
    this.#offer();
    const box = this.body.querySelector("[data-book-search] input[name=q]");
    if (this.panel.open) (box ?? this.panel.querySelector("button:not([hidden])")).focus();
    box?.select();
  }

  close() {
    this.panel.close();
    this.opener.setAttribute("aria-expanded", "false");
    const { element, selection } = this.back ?? {};
    if (!element?.isConnected) return;
    element.focus();
    if (selection) element.setSelectionRange(...selection);
  }

  #say(text) {
    this.trouble.textContent = text;
    this.trouble.hidden = !text;
  }

  // Fetches a page of the book; null where there is none to show, and then the reason is shown instead.
  async #fetch(address, options = {}) {
    let answer;
    try {
      // Failures come as JSON with their reason; pages are HTML whatever is asked for.
      answer = await fetch(fragmentAddress(address), { ...options, headers: { Accept: "application/json" } });
    } catch {
      this.#say("The server cannot be reached. Nothing here is lost; try again in a moment.");
      return null;
    }
    const text = await answer.text();
    if (answer.status === 401) {
      this.#say("You were signed out. Sign in from another tab, then go on here; nothing is lost.");
      return null;
    }
    if (answer.headers.get("Content-Type")?.startsWith("application/json")) {
      this.#say(JSON.parse(text).error);
      return null;
    }
    const found = new DOMParser().parseFromString(text, "text/html").querySelector("[data-book-fragment]");
    if (!found) {
      this.#say("The code book did not answer as expected. Open it in its own tab.");
      return null;
    }
    const shown = new URL(answer.url);
    shown.searchParams.delete("fragment");
    return { page: found, address: shown.href };
  }

  #show({ page, address }) {
    this.#say("");
    this.body.replaceChildren(document.adoptNode(page));
    this.body.scrollTop = 0;
    if (this.trail.at(-1) !== address) this.trail.push(address);
    enhance(this.body, (found) => {
      if (this.trail.at(-1)?.includes("/search?")) this.trail.pop();
      this.trail.push(found);
      this.#after();
    });
    this.#after();
  }

  #after() {
    this.whole.href = this.trail.at(-1);
    this.backButton.hidden = this.trail.length < 2;
    this.#offer();
  }

  async #go(address) {
    if (!(await this.#saveNote())) return false;
    const found = await this.#fetch(address);
    if (found) this.#show(found);
    return Boolean(found);
  }

  // A note half written is saved before its page goes away; false where it could not be.
  async #saveNote() {
    if (!isDirty(this.body)) return true;
    const form = this.body.querySelector("[data-book-note]");
    const found = await this.#fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (found?.page.querySelector("#note-problem")) {
      this.#show(found);
      return false;
    }
    return Boolean(found);
  }

  async #goBack() {
    const [left] = this.trail.splice(-1);
    const before = this.trail.pop();
    if (!(await this.#go(before))) this.trail.push(before, left);
    this.body.querySelector("[data-book-title]")?.focus();
  }

  async #follow(event) {
    const link = event.target.closest("a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (link.hash && link.getAttribute("href") === link.hash) {
      // A place further down in the panel, of which the page under it knows nothing.
      this.body.querySelector(link.hash)?.querySelector("textarea")?.focus();
      return;
    }
    if (await this.#go(link.href)) this.body.querySelector("[data-book-title]")?.focus();
  }

  async #submit(event) {
    event.preventDefault();
    const form = event.target;
    if (form.method === "get") {
      await this.#go(`${form.action}?${new URLSearchParams(new FormData(form))}`);
      this.body.querySelector("[data-book-search] input[name=q]")?.focus();
      return;
    }
    const body = new URLSearchParams(new FormData(form, event.submitter));
    // A bookmark set beside a note half written must not cost the note.
    if (!form.matches("[data-book-note]") && !(await this.#saveNote())) return;
    const found = await this.#fetch(form.action, { method: "POST", body });
    if (!found) return;
    this.#show(found);
    this.body.querySelector(form.matches("[data-book-note]") ? "#note-text" : ".book-mark button")?.focus();
  }

  // The box a code in sight could go into: the one the focus came from, or else the first empty one of its kind.
  #target() {
    const shown = this.body.querySelector("[data-code]")?.dataset;
    if (!shown?.code) return null;
    const kind = Object.keys(KINDS).find((each) => KINDS[each].includes(shown.system));
    const from = this.back?.element;
    const boxes = [...document.querySelectorAll(`.claim-row input[name^="${kind}-"][name$="-code"]`)];
    const box = isCodeBox(from) && kindOf(from) === kind ? from : boxes.find((each) => !each.value.trim());
    return box ? { box, code: shown.code } : null;
  }

  #offer() {
    const target = this.#target();
    this.use.hidden = !target;
    if (!target) return;
    const row = target.box.closest("[aria-label]").getAttribute("aria-label");
    const old = target.box.value.trim();
    this.use.textContent = old ? `Replace ${old} in ${row}` : `Put into ${row}`;
  }

  #put() {
    const { box, code } = this.#target();
    box.value = code;
    this.back = { element: box, selection: null };
    this.close();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

const opener = document.querySelector("a[data-codebook-drawer]");
if (opener) {
  const drawer = new Drawer(opener);
  opener.setAttribute("aria-expanded", "false");
  opener.setAttribute("role", "button");
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog:modal")) return;
    if (event.key === "Escape" && drawer.panel.open && !event.target.closest("[data-search]")) {
      event.preventDefault();
      drawer.close();
    } else if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      drawer.open(isCodeBox(event.target) ? event.target.value.trim() : "");
    } else if (event.key === "b" && singleKeys() && !event.ctrlKey && !event.altKey && !event.metaKey) {
      if (event.target.closest("input, textarea, select, dialog, [contenteditable]")) return;
      event.preventDefault();
      drawer.open();
    }
  });
}
