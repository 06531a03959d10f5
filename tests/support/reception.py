"""The front desk's side of a story: a customer received from the registration on, in the vocabulary of the staff."""

from loan_road import REQUIRED_PAPERS, SHANGHAI
from staff import Paper

# Steps as the diagram names them.
REGISTER, NEEDS, SHEET, CONSENTS = "登记客户", "评估需求", "出示产品单", "分项取得授权"
COLLECT, CONFIRM, CORRECT, CHOOSE = "收集资料", "核对资料", "更正身份信息", "选择产品"
SHOW, READ, FIRST, SECOND = "出示贷款须知", "确认贷款须知", "人工核验（第一人）", "人工核验（第二人）"
UNTIL = "2036-06-30"
# Of a customer who has long lived and worked at the same places.
SETTLED = {"residence_years": "5", "housing": "own", "employer_months": "40"}
_CONSENTS = ("doc_credit_authorisation", "doc_privacy_consent")


class Reception:
    """One customer at the front desk."""

    def __init__(self, staff, applicant, crew=SHANGHAI, *, standing=SETTLED):
        self.staff, self.applicant, self.crew, self.standing = staff, applicant, crew, standing
        self.key = None

    def do(self, step, role="front_desk", **values):
        self.staff.sign_in(self.crew.of(role))
        self.staff.do(self.key, step, **values)
        return self

    def register(self):
        self.staff.sign_in(self.crew.of("front_desk"))
        self.key = self.staff.new_application("/cases/new/intake")
        person, answers = self.applicant.person, self.applicant.answers(self.crew)
        known = ("customer_name", "identity_no", "mobile", "address", "monthly_income", "monthly_debt")
        return self.do(
            REGISTER,
            **{name: answers[name] for name in known},
            **self.standing,
            marital="single",
            occupation="company",
        ).with_name(person.name)

    def with_name(self, name):
        self.name = name
        return self

    def state_needs(self):
        answers = self.applicant.answers(self.crew)
        asked = (
            "vehicle_kind",
            "vehicle_use",
            "energy",
            "dealer_id",
            "model_name",
            "vin",
            "vehicle_price",
            "published_price",
            "amount",
            "term_months",
        )
        self.do(NEEDS, **{name: answers[name] for name in asked}, vehicle_status="normal")
        return self.do(SHEET, sheet_shown=True)

    def consent(self):
        papers = {name: Paper(f"{name}.pdf") for name in _CONSENTS}
        return self.do(CONSENTS, consent_personal_information=True, consent_bureau_query=True, **papers)

    def collect(self, *, licence=True):
        papers = [name for name in REQUIRED_PAPERS if name not in _CONSENTS]
        papers += ["doc_driving_licence"] if licence else []
        return self.do(COLLECT, **{name: Paper(f"{name}.pdf") for name in papers})

    def confirm(self, *, licence=True):
        read = {
            "read_identity_name": self.name,
            "read_identity_no": self.applicant.person.identity_no,
            "identity_valid_until": UNTIL,
            "read_statement_name": self.name,
            "statement_months": "6",
            "statement_average": self.applicant.income,
            "read_buyer_name": self.name,
            "read_payer_name": self.name,
            "vehicle_status": "normal",
        }
        if licence:
            read |= {"read_licence_name": self.name, "licence_valid_until": UNTIL}
        return self.do(CONFIRM, **read)

    def choose(self):
        terms = {"offer_rank": "1", "amount": self.applicant.amount, "term_months": "36"}
        return self.do(CHOOSE, **terms, choice_reason="月供在预算之内")

    def documented(self):
        return self.register().state_needs().consent().collect().confirm()
