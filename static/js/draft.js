// Nothing typed is lost: a form with data-autosave is kept as a draft after each pause, and a
// changed form (data-autosave or data-unsaved) asks before it is left.
//
// The server answers JSON: `address`, the draft's own page, which takes the place of this one's
// in the address bar; `fields`, hidden values to send next time; `held`, labels of the fields
// that were not stored because they identify somebody. 409: another page changed the draft.
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
  let overtaken = false;
  let saving = null;
  let timer;

  const say = (sentence) => {
    if (status && sentence) status.textContent = sentence;
  };

  const remember = ({ address, fields, held }) => {
    for (const [name, value] of Object.entries(fields)) form.elements[name].value = value;
    history.replaceState(history.state, "", address);
    form.action = address;
    say(held.length ? form.dataset.held.replace("{names}", held.join(", ")) : savedSentence(form.dataset.saved));
  };

  const send = async () => {
    changed = false;
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST", body: textFields(form), redirect: "error", headers: { Accept: "application/json" },
      });
      if (answer.status === 409) {
        overtaken = true;
        changed = true;
        say(form.dataset.overtaken);
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      if (answer.status !== 204) remember(await answer.json());
    } catch {
      changed = true;
      say(form.dataset.failed);
    }
  };

  // One at a time: a second save must know the draft that the first one made.
  const save = async () => {
    if (saving) await saving;
    saving = send();
    await saving;
    saving = null;
  };

  form.addEventListener("input", () => {
    changed = true;
    if (!form.dataset.autosave || overtaken) return;
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  });
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    if (saving) {
      event.preventDefault();
      await saving;
      form.requestSubmit(event.submitter);
      return;
    }
    changed = false;
  });
  addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}

document.querySelectorAll("form[data-autosave], form[data-unsaved]").forEach(keep);
