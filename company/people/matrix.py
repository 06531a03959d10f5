"""Roles and permissions as data. Letters: C create, R read, U update, A approve, X execute, E export; scope: o own,
d department, b branch, a all."""

from __future__ import annotations

from collections.abc import Iterator

# Role id, Chinese, English, how far its tasks reach.
ROLES: tuple[tuple[str, str, str, str], ...] = (
    ("front_desk", "前台", "Front desk", "own"),
    ("customer_manager", "客户经理", "Customer manager", "own"),
    ("investigator", "调查员", "Investigator", "department"),
    ("appraiser", "评估师", "Appraiser", "department"),
    ("reviewer_l1", "一级审核员", "Reviewer, level 1", "branch"),
    ("reviewer_l2", "二级审核员", "Reviewer, level 2", "all"),
    ("risk_committee", "贷审会委员", "Risk committee", "all"),
    ("contract_officer", "合同专员", "Contract officer", "branch"),
    ("finance_maker", "财务经办", "Finance maker", "branch"),
    ("finance_checker", "财务复核", "Finance checker", "branch"),
    ("finance_accountant", "总账会计", "General-ledger accountant", "all"),
    ("postloan_manager", "贷后经理", "Post-loan manager", "department"),
    ("callback_agent", "回访专员", "Callback agent", "department"),
    ("collector", "催收员", "Collector", "department"),
    ("legal", "法务", "Legal", "all"),
    ("asset_disposal", "资产处置", "Asset disposal", "department"),
    ("complaints_officer", "投诉专员", "Complaints officer", "all"),
    ("branch_manager", "分公司经理", "Branch manager", "branch"),
    ("archive_officer", "档案员", "Archive officer", "branch"),
    ("admin", "系统管理员", "Administrator", "all"),
    ("auditor", "审计员", "Auditor", "all"),
    ("process_analyst", "流程分析师", "Process analyst", "all"),
    ("customer", "客户", "Customer", "own"),
    ("agency_collector", "委外催收员", "Agency collector", "own"),
)

# Object, then role, letters and scope. The auditor sees who looked at a position (gps_log), never the position.
# The books are of the whole company: chart of accounts, periods (X closes, A re-opens), vouchers, statements, the bank.
# Dealers, products with their rates, and prices are rules of the house: who proposes a change does not approve it.
# Who keeps people's records keeps their training; every employee reads the regulations and his own training.
# An export of many rows is let go by somebody else. "privacy": who has seen a customer, requests of data subjects; the
# compliance register is reviewed by the roles that own its rules, kept by legal.
# Who supervises collections gives cases to collectors and sees to the outside agencies.
# Technical incidents go to the administrator: retrying one moves a case on by its own rules.
_MATRIX = """
customer: front_desk CR o, customer_manager CRU o, investigator R d, reviewer_l1 R b, reviewer_l2 R a,
    risk_committee R a, contract_officer R b, finance_maker R b, finance_checker R b, finance_accountant R a,
    postloan_manager RU d, callback_agent R o, collector R o, legal R a, asset_disposal R o, complaints_officer R o,
    branch_manager R b, archive_officer R b, auditor R a
application: front_desk CRU o, customer_manager CRU o, investigator RU d, appraiser R d, reviewer_l1 RA b,
    reviewer_l2 RA a, risk_committee RA a, contract_officer R b, postloan_manager R d, legal R a,
    complaints_officer R o, branch_manager R b, auditor R a, process_analyst R a
appraisal: customer_manager R o, investigator R d, appraiser CRU o, reviewer_l1 R b, reviewer_l2 R a,
    risk_committee R a, contract_officer R b, postloan_manager R d, legal R a, asset_disposal R o,
    branch_manager RA b, auditor R a, process_analyst R a
contract: customer_manager R o, reviewer_l1 R b, reviewer_l2 R a, risk_committee R a, contract_officer CRU b,
    finance_maker R b, finance_checker R b, finance_accountant R a, postloan_manager R d, collector R o, legal R a,
    asset_disposal R o, complaints_officer R o, branch_manager R b, archive_officer CRU b, auditor R a,
    process_analyst R a
disbursement: customer_manager R o, risk_committee R a, contract_officer R b, finance_maker CRU b,
    finance_checker A b, finance_accountant R a, branch_manager R b, auditor R a, process_analyst R a
ledger: customer_manager R o, reviewer_l1 R b, reviewer_l2 R a, risk_committee R a, finance_maker CRU b,
    finance_checker A b, finance_accountant RE a, postloan_manager R d, collector R o, legal R a, asset_disposal R o,
    complaints_officer R o, branch_manager RE b, auditor RE a, process_analyst R a
books: finance_accountant CRUXE a, finance_checker RA a, auditor RE a
change: customer_manager CRU o, reviewer_l1 RA b, reviewer_l2 RA a, risk_committee RA a,
    contract_officer CRU b, finance_maker R b, finance_checker R b, postloan_manager CRU d, collector CR o,
    legal R a, branch_manager R b, auditor R a, process_analyst R a
collateral: customer_manager R o, appraiser R d, contract_officer CRU b, postloan_manager CRU d,
    collector R o, legal R a, asset_disposal CRU d, branch_manager R b, archive_officer CRU b, auditor R a,
    process_analyst R a
watch_list: front_desk C o, customer_manager C o, investigator CR d, appraiser C d, reviewer_l1 CR b,
    reviewer_l2 CRA a, risk_committee R a, complaints_officer CR a, branch_manager CR b, auditor R a
dealer: front_desk R b, customer_manager R b, investigator R b, appraiser R b, reviewer_l1 R b, reviewer_l2 RA a,
    risk_committee RA a, contract_officer R b, finance_maker R b, finance_checker R b, finance_accountant R a,
    postloan_manager R b, legal R a, branch_manager CRU b, auditor R a
product: front_desk R a, customer_manager R a, reviewer_l1 R a, reviewer_l2 CRU a, risk_committee RA a,
    contract_officer R a, finance_accountant R a, legal R a, branch_manager R a, auditor R a, process_analyst R a
price: front_desk R a, customer_manager R a, appraiser CRU a, reviewer_l1 R a, reviewer_l2 RA a, risk_committee R a,
    branch_manager R a, auditor R a
gps_position: postloan_manager R d, collector R o, legal R a, asset_disposal R o
gps_log: auditor R a
callback: customer_manager CRU o, postloan_manager CRU d, callback_agent CRU o, complaints_officer R o,
    branch_manager R b, auditor R a, process_analyst R a
collection_case: customer_manager R o, risk_committee R a, postloan_manager R d, collector CRU o, legal CRU a,
    asset_disposal CRU o, complaints_officer R o, branch_manager R b, auditor R a, process_analyst R a
collection_team: postloan_manager A d, legal A a, branch_manager A b, auditor R a
legal: risk_committee A a, finance_maker R b, finance_checker A b, postloan_manager R d, collector C o,
    legal CRU a, asset_disposal CRU a, branch_manager R b, auditor R a, process_analyst R a
complaint: front_desk C o, customer_manager C o, postloan_manager C o, collector C o, legal R a,
    complaints_officer CRU a, branch_manager RA b, auditor R a, process_analyst R a
classification: risk_committee A a, finance_maker R b, finance_checker R b, postloan_manager CRU d, legal R a,
    branch_manager A b, auditor R a, process_analyst R a
rules: reviewer_l1 R a, reviewer_l2 CRU a, risk_committee A a, postloan_manager R a, branch_manager R b,
    admin X a, auditor R a, process_analyst R a
users: branch_manager R b, admin CRU a, auditor R a
training: branch_manager CRU b, admin CRU a, auditor R a
regulation: legal CRU a, auditor R a
process_models: admin X a, auditor R a, process_analyst CRU a
incident: admin RX a, auditor R a, process_analyst R a
audit_log: auditor RE a
export: risk_committee A a, legal A a, branch_manager A b, auditor R a
privacy: front_desk C o, customer_manager CR o, complaints_officer CR a, legal CRUA a, branch_manager RA b,
    risk_committee RA a, auditor R a
retention: legal CRUA a, risk_committee RA a, branch_manager RA b, auditor R a
compliance: legal CRU a, risk_committee RU a, complaints_officer RU a, reviewer_l2 RU a, contract_officer RU a,
    finance_accountant RU a, branch_manager R b, auditor R a
"""


