// While a question is written, shows those that look like it. The text travels in the body of a
// POST: it must not stand in an address or a server's log of addresses.
const PAUSE = 700;

for (const form of document.querySelectorAll("form[data-similar]")) {
  const target = document.querySelector("[data-similar-target]");
  let timer;
  let request = new AbortController();

  const look = async () => {
    request.abort();
    request = new AbortController();
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    try {
      const answer = await fetch(form.dataset.similar, { method: "POST", body: data, signal: request.signal });
      if (!answer.ok) return;
      target.innerHTML = await answer.text();
      // Shown here: no need to be shown again before sending.
      const seen = form.elements.namedItem("seen_similar");
      if (seen && target.firstElementChild) seen.value = "1";
    } catch {
      // Help only: the form works without it.
    }
  };

  if (target) {
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(look, PAUSE);
    });
  }
}
