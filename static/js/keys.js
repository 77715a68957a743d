// One-letter shortcuts: each [data-key] element is clicked by its key; "?" lists them.
// WCAG 2.1.4: they can be switched off, and the choice is remembered on this computer.
const STORE = "shortcuts";
const dialog = document.getElementById("keys");
const list = dialog?.querySelector("[data-keys]");
const toggle = dialog?.querySelector("[data-keys-on]");

function remembered() {
  try {
    return localStorage.getItem(STORE) !== "off";
  } catch {
    return true;
  }
}

function remember(on) {
  try {
    localStorage.setItem(STORE, on ? "on" : "off");
  } catch {
    // Storage may be forbidden on a hospital PC: the choice then lasts as long as the page.
  }
}

const shown = (element) => element.getClientRects().length > 0;
const keyed = () => [...document.querySelectorAll("[data-key]")].filter(shown);
const writing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

function label(element) {
  const words = element.cloneNode(true);
  words.querySelectorAll("kbd").forEach((key) => key.remove());
  return element.dataset.keyLabel ?? element.getAttribute("aria-label") ?? words.textContent.trim();
}

function open() {
  list.querySelectorAll("[data-found]").forEach((old) => old.remove());
  for (const element of keyed()) {
    const term = document.createElement("dt");
    const key = document.createElement("kbd");
    const words = document.createElement("dd");
    term.dataset.found = words.dataset.found = "";
    key.textContent = element.dataset.key;
    words.textContent = label(element);
    term.append(key);
    list.append(term, words);
  }
  dialog.showModal();
}

if (dialog && dialog.showModal) {
  toggle.checked = remembered();
  toggle.addEventListener("change", () => remember(toggle.checked));
  document.querySelectorAll('[data-open="keys"]').forEach((opener) => opener.addEventListener("click", open));
  document.addEventListener("keydown", (event) => {
    if (!toggle.checked || dialog.open || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || writing(event.target)) return;
    if (event.key === "?") {
      event.preventDefault();
      open();
      return;
    }
    const element = keyed().find((candidate) => candidate.dataset.key === event.key);
    if (!element) return;
    event.preventDefault();
    // What sends is pressed twice, or once and then Enter: a stray key decides nothing.
    const sends = element.matches("button[type=submit]") && document.activeElement !== element;
    element.focus();
    if (!sends) element.click();
  });
}
