// Highlights in the stem and the chart: kept as characters from and to, drawn around the words.

export class Highlights {
  constructor(parts, { button, help, list, changed }) {
    this.parts = parts; // name: element
    this.list = list; // [{part, start, end}]
    this.changed = changed;
    this.draw();
    if (!button) return;
    button.hidden = help.hidden = false;
    // The press itself must not take the selection away.
    button.addEventListener("pointerdown", (event) => event.preventDefault());
    button.addEventListener("click", () => this.add());
    for (const [part, element] of Object.entries(parts)) {
      element.addEventListener("click", (event) => {
        const mark = event.target.closest("mark.highlight");
        if (mark && document.getSelection().isCollapsed) this.remove(part, Number(mark.dataset.start));
      });
    }
  }

  add() {
    const selection = document.getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return;
    const range = selection.getRangeAt(0);
    for (const [part, element] of Object.entries(this.parts)) {
      const start = offsetIn(element, range.startContainer, range.startOffset);
      const end = offsetIn(element, range.endContainer, range.endOffset);
      if (start === null || end === null || start === end) continue;
      const touching = (each) => each.part === part && each.start <= end && each.end >= start;
      const joined = [...this.list.filter(touching), { start, end }];
      this.list = this.list.filter((each) => !touching(each));
      this.list.push({ part, start: Math.min(...joined.map((each) => each.start)), end: Math.max(...joined.map((each) => each.end)) });
      selection.removeAllRanges();
      this.draw();
      this.changed();
    }
  }

  remove(part, start) {
    this.list = this.list.filter((each) => each.part !== part || each.start !== start);
    this.draw();
    this.changed();
  }

  draw() {
    for (const [part, element] of Object.entries(this.parts)) {
      for (const mark of element.querySelectorAll("mark.highlight")) mark.replaceWith(...mark.childNodes);
      element.normalize();
      for (const each of this.list.filter((one) => one.part === part)) wrap(element, each);
    }
  }
}

function offsetIn(element, node, offset) {
  if (!element.contains(node)) return null;
  const range = document.createRange();
  range.selectNodeContents(element);
  range.setEnd(node, offset);
  return range.toString().length;
}

function wrap(element, { start, end }) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const pieces = [];
  let at = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const from = Math.max(start - at, 0);
    const to = Math.min(end - at, node.length);
    if (from < to && node.data.slice(from, to).trim()) pieces.push([node, from, to]);
    at += node.length;
  }
  for (const [node, from, to] of pieces) {
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, to);
    const mark = document.createElement("mark");
    mark.className = "highlight";
    mark.dataset.start = start;
    range.surroundContents(mark);
  }
}
