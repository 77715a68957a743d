// While a question is written, shows those that look like it, and what its text calls for: what the
// guard will ask about, hints, tags to add with a click. The text travels in the body of a POST: it
// must not stand in an address or a server's log of addresses.
const PAUSE = 700;

function textFields(form) {
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  return data;
}

function watch(form, address, target, shown = () => {}) {
  let timer;
  let request = new AbortController();

  const look = async () => {
    request.abort();
    request = new AbortController();
    try {
      const answer = await fetch(address, { method: "POST", body: textFields(form), signal: request.signal });
      if (!answer.ok) return;
      target.innerHTML = (await answer.text()).trim();
      if (target.firstElementChild) shown();
    } catch {
      // Help only: the form works without it.
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
}

// A tag that is proposed joins those that are written.
function put(form, button) {
  const field = form.elements.namedItem(button.dataset.put);
  field.value = [field.value.trim().replace(/[,;]$/, ""), button.dataset.text].filter(Boolean).join(", ");
  button.remove();
}

for (const form of document.querySelectorAll("form[data-similar]")) {
  const near = form.querySelector("[data-similar-target]");
  const seen = form.elements.namedItem("seen_similar");
  // Shown here: no need to be shown again before sending.
  if (near) watch(form, form.dataset.similar, near, () => seen && (seen.value = "1"));
  const told = form.querySelector("[data-look-target]");
  if (told) watch(form, form.dataset.look, told);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-put]");
    if (button) put(form, button);
  });
}
