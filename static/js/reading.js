// The desk: says that this page is open, and shows which colleagues have it open too.
const EVERY = 45_000;
const form = document.querySelector("form[data-reading]");

if (form) {
  const line = form.querySelector("[role=status]");
  const show = (readers) => {
    const pattern = readers.length > 1 ? form.dataset.many : form.dataset.one;
    const sentence = readers.length ? pattern.replace("{names}", readers.join(", ")) : "";
    if (line.textContent !== sentence) line.textContent = sentence;
  };
  const tell = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "error" });
      if (answer.ok) show((await answer.json()).readers);
    } catch {
      // Help only: a decision on a stale version is refused anyway.
    }
  };
  tell();
  setInterval(tell, EVERY);
  document.addEventListener("visibilitychange", tell);
}
