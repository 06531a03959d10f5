"""How a built-in function is declared: its names, its signatures, and what happens to wrong arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import DecimalException

from engine.feel.errors import FeelLimitExceeded
from engine.feel.types import ANY, BY_NAME, FeelType, UnionType, convert
from engine.feel.values import CALLS_MAX, Function, Run, Value

Implementation = Callable[..., Value]
_ANY_OR_NULL = UnionType("any value", (ANY,))


@dataclass(frozen=True)
class Parameter:
    """One parameter: an optional one may be left out or null, a variadic one takes all that is left."""

    name: str
    type: FeelType
    optional: bool
    variadic: bool


@dataclass(frozen=True)
class Signature:
    """One way of calling a built-in."""

    parameters: tuple[Parameter, ...]
    implementation: Implementation
    takes_run: bool

    @property
    def names(self) -> tuple[str, ...]:
        """Return the parameters' names."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def variadic(self) -> bool:
        """Say whether the last parameter takes all that is left."""
        return bool(self.parameters) and self.parameters[-1].variadic

    def bind(self, arguments: Sequence[Value]) -> list[Value] | None:
        """Return the arguments as the implementation wants them; None where they do not fit."""
        fixed = self.parameters[:-1] if self.variadic else self.parameters
        if len(arguments) > len(fixed) and not self.variadic:
            return None
        if self.variadic and len(arguments) <= len(fixed):
            return None
        bound: list[Value] = []
        for index, parameter in enumerate(fixed):
            if index >= len(arguments):
                if not parameter.optional:
                    return None
                break
            if not _fit(arguments[index], parameter, bound):
                return None
        if self.variadic:
            for argument in arguments[len(fixed) :]:
                if not _fit(argument, self.parameters[-1], bound):
                    return None
        return bound


def _fit(value: Value, parameter: Parameter, bound: list[Value]) -> bool:
    kind = parameter.type
    if kind is _ANY_OR_NULL or (value is None and (parameter.optional or kind.has(None))):
        bound.append(value)
        return True
    converted = convert(value, kind)
    bound.append(converted)
    return converted is not None


class Builtin(Function):
    """A built-in function with all its signatures; arguments that fit none give null."""

    __slots__ = ("signatures",)

    def __init__(self, name: str) -> None:
        super().__init__(name, (), lambda arguments, run: None)
        self.signatures: list[Signature] = []

    def add(self, signature: Signature) -> None:
        """Add a way of calling; the first becomes what the function shows as its parameters."""
        if not self.signatures:
            self.parameters = signature.names
        self.signatures.append(signature)

    def signatures_types(self) -> Iterator[tuple[FeelType, ...]]:
        """Yield the types of each signature, with and without what may be left out."""
        for signature in self.signatures:
            types = tuple(parameter.type for parameter in signature.parameters)
            required = sum(not parameter.optional for parameter in signature.parameters)
            yield from (types[:count] for count in range(required, len(types) + 1))

    def call(self, arguments: Sequence[Value], run: Run) -> Value:
        """Call the first signature that fits, paying for the size of arguments and result."""
        run.calls += 1
        if run.calls > CALLS_MAX:
            raise FeelLimitExceeded("call_depth", CALLS_MAX)
        try:
            for argument in arguments:
                _pay(argument, run)
            for signature in self.signatures:
                bound = signature.bind(arguments)
                if bound is not None:
                    result = signature.implementation(*([run, *bound] if signature.takes_run else bound))
                    _pay(result, run)
                    return result
        except (DecimalException, OverflowError):
            return None
        finally:
            run.calls -= 1
        return None

    def call_named(self, arguments: Mapping[str, Value], run: Run) -> Value:
        """Call by name the first signature that has all the names, those that have them in this order first."""
        given = tuple(arguments)
        ranked = sorted(self.signatures, key=lambda signature: signature.names[: len(given)] != given)
        for signature in ranked:
            ordered = self._ordered(signature, arguments)
            if ordered is not None and signature.bind(ordered) is not None:
                return self.call(ordered, run)
        return None

    @staticmethod
    def _ordered(signature: Signature, arguments: Mapping[str, Value]) -> list[Value] | None:
        names = signature.names
        if not set(arguments) <= set(names):
            return None
        given = [name in arguments for name in names]
        count = len(given) - given[::-1].index(True) if any(given) else 0
        for parameter, present in zip(signature.parameters, given, strict=True):
            if not present and not parameter.optional:
                return None
        return [arguments.get(name) for name in names[:count]]


def _pay(value: Value, run: Run) -> None:
    if type(value) is str:
        run.string(value)
    elif type(value) is list or type(value) is dict:
        run.spend(1 + len(value))
    else:
        run.spend(1)


BUILTINS: dict[str, Builtin] = {}


def builtin(
    name: str, signature: str = "", *, takes_run: bool = False
) -> Callable[[Implementation], Implementation]:
    """Declare a signature of a built-in, such as `"string: string, start position: number, length: number?"`.

    A type may be several joined by `|`; `?` marks an optional parameter, `*` before the name a variadic
    one, and the type `any` takes null too.
    """

    def register(implementation: Implementation) -> Implementation:
        parameters = tuple(_parameter(part) for part in signature.split(",")) if signature else ()
        BUILTINS.setdefault(name, Builtin(name)).add(Signature(parameters, implementation, takes_run))
        return implementation

    return register


def _parameter(text: str) -> Parameter:
    name, _, kind = (part.strip() for part in text.partition(":"))
    optional = kind.endswith("?")
    members = [_type(part.strip()) for part in kind.removesuffix("?").split("|")]
    whole = members[0] if len(members) == 1 else UnionType(kind, tuple(members))
    return Parameter(name.removeprefix("*"), whole, optional, name.startswith("*"))


def _type(name: str) -> FeelType:
    return _ANY_OR_NULL if name == "any" else BY_NAME[name]
