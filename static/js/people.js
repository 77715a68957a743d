// Completes @names in a message with people who may read it. The textarea stays a textarea; the list
// is a listbox that it controls, read with the arrows, taken with Enter or Tab, left with Escape.
const PAUSE = 150;
const CALL = /(?:^|[\s(])@([\p{L}\d._-]{1,40})$/u;

function complete(form, field) {
  const list = document.createElement("ul");
  const status = document.createElement("p");
  list.id = `${field.id}-people`;
  list.className = "people-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset.peopleLabel);
  list.hidden = true;
  status.className = "hidden-text";
  status.setAttribute("role", "status");
  field.after(list, status);
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  let timer;
  let request = new AbortController();
  let chosen = -1;

  const typed = () => CALL.exec(field.value.slice(0, field.selectionStart))?.[1];

  function close() {
    clearTimeout(timer);
    request.abort();
    list.hidden = true;
    status.textContent = "";
    field.removeAttribute("aria-activedescendant");
  }

  function point(index) {
    const options = [...list.children];
    chosen = (index + options.length) % options.length;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
    field.setAttribute("aria-activedescendant", options[chosen].id);
    options[chosen].scrollIntoView({ block: "nearest" });
  }

  function take(option) {
    const end = field.selectionStart;
    field.setRangeText(`@${option.dataset.handle} `, end - typed().length - 1, end, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    close();
    field.focus();
  }

  function show(people) {
    list.replaceChildren(...people.map((person, at) => {
      const option = document.createElement("li");
      const about = document.createElement("small");
      option.id = `${list.id}-${at}`;
      option.setAttribute("role", "option");
      option.dataset.handle = person.handle;
      about.textContent = person.about;
      option.append(person.name, " ", about);
      return option;
    }));
    if (!people.length) return close();
    list.hidden = false;
    status.textContent = form.dataset.peopleFound.replace("{n}", people.length);
    point(0);
  }

  async function look(words) {
    request = new AbortController();
    try {
      const answer = await fetch(`${form.dataset.people}?q=${encodeURIComponent(words)}`, { signal: request.signal });
      if (answer.ok && typed() === words) show(await answer.json());
    } catch {
      // Help only: an identifier can be typed whole.
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    request.abort();
    const words = typed();
    if (!words) return close();
    timer = setTimeout(look, PAUSE, words);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown") point(chosen + 1);
    else if (event.key === "ArrowUp") point(chosen - 1);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && typed()) take(list.children[chosen]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  field.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
}

for (const form of document.querySelectorAll("form[data-people]")) {
  const field = form.querySelector("textarea");
  if (field) complete(form, field);
}
