"""The golden path in English: no page of it holds Chinese, but what is data."""

from company_names import DATA
from loan_road import (
    CHECKER,
    DESK,
    DISCLOSURE,
    ENTRY,
    FORMAT,
    L1,
    MAKER,
    NANJING,
    PHONE,
    REPORT,
    SEAL,
    SIGNING,
    Road,
    english_steps,
    yuan,
)
from staff import IN_BROWSER

# What people wrote: words of theirs, in their language.
SAID = (
    "收入稳定，同意。",
    "购车款",
    "家庭自用，月供由工资支付。",
    "流水稳定，足以覆盖月供。",
    "家庭自用，首付自有。",
)
STEPS = (
    ("front_desk", ENTRY, Road.enter),
    ("investigator", DESK, Road.check_papers),
    ("investigator", PHONE, Road.call),
    ("investigator", REPORT, Road.report),
    ("reviewer_l1", L1, Road.approve_l1),
    ("contract_officer", FORMAT, Road.check_format),
    ("contract_officer", DISCLOSURE, Road.disclose),
    ("contract_officer", SIGNING, Road.sign),
    ("branch_manager", SEAL, Road.seal),
    ("finance_maker", MAKER, Road.register),
    ("finance_checker", CHECKER, Road.release),
)


@IN_BROWSER
def test_the_golden_path_in_english_holds_no_chinese_but_data(staff, road, draw):
    names = english_steps()
    way = road(NANJING, language="en", steps=names).open()
    customers = {text for person in draw.people for text in (person.name, person.address)}
    data = sorted({*customers, *DATA, *SAID}, key=len, reverse=True)
    left = {}

    def read(sheet):
        if found := sheet.chinese(except_for=data):
            left[f"{sheet.heading} {sheet.address}"] = found

    for role, step, act in STEPS:
        way.as_(way.crew.of(role))
        staff.open_task(way.key, names[step])
        read(staff.page())
        act(way)
        read(staff.case(way.key))
    way.as_("finance_maker_2")
    loan = staff.await_active(way.key)
    read(loan)
    for address in ("/loans", "/ledger", "/ledger/trial-balance", "/fund-journal"):
        read(staff.visit(address))
    way.as_("front_desk_2")
    for address in ("/inbox", "/inbox?tab=pool", "/cases", "/cases/new"):
        read(staff.visit(address))
    staff.sign_in("admin", language="en")
    for address in ("/incidents", "/incidents?all=1"):
        read(staff.visit(address))

    assert left == {}
    assert yuan(loan.facts["First instalment"]) == yuan("3036.76")
