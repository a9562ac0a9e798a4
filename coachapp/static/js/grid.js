// The claim grid as a spreadsheet: rows are added, moved and walked through by keyboard.

import { quotesOf, setQuotes } from "./quotes.js";
import { isBlank, plainLetter, plainNumber } from "./typed.js";

const BOXES = "input:not([type=hidden]):not([type=checkbox]), select";

// A row without quotes has no such field, as on the server.
function quotesField(row) {
  const evidence = quotesOf(row);
  return evidence.length ? { evidence } : {};
}

export class Grid {
  constructor(form) {
    this.form = form;
    this.announceBox = form.querySelector("[data-announce]");
    form.addEventListener("keydown", (event) => this.#key(event));
    form.addEventListener("click", (event) => this.#click(event));
    form.addEventListener("input", () => this.#namePlace());
    form.addEventListener("grid:filled", () => this.#namePlace());
    for (const row of form.querySelectorAll(".claim-row")) this.#addTools(row);
  }

  rows(kind) {
    return [...this.form.querySelectorAll(`[data-rows="${kind}"] > .claim-row`)];
  }

  announce(text) {
    this.announceBox.textContent = text;
  }

  // What the rows hold, just as typed, without the empty ones at the end.
  read() {
    const value = (row, name) => row.querySelector(`[name$="-${name}"]`)?.value ?? "";
    const diagnoses = this.rows("dx").map((row) => ({
      code: value(row, "code"),
      letter: value(row, "letter"),
      poa: value(row, "poa"),
      ...quotesField(row),
    }));
    const services = this.rows("sv").map((row) => ({
      code: value(row, "code"),
      modifiers: [1, 2, 3, 4].map((n) => value(row, `mod${n}`)),
      units: value(row, "units"),
      pointers: value(row, "pointers"),
      ...quotesField(row),
    }));
    while (diagnoses.length && !(diagnoses.at(-1).code + diagnoses.at(-1).poa).trim() && !diagnoses.at(-1).evidence) {
      diagnoses.pop();
    }
    const typed = (s) => (s.code + s.modifiers.join("") + s.units + s.pointers).trim() || s.evidence;
    while (services.length && !typed(services.at(-1))) services.pop();
    return {
      diagnoses,
      services,
      pos: this.form.elements.pos?.value ?? "",
      no_service: this.form.elements.no_service.checked,
    };
  }

  // Replace everything by a claim as `read` gives it.
  fill(claim) {
    this.#fillRows("dx", claim.diagnoses, (row, entry) => {
      this.#letter(row, entry.letter);
      this.#set(row, "code", entry.code);
      this.#set(row, "poa", entry.poa);
    });
    this.#fillRows("sv", claim.services, (row, entry) => {
      this.#set(row, "code", entry.code);
      entry.modifiers.forEach((modifier, i) => this.#set(row, `mod${i + 1}`, modifier));
      this.#set(row, "units", entry.units);
      this.#set(row, "pointers", entry.pointers);
    });
    if (this.form.elements.pos) this.form.elements.pos.value = claim.pos;
    this.form.elements.no_service.checked = claim.no_service;
    this.form.dispatchEvent(new CustomEvent("grid:filled"));
  }

  #fillRows(kind, entries, write) {
    while (this.rows(kind).length < entries.length && this.addRow(kind));
    this.rows(kind).forEach((row, i) => {
      for (const box of row.querySelectorAll(BOXES)) box.value = "";
      if (entries[i]) write(row, entries[i]);
      setQuotes(row, entries[i]?.evidence ?? []);
    });
    // Letters of the rows behind those filled must not repeat one that came with the claim.
    if (kind === "dx") {
      const taken = entries.map((entry) => entry.letter);
      const free = [...this.form.dataset.letters].filter((letter) => !taken.includes(letter));
      for (const row of this.rows("dx").slice(entries.length)) this.#letter(row, free.shift());
    }
  }

