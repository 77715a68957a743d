// Nothing typed is lost: a form with data-autosave is kept as a draft after each pause, and a
// changed form (data-autosave or data-unsaved) asks before it is left.
const PAUSE = 1500;

function textFields(form) {
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  return data;
}

function savedSentence(pattern, at = new Date()) {
  const two = (number) => String(number).padStart(2, "0");
  return pattern.replace("{h}", String(at.getHours())).replace("{m}", two(at.getMinutes()));
}

function keep(form) {
  const status = form.querySelector("[data-autosave-status]");
  let changed = false;
  let timer;

  const save = async () => {
    changed = false;
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: textFields(form), redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      if (status) status.textContent = savedSentence(form.dataset.saved);
    } catch {
      changed = true;
      if (status) status.textContent = form.dataset.failed;
    }
  };

  form.addEventListener("input", () => {
    changed = true;
    if (!form.dataset.autosave) return;
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  });
  form.addEventListener("submit", () => {
    changed = false;
    clearTimeout(timer);
  });
  addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}

document.querySelectorAll("form[data-autosave], form[data-unsaved]").forEach(keep);
