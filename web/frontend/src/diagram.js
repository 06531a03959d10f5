// The island that shows a BPMN diagram: every element with data-diagram-address becomes one.
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

for (const element of document.querySelectorAll("[data-diagram-address]")) {
  const viewer = new NavigatedViewer({ container: element });
  const answer = await fetch(element.dataset.diagramAddress);
  await viewer.importXML(await answer.text());
}
