// The desk of moderators: who has the same page open, ready reasons put where they are read, the
// checklist kept as it is ticked, lines ticked by range.
const EVERY = 45_000;

function watch(form) {
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

function insert(button) {
  const words = button.form.elements.namedItem("reason");
  button.addEventListener("click", (event) => {
    event.preventDefault();
    words.value = [words.value.trim(), button.dataset.insert].filter(Boolean).join("\n\n");
    words.dispatchEvent(new Event("input", { bubbles: true }));
    words.focus();
  });
}

function keepTicks(form) {
  const status = form.querySelector("[role=status]");
  form.addEventListener("change", async () => {
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
      if (answer.status >= 400) throw new Error(String(answer.status));
      status.textContent = form.dataset.kept;
    } catch {
      status.textContent = form.dataset.failed;
    }
  });
}

// x ticks the line that has the focus, j and k go to the next and the one before, Shift ticks all
// the lines from the last one.
function ticks(form) {
  const boxes = [...form.querySelectorAll("input[type=checkbox][data-tick]")];
  let last = null;
  const place = () => boxes.indexOf(document.activeElement);
  form.addEventListener("click", (event) => {
    const box = event.target.closest("[data-tick]");
    if (!box) return;
    if (event.shiftKey && last !== null) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((one, other) => one - other);
      for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
    }
    last = box;
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("textarea, select, input:not([type=checkbox])")) return;
    const key = event.key.toLowerCase();
    const here = place();
    if (key === "j" || key === "k") {
      const next = here < 0 ? 0 : here + (key === "j" ? 1 : -1);
      if (!boxes[next]) return;
      event.preventDefault();
      if (event.shiftKey && here >= 0) boxes[next].checked = boxes[here].checked = true;
      boxes[next].focus();
      last = boxes[next];
    } else if (key === "x" && here >= 0) {
      event.preventDefault();
      boxes[here].click();
    }
  });
}

// The open entry is in sight when the queue is longer than its column.
const open = document.querySelector(".queue [aria-current]");
const side = open?.closest(".side");
if (side) side.scrollTop += open.getBoundingClientRect().top - side.getBoundingClientRect().top;

document.querySelectorAll("form[data-reading]").forEach(watch);
document.querySelectorAll("button[data-insert]").forEach(insert);
document.querySelectorAll("form[data-keep]").forEach(keepTicks);
document.querySelectorAll("form[data-ticks]").forEach(ticks);
