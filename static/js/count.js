// How many characters are left; said aloud only near the end.
const NEAR = 0.1;

for (const input of document.querySelectorAll("[data-count][maxlength]")) {
  const output = document.getElementById(input.dataset.count);
  const show = () => {
    const left = input.maxLength - input.value.length;
    const near = left <= input.maxLength * NEAR;
    output.classList.toggle("near", near);
    output.setAttribute("aria-live", near ? "polite" : "off");
    output.textContent = output.dataset.left.replace("{n}", left.toLocaleString(document.documentElement.lang));
  };
  input.addEventListener("input", show);
  if (output && input.value) show();
}
