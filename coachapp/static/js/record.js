// The button that prints, which works with scripts only; and the new link, ready to be copied.
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
const link = document.getElementById("new-link");
link?.addEventListener("focus", () => link.select());
