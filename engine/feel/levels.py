"""How tightly FEEL's infix operators bind, loosest first (DMN 1.5, 10.3.1.2, rules 1 to 4)."""

DEPTH_MAX = 50
"""How deeply expressions and types may be nested."""
COMPARISONS = frozenset(["=", "!=", "<", "<=", ">", ">="])
OR, AND, COMPARING, ADDITIVE, MULTIPLICATIVE, POWER = 1, 2, 3, 4, 5, 6
LEVELS = {
    "or": OR, "and": AND, "in": COMPARING, "between": COMPARING, **dict.fromkeys(COMPARISONS, COMPARING),
    "+": ADDITIVE, "-": ADDITIVE, "*": MULTIPLICATIVE, "/": MULTIPLICATIVE, "**": POWER,
}  # fmt: skip
