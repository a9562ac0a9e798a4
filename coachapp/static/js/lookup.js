// Code boxes as comboboxes (ARIA Authoring Practices, "editable combobox with list autocomplete").

import { isBlank } from "./typed.js";

const WAIT_MS = 120;
const answers = new Map();

async function ask(form, box, text, signal) {
  const query = new URLSearchParams({ box, q: text, form: form.dataset.form, on: form.dataset.on });
  const address = `${form.dataset.lookup}?${query}`;
  if (!answers.has(address)) {
    const response = await fetch(address, { signal, headers: { Accept: "application/json" } });
    if (!response.ok) return null;
    answers.set(address, await response.json());
  }
  return answers.get(address);
}

export function startLookup(form, grid) {
  const list = document.createElement("ul");
  list.className = "suggestions";
  list.id = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  form.append(list);
  let box = null; // the code box the list belongs to
  let active = -1;
  let timer = 0;
  let running = null;

  const isCode = (element) => element.matches?.('.claim-row input[name$="-code"]');
  const kindOf = (element) => (element.name.startsWith("dx") ? "diagnosis" : "service");

  function prepare(input) {
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", list.id);
  }

  function close() {
    if (box) {
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
    }
    list.hidden = true;
    active = -1;
  }

  function mark(number) {
    const options = list.children;
    active = (number + options.length) % options.length;
    [...options].forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
    box.setAttribute("aria-activedescendant", options[active].id);
    options[active].scrollIntoView({ block: "nearest" });
  }

  function open(input, suggestions) {
    box = input;
    list.replaceChildren(
      ...suggestions.map((each, i) => {
        const option = document.createElement("li");
        option.id = `suggestion-${i}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.code = each.code;
        const code = document.createElement("span");
        code.className = "code";
        code.textContent = each.code;
        const title = document.createElement("span");
        title.textContent = each.title;
        if (!each.billable) {
          const more = document.createElement("span");
          more.className = "more";
          more.textContent = " – needs more characters";
          title.append(more);
        }
        option.append(code, title);
        return option;
      }),
    );
    active = -1;
    input.closest(".cell").append(list);
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    const count = suggestions.length;
    grid.announce(`${count} ${count === 1 ? "suggestion" : "suggestions"}. Use the arrow keys.`);
  }

  function accept(number) {
    const code = list.children[number].dataset.code;
    const input = box;
    input.value = code;
    close();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    clearTimeout(timer);
    refresh(input, false);
  }

  function showNote(input, note) {
    const place = input.closest(".claim-row").querySelector(".code-note");
    place.classList.toggle("is-warn", note?.tone === "warn");
    place.textContent = note?.text ?? "";
    if (note?.swap) {
      const use = document.createElement("button");
      use.type = "button";
      use.textContent = `Use ${note.swap}`;
      use.addEventListener("click", () => {
        input.value = note.swap;
        input.dispatchEvent(new Event("input", { bubbles: true }));
        input.focus();
        close();
        refresh(input, false);
      });
      place.append(" ", use);
    }
  }

  async function refresh(input, offer) {
    const text = isBlank(input.value) ? "" : input.value.trim();
    running?.abort();
    running = new AbortController();
    if (!text) {
      showNote(input, null);
      if (box === input) close();
      return;
    }
    let answer;
    try {
      answer = await ask(form, kindOf(input), text, running.signal);
    } catch {
      return; // offline, or overtaken by the next key
    }
    if (!answer || input.value.trim() !== text) return;
    showNote(input, answer.note);
    const found = answer.suggestions;
    const settled = found.length === 1 && found[0].code === answer.code;
    if (offer && found.length && !settled && document.activeElement === input) open(input, found);
    else if (box === input) close();
  }

  form.querySelectorAll('.claim-row input[name$="-code"]').forEach(prepare);
  form.addEventListener("grid:added", (event) => prepare(event.target.querySelector('input[name$="-code"]')));
  form.addEventListener("grid:filled", async () => {
    for (const input of form.querySelectorAll('.claim-row input[name$="-code"]')) {
      const note = !isBlank(input.value) ? (await ask(form, kindOf(input), input.value.trim()).catch(() => null))?.note : null;
      showNote(input, note);
    }
  });
  form.addEventListener("input", (event) => {
    const input = event.target;
    if (!isCode(input) || !event.isTrusted) return;
    clearTimeout(timer);
    timer = setTimeout(() => refresh(input, true), WAIT_MS);
  });
  form.addEventListener("focusout", (event) => {
    if (!isCode(event.target)) return;
    if (box === event.target) close();
    clearTimeout(timer);
    refresh(event.target, false);
  });
  // A press on an option must not take the focus from the box before the click arrives.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) accept([...list.children].indexOf(option));
  });
  // Captured, so that an open list has the keys before the grid does.
  form.addEventListener(
    "keydown",
    (event) => {
      if (list.hidden || event.target !== box || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === "ArrowDown") mark(active + 1);
      else if (event.key === "ArrowUp") mark(active < 0 ? list.children.length - 1 : active - 1);
      else if (event.key === "Enter" && active >= 0) accept(active);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
}
