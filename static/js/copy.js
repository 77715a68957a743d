// Copies a reference or an address, and says so in the button itself.
for (const button of document.querySelectorAll("[data-copy]")) {
  const words = button.querySelector("span");
  const before = words.textContent;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      return;
    }
    words.textContent = button.dataset.copied;
    setTimeout(() => (words.textContent = before), 2000);
  });
}
