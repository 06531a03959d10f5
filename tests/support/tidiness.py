"""Measures what tests/test_tidy.py holds: sizes of modules and functions, and counts of ways round the checks.

As a program it writes the present figures to tests/tidy.json, for the reviewer to see in the difference.
"""

import ast
import io
import json
import re
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
RATCHET = ROOT / "tests" / "tidy.json"
MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
# A way round a check, and how its comment reads.
WAYS_ROUND = {
    "type: ignore": re.compile(r"#\s*type:\s*ignore"),
    "noqa": re.compile(r"#\s*(ruff:\s*)?noqa"),
    "nolint": re.compile(r"(eslint|stylelint|prettier)-(disable|ignore)"),
}


@cache
def files() -> tuple[Path, ...]:
    """Every file of the checkout that git does not ignore, the ones not yet added included."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(ROOT / name for name in sorted(listed.split("\0")) if name and (ROOT / name).is_file())


def name(path: Path) -> str:
    """A file's name as the reports give it, from the root of the checkout."""
    return path.relative_to(ROOT).as_posix()


def is_product(path: Path) -> bool:
    """Whether the file is part of the product: neither a test nor a generated migration."""
    return not name(path).startswith(("tests/", "migrations/versions/"))


def python_files() -> list[Path]:
    """All Python files, those of the tests too."""
    return [path for path in files() if path.suffix == ".py"]


def texts() -> Iterator[tuple[str, str]]:
    """Name and content of every file that is UTF-8 text."""
    for path in files():
        try:
            yield name(path), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def long_modules() -> dict[str, int]:
    """Lines of each module or page script of the product above the limit."""
    lengths = {
        name(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in files()
        if path.suffix in {".py", ".js", ".css", ".html"} and is_product(path)
    }
    return {module: lines for module, lines in lengths.items() if lines > MODULE_LINES_MAX}


def long_functions() -> dict[str, int]:
    """Lines of each function of the product above the limit, by ``file:Class.function``."""
    found: dict[str, int] = {}

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner = prefix
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = f"{prefix}{child.name}"
                lines = (child.end_lineno or child.lineno) - child.lineno + 1
                if not isinstance(child, ast.ClassDef) and lines > FUNCTION_LINES_MAX:
                    found[inner] = lines
                inner += "."
            visit(child, inner)

    for path in python_files():
        if is_product(path):
            visit(ast.parse(path.read_text(encoding="utf-8")), f"{name(path)}:")
    return found


def comments(path: Path) -> Iterator[str]:
    """The comments of a Python file, or the whole text of another."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield text
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def ways_round() -> dict[str, int]:
    """How often a check is switched off in a comment, and how often the product's types say Any."""
    counts = dict.fromkeys([*WAYS_ROUND, "Any"], 0)
    for path in files():
        if path.suffix not in {".py", ".js", ".css"}:
            continue
        for comment in comments(path):
            for way, pattern in WAYS_ROUND.items():
                counts[way] += len(pattern.findall(comment))
    for path in python_files():
        if is_product(path):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                counts["Any"] += isinstance(node, ast.Name) and node.id == "Any"
    return counts


@cache
def measure() -> dict[str, dict[str, int]]:
    """All figures of the ratchet, as they are now."""
    return {"long_modules": long_modules(), "long_functions": long_functions(), "ways_round": ways_round()}


def agreed() -> dict[str, dict[str, int]]:
    """All figures of the ratchet, as they were agreed."""
    figures: dict[str, dict[str, int]] = json.loads(RATCHET.read_text(encoding="utf-8"))
    return figures


if __name__ == "__main__":
    RATCHET.write_text(json.dumps(measure(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
