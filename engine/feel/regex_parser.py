"""The grammar of XPath regular expressions, to the programs that `engine.feel.regex` runs."""

from __future__ import annotations

from engine.feel.characters import CharacterClass, escape_class, folded, single
from engine.feel.regex import Instruction, Op, Pattern, PatternInvalid

PROGRAM_MAX = 20_000
PATTERN_MAX = 5_000
GROUP_DEPTH_MAX = 50
Program = list[Instruction]


def parse_pattern(pattern: str, flags: frozenset[str]) -> Pattern:
    """Return the compiled pattern. Raises PatternInvalid."""
    if len(pattern) > PATTERN_MAX:
        raise PatternInvalid("the pattern is too long")
    if "x" in flags and "q" not in flags:
        pattern = _without_spaces(pattern)
    parser = _Parser(pattern, flags)
    if "q" in flags:
        program: Program = [parser.take(single(char)) for char in pattern]
    else:
        program = parser.alternatives()
        if parser.index < len(pattern):
            raise PatternInvalid(f"unexpected {pattern[parser.index]!r}")
    absolute = [_absolute(instruction, at) for at, instruction in enumerate(program)]
    fold = str.casefold if "i" in flags else None
    return Pattern(
        (*absolute, (Op.DONE, None, None)),
        parser.groups,
        2 * parser.groups + 2 + parser.loops,
        "m" in flags,
        fold,
    )


def _without_spaces(pattern: str) -> str:
    """Take out the white space that flag x leaves out: all but that within character classes."""
    kept: list[str] = []
    depth = 0
    escaped = False
    for char in pattern:
        if char in " \t\n\r" and not depth:
            continue
        if not escaped:
            depth = max(depth + (char == "[") - (char == "]"), 0)
        escaped = char == "\\" and not escaped
        kept.append(char)
    return "".join(kept)


def _absolute(instruction: Instruction, at: int) -> Instruction:
    """Turn the relative targets of jumps into absolute ones."""
    op, first, second = instruction
    if op is Op.SPLIT:
        return op, at + first, at + second
    return (op, at + first, None) if op is Op.JUMP else instruction


