// The quotes of a row: a hidden field that is sent with the form, and the list that shows them.

export function countWords(number) {
  return `${number} ${number === 1 ? "quote" : "quotes"}`;
}

function field(row) {
  return row.querySelector('[name$="-evidence"]');
}

export function quotesOf(row) {
  try {
    const found = JSON.parse(field(row).value || "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

export function setQuotes(row, quotes) {
  const isOpen = row.querySelector("[data-quotes] details")?.open ?? false;
  field(row).value = quotes.length ? JSON.stringify(quotes) : "";
  showQuotes(row, isOpen);
}

// Draw the list of a row anew, with a button beside each quote.
export function showQuotes(row, isOpen = false) {
  const quotes = quotesOf(row);
  const box = row.querySelector("[data-quotes]");
  if (!quotes.length) return box.replaceChildren();
  const details = document.createElement("details");
  details.open = isOpen;
  const summary = document.createElement("summary");
  summary.textContent = countWords(quotes.length);
  summary.setAttribute("aria-label", `${row.getAttribute("aria-label")}: ${countWords(quotes.length)} attached`);
  const list = document.createElement("ul");
  quotes.forEach((quote, i) => {
    const words = document.createElement("q");
    words.textContent = quote.quote;
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.unquote = i;
    button.textContent = "Remove";
    button.setAttribute("aria-label", `Remove quote ${i + 1} from ${row.getAttribute("aria-label")}: ${quote.quote}`);
    const item = document.createElement("li");
    item.append(words, button);
    list.append(item);
  });
  details.append(summary, list);
  box.replaceChildren(details);
}
