"""What becomes of the words of other engines: which run, are translated, are ignored with a word, are refused.

docs/foreign.md lists these tables; a test holds the page to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """What becomes of a word of a foreign vocabulary."""

    RUNS = "runs"
    TRANSLATED = "translated"
    IGNORED = "ignored"
    REFUSED = "refused"


@dataclass(frozen=True)
class Word:
    """The standing of an attribute or element, and the remedy (refused) or reason (ignored) in both languages."""

    standing: Standing
    zh: str = ""
    en: str = ""


RUNS = Word(Standing.RUNS)
SILENT = Word(Standing.IGNORED)  # of the modeller's own: says nothing about the process


def _refused(zh: str, en: str) -> Word:
    return Word(Standing.REFUSED, zh, en)


def _ignored(zh: str, en: str) -> Word:
    return Word(Standing.IGNORED, zh, en)


def _all(word: Word, *names: str) -> dict[str, Word]:
    return dict.fromkeys(names, word)


_CODE = _refused("请改为 External 并填写 topic", "make it External with a topic")
_ONE_BUNDLE = _ignored("总是使用同一包中的版本", "what is in the same bundle is always used")
_STARTERS = _refused("请用 candidateStarterGroups 填写角色", "name roles in candidateStarterGroups")
_FORM = _refused("请把表单存为 .form 并填写 formRef", "save the form as a .form and set formRef")
_CASES = _refused("请画成被调流程", "draw a called process")
_FILTER = _refused(
    "请写进条件；数据变化后条件会重新判断",
    "say it in the condition, which is asked again whenever data change",
)

# Attributes of the camunda: vocabulary; operaton:, activiti: and flowable: have the same, and some of their own.
ATTRIBUTES: dict[str, Word] = {
    **_all(
        RUNS,
        *("formRef", "formKey", "candidateGroups", "candidateUsers", "assignee", "dueDate", "followUpDate"),
        *("priority", "type", "topic", "decisionRef", "resultVariable", "mapDecisionResult", "asyncBefore"),
        *("asyncAfter", "failedJobRetryTimeCycle", "collection", "elementVariable", "candidateStarterGroups"),
        *("historyTimeToLive", "versionTag", "taskPriority", "variables", "exclusive", "jobPriority"),
        *("escalationCodeVariable", "errorCodeVariable", "errorMessageVariable"),
    ),
    **_all(_CODE, "class", "expression", "delegateExpression"),
    **_all(
        _ONE_BUNDLE,
        *("calledElementBinding", "calledElementVersion", "calledElementVersionTag", "calledElementTenantId"),
        *("decisionRefBinding", "decisionRefVersion", "decisionRefVersionTag", "decisionRefTenantId"),
        *(
            "formRefBinding",
            "formRefVersion",
            "sameDeployment",
            "fallbackToDefaultTenant",
            "calledElementType",
        ),
    ),
    **_all(
        _ignored("同一案件的作业总是依次执行", "the jobs of one case always run one after the other"),
        *("asyncLeaveExclusive",),
    ),
    "isStartableInTasklist": _ignored("由角色决定谁可以发起", "roles say who may start it"),
    "category": _ignored("仅为分类", "it only sorts tasks"),
    **_all(SILENT, "diagramRelationId", "modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon"),
    **_all(SILENT, "useLocalScopeForResultVariable", "storeResultVariableAsTransient", "formFieldValidation"),
    **_all(_STARTERS, "candidateStarterUsers"),
    "initiator": _refused(
        "请用 candidateGroups 与属性 caseRole 指明办理人",
        "say who does the work with candidateGroups and the property caseRole",
    ),
    **_all(_CASES, "caseRef", "caseBinding", "caseVersion", "caseTenantId"),
    **_all(
        _refused("请用 camunda:in 和 camunda:out 逐项传递", "pass names with camunda:in and camunda:out"),
        *("variableMappingClass", "variableMappingDelegateExpression"),
    ),
    **_all(_FILTER, "variableName", "variableEvents"),
    "errorMessage": _ignored("错误由其代码识别", "an error is known by its code"),
    "resource": _refused("请把脚本改为 FEEL 或服务任务", "write FEEL, or a service task with a topic"),
    "formHandlerClass": _refused("请使用 .form 表单", "use a .form"),
    "skipExpression": _refused("请在步骤之前画网关", "draw a gateway in front of the step"),
    "triggerable": _refused("请在其后画接收任务", "draw a receive task after it"),
    "elementIndexVariable": _refused("请使用 loopCounter", "use loopCounter"),
    "ownerAssignee": _refused("请使用 assignee", "use assignee"),
    **_all(
        _refused("请用 candidateGroups 填写", "say it with candidateGroups"),
        *("owner", "taskIdVariableName", "processInstanceIdVariableName", "idVariableName"),
    ),
    "businessKey": _ignored(
        "被调流程使用同一业务编号", "a called process has the business key of its caller"
    ),
    "inheritBusinessKey": _ignored(
        "被调流程使用同一业务编号", "a called process has the business key of its caller"
    ),
    "processInstanceName": _ignored("案件由业务编号识别", "a case is known by its business key"),
    "completeAsync": _ignored("被调流程在同一事务中结束", "a called process ends in the same transaction"),
}

# Elements below extensionElements.
ELEMENTS: dict[str, Word] = {
    **_all(RUNS, "inputOutput", "in", "out", "properties", "property", "failedJobRetryTimeCycle"),
    **_all(
        _refused("请把监听器要做的事画成服务任务", "draw what the listener does as a service task"),
        *("executionListener", "taskListener", "eventListener"),
    ),
    "connector": _refused(
        "请改为 External 服务任务并填写 topic", "make it an External service task with a topic"
    ),
    **_all(_FORM, "formData", "formProperty"),
    "errorEventDefinition": _refused("请由处理程序报告错误代码", "let the handler report the error's code"),
    "potentialStarter": _STARTERS,
    "field": _refused("请用输入参数传给处理程序", "give it to the handler as an input parameter"),
    "variableAggregation": _refused(
        "请用属性 outputCollection 和 outputElement 收集结果",
        "collect results with outputCollection and outputElement",
    ),
    **_all(
        _refused("请用 camunda:in 传递", "pass it with camunda:in"), "eventInParameter", "eventOutParameter"
    ),
    **_all(
        _refused("请画消息事件", "draw a message event"),
        *(
            "eventType",
            "eventCorrelationParameter",
            "channelKey",
            "sendSynchronously",
            "startEventCorrelationConfiguration",
        ),
    ),
    "customProperties": SILENT,
    "localization": SILENT,
    "mapException": _refused("请由处理程序报告错误代码", "let the handler report the error's code"),
}

# Elements of the zeebe: vocabulary; their attributes go with them.
ZEEBE: dict[str, Word] = {
    **_all(
        Word(Standing.TRANSLATED),
        *("taskDefinition", "ioMapping", "assignmentDefinition", "taskSchedule", "priorityDefinition"),
        *("formDefinition", "calledElement", "calledDecision", "loopCharacteristics", "subscription"),
        *("properties", "versionTag", "script"),
    ),
    "userTask": SILENT,
    "taskHeaders": _refused("请改为输入参数", "make them input parameters"),
    "userTaskForm": _FORM,
    **_all(
        _refused("请把监听器要做的事画成服务任务", "draw what the listener does as a service task"),
        *("executionListeners", "taskListeners"),
    ),
    "linkedResources": _refused("请由处理程序读取资源", "let the handler read the resource"),
    "adHoc": _refused("请画成顺序或并行的步骤", "draw the steps one after the other, or in parallel"),
    "conditionalFilter": _ignored(
        "条件在数据改变时重新判断", "a condition is asked again whenever data change"
    ),
}

CAMUNDA_FAMILY = {
    "http://camunda.org/schema/1.0/bpmn": "camunda",
    "http://operaton.org/schema/1.0/bpmn": "operaton",
    "http://activiti.org/bpmn": "activiti",
    "http://flowable.org/bpmn": "flowable",
    "http://activiti.com/modeler": "modeler",
    "http://flowable.org/modeler": "modeler",
    "http://www.activiti.com/modeler": "modeler",
}
ZEEBE_SPACE = "http://camunda.org/schema/zeebe/1.0"

# Drafts of the standard's own namespace, and what a file writes that forgot it.
DRAFTS = frozenset(
    {
        "",
        "http://schema.omg.org/spec/BPMN/2.0",
        "http://www.omg.org/spec/BPMN/2.0",
        "http://www.omg.org/bpmn20",
        "http://www.omg.org/spec/BPMN/20100501/MODEL",
        "http://www.omg.org/spec/BPMN/20100601/MODEL",
        "https://www.omg.org/spec/BPMN/20100524/MODEL",
        "http://www.omg.org/spec/BPMN/20100524/MODEL/",
    }
)

# What other tools write instead of BPMN 2.0: by the root element's name, what it is.
OTHER_FORMATS = {
    "mxfile": "draw.io",
    "mxGraphModel": "draw.io",
    "Package": "XPDL",
    "XMI": "XMI (UML)",
    "AML": "ARIS AML",
    "epml": "EPML",
    "VisioDocument": "Visio",
    "pnml": "PNML",
    "svg": "SVG",
    "graphml": "GraphML",
    "Project": "a modelling project",
    "scxml": "SCXML",
    "definitions": "another version of BPMN, or DMN",
}
