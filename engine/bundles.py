"""What is deployed together: diagrams, decisions, forms and English texts, as files with a hash of their content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from engine.bpmn.dialect import DIAGRAM_SUFFIXES
from engine.bpmn.model import Problem
from engine.dmn import DecisionModel, DmnInvalid, DmnProblem, parse_files
from engine.dmn.reachability import hidden_rows

# What belongs to a bundle; case files and READMEs beside the diagrams do not.
_SUFFIXES = (*DIAGRAM_SUFFIXES, ".dmn", ".form")
_TEXTS = "en.json"


@dataclass(frozen=True)
class Bundle:
    """A name and its files by path within the bundle, with ``/`` between folders."""

    name: str
    files: Mapping[str, bytes]

    @classmethod
    def from_folder(cls, path: Path, *more: Path, name: str | None = None) -> Bundle:
        """Every diagram, decision, form and en.json below ``path`` and the folders after it.

        Equal paths in two folders are a ValueError: the one would hide the other.
        """
        files: dict[str, bytes] = {}
        for root in (path, *more):
            for file in sorted(root.rglob("*")):
                if not file.is_file() or not (file.name == _TEXTS or file.name.endswith(_SUFFIXES)):
                    continue
                within = file.relative_to(root).as_posix()
                if file.name == _TEXTS:
                    within = f"{root.name}/{within}"
                if within in files:
                    raise ValueError(f"{within} is in the bundle twice")
                files[within] = file.read_bytes()
        return cls(name or path.name, files)

    @property
    def content_hash(self) -> str:
        """SHA-256 over names and contents: the same files are the same deployment."""
        digest = hashlib.sha256()
        for name in sorted(self.files):
            digest.update(f"{len(name)}:{name}:{len(self.files[name])}:".encode())
            digest.update(self.files[name])
        return digest.hexdigest()

    def with_suffix(self, suffix: str) -> dict[str, bytes]:
        """The files of one kind."""
        return {name: data for name, data in self.files.items() if name.endswith(suffix)}


def form_key(name: str, form: bytes) -> str:
    """The key by which diagrams name a form: its ``id``, else the file's stem; ValueError if it is no JSON object."""
    parsed = json.loads(form)
    if not isinstance(parsed, dict):
        raise ValueError("a form is a JSON object")
    return str(parsed.get("id") or PurePosixPath(name).stem)


def forms(bundle: Bundle) -> tuple[dict[str, bytes], list[Problem]]:
    """The bundle's forms by key, and what is wrong with the others."""
    found: dict[str, bytes] = {}
    problems: list[Problem] = []
    for name, data in bundle.with_suffix(".form").items():
        try:
            key = form_key(name, data)
        except ValueError as error:
            problems.append(
                _problem(name, "form_unreadable", f"表单不是有效的 JSON：{error}", f"not a form: {error}")
            )
            continue
        if key in found:
            problems.append(
                _problem(
                    name,
                    "form_twice",
                    f"表单编号 {key} 重复，请改名。",
                    f"two forms are named {key}; rename one",
                )
            )
        found[key] = data
    return found, problems


def decisions(bundle: Bundle) -> tuple[dict[str, DecisionModel], list[Problem]]:
    """The model that holds each decision, by the decision's id, and what is wrong with the DMN files."""
    found: dict[str, DecisionModel] = {}
    problems: list[Problem] = []
    for name, model in parse_files(bundle.with_suffix(".dmn")).items():
        if isinstance(model, DmnInvalid):
            problems += [_dmn_problem(name, each) for each in model.problems]
            continue
        problems += [
            Problem(
                name, row.decision_id, row.decision_name, "row_unreachable", row.text("zh"), row.text("en")
            )
            for row in hidden_rows(bundle.files[name])
        ]
        for key in model.decisions:
            if key in found:
                zh, en = f"决策编号 {key} 重复，请改名。", f"two decisions are named {key}; rename one"
                problems.append(_problem(name, "decision_twice", zh, en))
            found[key] = model
    return found, problems


def english(files: Mapping[str, bytes]) -> tuple[dict[str, str], list[Problem]]:
    """The English texts of all en.json files, flattened to dotted keys, and which files cannot be read."""
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for name, data in files.items():
        if PurePosixPath(name).name != _TEXTS:
            continue
        try:
            parsed = json.loads(data)
        except ValueError as error:
            problems.append(
                _problem(name, "texts_unreadable", f"不是有效的 JSON：{error}", f"not valid JSON: {error}")
            )
            continue
        _flatten("", parsed, texts)
    return texts, problems


def _flatten(prefix: str, value: object, into: dict[str, str]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _flatten(f"{prefix}.{key}" if prefix else str(key), item, into)
    elif isinstance(value, str):
        into[prefix] = value


def _dmn_problem(file: str, each: DmnProblem) -> Problem:
    return Problem(
        file, each.element_id, each.element_name, each.code, f"决策无法使用：{each.message_zh}", each.message
    )


def _problem(file: str, code: str, zh: str, en: str) -> Problem:
    return Problem(file=file, element_id=None, element_name=None, code=code, zh=zh, en=en)
