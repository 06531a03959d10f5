"""Several files read together: each decision model with those that it imports by their namespace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree

from engine.dmn.errors import DmnInvalid
from engine.dmn.model import DecisionModel
from engine.dmn.reading import parse_dmn
from engine.xml import XmlRefused, read_xml

CHAIN_MAX = 30
"""How many models may import each other in a row."""
_FILES_KEPT = 512


def parse_files(files: Mapping[str, bytes]) -> dict[str, DecisionModel | DmnInvalid]:
    """Return, by file name, the model or the list of what is wrong with it.

    Where two files have the same namespace, the first by name is imported. An import of a model that has
    problems gives what can be used of it; one that leads back to its beginning is a problem itself.
    """
    library = _Library(files)
    return {name: library.model(name) for name in files}


@dataclass
class _Library:
    files: Mapping[str, bytes]
    done: dict[str, DecisionModel | DmnInvalid] = field(default_factory=dict)
    chain: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        heads = {name: _head(data) for name, data in self.files.items()}
        self.wanted = {name: imported for name, (_, imported) in heads.items()}
        self.by_namespace: dict[str, str] = {}
        for name in sorted(self.files):
            self.by_namespace.setdefault(heads[name][0], name)

    def model(self, name: str) -> DecisionModel | DmnInvalid:
        """Return the model of a file, read once."""
        if name not in self.done:
            self.chain.append(name)
            imports = {namespace: self._imported(namespace) for namespace in self.wanted[name]}
            self.chain.pop()
            at_hand = {namespace: model for namespace, model in imports.items() if model}
            self.done[name] = _read(self.files[name], at_hand) if at_hand else _read_alone(self.files[name])
        return self.done[name]

    def _imported(self, namespace: str) -> DecisionModel | None:
        name = self.by_namespace.get(namespace)
        if name is None or name in self.chain or len(self.chain) >= CHAIN_MAX:
            return None
        found = self.model(name)
        return found.model if isinstance(found, DmnInvalid) else found


def _read(data: bytes, imports: Mapping[str, DecisionModel]) -> DecisionModel | DmnInvalid:
    try:
        return parse_dmn(data, imports=imports)
    except DmnInvalid as invalid:
        return invalid


@lru_cache(maxsize=_FILES_KEPT)
def _read_alone(data: bytes) -> DecisionModel | DmnInvalid:
    """A model that imports nothing; the same file is read again at each deployment, check and start."""
    return _read(data, {})


@lru_cache(maxsize=_FILES_KEPT)
def _head(data: bytes) -> tuple[str, frozenset[str]]:
    """Return the namespace of a file's model and those that it imports; nothing where it cannot be read."""
    try:
        root = read_xml(data, what="the decision model")
    except XmlRefused:
        return "", frozenset()
    imported = (child.get("namespace", "") for child in root if etree.QName(child).localname == "import")
    return root.get("namespace", ""), frozenset(imported)
