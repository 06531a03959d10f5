"""``cheliu check``, ``simulate`` and ``draw``: what a file of any tool says here, before anything is deployed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import handlers
from cheliu.wiring import FORMS, PROCESSES
from company.messages import Language
from company.people.matrix import ROLES
from engine import deployments
from engine.bpmn import texts
from engine.bpmn.dialect import DIAGRAM_SUFFIXES
from engine.bpmn.layout import drawable
from engine.bpmn.model import Known, Problem
from engine.bpmn.reader import BundleModel, read_bundle
from engine.bpmn.rules import problem
from engine.bpmn.sketch import Sketch, SketchPlace, read_sketch
from engine.bpmn.walk import STEPS_MAX, walk
from engine.bundles import Bundle, decisions, forms
from engine.xml import SIZE_MAX_BYTES
from forms.gate import Gate

_SUFFIXES = (*DIAGRAM_SUFFIXES, ".xml", ".dmn", ".form", "en.json")
_STANDINGS = {
    "zh": {"refused": "拒绝", "warning": "提示", "translated": "翻译", "ignored": "忽略", "runs": "运行"}
}


@dataclass(frozen=True)
class Report:
    """The lines to print and whether anything in them is refused."""

    lines: list[str]
    refused: bool


def check_files(paths: Sequence[Path], language: Language) -> Report:
    """A line for each thing that is refused, translated or ignored, and one a process for what runs."""
    files = _read(paths)
    bundle = read_bundle(files)
    found = [problem(name, None, "file_not_read") for name in files if not name.endswith(_SUFFIXES)]
    found += [*_problems(Bundle("check", files)), *bundle.notes, *texts.translations(bundle)]
    lines = []
    for name in files:
        lines += [_line(each, language) for each in found if each.file == name]
        lines += _running(bundle, name, found, language)
    return Report(lines, any(not each.warning for each in found))


def sketch_files(paths: Sequence[Path], language: Language) -> Report:
    """What can be shown of descriptive diagrams, and whether each may run; refuses only the illegible."""
    files = _read(paths)
    sketches = {name: read_sketch(data, name) for name, data in files.items() if _may_be_diagram(name)}
    needs = Counter(each.file for each in _problems(Bundle("check", files)) if not each.warning)
    lines = []
    for name, sketch in sketches.items():
        lines += [_line(each, language) for each in sketch.remarks]
        lines += [f"{name}: {_shown(place, language)}" for place in sketch.places.values()]
        if sketch.places and needs[name]:
            zh, en = (
                f"运行前还需改正 {needs[name]} 处（去掉 --lenient 可见）。",
                (f"{needs[name]} things keep it from running; check without --lenient lists them"),
            )
            lines.append(f"{name}: {zh if language == 'zh' else en}")
    return Report(
        lines, any(each.code == "cannot_be_shown" for sketch in sketches.values() for each in sketch.remarks)
    )


def simulate_files(
    paths: Sequence[Path], language: Language, *, seed: int = 0, steps_max: int = STEPS_MAX
) -> Report:
    """A walk through each process of the files that no other one calls: the path, and where it stopped and why."""
    sketches = {name: read_sketch(data, name) for name, data in _read(paths).items() if _may_be_diagram(name)}
    places = {key: place for sketch in sketches.values() for key, place in sketch.places.items()}
    lines = []
    for name, sketch in sketches.items():
        lines += [_line(each, language) for each in sketch.remarks]
        for place in sketch.places.values():
            lines.append(f"{name}: {_shown(place, language)}")
            for number, step in enumerate(walk(place, places, seed=seed, steps_max=steps_max), 1):
                lines.append(f"{number:>5}  {step.text(language)}  [{step.element_id}]")
    return Report(lines, all(not sketch.places for sketch in sketches.values()))


def draw_file(path: Path) -> bytes | None:
    """The diagram with every missing shape and edge laid out; None where it cannot be shown at all."""
    data = _content(path)
    sketch: Sketch = read_sketch(data, str(path))
    return drawable(data, str(path)) if sketch.places else None


def _read(paths: Sequence[Path]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for path in paths:
        if path.is_dir():
            files |= {f"{path}/{name}": data for name, data in Bundle.from_folder(path).files.items()}
        else:
            files[str(path)] = _content(path)
    return files


def _content(path: Path) -> bytes:
    """The file, or as much of it as shows that it is too large."""
    with path.open("rb") as file:
        return file.read(SIZE_MAX_BYTES + 1)


def _may_be_diagram(name: str) -> bool:
    return not name.endswith((".dmn", ".form", ".json"))


def _line(each: Problem, language: Language) -> str:
    return f"{each.text(language)} [{_standing(each, language)}: {each.code}]"


def _standing(each: Problem, language: Language) -> str:
    standing = each.code.partition("_")[0] if each.code.startswith(("translated_", "ignored_")) else ""
    standing = standing or ("warning" if each.warning else "refused")
    return _STANDINGS.get(language, {}).get(standing, standing)


def _running(bundle: BundleModel, file: str, found: Sequence[Problem], language: Language) -> Iterator[str]:
    """What of a file runs as it is: its elements that no line refuses, by kind."""
    refused = {each.element_id for each in found if each.file == file and not each.warning}
    for model in bundle.processes.values():
        if model.file != file:
            continue
        kinds = Counter(
            str(element.kind).replace("_", " ")
            for element in model.elements.values()
            if element.id not in refused
        )
        parts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "0"
        standing = _STANDINGS.get(language, {}).get("runs", "runs")
        yield f"{file}: {model.id} {model.name}: {parts} [{standing}]"


def _shown(place: SketchPlace, language: Language) -> str:
    nodes, flows = _count(place)
    named = f"{place.id} {place.name}".strip()
    if language == "zh":
        return f"{named}：可显示 {nodes} 个元素、{flows} 条连线"
    return f"{named}: {nodes} elements and {flows} flows can be shown"


def _count(place: SketchPlace) -> tuple[int, int]:
    inside = [_count(node.inside) for node in place.nodes.values() if node.inside]
    return len(place.nodes) + sum(each[0] for each in inside), len(place.flows) + sum(
        each[1] for each in inside
    )


def _problems(given: Bundle) -> list[Problem]:
    """What a deployment would find in the given files; what they refer to and lack is taken from the product."""
    topics = handlers.registry()
    whole = completed(given, Bundle.from_folder(PROCESSES, FORMS))
    known = Known(
        topics=topics.names(),
        forms=frozenset(forms(whole)[0]),
        decisions=frozenset(decisions(whole)[0]),
        groups=frozenset(role[0] for role in ROLES),
    )
    problems = deployments.check(whole, known, topics) + deployments.form_problems(whole, Gate())
    return [each for each in problems if each.file in given.files]


def completed(given: Bundle, product: Bundle) -> Bundle:
    """The given files and those of the product that define nothing which the given ones define."""
    here = _defined(given)
    missing: Mapping[str, bytes] = {
        name: data for name, data in product.files.items() if not here & _defined(Bundle(name, {name: data}))
    }
    return Bundle(given.name, {**missing, **given.files})


def _defined(bundle: Bundle) -> set[tuple[str, str]]:
    """The processes, decisions and forms that the files define, as far as they can be read."""
    return (
        {("process", name) for name in read_bundle(bundle.files).processes}
        | {("decision", name) for name in decisions(bundle)[0]}
        | {("form", name) for name in forms(bundle)[0]}
    )