# What the rights are about, in the order of the matrix.
OBJECTS: tuple[tuple[str, str, str], ...] = (
    ("customer", "客户资料", "Customers"),
    ("application", "申请", "Applications"),
    ("appraisal", "评估", "Appraisals"),
    ("contract", "合同", "Contracts"),
    ("disbursement", "放款", "Disbursements"),
    ("ledger", "收款与台账", "Receipts and registers"),
    ("books", "会计账簿", "Books"),
    ("change", "贷款变更", "Changes of loans"),
    ("collateral", "抵押与保管", "Collateral and custody"),
    ("watch_list", "名单", "Lists"),
    ("dealer", "经销商", "Dealers"),
    ("product", "产品与利率", "Products and rates"),
    ("price", "车辆价格", "Vehicle prices"),
    ("gps_position", "定位", "Positions of cars"),
    ("gps_log", "定位查看记录", "Log of looked-up positions"),
    ("callback", "回访", "Callbacks"),
    ("collection_case", "催收案件", "Collection cases"),
    ("collection_team", "催收管理", "Supervision of collections"),
    ("legal", "诉讼与处置", "Legal and disposal"),
    ("complaint", "投诉", "Complaints"),
    ("classification", "五级分类", "Classification"),
    ("rules", "规则与决策表", "Rules and tables"),
    ("users", "机构、员工与角色", "Units, people and roles"),
    ("training", "培训", "Training"),
    ("regulation", "法规库", "Regulations"),
    ("process_models", "流程模型", "Process models"),
    ("incident", "技术故障", "Technical incidents"),
    ("audit_log", "操作日志", "Audit log"),
    ("export", "大批量导出", "Exports of many rows"),
    ("privacy", "个人信息保护", "Personal data"),
    ("retention", "保存期限", "Retention"),
    ("compliance", "合规台账", "Compliance register"),
)


def permissions() -> Iterator[tuple[str, str, str, str]]:
    """Each permission as object, role id, letters, scope letter.

    >>> next(permissions())
    ('customer', 'front_desk', 'CR', 'o')
    """
    for line in _MATRIX.replace("\n    ", " ").strip().splitlines():
        item, cells = line.split(": ")
        for cell in cells.split(", "):
            role_id, actions, scope = cell.split()
            yield item, role_id, actions, scope
