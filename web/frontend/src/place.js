// The place of a photo: asked only when the person presses the button, and never needed to go on.

const REFUSED = 1;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-ask-place]");
  const form = button?.closest("[data-place-form]");
  if (!form) return;
  const line = form.querySelector("[data-place-told]");
  const note = (status, metres = "") => {
    form.elements.place.value = status;
    line.textContent = form.dataset[`told${status[0].toUpperCase()}${status.slice(1)}`].replace("{n}", metres);
  };
  if (!navigator.geolocation) {
    note("unavailable");
    return;
  }
  line.textContent = form.dataset.toldWaiting;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      form.elements.latitude.value = coords.latitude.toFixed(6);
      form.elements.longitude.value = coords.longitude.toFixed(6);
      form.elements.accuracy.value = Math.round(coords.accuracy);
      note("given", Math.round(coords.accuracy));
    },
    (error) => note(error.code === REFUSED ? "refused" : "unavailable"),
    { enableHighAccuracy: true, timeout: 15000, maximumAge: 0 },
  );
});
