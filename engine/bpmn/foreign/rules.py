"""The sentences about diagrams of other tools: what was translated, ignored, refused."""

from __future__ import annotations

# code: (Chinese, English), as in engine.bpmn.rules
FOREIGN_RULES: dict[str, tuple[str, str]] = {
    "translated_words": (
        "{words} 按 camunda: 中的对应词读取。无需改动。",
        "{words}: read as the words of camunda: that mean the same; nothing to do",
    ),
    "translated_word": ("{word} 读作 {meaning}。无需改动。", "{word} is read as {meaning}; nothing to do"),
    "translated_expression": (
        "“{text}”译为 FEEL：{feel}。无需改动。",
        "{text!r} is translated to FEEL: {feel}; nothing to do",
    ),
    "translated_namespace": (
        "命名空间“{namespace}”按 BPMN 2.0 读取。无需改动。",
        "the namespace {namespace!r} is read as that of BPMN 2.0; nothing to do",
    ),
    "translated_reference": (
        "引用 {reference} 已找到所指的元素。无需改动。",
        "the reference {reference} is followed to its element; nothing to do",
    ),
    "ignored_word": (
        "{word} 不起作用：{zh}。可以删除。",
        "{word} has no effect: {en}; it may be removed",
    ),
    "ignored_vocabulary": (
        "其他工具的词汇 {namespace}（{count} 处）不起作用。可以保留。",
        "the vocabulary {namespace} ({count} times) has no effect; it may stay",
    ),
    "ignored_declarations": (
        "声明 {words} 不起作用。可以保留。",
        "the declarations {words} have no effect; they may stay",
    ),
    "word_refused": ("不支持 {word}。{zh}。", "{word} is not run here; {en}"),
    "service_not_external": (
        "使用了 {attribute}。请改为 External 并填写 topic。",
        "it uses {attribute}; make it External with a topic",
    ),
    "data_assignment": (
        "数据关联中的赋值或转换不会执行。请改为输入输出参数。",
        "an assignment or transformation in a data association is not run; use input and output parameters",
    ),
    "id_unfit": (
        "id“{id}”含有空格、引号或斜线，或超过 {most} 个字符。请改用字母、数字和下划线。",
        "the id {id!r} holds spaces, quotes or slashes, or more than {most} characters; use letters, digits and _",
    ),
    "other_format": (
        "这是 {format} 文件，不是 BPMN 2.0。请在原工具中导出为 BPMN 2.0 XML。",
        "this is {format}, not BPMN 2.0; export it as BPMN 2.0 XML from the tool that made it",
    ),
    "too_many_parts": (
        "文件中的元素超过 {most} 个。请拆成几个文件。",
        "the file holds more than {most} elements; split it",
    ),
    "too_many_processes": (
        "文件中的流程超过 {most} 个。请拆成几个文件。",
        "the file holds more than {most} processes; split it",
    ),
    "file_not_read": (
        "不认识的文件类型。请提供 .bpmn、.dmn 或 .form 文件。",
        "files of this kind are not read; supply .bpmn, .dmn or .form",
    ),
}
FOREIGN_NOTES = frozenset(code for code in FOREIGN_RULES if code.startswith(("translated_", "ignored_")))

# What had to be made up or left out to show a diagram at all.
SKETCH_RULES: dict[str, tuple[str, str]] = {
    "cannot_be_shown": (
        "无法显示：{reason}。请在原工具中导出为 BPMN 2.0 XML。",
        "it cannot be shown: {reason}; export it as BPMN 2.0 XML from the tool that made it",
    ),
    "nothing_to_walk": (
        "文件中没有可走查的流程（只有协作、对话或定义）。请在池中画流程。",
        "it holds no process to walk through, only collaborations, conversations or definitions; draw one in a pool",
    ),
    "ids_missing": (
        "{count} 个元素没有 id，已临时编号。请在运行前填写。",
        "{count} elements have no id and got one for now; give them one before they run",
    ),
    "ids_twice": (
        "{count} 个 id 重复，已临时编号。请在运行前改正。",
        "{count} ids are used twice and were numbered for now; correct them before they run",
    ),
    "flows_to_nowhere": (
        "{count} 条连线没有接到元素，已略去。请重新连接。",
        "{count} flows do not join two elements and were left out; draw them again",
    ),
    "nodes_left_out": (
        "元素或流程过多，{count} 个已略去。请拆分文件。",
        "there are too many elements or processes: {count} were left out; split the file",
    ),
}
