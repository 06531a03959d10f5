"""What is said of each problem of a decision model, in Chinese and in English."""

from company.messages import Language

MESSAGES: dict[str, tuple[str, str]] = {
    "dmn_aggregation": (
        "只有单个输出列的决策表才能汇总；请改用其他命中策略或拆分决策表",
        "only a table of one output can be aggregated; choose another hit policy or split the table",
    ),
    "dmn_broken_reference": ("引用 {href} 在模型中不存在", "{href} leads to no element of the model"),
    "dmn_cycle": ("决策之间循环依赖：{names}", "decisions require each other: {names}"),
    "dmn_duplicate_id": ("标识 {id} 重复出现", "the id {id} occurs twice"),
    "dmn_external_function": ("函数只能用 FEEL 编写", "only functions written in FEEL are allowed"),
    "dmn_hit_policy": ("未知的命中策略 {name}", "the hit policy {name} is unknown"),
    "dmn_import": (
        "无法导入 {namespace}：只能导入同时提供的决策模型",
        "{namespace} cannot be imported: only decision models that are at hand can",
    ),
    "dmn_imported_values": ("不支持导入外部数据", "imported values are not supported"),
    "dmn_incomplete": ("缺少 {part} 部分", "the part {part} is missing"),
    "dmn_language": (
        "表达式语言 {language} 不是 FEEL，请改用 FEEL",
        "the expression language {language} is not FEEL; rewrite it in FEEL",
    ),
    "dmn_name": ("{kind} {id} 没有名称", "{kind} {id} has no name"),
    "dmn_namespace": (
        "根元素 {root} 不是 DMN 1.1 至 1.5 的 definitions",
        "the root is {root}, not the definitions of DMN 1.1 to 1.5",
    ),
    "dmn_no_input_expression": ("输入列 {label} 没有表达式", "the input {label} has no expression"),
    "dmn_no_output": ("{name} 没有输出", "{name} has no output"),
    "dmn_output_name": ("有多个输出列时，每列都须有名称", "an output of several needs a name"),
    "dmn_priority": (
        "命中策略 {name} 需要在输出列中按优先顺序列出输出值",
        "the hit policy {name} needs output values in their order of priority",
    ),
    "dmn_relation": (
        "有一行的单元格数与列数不符",
        "a row has not as many cells as there are columns",
    ),
    "dmn_row": (
        "第 {row} 行的单元格数与列数不符",
        "row {row} has not as many cells as the table has columns",
    ),
    "dmn_unknown_type": ("类型 {type} 未定义", "the type {type} is not defined"),
    "feel_limit_exceeded": ("表达式 {text}：{reason_zh}", "{text}: {reason}"),
    "feel_syntax": ("表达式 {text} 有语法错误：{reason_zh}", "{text}: {reason}"),
    "xml_refused": ("文件不是可接受的 XML：{reason}", "{reason}"),
}
"""By code: the sentence in Chinese and in English, with the facts they name."""

RULES: dict[str, tuple[str, str]] = {
    "unique": (
        "规则 {rows} 同时命中，而命中策略 UNIQUE 只允许一条；请使各行互不重叠",
        "rows {rows} match, and only one may (hit policy UNIQUE); make the rows exclude each other",
    ),
    "any": (
        "规则 {rows} 同时命中但输出不同，而命中策略 ANY 要求一致",
        "rows {rows} match with different outputs (hit policy ANY); make their outputs equal",
    ),
    "input_values": (
        "输入 {name!r} 的值 {value!r} 不在允许值之内",
        "the input {name!r} is {value!r}, which is not one of its allowed values",
    ),
    "output_values": (
        "第 {row} 行给出 {name!r} = {value!r}，不在允许值之内",
        "row {row} gives {name!r} = {value!r}, which is not one of its allowed values",
    ),
}
"""By rule of a decision table: what is said when it is broken."""


def message(code: str, language: Language, facts: dict[str, object]) -> str:
    """Return the sentence for a problem."""
    chinese, english = MESSAGES[code]
    return (chinese if language == "zh" else english).format(**facts)
