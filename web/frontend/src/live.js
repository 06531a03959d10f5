// Figures that change while a page is open: server-sent events, and a question now and then where they do not come.

const POLL_PAUSE_MS = 30_000;
const COUNTED_MAX = 500; // the server counts no further
const places = { mine: "[data-live=mine]", pool: "[data-live=pool]", opinions: "[data-live=opinions]", copies: "[data-live=copies]" };
let last = null;

function show(figures) {
  for (const [name, place] of Object.entries(places)) {
    for (const element of document.querySelectorAll(place)) {
      element.textContent = figures[name] < COUNTED_MAX ? figures[name] : `${COUNTED_MAX - 1}+`;
      element.hidden = !figures[name];
    }
  }
  // The list itself never moves under a hand: a line offers to load it anew.
  const news = document.querySelector("[data-news]");
  if (last && news && (last.mine !== figures.mine || last.pool !== figures.pool || last.newest !== figures.newest)) {
    const link = document.createElement("a");
    link.href = window.location.href;
    link.textContent = news.dataset.news;
    news.replaceChildren(link);
    news.hidden = false;
  }
  last = figures;
}

async function poll() {
  const answer = await fetch("/events/now", { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.status === 401) return;
  if (answer?.ok) show((await answer.json()).figures);
  setTimeout(poll, POLL_PAUSE_MS);
}

function listen() {
  const source = new EventSource("/events");
  source.addEventListener("figures", (event) => show(JSON.parse(event.data)));
  // A stream that ends is opened again by the browser; one that is refused stays closed.
  source.addEventListener("error", () => source.readyState === EventSource.CLOSED && setTimeout(poll, POLL_PAUSE_MS));
  window.addEventListener("pagehide", () => source.close());
}

if (document.querySelector("[data-live]")) {
  if ("EventSource" in window) listen();
  else poll();
}
