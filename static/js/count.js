// How many characters are left, or too many; said aloud only near the end.
const NEAR = 0.1;

for (const input of document.querySelectorAll("[data-count]")) {
  const output = document.getElementById(input.dataset.count);
  const most = Number(input.dataset.max);
  const show = () => {
    const left = most - input.value.length;
    const near = left <= most * NEAR;
    const pattern = left < 0 ? output.dataset.over : output.dataset.left;
    output.classList.toggle("near", near);
    output.classList.toggle("over", left < 0);
    output.setAttribute("aria-live", near ? "polite" : "off");
    output.textContent = pattern.replace("{n}", Math.abs(left).toLocaleString(document.documentElement.lang));
  };
  input.addEventListener("input", show);
  if (input.value) show();
}
