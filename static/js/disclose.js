// <details> that behave: menus close on Escape and on a click elsewhere, an opened panel gets
// the focus in its first field, a dialogue opens, a summary of errors is announced.
const menus = () => document.querySelectorAll("details.drop[open]");

document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

for (const summary of document.querySelectorAll("details.move > summary")) {
  summary.addEventListener("click", () => {
    const panel = summary.parentElement;
    if (panel.open) return;
    requestAnimationFrame(() => panel.querySelector("textarea, select, input:not([type=hidden])")?.focus());
  });
}

for (const opener of document.querySelectorAll("[data-open]:not([data-open=keys])")) {
  opener.addEventListener("click", () => document.getElementById(opener.dataset.open)?.showModal());
}

// An address that leads into something folded unfolds it.
function unfold() {
  const target = document.getElementById(location.hash.slice(1));
  const folded = target?.closest("details:not([open])");
  if (!folded || folded === target) return;
  folded.open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", unfold);
unfold();

document.querySelector("[data-focus]")?.focus();
