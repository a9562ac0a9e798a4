// The chart: one document at a time, a search through all of them, and the way to a marked passage.

const BLOCKS = "p, li, td, th, h3, h4, h5, h6, pre";

export function startChart(root) {
  const tabs = [...root.querySelectorAll("[data-tabs] a")];
  const documents = [...root.querySelectorAll(".document")];
  if (tabs.length > 1) makeTabs(root, tabs, documents);

  function show(document_) {
    if (tabs.length > 1) select(tabs, documents, documents.indexOf(document_));
  }

  const search = root.querySelector("[data-search]");
  const hit = search && globalThis.CSS?.highlights ? startSearch(search, tabs, documents, show) : () => null;
  return {
    show,
    hit, // the range of the place found by the search, or null
    showNumber: (number) => {
      if (documents[number]) {
        show(documents[number]);
        root.querySelector(".documents").focus();
      }
    },
    focusSearch: () => search && !search.hidden && search.querySelector("input").focus(),
  };
}

function makeTabs(root, tabs, documents) {
  const list = root.querySelector("[data-tabs]");
  list.setAttribute("role", "tablist");
  root.dataset.tabbed = "";
  tabs.forEach((tab, i) => {
    tab.parentElement.setAttribute("role", "presentation");
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", documents[i].id);
    documents[i].setAttribute("role", "tabpanel");
    documents[i].setAttribute("aria-labelledby", tab.id);
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      select(tabs, documents, i);
      root.querySelector(".documents").scrollTop = 0;
    });
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const end = { Home: 0, End: tabs.length - 1 }[event.key];
      if (step === undefined && end === undefined && event.key !== " ") return;
      event.preventDefault();
      const next = event.key === " " ? i : (end ?? (i + step + tabs.length) % tabs.length);
      select(tabs, documents, next);
      tabs[next].focus();
    });
  });
  const wanted = documents.findIndex((each) => location.hash && each.querySelector(`[id="${CSS.escape(location.hash.slice(1))}"]`));
  select(tabs, documents, Math.max(0, wanted));
}

function select(tabs, documents, number) {
  tabs.forEach((tab, i) => {
    tab.setAttribute("aria-selected", String(i === number));
    tab.tabIndex = i === number ? 0 : -1;
    documents[i].hidden = i !== number;
  });
}

// Every place of `text` in a document, also where it runs over bold words, but never over the end of a paragraph.
function rangesOf(document_, text) {
  const found = [];
  for (const block of document_.querySelectorAll(BLOCKS)) {
    if (block.querySelector(BLOCKS)) continue;
    const nodes = [];
    let all = "";
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      nodes.push({ node: walker.currentNode, start: all.length });
      all += walker.currentNode.data.toLowerCase().replace(/\s/g, " ");
    }
    const place = (index) => {
      const { node, start } = nodes.findLast((each) => each.start <= index);
      return [node, Math.min(index - start, node.data.length)];
    };
    for (let at = all.indexOf(text); at >= 0; at = all.indexOf(text, at + text.length)) {
      const range = new Range();
      const [lastNode, lastOffset] = place(at + text.length - 1);
      range.setStart(...place(at));
      range.setEnd(lastNode, lastOffset + 1);
      found.push({ range, document: document_ });
    }
  }
  return found;
}

function startSearch(box, tabs, documents, show) {
  const input = box.querySelector("input");
  const state = box.querySelector("[role=status]");
  let found = [];
  let here = -1;

  function countOnTabs() {
    tabs.forEach((tab, i) => {
      tab.querySelector(".found-count")?.remove();
      const count = found.filter((each) => each.document === documents[i]).length;
      if (count && tabs.length > 1) {
        const badge = document.createElement("span");
        badge.className = "found-count number";
        badge.textContent = count;
        tab.append(badge);
      }
    });
  }

  function go(step) {
    if (!found.length) return;
    here = (here + step + found.length) % found.length;
    const { range, document: document_ } = found[here];
    show(document_);
    CSS.highlights.set("chart-here", new Highlight(range));
    const scroller = document_.parentElement;
    const place = range.getBoundingClientRect();
    const frame = scroller.getBoundingClientRect();
    if (scroller.scrollHeight > scroller.clientHeight) {
      scroller.scrollTop += place.top - frame.top - frame.height / 3;
    } else {
      range.startContainer.parentElement.scrollIntoView({ block: "center" });
    }
    state.textContent = `${here + 1} of ${found.length}`;
  }

  function look() {
    const text = input.value.trim().toLowerCase().replace(/\s+/g, " ");
    found = text.length < 2 ? [] : documents.flatMap((each) => rangesOf(each, text));
    CSS.highlights.set("chart-found", new Highlight(...found.map((each) => each.range)));
    CSS.highlights.delete("chart-here");
    here = -1;
    countOnTabs();
    state.textContent = text.length < 2 ? "" : found.length ? `${found.length} found` : "not found";
    if (found.length) {
      const visible = found.findIndex((each) => !each.document.hidden);
      here = Math.max(0, visible) - 1;
      go(1);
    }
  }

  input.addEventListener("input", look);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      go(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      input.value = "";
      look();
    }
  });
  box.hidden = false;
  return () => found[here]?.range ?? null;
}
