"""Deploying and checking bundles from the command line, by the same gate as everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

import handlers
from cheliu.wiring import FORMS, PROCESSES, open_house
from company import CompanyError
from company.messages import Language
from company.people import Employee, actor
from company.people.matrix import ROLES
from company.settings import Settings
from engine import deployments
from engine.bpmn.model import Known, Problem
from engine.bundles import Bundle, forms
from engine.dmn import parse_dmn
from engine.spiff import compile_processes
from forms.check import check_form


class DeployerUnknown(CompanyError):
    """Nobody signs in with this name."""

    code = "deployer_unknown"
    zh = "没有登录名为 {username} 的员工。"
    en = "Nobody signs in as {username}."


def deploy_folders(settings: Settings, folders: Sequence[Path], *, note: str, username: str) -> str:
    """Deploy the folders as one bundle; returns the sentence to print. DeploymentRefused lists every problem."""
    bundle = Bundle.from_folder(folders[0], *folders[1:])
    house = open_house(settings)
    with house.database.write() as session:
        who = session.scalar(select(Employee.id).where(Employee.username == username))
        if who is None:
            raise DeployerUnknown(username=username)
        made = house.engine.deploy(session, bundle, actor(session, who), note)
        return f"deployed {bundle.name}: {made.content_hash[:12]} by {username}"


def problem_lines(paths: Sequence[Path], language: Language) -> list[str]:
    """One line a problem of the files (a folder stands for all in it), as the deployment would find them."""
    files: dict[str, bytes] = {}
    for path in paths:
        if path.is_dir():
            files |= {f"{path}/{name}": data for name, data in Bundle.from_folder(path).files.items()}
        else:
            files[str(path)] = path.read_bytes()
    return [_line(problem, language) for problem in _problems(Bundle("check", files))]


def _problems(bundle: Bundle) -> list[Problem]:
    """Names that the product serves count as known: a diagram alone may call what is deployed with it."""
    product = Bundle.from_folder(PROCESSES, FORMS)
    topics = handlers.registry()
    known = Known(
        topics=topics.names(),
        forms=frozenset(forms(product)[0]) | frozenset(forms(bundle)[0]),
        decisions=frozenset(
            decision
            for data in product.with_suffix(".dmn").values()
            for decision in parse_dmn(data).decisions
        ),
        groups=frozenset(role[0] for role in ROLES),
        processes=frozenset(compile_processes(product.with_suffix(".bpmn"))),
    )
    problems = deployments.check(bundle, known, topics)
    for name, data in bundle.with_suffix(".form").items():
        problems += check_form(data, file=name)
    return problems


def _line(problem: Problem, language: Language) -> str:
    where = " ".join(part for part in (problem.element_id, problem.element_name) if part)
    return f"{problem.file}: {where or '-'}: {problem.text(language)} [{problem.code}]"
