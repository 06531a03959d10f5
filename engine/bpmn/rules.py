"""The sentences of the checker: one rule a code, in Chinese and in English, each with its remedy."""

from __future__ import annotations

from engine.bpmn.foreign.rules import FOREIGN_NOTES, FOREIGN_RULES
from engine.bpmn.model import Element, Problem

WARNINGS = frozenset({"no_diagram"}) | FOREIGN_NOTES  # shown, and no reason to refuse a deployment

# code: (Chinese, English)
RULES: dict[str, tuple[str, str]] = {
    **FOREIGN_RULES,
    "xml_refused": (
        "文件无法安全读取：{reason}。请用建模工具重新导出。",
        "the file cannot be read safely: {reason}; export it again from the modeller",
    ),
    "not_bpmn": (
        "根元素不是 BPMN 2.0 的 definitions。请上传 .bpmn 流程图。",
        "the root element is not BPMN 2.0 definitions; supply a .bpmn diagram",
    ),
    "no_process": ("文件中没有流程。请添加一个 process。", "the file holds no process; add one"),
    "no_diagram": (
        "缺少图形信息，页面只显示自动排布的流程图。请在建模工具中排布并保存。",
        "there is no diagram interchange, so pages show a plain layout; arrange and save it in a modeller",
    ),
    "process_id_missing": ("流程没有 id。请填写流程 id。", "a process has no id; give it one"),
    "process_twice": (
        "流程 {process} 在 {other} 中已存在。请改用另一个 id。",
        "process {process} is already in {other}; give one of them another id",
    ),
    "process_name_missing": ("流程没有名称。请填写名称。", "the process has no name; give it one"),
    "not_executable": (
        "流程 {process} 未设为可执行。请勾选“可执行”。",
        'process {process} has isExecutable="false"; tick Executable',
    ),
    "id_missing": ("元素没有 id。请填写 id。", "the element has no id; give it one"),
    "id_twice": ("id 重复。请改用另一个 id。", "the id is used twice; give one of them another id"),
    "name_missing": (
        "没有名称。请填写名称（任务用动宾短语，网关用问句）。",
        "it has no name; name it (a task: verb and object; a gateway: a question)",
    ),
    "element_refused": (
        "不支持 {tag}。{remedy_zh}",
        "{tag} is not run here; {remedy_en}",
    ),
    "event_not_supported": (
        "{kind} 上不支持 {event} 事件。可用的事件见 docs/bpmn.md；请改用其中一种，或用服务任务完成。",
        "a {event} event is not run on a {kind}; use one of those in docs/bpmn.md, or a service task",
    ),
    "event_subprocess_start": (
        "事件子流程的开始事件没有定义。请选择消息、定时、信号、条件、错误或升级。",
        "the start of an event subprocess waits for nothing; make it a message, timer, signal, conditional, "
        "error or escalation event",
    ),
    "event_subprocess_flow": (
        "事件子流程不能有连线。请删除连线；它由自己的开始事件触发。",
        "a flow joins an event subprocess; delete it, its own start event sets it going",
    ),
    "event_subprocess_attached": (
        "事件子流程不能循环、多实例，也不能附着边界事件。请去掉，或在里面再画一个内嵌子流程。",
        "an event subprocess neither repeats nor carries boundary events; remove them, or draw an embedded "
        "subprocess inside it",
    ),
    "signal_missing": (
        "没有引用信号或信号没有名称。请选择一个有名称的信号。",
        "it refers to no signal with a name; choose one",
    ),
    "escalation_without_code": (
        "升级 {escalation} 没有 escalationCode。请填写代码。",
        "escalation {escalation} has no escalationCode; give it one",
    ),
    "condition_event_missing": (
        "条件事件没有条件。请填写 FEEL 条件。",
        "the conditional event has no condition; write one in FEEL",
    ),
    "event_name_expression": (
        "消息或信号的名称“{name}”是表达式。请使用固定名称，用 correlationKey 或条件区分。",
        "the name {name!r} of a message or signal is an expression; give it a fixed name and tell cases apart by "
        "correlationKey",
    ),
    "quantity": (
        "不支持 {attribute} 不等于 1。请去掉，用并行网关画出多个令牌。",
        "{attribute} other than 1 is not run here; remove it and draw the tokens with a parallel gateway",
    ),
    "multi_instance_behavior": (
        "不支持多实例 behavior={behavior}。请去掉，在多实例内画抛出事件。",
        "multi-instance behavior {behavior} is not run here; remove it and throw the event inside the activity",
    ),
    "event_gateway_kind": (
        "事件网关不能并行，也不能启动流程。请改为普通的排他事件网关。",
        "an event gateway neither instantiates nor is parallel here; make it a plain exclusive one",
    ),
    "compensation_handler_missing": (
        "补偿边界事件没有关联到补偿活动。请用关联线连到一个补偿活动（isForCompensation）。",
        "no association leads from the compensation boundary to an activity marked as compensation; draw it",
    ),
    "compensation_handler_alone": (
        "补偿活动没有补偿边界事件指向它。请用关联线连接。",
        "no compensation boundary leads to this compensation activity; draw the association",
    ),
    "compensation_flow": (
        "补偿边界事件和补偿活动不能有连线，也不能附着边界事件。请删除；补偿完成后流程自行继续。",
        "a compensation boundary and its activity have no sequence flows and no boundary events; delete them, "
        "the case goes on by itself",
    ),
    "compensation_target": (
        "要补偿的活动 {target} 不在同一层，或没有补偿。请改正 activityRef。",
        "the activity {target} to undo is not at the same level or cannot be undone; correct activityRef",
    ),
    "compensation_not_awaited": (
        "不支持 waitForCompletion=false。请去掉；流程会等补偿完成。",
        'waitForCompletion="false" is not honoured; remove it, the case waits until all is undone',
    ),
    "cancel_place": (
        "取消事件只用于事务子流程：结束事件在其内，边界事件在其边上。请改正。",
        "a cancel event belongs to a transaction: the end directly inside it, the boundary on it; move it there",
    ),
    "cancel_not_caught": (
        "事务可以取消，但没有取消边界事件。请在事务上添加取消边界事件。",
        "the transaction can be cancelled and has no cancel boundary event; attach one",
    ),
    "script_not_feel": (
        "脚本语言 {language} 不支持。请把 scriptFormat 设为 feel 并写 FEEL，或改用服务任务。",
        "scripts in {language} are not run; set scriptFormat to feel and write FEEL, or draw a service task",
    ),
    "script_missing": ("脚本任务没有脚本。请填写 FEEL。", "the script task has no script; write FEEL"),
    "loop_without_end": (
        "标准循环没有条件也没有次数。请填写 loopCondition 或 loopMaximum。",
        "the loop has neither condition nor maximum; give loopCondition or loopMaximum",
    ),
    "loop_maximum": (
        "loopMaximum“{text}”不是正整数。请填写正整数。",
        "loopMaximum {text!r} is no whole number above zero; write one",
    ),
    "loop_and_multi_instance": (
        "同时画了标准循环和多实例。请只保留一个。",
        "it is a standard loop and a multi-instance at once; keep one",
    ),
    "event_without_definition": (
        "事件没有定义等待什么。请选择定时、消息、信号、条件或错误。",
        "the event does not say what it waits for; make it a timer, message, signal, conditional or error event",
    ),
    "several_event_definitions": (
        "一个事件只能有一个定义。请拆成多个事件。",
        "an event has one definition; draw one event for each",
    ),
    "timer_without_time": (
        "定时事件没有时间。请填写时长、日期或周期。",
        "the timer has no time; give a duration, a date or a cycle",
    ),
    "timer_not_readable": (
        "时间“{text}”无法识别：{reason}。请填写 ISO 8601（如 PT8H、P2D、R3/PT8H）或 =FEEL。",
        "the time {text!r} cannot be read: {reason}; write ISO 8601 (PT8H, P2D, R3/PT8H) or =FEEL",
    ),
    "timer_cycle_interrupts": (
        "周期定时只能用于非中断的边界事件或事件子流程。请改为非中断或使用时长。",
        "a cycle needs a non-interrupting boundary event or event subprocess; make it one or use a duration",
    ),
    "message_missing": (
        "没有引用消息或消息没有名称。请选择一个有名称的消息。",
        "it refers to no message with a name; choose one",
    ),
    "error_without_code": (
        "错误 {error} 没有 errorCode。请填写代码。",
        "error {error} has no errorCode; give it one",
    ),
    "link_without_target": (
        "链接事件没有同名的捕获链接。请添加或改名。",
        "no catching link of the same name is in the same process; draw it or correct the name",
    ),
    "boundary_unattached": (
        "边界事件未附着在活动上。请拖到任务或子流程的边上。",
        "the boundary event is attached to no activity; drag it onto one",
    ),
    "error_not_interrupting": (
        "错误和取消事件必须是中断的。请设为中断。",
        "an error or cancel event interrupts; make it interrupting",
    ),
    "retry_not_readable": (
        "重试周期“{text}”无法识别：{reason}。请填写 R3/PT5M、PT1M,PT10M 或 R6/PT1M*2。",
        "the retry cycle {text!r} cannot be read: {reason}; write R3/PT5M, PT1M,PT10M or R6/PT1M*2",
    ),
    "job_priority_not_readable": (
        "作业优先级“{text}”不是整数。请填写整数或 =FEEL。",
        "the job priority {text!r} is no whole number; write one, or =FEEL",
    ),
    "multi_instance_nothing": (
        "多实例没有集合也没有次数。请填写 collection 或 loopCardinality。",
        "the multi-instance has neither collection nor cardinality; give one",
    ),
    "multi_instance_output": (
        "输出集合需要同时填写 outputCollection 和 outputElement。",
        "the output is half drawn; give both outputCollection and outputElement, or neither",
    ),
    "topic_missing": (
        "服务任务没有 topic。请填写 camunda:topic。",
        "the service task has no topic; set camunda:topic",
    ),
    "topic_unknown": (
        "没有名为 {topic} 的处理程序。请改正 topic 或添加处理程序。",
        "no handler is called {topic}; correct the topic or write the handler",
    ),
    "facts_unknown": (
        "没有名为 {facts} 的取数程序。请更正属性 facts。",
        "there is no facts handler named {facts}; correct the property facts",
    ),
    "outside_needs_async": (
        "主题 {topic} 会访问外部系统。请勾选 asyncBefore。",
        "the topic {topic} talks to an outside party; tick asyncBefore",
    ),
    "form_unknown": (
        "没有表单 {form}。请改正 formRef 或把表单放入同一包。",
        "there is no form {form}; correct formRef or put the form into the bundle",
    ),
    "decision_missing": (
        "业务规则任务没有决策表。请填写 camunda:decisionRef。",
        "the rule task names no decision; set camunda:decisionRef",
    ),
    "decision_unknown": (
        "没有决策 {decision}。请改正 decisionRef 或把 DMN 放入同一包。",
        "there is no decision {decision}; correct decisionRef or put the DMN into the bundle",
    ),
    "group_unknown": ("没有角色 {group}。请改用已有角色。", "there is no role {group}; use one that exists"),
    "user_task_for_nobody": (
        "用户任务没有候选角色、候选人或办理人。请填写 candidateGroups。",
        "nobody may do this user task; set candidateGroups",
    ),
    "called_missing": (
        "调用活动没有被调流程。请填写 calledElement。",
        "the call activity names no process; set calledElement",
    ),
    "called_unknown": (
        "没有流程 {process}。请改正 calledElement 或把它放入同一包。",
        "there is no process {process}; correct calledElement or put it into the bundle",
    ),
    "calls_itself": (
        "流程直接或间接调用自己：{path}。请改为回环。",
        "the process calls itself: {path}; draw a loop instead",
    ),
    "mapping_incomplete": (
        'camunda:in/out 需要 target 和 source 或 sourceExpression，或 variables="all"。',
        'the mapping is half drawn; give camunda:in/out a target and a source or sourceExpression, or variables="all"',
    ),
    "parameter_not_text": (
        "参数 {parameter} 是脚本、列表或映射。请写成文字、=FEEL 或 ${{变量}}。",
        "parameter {parameter} is a script, list or map; write text, =FEEL or ${{variable}}",
    ),
    "parameter_name_missing": (
        "输入输出参数没有名称。请填写名称。",
        "an input or output parameter has no name; give it one",
    ),
    "flow_end_missing": (
        "连线没有接到存在的元素。请重新连接。",
        "the flow does not join two existing elements; draw it again",
    ),
    "flow_leaves_container": (
        "连线跨越了子流程边界。请在子流程内结束，再从子流程连出。",
        "the flow crosses the edge of a subprocess; end inside and leave from the subprocess",
    ),
    "several_outgoing": ("有多条出口连线。请用网关分支。", "several flows leave it; branch with a gateway"),
    "condition_on_task": (
        "非网关元素的连线不能带条件。请用排他网关分支。",
        "a condition on a flow that leaves no gateway is ignored; branch with an exclusive gateway",
    ),
    "default_missing": (
        "排他网关没有默认连线。请把一条出口设为默认。",
        "the gateway has no default flow; mark one of its outgoing flows as default",
    ),
    "condition_missing": (
        "连线 {flow} 没有条件且不是默认连线。请填写条件。",
        "flow {flow} has no condition and is not the default; give it one",
    ),
    "condition_on_default": (
        "默认连线 {flow} 不能带条件。请删除条件。",
        "the default flow {flow} carries a condition; remove it",
    ),
    "condition_language": (
        "条件语言 {language} 不支持。请写 FEEL。",
        "conditions in {language} are not run; write FEEL",
    ),
    "expression_invalid": (
        "表达式“{text}”无法解析：{reason}。请改成 FEEL。",
        "the expression {text!r} cannot be read: {reason}; write FEEL",
    ),
    "condition_reads_unwritten": (
        "条件“{text}”读取的 {names} 没有任何元素写入。请检查拼写或补充写入。",
        "the condition {text!r} reads {names}, which nothing writes; check the spelling",
    ),
    "event_gateway_target": (
        "事件网关之后只能是消息、定时、信号或条件捕获事件，且没有边界事件和其他来路。请改正 {target}。",
        "only message, timer, signal and conditional catch events, reached from nowhere else and without boundary "
        "events, follow an event gateway; correct {target}",
    ),
    "unique_key_unknown": (
        "流程属性 uniqueBusinessKey 的值 {value} 无法识别。请填写 running 或 always。",
        "the process property uniqueBusinessKey says {value}; write running or always",
    ),
    "subprocess_start": (
        "内嵌子流程的开始事件不能等待消息或时间。请改为普通开始事件。",
        "the start event of an embedded subprocess waits for nothing; make it a plain start event",
    ),
    "called_without_start": (
        "被调流程 {process} 没有普通开始事件。请添加一个。",
        "the called process {process} has no plain start event; add one",
    ),
    "no_start": ("没有开始事件。请添加一个。", "there is no start event; add one"),
    "several_starts": (
        "有多个普通开始事件。请只保留一个；消息、定时、信号开始事件可以有多个。",
        "there are several plain start events; keep one (message, timer and signal starts may be several)",
    ),
    "no_end": ("没有结束事件。请添加一个。", "there is no end event; add one"),
    "dead_end": (
        "没有出口连线。请连到下一步或结束事件。",
        "nothing follows it; connect it to the next step or an end event",
    ),
    "orphan": (
        "从开始事件无法到达。请连接或删除。",
        "it cannot be reached from the start event; connect it or delete it",
    ),
    "ends_flow_out": ("结束事件之后不能再有连线。请删除连线。", "a flow leaves an end event; delete it"),
    "start_flow_in": ("开始事件之前不能有连线。请删除连线。", "a flow enters a start event; delete it"),
    "parallel_condition": (
        "并行网关的连线 {flow} 不能带条件。请删除条件或改用包容网关。",
        "flow {flow} of a parallel gateway carries a condition; remove it or use an inclusive gateway",
    ),
    "boundary_flow_in": ("边界事件之前不能有连线。请删除连线。", "a flow enters a boundary event; delete it"),
    "structure_not_read": (
        "流程结构无法编译：{reason}。请拆成内嵌子流程。",
        "the structure cannot be compiled: {reason}; split it into embedded subprocesses",
    ),
}


def problem(file: str, element: Element | None, code: str, **facts: object) -> Problem:
    """The Problem of rule ``code``; ``facts`` fill its placeholders."""
    zh, en = RULES[code]
    return Problem(
        file=file,
        element_id=(element.id or None) if element else None,
        element_name=(element.name or None) if element else None,
        code=code,
        zh=zh.format(**facts),
        en=en.format(**facts),
        warning=code in WARNINGS,
    )
