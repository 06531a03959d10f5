// What every page loads: the look (Tabler and our own rules), htmx, and the keyboard.
import "@tabler/core/dist/css/tabler.min.css";
import "./base.css";
import "./portal.css";
import htmx from "htmx.org";
import "./keyboard.js";
import "./place.js";
import "./live.js";

// The Content-Security-Policy forbids evaluated code and inline styles.
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.historyCacheSize = 0;

let written = null; // the field of words that was last in use
document.addEventListener("focusin", ({ target }) => {
  if (target.matches("textarea")) written = target;
});

/** Puts a standard phrase where words are written: beside its button, else where they were last, else in the form. */
function write(words, button) {
  const near = button.closest("form")?.querySelector("textarea");
  const field = near ?? (written?.isConnected ? written : document.querySelector("[data-form] textarea"));
  if (!field || field.readOnly || field.disabled) return;
  field.value = field.value ? `${field.value}${words}` : words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
  button.closest("details.menu").open = false;
  field.focus();
}

// One box ticks all of a name.
document.addEventListener("change", ({ target }) => {
  if (!target.dataset.tickAll) return;
  for (const box of document.querySelectorAll(`input[name="${target.dataset.tickAll}"]`)) box.checked = target.checked;
});

document.addEventListener("click", (event) => {
  const target = event.target;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target) && target.isConnected) menu.open = false;
  }
  const phrase = target.closest("[data-phrase]");
  if (phrase) write(phrase.dataset.phrase, phrase);
  if (target.closest("[data-print]")) window.print();
  const person = target.closest("[data-username]");
  if (person) {
    document.querySelector("#username").value = person.dataset.username;
    document.querySelector("#password").value = person.dataset.password;
    document.querySelector("#password").focus();
  }
  if (target.closest("[data-open-drawer]")) document.querySelector(".side")?.classList.toggle("open");
  if (target.closest("[data-open-search]")) {
    document.querySelector(".top .search")?.classList.add("open");
    document.querySelector("#search")?.focus();
  }
});

// What is already there when the page opens is not read out by screen readers: put it in again.
setTimeout(() => {
  const box = document.querySelector(".toasts");
  box?.replaceChildren(...box.children);
}, 200);

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-once]")) {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  }
});

// After a task was opened without loading the page: mark it in the list, and keep the phone's back button useful.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "work") return;
  document.querySelector(".work")?.classList.add("chosen");
  for (const row of document.querySelectorAll(".queue .row-link")) {
    if (row === event.detail.requestConfig.elt) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
});

// Only the figures of a form were swapped: its fields outside of them are marked anew as wrong or right.
document.addEventListener("htmx:afterSettle", () => {
  const figures = document.querySelector("[data-marks]");
  if (!figures) return;
  const wrong = figures.dataset.wrong.split(" ");
  for (const field of document.querySelectorAll(`#${figures.dataset.marks} [name]`)) {
    const isWrong = wrong.includes(field.name);
    field.classList.toggle("is-invalid-lite", isWrong);
    if (isWrong) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
});

document.addEventListener("htmx:responseError", (event) => {
  toast(document.body.dataset.failed.replace("{status}", event.detail.xhr.status), true);
});
document.addEventListener("htmx:sendError", () => toast(document.body.dataset.offline, true));
