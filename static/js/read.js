// Tells the server how far a thread was read, once it has really been seen for a while.
const SEEN_AFTER = 2000;
const form = document.querySelector("form[data-read]");

if (form) {
  let timer;
  const send = () => {
    document.removeEventListener("visibilitychange", watch);
    fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true }).catch(() => {});
  };
  const watch = () => {
    clearTimeout(timer);
    if (document.visibilityState === "visible") timer = setTimeout(send, SEEN_AFTER);
  };
  document.addEventListener("visibilitychange", watch);
  watch();
}
