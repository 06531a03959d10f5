// What a form only shows is text, not greyed inputs: denser, whole at any width, and selectable.
import { h } from "preact";
import { useContext } from "preact/hooks";
import { Checkbox, Checklist, Datetime, FormContext, Numberfield, Radio, Select, Taglist, Textarea, Textfield } from "@bpmn-io/form-js-viewer";

const speaksChinese = document.documentElement.lang !== "en";
const NOTHING = "—";

/** 156300.00 as 156,300.00: grouped, with the decimals it has. */
function grouped(value) {
  const [whole, part] = String(value).split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part === undefined ? "" : `.${part}`);
}

/** The choices of a field: its own, or those that came with the data. */
function choices(field, form) {
  return field.values ?? form._getState().data[field.valuesKey] ?? [];
}

function inWords(field, value, form) {
  if (field.type === "checkbox") return speaksChinese ? (value ? "是" : "否") : value ? "Yes" : "No";
  const chosen = [value].flat().filter((each) => each !== null && each !== undefined && each !== "");
  if (!chosen.length) return NOTHING;
  if (field.type === "number") return grouped(value);
  const labelled = choices(field, form);
  const words = chosen.map((each) => labelled.find((choice) => choice.value === each)?.label ?? each);
  return words.map((each) => (typeof each === "object" ? NOTHING : String(each))).join(speaksChinese ? "、" : ", ");
}

function Fact({ field, value, domId }) {
  const form = useContext(FormContext).getService("form");
  const text = inWords(field, value, form);
  const { prefixAdorner: before = "", suffixAdorner: after = "" } = field.appearance ?? {};
  const whole = text === NOTHING ? text : `${before}${text}${after && !/^[%％]/.test(after) ? " " : ""}${after}`;
  const long = field.type === "textarea" || field.type === "checklist";
  return h("div", { class: long ? "fact long" : "fact", role: "group", "aria-labelledby": `${domId}-label` }, [
    h("span", { class: "fact-label", id: `${domId}-label` }, field.label),
    h("span", { class: "fact-value", id: domId }, whole),
  ]);
}

/** The field as it was, or as a fact where nobody may change it. */
function orFact(Original) {
  const Field = (props) => h(props.field.disabled || props.field.readonly === true ? Fact : Original, props);
  Field.config = Original.config;
  return Field;
}

/** The form-js module: its fields are registered after those of form-js itself. */
class Facts {
  constructor(formFields) {
    for (const each of [Checkbox, Checklist, Datetime, Numberfield, Radio, Select, Taglist, Textarea, Textfield]) {
      formFields.register(each.config.type, orFact(each));
    }
  }
}
Facts.$inject = ["formFields"];

export const facts = { __init__: ["facts"], facts: ["type", Facts] };