  #set(row, name, value) {
    const box = row.querySelector(`[name$="-${name}"]`);
    if (box) box.value = value;
  }

  // Add an empty row; returns it, or null where the form is full.
  addRow(kind) {
    const rows = this.rows(kind);
    const most = Number(kind === "dx" ? this.form.dataset.mostDx : this.form.dataset.mostSv);
    if (rows.length >= most) {
      this.announce(`This claim form holds ${most} rows here.`);
      return null;
    }
    const number = rows.length;
    const row = this.form.querySelector(`template[data-template="${kind}"]`).content.firstElementChild.cloneNode(true);
    for (const element of [row, ...row.querySelectorAll("*")]) {
      for (const name of ["id", "name", "for", "aria-describedby"]) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replace("-N-", `-${number}-`));
      }
    }
    if (kind === "dx") {
      const taken = rows.map((other) => other.querySelector('[name$="-letter"]').value);
      this.#letter(row, [...this.form.dataset.letters].find((letter) => !taken.includes(letter)));
    } else {
      this.#name(row, `Service ${number + 1}`, String(number + 1));
    }
    this.form.querySelector(`[data-rows="${kind}"]`).append(row);
    this.#addTools(row);
    if (number + 1 >= most) this.form.querySelector(`[data-add="${kind}"]`)?.remove();
    row.dispatchEvent(new CustomEvent("grid:added", { bubbles: true }));
    return row;
  }

  #letter(row, letter) {
    row.querySelector('[name$="-letter"]').value = letter;
    this.#name(row, `Diagnosis ${letter}`, letter);
  }

  #name(row, whose, sign) {
    row.setAttribute("aria-label", whose);
    row.querySelector(".row-letter").textContent = sign;
    for (const span of row.querySelectorAll(".cell-name > .visually-hidden")) span.textContent = `${whose}, `;
  }

  // Say what place the number of the place of service stands for.
  #namePlace() {
    const box = this.form.elements.pos;
    if (!box) return;
    const option = [...box.list.options].find((each) => each.value === plainNumber(box.value));
    document.getElementById("pos-note").textContent = option?.textContent ?? "";
  }

  // Small buttons for those who use a pointer; the keyboard has Alt and the arrows, so Tab passes them by.
  #addTools(row) {
    const tools = document.createElement("span");
    tools.className = "row-tools";
    for (const [step, sign, words] of [[-1, "↑", "Move up"], [1, "↓", "Move down"]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.tabIndex = -1;
      button.dataset.move = step;
      button.textContent = sign;
      button.setAttribute("aria-label", `${words}: ${row.getAttribute("aria-label")}`);
      button.title = words;
      tools.append(button);
    }
    row.append(tools);
  }

  #click(event) {
    const mover = event.target.closest("[data-move]");
    if (mover) return this.move(mover.closest(".claim-row"), Number(mover.dataset.move));
    const adder = event.target.closest("[data-add]");
    if (adder) {
      event.preventDefault();
      this.addRow(adder.dataset.add)?.querySelector(BOXES).focus();
    }
  }

  #key(event) {
    const box = event.target.closest(".claim-row, .pos, .no-service") && event.target.closest("input, select");
    if (!box || event.defaultPrevented || event.isComposing || event.metaKey) return;
    const row = box.closest(".claim-row");
    if (event.key === "Enter") {
      event.preventDefault(); // Enter never submits
      if (event.ctrlKey) this.#nextFree(row?.dataset.row ?? "sv");
      else if (!event.altKey) this.#walk(box, event.shiftKey ? -1 : 1);
    } else if ((event.key === "ArrowUp" || event.key === "ArrowDown") && row && !event.ctrlKey && !event.shiftKey) {
      const step = event.key === "ArrowUp" ? -1 : 1;
      if (event.altKey) {
        event.preventDefault();
        this.move(row, step, box);
      } else if (box.tagName !== "SELECT") {
        event.preventDefault();
        this.#vertical(row, box, step);
      }
    }
  }

  #walk(box, step) {
    const all = [...this.form.querySelectorAll("input:not([type=hidden]), select, .claim-bar button")].filter(
      (element) => !element.disabled && element.offsetParent,
    );
    const next = all[all.indexOf(box) + step];
    next?.focus();
    next?.select?.();
  }

  #vertical(row, box, step) {
    const rows = this.rows(row.dataset.row);
    const column = [...row.querySelectorAll(BOXES)].indexOf(box);
    const target = rows[rows.indexOf(row) + step]?.querySelectorAll(BOXES)[column];
    target?.focus();
    target?.select?.();
  }

  #nextFree(kind) {
    const empty = (row) =>
      !quotesOf(row).length && [...row.querySelectorAll(BOXES)].every((box) => isBlank(box.value));
    const row = this.rows(kind).find(empty) ?? this.addRow(kind);
    row?.querySelector(BOXES).focus();
  }

  focusFirstEmpty() {
    this.#nextFree("dx");
  }

  // Exchange the contents of two neighbouring rows. Letters stay with the rows, and pointers follow the diagnosis.
  move(row, step, box = row.querySelector(BOXES)) {
    const kind = row.dataset.row;
    const rows = this.rows(kind);
    const other = rows[rows.indexOf(row) + step];
    if (!other) return;
    const mine = [...row.querySelectorAll(BOXES)];
    const theirs = [...other.querySelectorAll(BOXES)];
    mine.forEach((each, i) => {
      [each.value, theirs[i].value] = [theirs[i].value, each.value];
    });
    const quotes = quotesOf(row);
    setQuotes(row, quotesOf(other));
    setQuotes(other, quotes);
    const [note, otherNote] = [row, other].map((each) => each.querySelector(".code-note"));
    const kept = [...note.childNodes];
    [note.className, otherNote.className] = [otherNote.className, note.className];
    note.replaceChildren(...otherNote.childNodes);
    otherNote.replaceChildren(...kept);
    if (kind === "dx") {
      const [a, b] = [row, other].map((each) => each.querySelector('[name$="-letter"]').value);
      const swap = { [a]: b, [b]: a };
      for (const pointer of this.form.querySelectorAll('[name$="-pointers"]')) {
        pointer.value = pointer.value.replace(/\p{L}/gu, (letter) => swap[plainLetter(letter)] ?? letter);
      }
    }
    theirs[mine.indexOf(box)].focus();
    this.announce(`Moved to ${other.getAttribute("aria-label")}.`);
    this.form.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
