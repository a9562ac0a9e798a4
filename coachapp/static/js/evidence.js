// Words of the chart attached to a line: selected there, kept with the row, compared with the key at review.

import { quotesOf, setQuotes, showQuotes } from "./quotes.js";

const BLOCKS = "p, li, td, th, h3, h4, h5, h6, pre";
const MOST_QUOTES = 5;
const LONGEST_QUOTE = 300;

const collapse = (text) => text.replace(/\s+/g, " ").trim();

// The blocks of a document as the server counts them: one for each stretch of text of the same paragraph, item or cell.
function blocksOf(documentBox) {
  const blocks = [];
  const walker = document.createTreeWalker(documentBox, NodeFilter.SHOW_TEXT);
  let element = null;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const owner = node.parentElement.closest(BLOCKS);
    if (!owner || node.parentElement.closest(".visually-hidden")) continue;
    if (owner !== element) blocks.push({ raw: "", nodes: [] });
    element = owner;
    const block = blocks.at(-1);
    block.nodes.push({ node, start: block.raw.length });
    block.raw += node.data;
  }
  return blocks.filter((block) => block.raw.trim());
}

// The part of a block that a range covers, as [start, end] in its raw text, without white space at its ends; or null.
function covered(block, range) {
  let start = null;
  let end = null;
  for (const { node, start: at } of block.nodes) {
    if (!range.intersectsNode(node)) continue;
    const from = node === range.startContainer ? range.startOffset : 0;
    const to = node === range.endContainer ? range.endOffset : node.length;
    if (from >= to) continue;
    start ??= at + from;
    end = at + to;
  }
  if (start === null || !block.raw.slice(start, end).trim()) return null;
  start += block.raw.slice(start, end).search(/\S/);
  end = start + block.raw.slice(start, end).trimEnd().length;
  return [start, end];
}

function countUpTo(text, words, last) {
  let count = 0;
  for (let at = text.indexOf(words); at >= 0 && at <= last; at = text.indexOf(words, at + 1)) count += 1;
  return count;
}

// A range as {document, quote, nth}, or {problem} in words.
function quoteOf(range, documentBox) {
  const blocks = blocksOf(documentBox);
  const touched = blocks.map((block) => covered(block, range));
  const held = touched.flatMap((span, i) => (span ? [i] : []));
  if (held.length !== 1) return { problem: "Select words within one paragraph, list item or table cell." };
  const [number] = held;
  const { raw } = blocks[number];
  const [start, end] = touched[number];
  const quote = collapse(raw.slice(start, end));
  if (quote.length > LONGEST_QUOTE) {
    return { problem: `A quote holds ${LONGEST_QUOTE} characters, and this one has ${quote.length}. Select fewer words.` };
  }
  const place = raw.slice(0, start).replace(/\s+/g, " ").trimStart().length;
  const before = blocks.slice(0, number).map((block) => countUpTo(collapse(block.raw), quote, Infinity));
  const nth = before.reduce((sum, each) => sum + each, 0) + countUpTo(collapse(raw), quote, place);
  return { document: documentBox.id.replace(/^doc-/, ""), quote, nth };
}

export function startEvidence(root, { chart, form, grid }) {
  let last = null; // the row focused last
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-primary attach";
  button.hidden = true;
  root.append(button);

  const row = () => (last?.isConnected ? last : grid.rows("dx")[0]);
  const place = (target) =>
    target.dataset.row === "dx" ? `row ${target.querySelector(".row-letter").textContent}` : target.getAttribute("aria-label").toLowerCase();

  // What is to be attached: the selection, else the place the search found.
  function wanted() {
    const selection = getSelection();
    const selected = selection.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0) : null;
    for (const range of [selected, chart.hit()]) {
      const node = range?.startContainer;
      const documentBox = (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.(".document");
      if (documentBox && root.contains(documentBox) && !documentBox.hidden) return { range, documentBox };
    }
    return null;
  }

  function attach() {
    const found = wanted();
    const target = row();
    if (!found) return say("Select words in the chart first, then press e.");
    const quote = quoteOf(found.range, found.documentBox);
    if (quote.problem) return say(quote.problem);
    const quotes = quotesOf(target);
    const same = (each) => each.document === quote.document && each.quote === quote.quote && each.nth === quote.nth;
    if (quotes.some(same)) return say(`These words are attached to ${place(target)} already.`);
    if (quotes.length >= MOST_QUOTES) return say(`A line holds ${MOST_QUOTES} quotes, and ${place(target)} has them. Remove one first.`);
    setQuotes(target, [...quotes, quote]);
    changed(`Attached to ${place(target)}: ${quote.quote}`);
    getSelection().removeAllRanges();
    button.hidden = true;
  }

  // What cannot be attached is said aloud and on the button's place, where the eye is.
  function say(text) {
    grid.announce(text);
    if (!button.hidden) button.textContent = text;
  }

  function changed(text) {
    grid.announce(text);
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function offer() {
    const selection = getSelection();
    const found = selection.isCollapsed ? null : wanted();
    button.hidden = !found || found.range.collapsed || !found.range.toString().trim();
    if (button.hidden) return;
    button.textContent = `Attach to ${place(row())}`;
    const rects = found.range.getClientRects();
    const end = rects[rects.length - 1] ?? found.range.getBoundingClientRect();
    const frame = root.getBoundingClientRect();
    const bottom = Math.min(frame.bottom, innerHeight) - button.offsetHeight - 4;
    button.style.top = `${Math.max(Math.max(frame.top, 0), Math.min(end.bottom + 6, bottom))}px`;
    button.style.left = `${Math.max(frame.left, Math.min(end.right - button.offsetWidth / 2, frame.right - button.offsetWidth - 4))}px`;
  }

  form.addEventListener("focusin", (event) => {
    last = event.target.closest(".claim-row") ?? last;
  });
  document.addEventListener("selectionchange", offer);
  document.addEventListener("scroll", offer, { capture: true, passive: true });
  addEventListener("resize", offer);
  button.addEventListener("mousedown", (event) => event.preventDefault()); // the selection must outlive the press
  button.addEventListener("click", attach);

  form.addEventListener("click", (event) => {
    const remover = event.target.closest("[data-unquote]");
    if (!remover) return;
    const target = remover.closest(".claim-row");
    const number = Number(remover.dataset.unquote);
    const gone = quotesOf(target)[number];
    setQuotes(target, quotesOf(target).filter((_, i) => i !== number));
    (target.querySelector("[data-quotes] summary") ?? target.querySelector('[name$="-code"]')).focus();
    changed(`Removed from ${place(target)}: ${gone.quote}`);
  });

  for (const kind of ["dx", "sv"]) for (const each of grid.rows(kind)) showQuotes(each);
  return { attach };
}
