/* Small conveniences; every page works without them, apart from live progress. */
(() => {
  "use strict";

  const announce = (text) => {
    const region = document.getElementById("announcer");
    if (region) region.textContent = text;
  };

  document.addEventListener("click", async (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      await navigator.clipboard.writeText(copy.dataset.copy);
      copy.classList.add("copied");
      announce(document.body.dataset.copied);
      setTimeout(() => copy.classList.remove("copied"), 1500);
    }
    const theme = event.target.closest("[data-theme-choice-button]");
    if (theme) {
      window.shieldTheme.choose(theme.dataset.themeChoiceButton);
      markTheme();
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  /* A menu that would reach over the edge of the window opens towards the other side. */
  document.addEventListener("toggle", (event) => {
    const panel = event.target.matches("details.menu[open]") && event.target.querySelector(".menu-panel");
    if (!panel) return;
    panel.classList.remove("menu-panel-turned");
    const over = panel.getBoundingClientRect().right > document.documentElement.clientWidth;
    panel.classList.toggle("menu-panel-turned", over);
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = event.target.closest?.("details.menu[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      const search = document.querySelector("input[type=search]");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    }
  });

  /* A choice in a filter applies at once; text waits for Enter. */
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-apply-on-change]") && event.target.type !== "search") {
      form.requestSubmit();
    }
  });

  /* Empty fields stay out of the address. */
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-clean]")) return;
    for (const field of event.target.elements) {
      if (field.name && !field.value) field.disabled = true;
    }
  });
  window.addEventListener("pageshow", () => {
    for (const field of document.querySelectorAll("form[data-clean] [disabled]")) {
      field.disabled = false;
    }
    for (const form of document.querySelectorAll("form[data-clean]")) form.reset();
  });

  const markTheme = () => {
    const choice = window.shieldTheme.read();
    for (const button of document.querySelectorAll("[data-theme-choice-button]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoiceButton === choice));
    }
  };

  /* A link to one measurement opens the group that it is folded into. */
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let node = target; node; node = node.parentElement?.closest("details")) {
      if (node.tagName === "DETAILS") node.open = true;
    }
    target.scrollIntoView({ block: "center" });
  };

  window.addEventListener("hashchange", reveal);
  document.addEventListener("DOMContentLoaded", () => {
    markTheme();
    reveal();
  });
})();
