"""Context functions (DMN 1.5, 10.3.4.9)."""

from engine.feel.builtins.registry import builtin
from engine.feel.values import Run, Value


@builtin("get value", "m: context, key: string")
def _get_value(m: dict[str, Value], key: str) -> Value:
    return m.get(key)


@builtin("get value", "context: context, key: string")
def _get_value_of_context(context: dict[str, Value], key: str) -> Value:
    return context.get(key)


@builtin("get entries", "context: context")
@builtin("get entries", "m: context")
def _get_entries(m: dict[str, Value]) -> list[Value]:
    return [{"key": key, "value": value} for key, value in m.items()]


@builtin("context", "entries: list")
def _context(entries: list[Value]) -> dict[str, Value] | None:
    result: dict[str, Value] = {}
    for entry in entries:
        if type(entry) is not dict or "value" not in entry or type(entry.get("key")) is not str:
            return None
        if entry["key"] in result:
            return None
        result[entry["key"]] = entry["value"]
    return result


@builtin("context put", "context: context, key: string, value: any")
def _put(context: dict[str, Value], key: str, value: Value) -> dict[str, Value]:
    return {**context, key: value}


@builtin("context put", "context: context, keys: list, value: any", takes_run=True)
def _put_deep(run: Run, context: dict[str, Value], keys: list[Value], value: Value) -> Value:
    if not keys or not all(type(key) is str for key in keys):
        return None
    levels = [context]
    for key in keys[:-1]:
        inner = levels[-1].get(key)
        if inner is not None and type(inner) is not dict:
            return None
        levels.append(inner or {})
    for level, key in zip(reversed(levels), reversed(keys), strict=True):
        run.spend(1 + len(level))
        value = {**level, key: value}
    return value


@builtin("context merge", "contexts: list", takes_run=True)
def _merge(run: Run, contexts: list[Value]) -> dict[str, Value] | None:
    result: dict[str, Value] = {}
    for context in contexts:
        if type(context) is not dict:
            return None
        run.spend(1 + len(context))
        result.update(context)
    return result
