"""String functions (DMN 1.5, 10.3.4.3). Positions count characters from 1, or from the end where negative."""

from decimal import Decimal

from engine.feel.builtins.registry import builtin
from engine.feel.errors import FeelLimitExceeded
from engine.feel.regex import Pattern, PatternInvalid, compile_pattern, expand
from engine.feel.values import STRING_MAX, Run, Value


@builtin("substring", "string: string, start position: number, length: number?")
def _substring(string: str, start_position: Decimal, length: Decimal | None = None) -> str | None:
    start = int(start_position)
    if start == 0 or (length is not None and length < 1):
        return None
    if abs(start) > len(string):
        return None
    begin = start - 1 if start > 0 else len(string) + start
    return string[begin:] if length is None else string[begin : begin + int(length)]


@builtin("string length", "string: string")
def _string_length(string: str) -> Decimal:
    return Decimal(len(string))


@builtin("upper case", "string: string")
def _upper_case(string: str) -> str:
    return string.upper()


@builtin("lower case", "string: string")
def _lower_case(string: str) -> str:
    return string.lower()


@builtin("substring before", "string: string, match: string")
def _substring_before(string: str, match: str) -> str:
    return string[: string.find(match)] if match in string else ""


@builtin("substring after", "string: string, match: string")
def _substring_after(string: str, match: str) -> str:
    return string[string.find(match) + len(match) :] if match in string else ""


@builtin("contains", "string: string, match: string")
def _contains(string: str, match: str) -> bool:
    return match in string


@builtin("starts with", "string: string, match: string")
def _starts_with(string: str, match: str) -> bool:
    return string.startswith(match)


@builtin("ends with", "string: string, match: string")
def _ends_with(string: str, match: str) -> bool:
    return string.endswith(match)


@builtin("string join", "list: list, delimiter: string?", takes_run=True)
def _string_join(run: Run, items: list[Value], delimiter: str | None = None) -> str | None:
    parts = [item for item in items if item is not None]
    if not all(type(part) is str for part in parts):
        return None
    length = sum(map(len, parts)) + len(delimiter or "") * len(parts)
    if length > STRING_MAX:
        raise FeelLimitExceeded("string_length", STRING_MAX)
    return (delimiter or "").join(parts)


def _pattern(pattern: str, flags: str | None, run: Run) -> Pattern | None:
    """Return the compiled pattern, paying for its size; None where it is none."""
    run.spend(len(pattern))
    try:
        compiled = compile_pattern(pattern, flags or "")
    except PatternInvalid:
        return None
    run.spend(len(compiled.program) >> 2)
    return compiled


@builtin("matches", "input: string, pattern: string, flags: string?", takes_run=True)
def _matches(run: Run, text: str, pattern: str, flags: str | None = None) -> bool | None:
    compiled = _pattern(pattern, flags, run)
    return None if compiled is None else compiled.search(text, 0, run) is not None


@builtin("replace", "input: string, pattern: string, replacement: string, flags: string?", takes_run=True)
def _replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> str | None:
    compiled = _pattern(pattern, flags, run)
    if compiled is None or compiled.search("", 0, run) is not None:
        return None
    parts: list[str] = []
    size = position = 0
    for match in compiled.all_matches(text, run):
        try:
            new = expand(replacement, text, match, literal="q" in (flags or ""))
        except PatternInvalid:
            return None
        parts += [text[position : match[0][0]], new]
        size += len(new)
        if size > STRING_MAX:
            raise FeelLimitExceeded("string_length", STRING_MAX)
        position = match[0][1]
    return "".join([*parts, text[position:]])


@builtin("split", "string: string, delimiter: string", takes_run=True)
def _split(run: Run, text: str, delimiter: str) -> list[str] | None:
    compiled = _pattern(delimiter, None, run)
    if compiled is None or compiled.search("", 0, run) is not None:
        return None
    parts: list[str] = []
    position = 0
    for match in compiled.all_matches(text, run):
        parts.append(text[position : match[0][0]])
        position = match[0][1]
    return [*parts, text[position:]]
