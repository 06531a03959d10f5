// Mounts an island on every element that asks for one, now and after each swap, and takes it down when it leaves.

const mounted = new WeakMap();

/** Calls `mount(element)` once for each element matching `selector`; it returns what has a destroy(). */
export function island(selector, mount) {
  const mountIn = (root) => {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches?.(selector)) found.push(root);
    for (const element of found) {
      if (element.dataset.mounted) continue;
      element.dataset.mounted = "yes";
      mounted.set(element, mount(element));
    }
  };
  mountIn(document.body);
  document.addEventListener("htmx:load", (event) => mountIn(event.detail.elt));
  document.addEventListener("htmx:beforeCleanupElement", (event) => mounted.get(event.detail.elt)?.destroy());
}

/** The JSON that the page carries for an island in a script element of type application/json. */
export function carried(id) {
  return JSON.parse(document.getElementById(id).textContent);
}
