"""The demo company's units and staff: three branches, a person or two of each role, one password for all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from cheliu.demo.library import fill_library
from company.founding import UnitPlan, found
from company.organisation import Unit, UnitKind
from company.people import Employee, give_role, hire

PASSWORD = "cheliu-demo"
NAME, NAME_EN = "长远金融服务（演示）有限公司", "Changyuan Financial Services (Demo) Ltd"
FIRST_DAY = date(2026, 9, 1)
LENDER_TYPE = "auto_finance"
# How long the dealers have undertaken to have the cars they are paid for mortgaged.
UNDERTAKING_UNTIL = date(2027, 12, 31)

BRANCHES = (
    UnitPlan("SH", "上海分公司", "Shanghai branch", UnitKind.BRANCH, "310115", "SH1"),
    UnitPlan("NJ", "南京分公司", "Nanjing branch", UnitKind.BRANCH, "320106", "NJ1"),
    UnitPlan("HZ", "杭州分公司", "Hangzhou branch", UnitKind.BRANCH, "330106", "HZ1"),
)
_HEAD_OFFICE, _FIRST, _OTHERS = ("HQ",), ("SH",), ("NJ", "HZ")


@dataclass(frozen=True)
class StaffPlan:
    """One employee: the roles, and the units at which they are held; the first is where the person works."""

    username: str
    name: str
    name_en: str
    roles: tuple[str, ...]
    units: tuple[str, ...]


def _pair(role: str, first: tuple[str, str], second: tuple[str, str]) -> tuple[StaffPlan, StaffPlan]:
    """A person of the first branch, and a second one for the two others."""
    return (
        StaffPlan(role, *first, (role,), _FIRST),
        StaffPlan(f"{role}_2", *second, (role,), _OTHERS),
    )


STAFF: tuple[StaffPlan, ...] = (
    *_pair("front_desk", ("林晓雯", "Lin Xiaowen"), ("方佳宁", "Fang Jianing")),
    StaffPlan("customer_manager", "周凯", "Zhou Kai", ("customer_manager",), _FIRST),
    # Sits in the third branch, which has no front desk: its applications come in through her.
    StaffPlan("customer_manager_2", "唐雨桐", "Tang Yutong", ("customer_manager",), ("HZ", "NJ")),
    # Two of each must look at a large loan or a doubtful price, so each helps out where the other works.
    StaffPlan("investigator", "郑毅", "Zheng Yi", ("investigator",), ("SH", "NJ", "HZ")),
    StaffPlan("investigator_2", "许清", "Xu Qing", ("investigator",), ("NJ", "HZ", "SH")),
    StaffPlan("appraiser", "邵峰", "Shao Feng", ("appraiser",), ("SH", "NJ", "HZ")),
    StaffPlan("appraiser_2", "龚磊", "Gong Lei", ("appraiser",), ("NJ", "HZ", "SH")),
    *_pair("reviewer_l1", ("周敏", "Zhou Min"), ("顾言", "Gu Yan")),
    StaffPlan("reviewer_l2", "沈岚", "Shen Lan", ("reviewer_l2",), _HEAD_OFFICE),
    StaffPlan("reviewer_l2_2", "陆川", "Lu Chuan", ("reviewer_l2",), _HEAD_OFFICE),
    StaffPlan("risk_committee", "秦伟民", "Qin Weimin", ("risk_committee",), _HEAD_OFFICE),
    StaffPlan("risk_committee_2", "叶蓉", "Ye Rong", ("risk_committee",), _HEAD_OFFICE),
    StaffPlan("risk_committee_3", "白启明", "Bai Qiming", ("risk_committee",), _HEAD_OFFICE),
    *_pair("contract_officer", ("姜楠", "Jiang Nan"), ("孔雪", "Kong Xue")),
    *_pair("branch_manager", ("严松", "Yan Song"), ("温婉", "Wen Wan")),
    StaffPlan("finance_maker", "魏青", "Wei Qing", ("finance_maker",), _FIRST),
    # Holds both duties, as happens in a small branch: the engine must keep them apart case by case.
    StaffPlan(
        "finance_maker_2", "薛冬", "Xue Dong", ("finance_maker", "finance_checker"), ("SH", "NJ", "HZ")
    ),
    *_pair("finance_checker", ("卢静", "Lu Jing"), ("潘越", "Pan Yue")),
    StaffPlan("finance_accountant", "叶知秋", "Ye Zhiqiu", ("finance_accountant",), _HEAD_OFFICE),
    *_pair("postloan_manager", ("金鑫", "Jin Xin"), ("蒋莉", "Jiang Li")),
    *_pair("callback_agent", ("丁一凡", "Ding Yifan"), ("余欢", "Yu Huan")),
    *_pair("collector", ("石磊", "Shi Lei"), ("邱雁", "Qiu Yan")),
    StaffPlan("legal", "贺铭", "He Ming", ("legal",), _HEAD_OFFICE),
    StaffPlan("asset_disposal", "侯斌", "Hou Bin", ("asset_disposal",), _HEAD_OFFICE),
    StaffPlan("complaints_officer", "夏荷", "Xia He", ("complaints_officer",), _HEAD_OFFICE),
    StaffPlan("archive_officer", "范书", "Fan Shu", ("archive_officer",), _HEAD_OFFICE),
    StaffPlan("process_analyst", "易航", "Yi Hang", ("process_analyst",), _HEAD_OFFICE),
    StaffPlan("auditor", "严谨", "Yan Jin", ("auditor",), _HEAD_OFFICE),
    StaffPlan("admin", "管理员", "Administrator", ("admin",), _HEAD_OFFICE),
)


def found_demo(
    session: Session, *, password_hash: str, clock_offset_seconds: int, first_day: date = FIRST_DAY
) -> None:
    """Found the demo company and hire its staff; a second time it changes nothing.

    ``password_hash`` is that of :data:`PASSWORD`, made before the transaction begins.
    """
    found(
        session,
        name=NAME,
        name_en=NAME_EN,
        units=BRANCHES,
        lender_type=LENDER_TYPE,
        business_date=first_day,
        is_demo=True,
        clock_offset_seconds=clock_offset_seconds,
    )
    fill_library(session)
    known = set(session.scalars(select(Employee.username)))
    units = {unit.code: unit for unit in session.scalars(select(Unit))}
    for plan in STAFF:
        if plan.username in known:
            continue
        person = hire(
            session,
            plan.username,
            plan.name,
            units[plan.units[0]],
            plan.roles,
            password_hash,
            name_en=plan.name_en,
        )
        for code in plan.units[1:]:
            for role in plan.roles:
                give_role(session, person, role, units[code])
