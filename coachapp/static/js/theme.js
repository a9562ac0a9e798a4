// Runs before the first paint: applies the stored choice of theme, or else follows the system.
(function () {
  "use strict";
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function stored() {
    try {
      return localStorage.getItem("coach-theme");
    } catch (error) {
      return null; // storage is switched off: follow the system
    }
  }
  function apply() {
    var choice = stored();
    var theme = choice === "light" || choice === "dark" ? choice : dark.matches ? "dark" : "light";
    document.documentElement.setAttribute("data-bs-theme", theme);
  }
  apply();
  dark.addEventListener("change", apply);
  window.addEventListener("storage", apply);
})();