class _Parser:
    def __init__(self, text: str, flags: frozenset[str]) -> None:
        self.text = text
        self.flags = flags
        self.index = 0
        self.depth = 0
        self.groups = 0
        self.loops = 0
        self.closed: set[int] = set()
        self.loop_base = 2 * (text.count("(") + 1)

    def peek(self) -> str:
        return self.text[self.index : self.index + 1]

    def next(self) -> str:
        char = self.peek()
        if not char:
            raise PatternInvalid("the pattern ends too early")
        self.index += 1
        return char

    def take(self, accepts: CharacterClass) -> Instruction:
        return Op.TAKE, folded(accepts) if "i" in self.flags else accepts, None

    def alternatives(self) -> Program:
        self.depth += 1
        if self.depth > GROUP_DEPTH_MAX:
            raise PatternInvalid("the groups are nested too deeply")
        program = self.branch()
        while self.peek() == "|":
            self.index += 1
            other = self.branch()
            program = [
                (Op.SPLIT, 1, len(program) + 2), *program, (Op.JUMP, len(other) + 1, None), *other,
            ]  # fmt: skip
        self.depth -= 1
        return program

    def branch(self) -> Program:
        program: Program = []
        while (char := self.peek()) and char not in "|)":
            program += self.quantified(self.atom())
            if len(program) > PROGRAM_MAX:
                raise PatternInvalid("the pattern is too large")
        return program

    def quantified(self, atom: Program) -> Program:
        char = self.peek()
        if char not in ("*", "+", "?", "{"):
            return atom
        self.index += 1
        least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(char) or self.counts()
        greedy = self.peek() != "?"
        if not greedy:
            self.index += 1
        if len(atom) * max(least, most or 0) > PROGRAM_MAX:
            raise PatternInvalid("the pattern is too large")
        program = atom * least
        if most is None:
            return program + self.loop(atom, greedy)
        for _ in range(most - least):
            optional = self.split(1, len(atom) + 1, greedy)
            program = [*program, optional, *atom]
        return program

    def loop(self, atom: Program, greedy: bool) -> Program:
        slot = self.loop_base + self.loops
        self.loops += 1
        body: Program = [(Op.SAVE, slot, None), *atom, (Op.MOVED, slot, None)]
        return [self.split(1, len(body) + 2, greedy), *body, (Op.JUMP, -len(body) - 1, None)]

    @staticmethod
    def split(preferred: int, other: int, greedy: bool) -> Instruction:
        return (Op.SPLIT, preferred, other) if greedy else (Op.SPLIT, other, preferred)

    def counts(self) -> tuple[int, int | None]:
        end = self.text.find("}", self.index)
        least, comma, most = self.text[self.index : end].partition(",")
        self.index = end + 1
        if end < 0 or not (least.isascii() and least.isdigit()) or (most and not most.isdigit()):
            raise PatternInvalid("a quantifier is {n}, {n,} or {n,m}")
        low, high = int(least[:6]), int(most[:6]) if most else None
        if not comma:
            return low, low
        if high is not None and high < low:
            raise PatternInvalid("a quantifier's maximum is below its minimum")
        return low, high

    def atom(self) -> Program:
        char = self.next()
        if char == "(":
            return self.group()
        if char == "[":
            return [self.take(self.character_class())]
        if char == ".":
            return [(Op.TAKE, (lambda c: True) if "s" in self.flags else (lambda c: c not in "\n\r"), None)]
        if char == "^":
            return [(Op.START, None, None)]
        if char == "$":
            return [(Op.END, None, None)]
        if char == "\\":
            return [self.escape()]
        if char in "*+?{})]":
            raise PatternInvalid(f"{char!r} has nothing to repeat or close")
        return [self.take(single(char))]

    def group(self) -> Program:
        if self.text[self.index : self.index + 2] == "?:":
            self.index += 2
            program = self.alternatives()
        else:
            self.groups += 1
            number = self.groups
            program = [(Op.SAVE, 2 * number, None), *self.alternatives(), (Op.SAVE, 2 * number + 1, None)]
            self.closed.add(number)
        if self.peek() != ")":
            raise PatternInvalid("a group is not closed")
        self.index += 1
        return program

    def escape(self) -> Instruction:
        char = self.text[self.index : self.index + 1]
        if char.isascii() and char.isdigit() and char != "0":
            self.index += 1
            number = int(char)
            while self.text[self.index : self.index + 1].isdigit():
                longer = number * 10 + int(self.text[self.index])
                if longer not in self.closed:
                    break
                number, self.index = longer, self.index + 1
            if number not in self.closed:
                raise PatternInvalid(f"there is no closed group {number}")
            return Op.BACK, number, None
        accepts, self.index = escape_class(self.text, self.index)
        return self.take(accepts)

    def character_class(self) -> CharacterClass:
        """Parse `[…]`, its negation and its subtraction `[a-z-[aeiou]]`."""
        negated = self.text[self.index : self.index + 1] == "^"
        self.index += negated
        members: list[CharacterClass] = []
        without: CharacterClass | None = None
        while (char := self.text[self.index : self.index + 1]) != "]":
            if not char or char == "[":
                raise PatternInvalid("a character class is not closed")
            if char == "-" and self.text[self.index + 1 : self.index + 2] == "[" and members:
                self.index += 2
                self.depth += 1
                if self.depth > GROUP_DEPTH_MAX:
                    raise PatternInvalid("the classes are nested too deeply")
                without = self.character_class()
                self.depth -= 1
                break
            members.append(self.class_member())
        if self.text[self.index : self.index + 1] != "]" or not members:
            raise PatternInvalid("a character class is empty or not closed")
        self.index += 1
        return _combined(tuple(members), negated, without)

    def class_member(self) -> CharacterClass:
        char = self.text[self.index]
        self.index += 1
        if char == "\\":
            escaped = self.text[self.index : self.index + 1]
            accepts, self.index = escape_class(self.text, self.index)
            if not _is_single(escaped):
                return accepts
            char = {"n": "\n", "r": "\r", "t": "\t"}.get(escaped, escaped)
        after = self.text[self.index + 1 : self.index + 2]
        if self.text[self.index : self.index + 1] != "-" or after in ("]", "[", ""):
            return single(char)
        self.index += 1
        last = self.text[self.index]
        self.index += 1
        if last == "\\":
            last = self.text[self.index : self.index + 1]
            if not _is_single(last):
                raise PatternInvalid("a range ends in a class")
            last = {"n": "\n", "r": "\r", "t": "\t"}.get(last, last)
            self.index += 1
        if last < char:
            raise PatternInvalid(f"the range {char}-{last} is reversed")
        return lambda c: char <= c <= last


def _is_single(escaped: str) -> bool:
    return escaped in "nrt\\|.?*+(){}-[]^$" and escaped != ""


def _combined(
    members: tuple[CharacterClass, ...], negated: bool, without: CharacterClass | None
) -> CharacterClass:
    def accepts(char: str) -> bool:
        inside = any(member(char) for member in members) is not negated
        return inside and not (without and without(char))

    return accepts
