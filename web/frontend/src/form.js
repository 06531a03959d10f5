// The island that shows a task's form: claimed it can be filled, is kept as a draft, and is sent with its files.
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import "./form.css";
import { Form } from "@bpmn-io/form-js-viewer";
import flatpickr from "flatpickr";
import { Mandarin } from "flatpickr/dist/l10n/zh.js";
import { facts } from "./facts.js";
import { carried, island } from "./island.js";
import { chinese } from "./form-zh.js";
import { askPlace } from "./place.js";
import { toast } from "./toast.js";

const FILE_BYTES_MAX = 20 * 1024 * 1024;
const TOGETHER_BYTES_MAX = 60 * 1024 * 1024;
const DRAFT_PAUSE_MS = 1500;
// form-js fails over a number with an exponent, and then sends the value before it: such a text is no number.
const PLAIN_NUMBER = /^-?\d{0,15}([.,]\d{0,10})?$/;
const RETRY_PAUSE_MS = 5000;
const speaksChinese = document.documentElement.lang !== "en";
if (speaksChinese) flatpickr.localize(Mandarin);

function translate(template, replacements = {}) {
  const text = (speaksChinese && chinese[template]) || template;
  return text.replace(/{([^}]+)}/g, (whole, key) => replacements[key] ?? whole);
}

/** The form's own submit buttons go: the bar at its foot, always in sight, takes their place. */
function withoutButtons(schema) {
  const keep = (component) => !(component.type === "button" && component.action !== "reset");
  return { ...schema, components: schema.components.filter(keep) };
}

function refuseOddNumber({ target }) {
  if (target.closest(".fjs-form-field-number") && !PLAIN_NUMBER.test(target.value)) target.value = "NaN";
}

class TaskForm {
  constructor(element) {
    this.element = element;
    this.words = element.dataset;
    const { schema, data } = carried(element.dataset.form);
    this.form = new Form({
      container: element,
      debounce: 0,
      additionalModules: [{ translate: ["value", translate] }, facts],
    });
    this.ready = this.form.importSchema(withoutButtons(schema), data).then(() => this.open());
    // A listener that returns something ends the event: the others would not hear it.
    this.form.on("changed", () => void setTimeout(() => this.speak()));
  }

  open() {
    this.element.addEventListener("input", refuseOddNumber, true);
    this.speak();
    if (this.words.readOnly) return this.form.setProperty("readOnly", true);
    this.equip();
    this.bar = document.querySelector("[data-form-bar]");
    this.button = this.bar.querySelector("[data-key=submit]");
    this.saved = this.bar.querySelector(".saved");
    this.button.addEventListener("click", () => this.send());
    this.form.on("changed", () => this.keepSoon());
    this.known = JSON.stringify(this.answers());
    this.left = () => this.leave();
    window.addEventListener("pagehide", this.left);
    this.form.on("submit", (event) => event.preventDefault?.());
  }

  /** What a telephone brings along: its camera for a field of photos, its place for the fields of a place. */
  equip() {
    const fields = this.form.get("formFieldRegistry").getAll();
    for (const field of fields.filter(({ properties }) => properties?.camera === "true")) {
      this.input(field)?.setAttribute("capture", "environment");
    }
    this.sayFilesAreNotKept(fields.filter(({ type }) => type === "filepicker"));
    const place = fields.filter(({ properties }) => properties?.place);
    const first = place.length && this.input(place[0])?.closest(".fjs-form-field");
    if (!first) return;
    const [button, line] = ["button", "p"].map((tag) => document.createElement(tag));
    Object.assign(button, { type: "button", className: "btn", textContent: this.words.askPlace });
    line.className = "soft mb-0";
    line.setAttribute("role", "status");
    first.append(button, line);
    button.addEventListener("click", () =>
      askPlace(this.words, line, (_status, latitude, longitude) => {
        const found = { latitude, longitude };
        for (const field of place) this.type(field, found[field.properties.place]);
      }),
    );
  }

  /** A draft holds what was typed; the browser gives chosen files to nobody before the form is sent. */
  sayFilesAreNotKept(pickers) {
    const field = pickers.map((each) => this.input(each)).find((input) => input && !input.disabled)?.closest(".fjs-form-field");
    if (!field) return;
    const line = document.createElement("p");
    Object.assign(line, { className: "soft mb-0", textContent: this.words.filesNotKept });
    field.append(line);
  }

  input(field) {
    return this.element.querySelector(`input[id$="-${CSS.escape(field.id)}"]`);
  }

