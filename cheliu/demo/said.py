"""What the staff of the demo find out and write down, by form."""

from __future__ import annotations

from collections.abc import Mapping

OTHER_INVESTIGATOR = {"investigator": "investigator_2", "investigator_2": "investigator"}
DESK_FOUND: Mapping[str, object] = {
    "desk_result": "complete",
    "bureau_debt": "0.00",
    "down_payment_payer": "applicant",
    "employer_match": "same",
    "address_match": "same",
    "phone_in_own_name": True,
    "court_record": False,
}
PHONE_SAID: Mapping[str, object] = {
    "phone_result": "reached",
    "phone_parties": ["borrower", "employer"],
    "phone_finding": "家庭自用，月供由工资支付。",
    "video_interview": True,
}
VISIT_SEEN: Mapping[str, object] = {
    "visit_places": ["home", "work"],
    "visit_photo_count": 8,
    "visit_finding": "住址与单位属实。",
}
INTERVIEW_HELD: Mapping[str, object] = {
    "interview_mode": "in_person",
    "identity_seen": True,
    "interview_finding": "本人到场，用途与首付来源清楚。",
}
REPORT_WRITTEN: Mapping[str, object] = {
    "report_income": "流水稳定，足以覆盖月供。",
    "report_purpose": "家庭自用，首付款由本人账户支付。",
    "report_opinion": "grant",
}
MORTGAGE_PAPERS: Mapping[str, object] = {
    "papers_ready": ["owner_id", "mortgagee_id", "certificate", "mortgage_contract"],
    "network_verified": True,
    "insurer": "平安保险（演示）",
    "lender_first": True,
}
CALLBACK_GOOD: Mapping[str, object] = {
    "verified_items": ["identity_last4", "due_day"],
    "address_state": "same",
    "phone_state": "same",
    "job_state": "same",
    "income_state": "same",
    "driver": "self",
    "parked_at": "小区地库",
    "mileage_km": 9200,
    "use_found": "private",
    "vehicle_state": "good",
    "payments_state": "agree",
    "account_state": "same",
    "difficulty": 1,
    "certificate_at": "custody",
    "mortgage_state": "stands",
    "third_party_claim": "none",
    "gps_state": "online",
    "nps": 9,
    "duration_minutes": 12,
    "recording_consent": True,
}
CALLBACK_TROUBLES: tuple[Mapping[str, object], ...] = (
    {"difficulty": 6, "can_pay_soon": True},
    {"difficulty": 9},
    {"third_party_claim": "pledged"},
    {"address_state": "changed", "new_address": "上海市浦东新区演示路 18 号"},
    {"complaint_text": "多次来电，希望改为短信联系", "nps": 3},
    {"use_found": "ride_hailing"},
)
PAPERS: Mapping[str, str] = {
    "doc_resident_id_front": "居民身份证（正面）",
    "doc_resident_id_back": "居民身份证（背面）",
    "doc_bank_statement": "银行流水",
    "doc_driving_licence": "驾驶证",
    "doc_sales_contract": "购车合同",
    "doc_down_payment_slip": "首付款凭证",
    "doc_credit_authorisation": "征信查询授权书",
    "doc_privacy_consent": "个人信息处理同意书",
}
