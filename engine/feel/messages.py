"""What is said of an expression that cannot be used, in Chinese and in English."""

SYNTAX: dict[str, tuple[str, str]] = {
    "expected": ("此处应为 {wanted}，但遇到 {found}", "{wanted} expected, found {found}"),
    "expression": ("此处应为表达式，但遇到 {found}", "an expression is expected, found {found}"),
    "name": ("此处应为名称，但遇到 {found}", "a name is expected, found {found}"),
    "type": ("{found} 不是类型", "{found} is not a type"),
    "unexpected": (
        "此处不应有 {found}，请删除或补上运算符",
        "{found} is not expected here; remove it or add an operator",
    ),
    "empty_cell": ("空单元格不是条件；任意值请写 -", "an empty cell is not a test; write - for any value"),
    "operand": ("此处应为一个值，而不是一组条件", "an operand is expected, not a list of tests"),
    "argument_order": (
        "按位置的参数不能写在按名称的参数之后",
        "an argument by position cannot follow one by name",
    ),
    "argument_twice": ("参数 {name} 不能写在这里", "the argument {name} cannot be given here"),
    "argument_missing": ("逗号后缺少参数", "an argument is missing after the comma"),
    "item_missing": ("逗号后缺少列表项", "an item is missing after the comma"),
    "entry_missing": ("逗号后缺少上下文条目", "an entry is missing after the comma"),
    "entry_twice": ("条目 {name} 重复出现", "the entry {name} occurs twice"),
    "number": (
        "数字超出范围，最多 34 位有效数字和 6144 位指数",
        "the number is too large; exponents end at 6144",
    ),
    "at_string": ("@ 后应为字符串", "a string is expected after @"),
    "string_open": ("字符串没有结束，缺少引号", "the string is not closed; a quotation mark is missing"),
    "comment_open": ("注释没有结束，缺少 */", "the comment is not closed; */ is missing"),
    "character": ("无法识别的字符 {found}", "unexpected character {found}"),
    "external": ("不允许外部函数；请用 FEEL 编写", "external functions are not allowed; write it in FEEL"),
    "duration": (
        "{found} 不是时长；请写 PnDTnHnMnS 或 PnYnM",
        "{found} is no duration; write PnDTnHnMnS or PnYnM",
    ),
}
"""By key: what is wrong at a place of the text."""

LIMITS: dict[str, tuple[str, str]] = {
    "text_length": ("表达式的长度", "the length of an expression"),
    "text_nesting": ("表达式的嵌套深度", "the nesting of an expression"),
    "type_nesting": ("类型的嵌套深度", "the nesting of a type"),
    "operands": ("读取表达式的步数", "the number of operands read"),
    "steps": ("求值步数", "the number of evaluation steps"),
    "string_length": ("字符串的长度", "the length of a string"),
    "call_depth": ("函数调用的深度", "the depth of function calls"),
    "nesting": ("求值的嵌套深度", "the nesting of an evaluation"),
    "value_nesting": ("数据的嵌套深度", "the nesting of a value"),
}
"""By key: what outgrew its limit."""

VALUES: dict[str, tuple[str, str]] = {
    "not_finite": ("FEEL 的数字必须有限", "a FEEL number is finite"),
    "not_exact": ("浮点数不精确，请给出 Decimal", "a float is not exact; give a Decimal"),
    "no_type": ("没有对应的 FEEL 类型", "no FEEL type corresponds to it"),
}
"""By key: why a value from outside is refused."""

END = ("结尾", "the end")
