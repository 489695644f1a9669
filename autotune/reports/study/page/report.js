"use strict";
// What a mark stands for, at once and beside the pointer. Without this script the browser's own hint shows the same, a little later.
const hint = document.getElementById("hint");
for (const title of document.querySelectorAll("svg.chart title")) {
  title.parentNode.dataset.hint = title.textContent;
  title.remove();
}
document.addEventListener("pointerover", (event) => {
  const mark = event.target.closest("[data-hint]");
  hint.hidden = !mark;
  if (mark) hint.textContent = mark.dataset.hint;
});
document.addEventListener("pointermove", (event) => {
  if (hint.hidden) return;
  const wide = document.documentElement.clientWidth, high = document.documentElement.clientHeight;
  hint.style.left = Math.max(4, Math.min(event.clientX + 14, wide - hint.offsetWidth - 4)) + "px";
  hint.style.top = Math.max(4, Math.min(event.clientY + 16, high - hint.offsetHeight - 4)) + "px";
});
