"""Batches with agencies that hold cases of two branches: each supervisor sees and takes back what he reaches."""

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from overdue_loan import OverdueLoan
from sqlalchemy import select

from cheliu.working import work_off
from company.people import Employee
from lending.collections.agencies import AgencyBatch, AgencyPlacement
from lending.collections.cases import CollectionCase
from lending.contract_numbers import ContractNumber
from lending.contracts import Contract
from lending.loans import Loan

FIRST, SECOND, LEGAL = "branch_manager", "branch_manager_2", "legal"
OTHER_CASE = "CS-2027-900001"


class Desk(OverdueLoan):
    """The loan of the first branch and one like it of the second, both out with one agency."""

    def __init__(self, home):
        super().__init__(home)
        self.signed_in = {}
        self.overdue(91)
        self.do(LEGAL, "Task_DecideRecovery", recovery_choice="outsource", recovery_ground="多次联系未果")
        until = self.clock.now().date() + timedelta(days=60)
        agency = {"name": "沪信咨询", "contract_no": "WT-1", "credit_code": "91310115MA1K4BCD6M"}
        self.by(LEGAL).get("/collections/agencies")
        self.by(LEGAL).post("/collections/agencies", {**agency, "contract_until": until.isoformat()})

    def place(self, username=LEGAL):
        on = (self.clock.now().date() + timedelta(days=30)).isoformat()
        placed = {"agency": "1", "case_no": self.case_no, "expires_on": on}
        answer = self.by(username).post("/collections/batches", placed, follow_redirects=True)
        work_off(self.house)
        return answer.text

    @property
    def case_no(self):
        return "CS-2027-000001"

    def by(self, username):
        if username not in self.signed_in:
            self.signed_in[username] = self.browser(username)
            self.signed_in[username].get("/start")
        return self.signed_in[username]

    def listed(self, username):
        return self.by(username).get("/collections/agencies").text

    def of_another_branch(self):
        """Put a case of the second branch into the same batch."""
        with self.house.database.write() as session:
            first = session.scalars(select(CollectionCase)).one()
            unit_id = session.scalar(select(Employee.unit_id).where(Employee.username == SECOND))
            loan_no = f"{self.loan_no[:-1]}7"
            number = session.get_one(ContractNumber, self.loan_no)
            session.add(ContractNumber(**_copied(number, contract_no=loan_no)))
            session.flush()
            contract = session.scalars(select(Contract).where(Contract.contract_no == self.loan_no)).one()
            session.add(Contract(**_copied(contract, contract_no=loan_no)))
            session.flush()
            loan = session.scalars(select(Loan).where(Loan.loan_no == self.loan_no)).one()
            session.add(Loan(**_copied(loan, loan_no=loan_no, unit_id=unit_id)))
            session.flush()
            other = CollectionCase(**_copied(first, case_no=OTHER_CASE, loan_no=loan_no, open_for=loan_no))
            session.add(other)
            session.flush()
            placement = session.scalars(select(AgencyPlacement)).one()
            session.add(AgencyPlacement(**_copied(placement, case_id=other.id, open_for=other.id)))

    def out(self):
        """The cases that are out."""
        with self.house.database.read() as session:
            asked = select(CollectionCase.case_no).join(
                AgencyPlacement, AgencyPlacement.open_for == CollectionCase.id
            )
            return sorted(session.scalars(asked))


def _copied(row, **other):
    columns = [column.key for column in type(row).__mapper__.column_attrs if column.key != "id"]
    return {key: getattr(row, key) for key in columns} | other


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path / "house")
    yield desk
    desk.close()


@pytest.mark.feature("M-130")
def test_a_supervisor_places_no_case_of_another_branch(desk):
    assert desk.case_no not in desk.listed(SECOND)

    assert "不能放入本批" in desk.place(SECOND)

    assert desk.out() == []
    assert desk.case_no in desk.listed(FIRST)
    desk.place(FIRST)
    assert desk.out() == [desk.case_no]


@pytest.mark.feature("M-130")
def test_a_batch_of_another_branch_is_neither_seen_nor_taken_nor_recalled(desk):
    desk.place()
    (batch,) = desk.rows(AgencyBatch)
    address = f"/collections/batches/{batch.batch_no}"

    assert batch.batch_no not in desk.listed(SECOND)
    assert desk.by(SECOND).get(f"{address}.xlsx?purpose=委外催收").status_code == 404
    assert desk.by(SECOND).post(f"{address}/recall", {"why": "收回自行处理"}).status_code == 404

    assert desk.out() == [desk.case_no]
    for username in (FIRST, LEGAL):
        assert batch.batch_no in desk.listed(username)


@pytest.mark.feature("M-130")
def test_of_a_batch_of_two_branches_each_sees_and_takes_back_its_own(desk):
    desk.place()
    desk.of_another_branch()
    (batch,) = desk.rows(AgencyBatch)
    address = f"/collections/batches/{batch.batch_no}"

    for username, own, other in ((FIRST, desk.case_no, OTHER_CASE), (SECOND, OTHER_CASE, desk.case_no)):
        page = desk.listed(username)
        assert own in page
        assert other not in page
        file = desk.by(username).get(f"{address}.xlsx?purpose=委外催收")
        rows = load_workbook(io.BytesIO(file.data)).worksheets[0].iter_rows(values_only=True)
        told = [cell for row in rows for cell in row]
        assert own in told
        assert other not in told
        refused = desk.by(username).post(
            f"{address}/recall", {"why": "收回自行处理", "case_no": other}, follow_redirects=True
        )
        assert "不在该批委外中" in refused.text
    page = desk.listed(LEGAL)
    assert desk.case_no in page
    assert OTHER_CASE in page

    desk.by(SECOND).post(f"{address}/recall", {"why": "收回自行处理"})

    assert desk.out() == [desk.case_no]
    desk.by(LEGAL).post(f"{address}/recall", {"why": "收回自行处理"})
    assert desk.out() == []
