// The inbox by keyboard: j and k move, c claims, b sends back, f enters the form, g goes to the other list, Ctrl+Enter submits, / searches, ? lists the keys, Esc leaves.

function typing(element) {
  return element.closest("input, textarea, select, [contenteditable], .fjs-select");
}

function move(step) {
  const rows = [...document.querySelectorAll(".queue .row-link")];
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.hasAttribute("aria-current"));
  const row = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  if (row.hasAttribute("aria-current")) return;
  row.scrollIntoView({ block: "nearest" });
  row.click();
}

/** Closes what is open; focus returns to what had opened it, else the page has it again. */
function leave() {
  const menu = document.activeElement?.closest("details.menu[open]");
  for (const each of document.querySelectorAll("details.menu[open]")) each.open = false;
  if (menu) return menu.querySelector("summary").focus();
  document.querySelector(".top .search")?.classList.remove("open");
  document.querySelector(".side")?.classList.remove("open");
  document.activeElement?.blur();
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  c: () => document.querySelector("[data-key=claim]")?.click(),
  f: () => document.querySelector("[data-form] :is(input, textarea, select, button):not([disabled])")?.focus(),
  b: () => document.querySelector("[data-key=back]")?.click(),
  g: () => document.querySelector(".pool-tabs a:not([aria-current])")?.click(),
  "/": () => document.querySelector("#search")?.focus(),
  "?": () => document.querySelector("dialog.keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    document.querySelector("[data-key=submit]")?.click();
    return;
  }
  if (event.key === "Escape") return leave();
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-keys]")) keys["?"]();
});
