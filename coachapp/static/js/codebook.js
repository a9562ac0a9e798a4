// The code book: results as one types, arrow keys through lists, and a guard over a note that is not saved yet.

const WAIT_MS = 180;

export function isDirty(root) {
  const box = root.querySelector("[data-book-note] textarea");
  return Boolean(box) && box.value !== box.defaultValue;
}

export function fragmentAddress(address) {
  const url = new URL(address, location.href);
  url.searchParams.set("fragment", "1");
  return url;
}

export function singleKeys() {
  try {
    return localStorage.getItem("coach-single-keys") !== "off";
  } catch {
    return true; // without storage nothing was switched off
  }
}

// Moves through the rows of a list, and from the search box into it and back.
function onArrow(root, event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
  const search = root.querySelector("[data-book-search] input[name=q]");
  const links = [...root.querySelectorAll("[data-book-list] a")].filter((link) => link.checkVisibility());
  const at = links.indexOf(document.activeElement);
  if (document.activeElement !== search && at < 0) return;
  const next = at + step;
  event.preventDefault();
  (next < 0 ? search : (links[next] ?? links.at(-1)))?.focus();
}

function startLiveSearch(root, shown) {
  const form = root.querySelector("[data-book-search]");
  const results = root.querySelector("[data-book-results]");
  if (!form || !results) return;
  let timer = 0;
  let running = null;
  async function look() {
    const query = new URLSearchParams(new FormData(form));
    if (!form.isConnected) return; // another page has taken its place meanwhile
    if (query.get("q").trim().length < 2 || isDirty(root)) return;
    running?.abort();
    running = new AbortController();
    const address = `${form.action}?${query}`;
    try {
      const answer = await fetch(fragmentAddress(address), { signal: running.signal });
      if (!answer.ok || !new URL(answer.url).pathname.startsWith(new URL(form.action).pathname)) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.querySelector("[data-book-results]");
      if (!found || !form.isConnected) return;
      results.replaceChildren(...found.childNodes);
      root.querySelector(".book-crumbs")?.replaceWith(page.querySelector(".book-crumbs"));
      root.querySelector("[data-book]").dataset.code = "";
      const title = root.querySelector("h1, [data-book-title]");
      if (title) title.textContent = "Search the code book";
      shown(address);
    } catch {
      // Offline, or overtaken by the next key: Enter still sends the form.
    }
  }
  form.addEventListener("input", (event) => {
    if (event.target.name !== "q") return;
    clearTimeout(timer);
    timer = setTimeout(look, WAIT_MS);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
}

// `shown(address)` is told which search the results belong to.
export function enhance(root, shown) {
  startLiveSearch(root, shown);
}

export function startArrows(root) {
  root.addEventListener("keydown", (event) => onArrow(root, event));
}

const page = document.querySelector("main [data-book]");
if (page) {
  const main = page.closest("main");
  enhance(main, (address) => {
    history.replaceState(null, "", address);
    document.title = "Search the code book · Coachapp";
  });
  startArrows(main);
  let sending = false;
  main.addEventListener("submit", (event) => {
    sending = event.target.matches("[data-book-note]");
  });
  addEventListener("beforeunload", (event) => {
    if (isDirty(main) && !sending) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || !singleKeys() || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input, textarea, select, dialog, [contenteditable]")) return;
    event.preventDefault();
    const box = main.querySelector("[data-book-search] input[name=q]");
    box.focus();
    box.select();
  });
}
