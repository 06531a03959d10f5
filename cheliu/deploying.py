"""Deploying bundles from the command line, by the same gate as everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from cheliu.wiring import open_house
from company import CompanyError
from company.people import Employee, actor, may
from company.settings import Settings
from engine.bundles import Bundle


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
