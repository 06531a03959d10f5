// What has just come of something, for a moment.

/** A short message at the foot of the page. */
export function toast(text, bad = false) {
  const line = document.createElement("div");
  line.className = bad ? "toast-line bad" : "toast-line";
  line.textContent = text;
  if (bad) line.setAttribute("role", "alert");
  document.querySelector(".toasts")?.append(line);
  setTimeout(() => line.remove(), 7000);
}
