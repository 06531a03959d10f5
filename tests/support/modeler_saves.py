"""Our files as the desktop Camunda Modeler saves them: other order and spelling, its own marks, the same meaning.

What its libraries write (bpmn-moddle, dmn-moddle, form-js): the exporter and execution platform at the root, the
applied template at the element, colours at the shapes, widths at the columns.
"""

import json

from lxml import etree

from engine.bundles import Bundle

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
MODELER = "http://camunda.org/schema/modeler/1.0"
BIOC = "http://bpmn.io/schema/bpmn/biocolor/1.0"
COLOR = "http://www.omg.org/spec/BPMN/non-normative/color/1.0"
BIODI = "http://bpmn.io/schema/dmn/biodi/2.0"
ROOT = {
    "exporter": "Camunda Modeler",
    "exporterVersion": "5.44.0",
    f"{{{MODELER}}}executionPlatform": "Camunda Platform",
    f"{{{MODELER}}}executionPlatformVersion": "7.24.0",
}
TEMPLATES = {"userTask": "cheliu.user-task", "businessRuleTask": "cheliu.rule-task"}


def saved(bundle):
    """The bundle with each file opened and saved once."""
    by = {".bpmn": saved_diagram, ".dmn": saved_table, ".form": saved_form}
    return Bundle(
        bundle.name,
        {name: by.get(f".{name.rpartition('.')[2]}", bytes)(data) for name, data in bundle.files.items()},
    )


def saved_diagram(data):
    """Applied templates, coloured shapes with empty labels, attributes in another order, texts in CDATA."""
    root = _rooted(data, {"bioc": BIOC, "color": COLOR, "modeler": MODELER})
    for node in root.iter(f"{BPMN}*"):
        kind = etree.QName(node).localname
        template = TEMPLATES.get(kind) or f"cheliu.service.{node.get(f'{CAMUNDA}topic')}"
        if kind in (*TEMPLATES, "serviceTask"):
            node.set(f"{CAMUNDA}modelerTemplate", template)
    for shape in root.iter(f"{BPMNDI}BPMNShape", f"{BPMNDI}BPMNEdge"):
        _colour(shape, etree.QName(shape).localname == "BPMNShape")
    return _written(root, f"{BPMN}conditionExpression", f"{CAMUNDA}inputParameter", f"{BPMN}documentation")


def saved_table(data):
    """Column widths of the table editor, a cell that asks nothing left empty instead of a dash."""
    root = _rooted(data, {"biodi": BIODI, "modeler": MODELER})
    dmn = f"{{{etree.QName(root).namespace}}}"
    for table in root.iter(f"{dmn}decisionTable"):
        table.set(f"{{{BIODI}}}annotationsWidth", "400")
        for column in table.iter(f"{dmn}input", f"{dmn}output"):
            column.set(f"{{{BIODI}}}width", "192")
        for cell in table.iter(f"{dmn}inputEntry"):
            text = cell.find(f"{dmn}text")
            text.text = "" if text.text == "-" else text.text
    return _written(root, f"{dmn}text")


def saved_form(data):
    """The keys in the form editor's order, with its schema version and its exporter."""
    form = json.loads(data)
    written = {
        "components": [_component(each) for each in form.pop("components")],
        **dict(sorted(form.items())),
        "schemaVersion": 19,
        "executionPlatform": "Camunda Platform",
        "executionPlatformVersion": "7.24.0",
        "exporter": {"name": "Camunda Modeler", "version": "5.44.0"},
    }
    return json.dumps(written, ensure_ascii=False, indent=2).encode()


def _component(component):
    made = dict(sorted(component.items()))
    if "components" in made:
        made["components"] = [_component(each) for each in made["components"]]
    made.setdefault("layout", {"row": f"Row_{made['id']}", "columns": None})
    return made


def _rooted(data, names):
    """The file's root under a new one that knows the prefixes ``names`` too."""
    old = etree.fromstring(data, etree.XMLParser(remove_blank_text=True, resolve_entities=False))
    root = etree.Element(old.tag, dict(old.attrib), nsmap={**old.nsmap, **names})
    root.extend(list(old))
    for name, value in ROOT.items():
        root.set(name, value)
    return root


def _colour(shape, filled):
    shape.set(f"{{{BIOC}}}stroke", "#0d4372")
    shape.set(f"{{{COLOR}}}border-color", "#0d4372")
    if filled:
        shape.set(f"{{{BIOC}}}fill", "#bbdefb")
        shape.set(f"{{{COLOR}}}background-color", "#bbdefb")
        if shape.find(f"{BPMNDI}BPMNLabel") is None:
            etree.SubElement(shape, f"{BPMNDI}BPMNLabel")


def _written(root, *cdata):
    for node in root.iter(etree.Element):
        attributes = list(node.attrib.items())
        node.attrib.clear()
        node.attrib.update(reversed(attributes))
        if node.tag in cdata and node.text and not len(node):
            node.text = etree.CDATA(node.text)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
