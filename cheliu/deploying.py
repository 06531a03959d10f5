"""Deploying and checking bundles from the command line, by the same gate as everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

import handlers
from cheliu.wiring import FORMS, PROCESSES, open_house
from company import CompanyError
from company.messages import Language
from company.people import Employee, actor, may
from company.people.matrix import ROLES
from company.settings import Settings
from engine import deployments
from engine.bpmn.model import Known, Problem
from engine.bpmn.reader import read_bundle
from engine.bundles import Bundle, decisions, forms
from forms.gate import Gate


class DeployerUnknown(CompanyError):
    """Nobody signs in with this name."""

    code = "deployer_unknown"
    zh = "没有登录名为 {username} 的员工。"
    en = "Nobody signs in as {username}."


class DeployingNotAllowed(CompanyError):
    """Only who may execute process models puts them into force."""

    code = "deploying_not_allowed"
    zh = "{username} 无权发布流程，请由系统管理员发布。"
    en = "{username} may not put processes into force; an administrator does."


def deploy_folders(settings: Settings, folders: Sequence[Path], *, note: str, username: str) -> str:
    """Deploy the folders as one bundle; returns the sentence to print. DeploymentRefused lists every problem."""
    bundle = Bundle.from_folder(folders[0], *folders[1:])
    house = open_house(settings)
    with house.database.write() as session:
        who = session.scalar(select(Employee.id).where(Employee.username == username))
        if who is None:
            raise DeployerUnknown(username=username)
        deployer = actor(session, who)
        if not may(deployer, "process_models", "X"):
            raise DeployingNotAllowed(username=username)
        made = house.engine.deploy(session, bundle, deployer, note)
        return f"deployed {bundle.name}: {made.content_hash[:12]} by {username}"


def problem_lines(paths: Sequence[Path], language: Language) -> list[str]:
    """One line a problem of the files (a folder stands for all in it), as the deployment would find them."""
    files: dict[str, bytes] = {}
    for path in paths:
        if path.is_dir():
            files |= {f"{path}/{name}": data for name, data in Bundle.from_folder(path).files.items()}
        else:
            files[str(path)] = path.read_bytes()
    return [f"{each.text(language)} [{each.code}]" for each in _problems(Bundle("check", files))]


def _problems(given: Bundle) -> list[Problem]:
    """What a deployment would find in the given files; what they refer to and lack is taken from the product."""
    topics = handlers.registry()
    whole = _completed(given, Bundle.from_folder(PROCESSES, FORMS))
    known = Known(
        topics=topics.names(),
        forms=frozenset(forms(whole)[0]),
        decisions=frozenset(decisions(whole)[0]),
        groups=frozenset(role[0] for role in ROLES),
    )
    problems = deployments.check(whole, known, topics) + deployments.form_problems(whole, Gate())
    return [problem for problem in problems if problem.file in given.files]


def _completed(given: Bundle, product: Bundle) -> Bundle:
    """The given files and those of the product that define nothing which the given ones define."""
    here = _defined(given)
    missing = {
        name: data for name, data in product.files.items() if not here & _defined(Bundle(name, {name: data}))
    }
    return Bundle(given.name, {**missing, **given.files})


def _defined(bundle: Bundle) -> set[tuple[str, str]]:
    """The processes, decisions and forms that the files define, as far as they can be read."""
    processes = read_bundle(bundle.with_suffix(".bpmn")).processes
    return (
        {("process", name) for name in processes}
        | {("decision", name) for name in decisions(bundle)[0]}
        | {("form", name) for name in forms(bundle)[0]}
    )
