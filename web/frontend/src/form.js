// The island that shows a form-js form: every element with data-form-schema becomes one.
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import { Form } from "@bpmn-io/form-js-viewer";

for (const element of document.querySelectorAll("[data-form-schema]")) {
  const form = new Form({ container: element, debounce: 0 });
  form.importSchema(JSON.parse(element.dataset.formSchema), JSON.parse(element.dataset.formData ?? "{}"));
}
