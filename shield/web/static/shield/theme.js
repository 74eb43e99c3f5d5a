/* Runs before the first paint, so that the chosen theme never flashes. */
(() => {
  "use strict";
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const read = () => {
    try {
      return localStorage.getItem("shield-theme") || "auto";
    } catch {
      return "auto"; // storage is forbidden: follow the system
    }
  };
  const apply = () => {
    const choice = read();
    const dark = choice === "dark" || (choice === "auto" && system.matches);
    document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
    document.documentElement.dataset.themeChoice = choice;
    document.dispatchEvent(new CustomEvent("shield:theme"));
  };
  system.addEventListener("change", apply);
  window.shieldTheme = {
    read,
    choose(choice) {
      try {
        localStorage.setItem("shield-theme", choice);
      } catch {
        // storage is forbidden: the choice lasts until the page is left
      }
      apply();
    },
  };
  apply();
})();
