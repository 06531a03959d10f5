// The place of a photo or a visit: asked only when the person presses the button, and never needed to go on.
import { toast } from "./toast.js";

const REFUSED = 1;

/** Ask the device once. Resolves with coordinates, or rejects with "refused" or "unavailable". */
function whereAmI() {
  return new Promise((found, failed) => {
    if (!navigator.geolocation) return failed("unavailable");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => found(coords),
      (error) => failed(error.code === REFUSED ? "refused" : "unavailable"),
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 0 },
    );
  });
}

/** Ask the device, say on ``line`` what came of it in the words that ``words`` carries, and hand the place on. */
export async function askPlace(words, line, take) {
  const note = (status, metres = "") => {
    line.textContent = words[`told${status[0].toUpperCase()}${status.slice(1)}`].replace("{n}", metres);
  };
  note("waiting");
  try {
    const coords = await whereAmI();
    const metres = Math.round(coords.accuracy);
    take("given", coords.latitude.toFixed(6), coords.longitude.toFixed(6), metres);
    note("given", metres);
  } catch (status) {
    if (typeof status !== "string") throw status;
    take(status);
    note(status);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-ask-place]");
  const form = button?.closest("[data-place-form]");
  if (!form) return;
  askPlace(form.dataset, form.querySelector("[data-place-told]"), (status, latitude, longitude, accuracy) => {
    const fields = form.elements;
    fields.place.value = status;
    if (status !== "given") return;
    fields.latitude.value = latitude;
    fields.longitude.value = longitude;
    fields.accuracy.value = accuracy;
  });
});

// Photos are sent without leaving the page: where the network fails they stay chosen, and the button sends them again.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-place-form]");
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  const button = form.querySelector("button.btn-primary");
  button.disabled = true;
  try {
    // The answer leads to the page of the photos; it is for the browser to go there, with what the server has to say.
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
    if (answer.type === "opaqueredirect") return window.location.reload();
    toast(document.body.dataset.failed.replace("{status}", answer.status), true);
  } catch (error) {
    toast(document.body.dataset.offline, true);
    console.error(error);
  }
  button.disabled = false;
  delete form.dataset.sent;
});
