"""The house stays tidy: what may only fall, what must not appear at all."""

import importlib.metadata
import importlib.util
import json
import re
from pathlib import Path

import grimp
import pytest
import tidiness
from tidiness import ROOT

PACKAGES = ("cheliu", "web", "handlers", "forms", "engine", "lending", "company")
DATA_FOLDERS = ("processes", "migrations", "benchmarks")
TOP_LEVEL = {*PACKAGES, *DATA_FOLDERS, "tests", "docs", "requirements", ".ci"}
CALCULATIONS = ("lending.maths", "lending.money", "lending.identifiers", "engine.feel")
VAGUE = {"util", "utils", "helper", "helpers", "manager", "managers", "service", "services", "common", "misc"}
VAGUE_ALONE = {"base", "core", "stuff", "tools"}
# Written so that this file does not find itself.
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E)\b")
PATH_OF_A_MACHINE = re.compile(r"(?<![\w.:>])/(?:work|root|home/\w+|Users/\w+)/")
HOST_IN_A_LOCK = re.compile(
    r"""--(?:extra-)?index-url|--find-links|"resolved": "http|^\s*[^#\s].*@ http""", re.M
)


@pytest.mark.parametrize("kind", ["long_modules", "long_functions", "ways_round"])
def test_sizes_and_ways_round_the_checks_only_fall(kind: str) -> None:
    agreed, now = tidiness.agreed()[kind], tidiness.measure()[kind]

    worse = {what: n for what, n in now.items() if n > agreed.get(what, 0)}
    better = {what: now.get(what, 0) for what, n in agreed.items() if now.get(what, 0) < n}

    assert not worse, f"above what was agreed ({ {what: agreed.get(what, 0) for what in worse} })"
    assert not better, f"better than agreed, hold it: python tests/support/tidiness.py ({better})"


def test_the_agreed_list_is_sorted_out_and_knows_no_other_kinds() -> None:
    assert set(tidiness.agreed()) == set(tidiness.measure())


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = [
        tidiness.name(path)
        for path in tidiness.python_files()
        for part in module_parts(path)
        if part in VAGUE_ALONE or VAGUE & {part, part.rpartition("_")[2]}
    ]

    assert not vague


def module_parts(path: Path) -> tuple[str, ...]:
    """The packages and the module of a file."""
    relative = path.relative_to(ROOT)
    return (*relative.parent.parts, relative.stem)


def test_nothing_is_left_unfinished_in_the_text() -> None:
    assert not [file for file, text in tidiness.texts() if UNFINISHED.search(text)]


def test_no_file_names_a_path_of_some_machine() -> None:
    found = {
        file: match.group() for file, text in tidiness.texts() if (match := PATH_OF_A_MACHINE.search(text))
    }

    assert not found


def test_the_locks_name_no_host() -> None:
    locks = [*ROOT.glob("requirements/*.txt"), ROOT / "web" / "frontend" / "package-lock.json"]

    named = [lock.name for lock in locks if HOST_IN_A_LOCK.search(lock.read_text(encoding="utf-8"))]

    assert len(locks) == 5
    assert not named


def test_every_locked_package_has_a_hash() -> None:
    pages = json.loads((ROOT / "web" / "frontend" / "package-lock.json").read_text(encoding="utf-8"))[
        "packages"
    ]
    python = [block for lock in ROOT.glob("requirements/*.txt") for block in requirements(lock)]

    assert not [package for package, facts in pages.items() if package and "integrity" not in facts]
    assert not [block.splitlines()[0] for block in python if "--hash=sha256:" not in block]
    assert len(python) > 50


def requirements(lock: Path) -> list[str]:
    """The requirements of a lock, each with the lines of its hashes."""
    return re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())


def test_the_pages_ask_for_exact_versions() -> None:
    package = json.loads((ROOT / "web" / "frontend" / "package.json").read_text(encoding="utf-8"))
    wanted = package["dependencies"] | package["devDependencies"]

    assert not {
        name: version for name, version in wanted.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)
    }


def test_every_top_level_folder_is_a_known_room() -> None:
    rooms = {path.relative_to(ROOT).parts[0] for path in tidiness.files() if path.parent != ROOT}

    assert not rooms - TOP_LEVEL, "a further top-level folder needs an ADR"


@pytest.mark.parametrize("package", PACKAGES)
def test_none_of_our_names_is_shadowed_by_an_installed_package(package: str) -> None:
    found = importlib.util.find_spec(package)
    owners = importlib.metadata.packages_distributions().get(package, [])

    assert found is not None
    assert found.origin == str(ROOT / package / "__init__.py")
    assert set(owners) <= {"cheliu"}


def test_the_tests_are_no_packages() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_calculations_know_no_database() -> None:
    graph = grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)
    present = [module for module in CALCULATIONS if module in graph.modules]

    ways = {
        module: graph.find_shortest_chain(module, "sqlalchemy", as_packages=True)
        for module in present
        if "sqlalchemy" in graph.modules
    }

    assert not {module: way for module, way in ways.items() if way}