  /** Put a value into a field as if it had been typed. */
  type(field, value) {
    const input = this.input(field);
    if (!input || value === undefined) return;
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("blur"));
  }

  /** The one text of form-js that cannot be translated: the hint in a select that can be searched. */
  speak() {
    if (!speaksChinese) return;
    for (const input of this.element.querySelectorAll("input[placeholder=Search]")) input.placeholder = "搜索选择";
  }

  keepSoon(pause = DRAFT_PAUSE_MS) {
    clearTimeout(this.timer);
    if (JSON.stringify(this.answers()) === this.known) return;
    this.unkept = true;
    this.timer = setTimeout(() => this.keep(), pause);
  }

  /** What was typed a moment ago goes with whoever leaves the page or turns to another task. */
  leave() {
    clearTimeout(this.timer);
    if (!this.unkept || this.sending) return;
    this.unkept = false;
    this.post(this.words.draft, JSON.stringify(this.answers()), "application/json", true).catch(() => {});
  }

  async keep() {
    if (this.sending) return;
    this.unkept = false;
    const before = this.known;
    this.known = JSON.stringify(this.answers());
    const answer = await this.post(this.words.draft, this.known, "application/json").catch(() => null);
    if (!answer || answer.status >= 500) {
      this.known = before;
      this.saved.textContent = document.body.dataset.offline;
      return this.keepSoon(RETRY_PAUSE_MS);
    }
    const { saved, sign_in: over } = await answer.json().catch(() => ({}));
    if (over) return this.complain([], this.words.sessionOver, over);
    if (saved) this.saved.textContent = saved;
  }

  /** What the form would send: only fields that a person can change, form-js sees to that. */
  answers() {
    return this.form._getSubmitData();
  }

  async send() {
    if (this.sending) return;
    clearTimeout(this.timer);
    const { data, errors, files } = this.form.submit();
    if (Object.keys(errors).length) return this.complain(this.titled(errors), this.words.check);
    const body = new FormData();
    body.append("version", this.words.version);
    body.append("answers", JSON.stringify(data));
    let together = 0;
    for (const [reference, chosen] of files) {
      for (const file of chosen) {
        if (file.size > FILE_BYTES_MAX) return this.complain([[null, this.words.tooLarge.replace("{name}", file.name)]], this.words.check);
        together += file.size;
        body.append(reference, file, file.name);
      }
    }
    if (together > TOGETHER_BYTES_MAX) return this.complain([[null, this.words.tooMuch]], this.words.check);
    this.sending = true;
    this.button.disabled = true;
    try {
      await this.read(await this.post(this.words.send, body));
    } catch (error) {
      toast(document.body.dataset.offline, true);
      this.keepSoon(RETRY_PAUSE_MS);
      console.error(error);
    } finally {
      this.sending = false;
      this.button.disabled = false;
    }
  }

  async read(answer) {
    const told = await answer.json().catch(() => ({}));
    if (told.next) {
      this.unkept = false;
      return window.location.assign(told.next);
    }
    if (told.sign_in) return this.complain([], this.words.sessionOver, told.sign_in);
    const byField = told.errors ?? {};
    const fields = this.form.get("formFieldRegistry").getAll();
    const errors = {};
    for (const [key, text] of Object.entries(byField)) {
      const field = fields.find((each) => each.key === key || each.id === key);
      if (field) errors[field.id] = [text];
    }
    this.form._setState({ errors });
    const message = told.message || document.body.dataset.failed.replace("{status}", answer.status);
    const lines = Object.entries(byField).map(([key, text]) => {
      const field = fields.find((each) => each.key === key || each.id === key);
      return [field, field?.label ? `${field.label}: ${text}` : text];
    });
    this.complain(lines, message);
  }

  titled(errors) {
    const registry = this.form.get("formFieldRegistry");
    return Object.entries(errors).map(([id, texts]) => {
      const field = registry.get(id);
      const text = [texts].flat(3).filter((each) => typeof each === "string")[0] ?? "";
      return [field, field?.label ? `${field.label}: ${text}` : text];
    });
  }

  /** The summary above the form: each line leads to its field; `signIn` is where a session that ended begins anew. */
  complain(lines, message, signIn) {
    if (!signIn) this.keepSoon();
    document.querySelector(".problems")?.remove();
    const box = document.createElement("div");
    box.className = "problems";
    box.setAttribute("role", "alert");
    const title = document.createElement("strong");
    title.textContent = message;
    if (signIn) {
      const link = document.createElement("a");
      Object.assign(link, { href: signIn, target: "_blank", rel: "noopener", textContent: this.words.signIn });
      title.append(" ", link);
    }
    const list = document.createElement("ul");
    for (const [field, text] of lines) {
      const line = document.createElement("li");
      if (field) {
        const link = document.createElement("button");
        link.type = "button";
        link.className = "plain";
        link.textContent = text;
        link.addEventListener("click", () => this.reach(field));
        line.append(link);
      } else line.textContent = text;
      list.append(line);
    }
    box.append(title, ...(lines.length ? [list] : []));
    this.element.before(box);
    box.scrollIntoView({ block: "nearest" });
    box.querySelector("a, button")?.focus({ preventScroll: true });
  }

  reach(field) {
    const input = this.element.querySelector(`[id*="${CSS.escape(field.id)}"]`);
    input?.scrollIntoView({ block: "center" });
    input?.focus();
  }

  /** Send it; when the session has changed under the page since (signed in anew elsewhere), once more with its token. */
  async post(address, body, type, keepalive = false) {
    const ask = (token) => {
      const headers = { "X-CSRFToken": token, Accept: "application/json" };
      if (type) headers["Content-Type"] = type;
      return fetch(address, { method: "POST", headers, body, keepalive });
    };
    const token = document.body.dataset.csrf;
    const answer = await ask(token);
    if (answer.status !== 400) return answer;
    await this.renewToken();
    return document.body.dataset.csrf === token ? answer : ask(document.body.dataset.csrf);
  }

  /** Take over the token that the page would have if it were loaded now, unless nobody is signed in. */
  async renewToken() {
    const page = new DOMParser().parseFromString(await (await fetch(window.location.href)).text(), "text/html");
    if (page.querySelector("[data-form]")) document.body.dataset.csrf = page.body.dataset.csrf;
  }

  destroy() {
    this.leave();
    window.removeEventListener("pagehide", this.left);
    this.form.destroy();
  }
}

island("[data-form]", (element) => new TaskForm(element));
