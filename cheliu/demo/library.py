"""The regulations that the demo company's library begins with: real ones, with the parameters that rest on them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from company import regulations
from company.regulations import Entry

ENTERED_AT = datetime(2026, 9, 1, 1, tzinfo=UTC)
ENTRIES = (
    Entry(
        number="银发〔2017〕234号",
        title="关于调整汽车贷款有关政策的通知",
        title_en="Notice on adjusting the policy of car loans",
        issuer="中国人民银行、中国银行业监督管理委员会",
        text="自用传统动力汽车贷款最高发放比例 80%，商用 70%；自用新能源 85%，商用 75%；二手车 70%。",
        issued_on=date(2017, 10, 13),
        valid_from=date(2018, 1, 1),
        valid_to=None,
        parameters=("ltv_table",),
    ),
    Entry(
        number="主席令第九十一号（2021）",
        title="中华人民共和国个人信息保护法",
        title_en="Personal Information Protection Law",
        issuer="全国人民代表大会常务委员会",
        text="处理个人信息应当具有明确、合理的目的，限于最小范围，并公开处理规则；敏感个人信息须取得单独同意。",
        issued_on=date(2021, 8, 20),
        valid_from=date(2021, 11, 1),
        valid_to=None,
        parameters=("retention_rules",),
    ),
    Entry(
        number="中国银行保险监督管理委员会、中国人民银行令〔2023〕第1号",
        title="商业银行金融资产风险分类办法",
        title_en="Measures on the risk classification of financial assets of commercial banks",
        issuer="中国银行保险监督管理委员会、中国人民银行",
        text="金融资产按照风险程度分为正常、关注、次级、可疑、损失五类，后三类合称不良资产。",
        issued_on=date(2023, 2, 10),
        valid_from=date(2023, 7, 1),
        valid_to=None,
        parameters=("provision_rates",),
    ),
)


def fill_library(session: Session) -> None:
    """Enter what is not there yet."""
    known = {each.number for each in regulations.search(session, "", on=None, limit=len(ENTRIES) * 100)}
    for entry in ENTRIES:
        if entry.number not in known:
            regulations.enter(session, entry, recorded_by="legal", now=ENTERED_AT)
