"""One function a BPMN topic, one module a business area."""
