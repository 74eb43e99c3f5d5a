/* Keyboard: `?` shows the keys, `g` and a letter goes to a page, j and k walk a list, `/` searches.
   Whoever types for a screen reader or by voice can switch single keys off; the choice is kept. */
(() => {
  "use strict";

  const STORE = "shield-keys";
  const dialog = () => document.getElementById("keys");
  const enabled = () => {
    try {
      return localStorage.getItem(STORE) !== "off";
    } catch {
      return true;
    }
  };
  const remember = (on) => {
    try {
      localStorage.setItem(STORE, on ? "on" : "off");
    } catch {
      /* Without storage the choice lasts as long as the page. */
    }
  };

  let going = 0; // until when a letter after `g` means a page

  const rows = () => [...document.querySelectorAll("table.stack-table tbody tr, .rows > .row-item")];
  const lead = (row) => row.querySelector("a[href]");

  const walk = (step) => {
    const all = rows().filter(lead);
    if (!all.length) return false;
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
    lead(all[next]).focus();
    return true;
  };

  const tick = () => {
    const row = rows().find((each) => each.contains(document.activeElement));
    const box = row?.querySelector("input[type=checkbox]");
    if (!box) return false;
    box.click();
    return true;
  };

  const open = () => {
    const box = dialog();
    box.querySelector("[data-keys-on]").checked = enabled();
    box.showModal();
    return true;
  };

  const acts = { "?": open, j: () => walk(1), k: () => walk(-1), x: tick };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !enabled()) return;
    if (going > Date.now()) {
      going = 0;
      const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (link) {
        event.preventDefault();
        link.click();
      }
      return;
    }
    if (event.key === "g") {
      going = Date.now() + 1500;
    } else if (acts[event.key]?.()) {
      event.preventDefault();
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-open]")) open();
    if (event.target.closest("[data-keys-close]")) dialog().close();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-keys-on]")) remember(event.target.checked);
  });
})();
