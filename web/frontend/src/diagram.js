// The island that shows a BPMN diagram with where its case stands, centred there at a readable size.
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { island } from "./island.js";

const ZOOM = 0.82;
const READABLE = 0.6;
const LABEL_WIDTH = 84;

/** Puts the element into the middle, or beside it by a part of the width. */
function centre(canvas, element, beside = 0) {
  const box = canvas.viewbox();
  const outer = canvas.getContainer().getBoundingClientRect();
  const width = outer.width / ZOOM;
  const height = outer.height / ZOOM;
  canvas.viewbox({
    x: element.x + element.width / 2 - width / 2 + beside * width,
    y: element.y + element.height / 2 - height / 2,
    width: width || box.width,
    height: height || box.height,
  });
}

/** Waits until the element has a size: a diagram in a hidden column cannot be placed. */
function shown(element) {
  return new Promise((resolve) => {
    const observer = new ResizeObserver(() => {
      if (!element.clientWidth) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(element);
  });
}

/** A diagram too wide to be read at once: the end it has reached, else its beginning. */
function show(canvas, registry, done) {
  const events = registry.filter((each) => each.parent?.type === "bpmn:Process" && !each.labelTarget);
  const ends = events.filter((each) => each.type === "bpmn:EndEvent" && done.includes(each.id));
  const from = ends[0] ?? events.find((each) => each.type === "bpmn:StartEvent");
  if (from) centre(canvas, from, ends.length ? -0.38 : 0.38);
}

async function draw(element, viewer) {
  const answer = await fetch(element.dataset.diagram);
  if (!answer.ok) throw new Error(`the diagram was not sent: ${answer.status}`);
  const xml = await answer.text();
  await shown(element);
  await viewer.importXML(xml);
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  const mark = (ids, marker) => {
    const there = ids.filter((id) => registry.get(id));
    for (const id of there) canvas.addMarker(id, marker);
    return there;
  };
  const positions = JSON.parse(element.dataset.positions);
  mark(positions.done, "done");
  const stuck = mark(positions.trouble, "trouble");
  const [here = stuck[0]] = mark(positions.now, "now");
  if (here) return centre(canvas, registry.get(here));
  canvas.zoom("fit-viewport", "auto");
  if (canvas.zoom() > 1) canvas.zoom(1);
  if (canvas.zoom() < READABLE) show(canvas, registry, positions.done);
}

/** Puts the names of another language on the elements before they are drawn. */
function translate(definitions, names) {
  const walk = (node) => {
    if (names[node.id]) node.name = names[node.id];
    for (const child of [...(node.rootElements ?? []), ...(node.flowElements ?? []), ...(node.artifacts ?? []), ...(node.participants ?? [])]) walk(child);
    for (const lanes of node.laneSets ?? []) for (const lane of lanes.lanes ?? []) walk(lane);
  };
  walk(definitions);
  const drawn = (definitions.diagrams ?? []).flatMap((diagram) => diagram.plane?.planeElement ?? []);
  for (const shape of drawn) if (names[shape.bpmnElement?.id] && shape.label?.bounds) widen(shape.label.bounds);
}

/** English words need more room than the Chinese ones for which the label was drawn. */
function widen(bounds) {
  const width = Math.max(bounds.width, LABEL_WIDTH);
  bounds.x -= (width - bounds.width) / 2;
  bounds.width = width;
}

island("[data-diagram]", (element) => {
  const viewer = new NavigatedViewer({ container: element });
  const names = JSON.parse(element.dataset.names || "{}");
  viewer.get("eventBus").on("import.render.start", 2000, ({ definitions }) => translate(definitions, names));
  draw(element, viewer).catch((error) => {
    element.textContent = element.dataset.failed;
    console.error(error);
  });
  return viewer;
});
