"""A page as a person reads it: facts, tables, messages, links. Both drivers give the page's HTML to this one reader."""

import json
import re
from functools import cached_property

import lxml.html

UNREAD = ("script", "style", "template", "noscript")
SPOKEN_ATTRIBUTES = ("aria-label", "placeholder", "title", "alt", "value")
CHINESE = re.compile(r"[\u3400-\u9fff\uff00-\uffef、。「」《》]+")


def flat(text):
    return " ".join(text.split())


class Sheet:
    """One page; ``status`` is that of the HTTP answer."""

    def __init__(self, html, address="", status=200):
        self.html, self.address, self.status = html, address, status
        self.root = lxml.html.document_fromstring(html if html.strip() else "<body></body>")

    def text_of(self, element):
        parts = [
            text
            for text in element.xpath(".//text()")
            if not any(above.tag in UNREAD for above in (text.getparent(), *text.getparent().iterancestors()))
        ]
        return flat(" ".join(parts))

    @cached_property
    def text(self):
        return self.text_of(self.root.body)

    def select(self, css, root=None):
        return (self.root if root is None else root).cssselect(css)

    @property
    def heading(self):
        found = self.select("h1")
        return self.text_of(found[0]) if found else ""

    @property
    def facts(self):
        """Label to value of all definition lists of the page."""
        return {
            self.text_of(term): self.text_of(term.xpath("following-sibling::dd[1]")[0])
            for term in self.select("dl.facts dt")
        }

    @property
    def messages(self):
        """Short messages at the foot of the page."""
        return [self.text_of(line) for line in self.select(".toast-line")]

    @property
    def status_chips(self):
        return [self.text_of(chip) for chip in self.select("header .chip")]

    @property
    def timeline(self):
        """What happened, latest first."""
        return [self.text_of(line) for line in self.select(".timeline > li")]

    def rows(self, *, holding=""):
        """The cells of every table row that holds the text."""
        rows = [[self.text_of(cell) for cell in row.xpath("./td|./th")] for row in self.select("tr")]
        return [row for row in rows if any(holding in cell for cell in row)]

    def link(self, text):
        """The address behind the first link that holds the text, None without one."""
        for link in self.select("a[href]"):
            if text in self.text_of(link):
                return link.get("href")
        return None

    def links_to(self, prefix):
        return [link.get("href") for link in self.select("a[href]") if link.get("href").startswith(prefix)]

    def carried_form(self):
        """What the page carries for the form's script: schema and data."""
        found = self.select("script[type='application/json']")
        return json.loads(found[0].text_content()) if found else None

    def chinese(self, *, except_for=()):
        """Every piece of Chinese a person would meet, once the texts that are data are taken out."""
        spoken = [text for element in self.root.iter() if self._is_read(element) for text in _own(element)]
        spoken += [
            element.get(name)
            for element in self.root.iter()
            if self._is_read(element)
            for name in SPOKEN_ATTRIBUTES
            if element.get(name)
        ]
        spoken += list(_strings((self.carried_form() or {}).get("schema")))
        left = []
        for text in map(flat, spoken):
            told = text
            for known in except_for:
                told = told.replace(known, "")
            if CHINESE.search(told):
                left.append(text)
        return left

    def _is_read(self, element):
        return isinstance(element.tag, str) and element.tag not in UNREAD and element.get("lang") != "zh-CN"


def _strings(value):
    """Every text in a form's schema."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for below in value.values() if isinstance(value, dict) else value:
            yield from _strings(below)


def _own(element):
    yield element.text or ""
    for below in element:
        yield below.tail or ""


def fields_of(schema):
    """The fields of a form by key; ``path`` are the keys of the groups around it."""
    found = {}

    def walk(components, path):
        for component in components:
            if component.get("key"):
                found[component["key"]] = {**component, "path": path}
            inner = (*path, component["path"]) if component.get("path") else path
            walk(component.get("components", ()), inner)

    walk(schema["components"], ())
    return found
