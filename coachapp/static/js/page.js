// What every page gains from JavaScript: the theme button, menus that close, and a look at what went wrong.

const CHOICES = ["system", "light", "dark"];

function readChoice() {
  try {
    const stored = localStorage.getItem("coach-theme");
    return CHOICES.includes(stored) ? stored : "system";
  } catch {
    return "system";
  }
}

function startTheme(button) {
  const text = document.getElementById("theme-text");
  const show = () => {
    const now = readChoice();
    const next = CHOICES[(CHOICES.indexOf(now) + 1) % CHOICES.length];
    text.textContent = `Theme: ${now}. Change to ${next}.`;
    button.title = text.textContent;
    return next;
  };
  button.addEventListener("click", () => {
    const next = show();
    try {
      localStorage.setItem("coach-theme", next);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.bsTheme = next === "system" ? (dark ? "dark" : "light") : next;
    show();
  });
  show();
  button.hidden = false;
}

function startMenus() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest?.("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

const themeButton = document.getElementById("theme-button");
if (themeButton) startTheme(themeButton);
startMenus();
document.getElementById("errors-summary")?.focus();
