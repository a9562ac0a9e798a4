// The list of keys, and single-key shortcuts: they can be switched off and never act while one types.

const STORE = "coach-single-keys";

function enabled() {
  try {
    return localStorage.getItem(STORE) !== "off";
  } catch {
    return true;
  }
}

export function startKeys({ chart, evidence, grid }) {
  const dialog = document.getElementById("keys");
  const button = document.getElementById("keys-button");
  const choice = document.getElementById("single-keys");
  button.hidden = false;
  button.addEventListener("click", () => dialog.showModal());
  choice.checked = enabled();
  choice.addEventListener("change", () => {
    try {
      localStorage.setItem(STORE, choice.checked ? "on" : "off");
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  });
  document.addEventListener("keydown", (event) => {
    if (!choice.checked || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, dialog, [contenteditable]")) return;
    if (event.key === "?") dialog.showModal();
    else if (event.key === "/") chart.focusSearch();
    else if (event.key === "c") grid.focusFirstEmpty();
    else if (event.key === "e") evidence.attach();
    else if (/^[1-9]$/.test(event.key)) chart.showNumber(Number(event.key) - 1);
    else return;
    event.preventDefault();
  });
}
