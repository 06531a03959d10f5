"""What the office of the living demo begins of its own accord, beside the tasks that wait for it.

Complaints taken and answered, alerts closed, holds lifted, cases placed with agencies and recalled, loans written off,
packages of claims sold.

Each is what a person does on a page: the same verbs, the same audit log. Whether and when it is done follows from what
it is about, so that nothing has to be remembered from one day to the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from random import Random

from sqlalchemy import Select, select, true
from sqlalchemy.orm import Session

from cheliu.bookings import open_booking
from cheliu.claim_transfers import open_claim_package
from cheliu.demo.borrowers import Borrower, Fate
from cheliu.demo.playing import Player
from cheliu.demo.selling import is_fated, to_be_sold
from company import audit
from company.calendar import ZONE
from company.messages import Refusal
from company.organisation import business_date
from engine.tasks import Instance, InstanceStatus
from lending import alerts, contact_circumstances, contacts, customers
from lending.alerts import LoanAlert
from lending.collections import agencies
from lending.collections.agencies import AgencyBatch, AgencyComplaint, AgencyPlacement, CollectionAgency
from lending.collections.cases import CollectionCase
from lending.contact_circumstances import Circumstance, ContactCircumstance
from lending.contacts import Complaint, ContactWay, Said
from lending.life.events import LoanEvent
from lending.life.kinds import EventKind
from lending.loans import Loan, LoanStatus

_MONDAY = 0
_AGENCIES = (
    ("上海诚信资产服务（演示）有限公司", "91310115MA1K4A0B55", "WW-2024-01"),
    ("江苏安融信用服务（演示）有限公司", "91320106MA1X7C3D2H", "WW-2024-02"),
)
_WAITS_AT_THE_END_DAYS = 1
_PLACED_DAYS, _RECALLED_AFTER_DAYS, _RECALLED_OF_TEN = 60, 25, 4
_WRITTEN_OFF_FROM_DAY, _RECOVERED_AFTER_DAYS = 100, 21
_COMPLAINTS = (
    "多次来电，影响工作，希望改为短信联系",
    "认为罚息计算有误，要求书面说明",
    "还款后仍收到催收短信",
)
_ANSWER = "已向客户说明并道歉，按其要求调整联系方式"
_LIFTED = (Circumstance.DISPUTE, Circumstance.HARDSHIP)
_LIFTED_AFTER_DAYS = 18


class Occasions:
    """What the office begins on a day; ``borrowers`` are known by the number of their application."""

    def __init__(self, player: Player, seed: int, borrowers: Mapping[str, Borrower], last_day: date) -> None:
        self._player, self._seed, self._borrowers, self._last_day = player, seed, borrowers, last_day

    def work(self, day: date) -> None:
        """Do what the day brings."""
        self._take_complaints(day)
        self._answer_complaints(day)
        self._close_alerts(day)
        self._lift_holds(day)
        self._write_off(day)
        self._recover(day)
        if day.weekday() == _MONDAY:
            self._place(day)
            self._recall(day)
            self._sell()
        self._player.work()

    def _lots(self, *about: object) -> Random:
        return Random(":".join(map(str, (self._seed, *about))))

    def _note(
        self, session: Session, username: str, act: str, of: tuple[str, str | int], **facts: object
    ) -> None:
        now = self._player.clock.now()
        audit.record(session, now, self._player.actor(username), act, *of, after=facts)

    def _take_complaints(self, day: date) -> None:
        """A complaint of each borrower whose day has come, once."""
        with self._player.house.database.read() as session:
            asked = (
                select(Loan.loan_no, Loan.application_no, Loan.customer_id, Loan.value_date)
                .where(Loan.status == LoanStatus.ACTIVE, Loan.value_date.is_not(None))
                .where(Loan.customer_id.not_in(select(Complaint.customer_id)))
            )
            rows = session.execute(asked.order_by(Loan.loan_no)).all()
        for loan_no, key, customer_id, since in rows:
            after = self._borrowers[key].complains_after_days
            if after is not None and since is not None and 0 <= (day - since).days - after < 7:
                self._complain(day, loan_no, customer_id)
        if rows and day < self._last_day <= day + timedelta(days=_WAITS_AT_THE_END_DAYS):
            self._complain(day, rows[-1].loan_no, rows[-1].customer_id)  # of one that waits for its answer

    def _complain(self, day: date, loan_no: str, customer_id: int) -> None:
        lots, player = self._lots("complaint", loan_no), self._player
        now, username = player.clock.now(), "complaints_officer"
        said = Said(
            loan_no, lots.choice((ContactWay.PHONE, ContactWay.LETTER)), day, lots.choice(_COMPLAINTS)
        )
        with player.house.database.write() as session:
            made = contacts.receive(
                session,
                player.house.world.vault,
                customers.get(session, customer_id),
                said,
                about_id=None,
                by=player.actor(username).employee_id,
                today=day,
                now=now,
            )
            told = {"complaint": made.id, "decide_by": made.decide_by}
            self._note(session, username, "complaint.receive", ("customer", customer_id), **told)
            placed = session.scalar(
                select(AgencyBatch.agency_id)
                .join(AgencyPlacement, AgencyPlacement.batch_id == AgencyBatch.id)
                .join(CollectionCase, CollectionCase.id == AgencyPlacement.case_id)
                .where(CollectionCase.loan_no == loan_no)
                .limit(1)
            )
            if placed is not None:
                session.add(AgencyComplaint(complaint_id=made.id, agency_id=placed))
                of = ("collection_agency", placed)
                self._note(session, "legal", "agency.complaint", of, complaint=made.id)

    def _answer_complaints(self, day: date) -> None:
        """Each after some days of its own, within the fifteen that the law gives."""
        player, username = self._player, "complaints_officer"
        with player.house.database.write() as session:
            waiting = session.scalars(
                select(Complaint).where(Complaint.answered_at.is_(None)).order_by(Complaint.id)
            ).all()
            for complaint in waiting:
                if (day - complaint.received_on).days < self._lots("answer", complaint.id).randrange(3, 13):
                    continue
                by = player.actor(username).employee_id or 0
                contacts.answer(
                    session, player.house.world.vault, complaint, _ANSWER, by=by, now=player.clock.now()
                )
                of = ("customer", complaint.customer_id)
                self._note(session, username, "complaint.answer", of, complaint=complaint.id)

    def _close_alerts(self, day: date) -> None:
        """Each after some days of its own."""
        player = self._player
        with player.house.database.read() as session:
            waiting = session.execute(
                select(LoanAlert.id, LoanAlert.raised_on, Loan.loan_no, Loan.unit_id)
                .join(Loan, Loan.loan_no == LoanAlert.loan_no)
                .where(LoanAlert.closed_at.is_(None))
                .order_by(LoanAlert.id)
            ).all()
        for alert_id, raised_on, loan_no, unit_id in waiting:
            if (day - raised_on).days < self._lots("alert", alert_id).randrange(2, 75):
                continue
            actor = player.actor_at("postloan_manager", unit_id)
            with player.house.database.write() as session:
                note, now = "已电话核实，情况属实，持续关注", player.clock.now()
                closed = alerts.close(session, alert_id, note, reach=true(), by=actor.employee_id, now=now)
                facts = {"alert": alert_id, "kind": closed.kind.value}
                audit.record(session, now, actor, "loan_alert.close", "loan", loan_no, after=facts)

    def _lift_holds(self, day: date) -> None:
        """What was disputed is cleared up, what was hard is settled; a death holds."""
        player = self._player
        with player.house.database.write() as session:
            standing = session.scalars(
                select(ContactCircumstance)
                .where(ContactCircumstance.lifted_at.is_(None), ContactCircumstance.kind.in_(_LIFTED))
                .order_by(ContactCircumstance.id)
            ).all()
            for each in standing:
                if (day - each.noted_at.astimezone(ZONE).date()).days < _LIFTED_AFTER_DAYS:
                    continue
                by, now = player.actor("legal").employee_id, player.clock.now()
                why = "已与客户核实并处理完毕"
                contact_circumstances.lift(session, each.customer_id, each.id, why, by=by, now=now)
                of = ("customer", each.customer_id)
                self._note(session, "legal", "contact_circumstance.lift", of, circumstance=each.id, why=why)

    def _write_off(self, day: date) -> None:
        """Legal proposes it of each case that is long in vain; the committee decides in its own task."""
        with self._player.house.database.read() as session:
            asked = (
                select(Loan.loan_no, Loan.application_no)
                .join(CollectionCase, CollectionCase.open_for == Loan.loan_no)
                .where(
                    Loan.status == LoanStatus.ACTIVE,
                    CollectionCase.days_past_due >= _WRITTEN_OFF_FROM_DAY,
                    Loan.loan_no.not_in(_booked()),
                )
                .order_by(Loan.loan_no)
            )
            found = [
                loan_no
                for loan_no, key in session.execute(asked)
                if is_fated(self._borrowers[key], Fate.WRITTEN_OFF)
            ]
        for loan_no in found:
            reason = "多次催收无果，无可供执行财产"
            self._book("legal", loan_no, EventKind.WRITE_OFF, day, booking_reason=reason)

    def _recover(self, day: date) -> None:
        """Some weeks after a write-off a sum comes in that nobody waited for, once."""
        with self._player.house.database.read() as session:
            asked = select(LoanEvent.loan_no, Loan.unit_id).join(Loan, Loan.loan_no == LoanEvent.loan_no)
            gone = session.execute(
                asked.where(
                    LoanEvent.kind == EventKind.WRITE_OFF,
                    LoanEvent.on <= day - timedelta(days=_RECOVERED_AFTER_DAYS),
                    LoanEvent.loan_no.not_in(
                        select(LoanEvent.loan_no).where(LoanEvent.kind == EventKind.RECOVERY)
                    ),
                    LoanEvent.loan_no.not_in(_booked()),
                ).order_by(LoanEvent.loan_no)
            ).all()
        for loan_no, unit_id in gone:
            maker = self._player.actor_at("finance_maker", unit_id).username
            amount = self._lots("recovery", loan_no).choice(("2000.00", "5000.00", "8600.00"))
            told = {"booking_amount": amount, "bank_reference": f"HS-{day:%Y%m%d}-{loan_no[-6:]}"}
            self._book(maker, loan_no, EventKind.RECOVERY, day, booking_reason="核销后收回", **told)

    def _book(self, username: str, loan_no: str, kind: EventKind, day: date, **answers: object) -> None:
        player, given = self._player, {"booking_date": day.isoformat(), **answers}
        with suppress(Refusal), player.house.database.write() as session:
            open_booking(player.house.engine, session, player.actor(username), loan_no, kind, given)

    def _place(self, day: date) -> None:
        """What legal has released goes to the agencies in turn, a batch a week."""
        player, now = self._player, self._player.clock.now()
        with player.house.database.write() as session:
            ready = [each.case_no for each in agencies.ready(session, true())]
            if not ready:
                return
            listed = session.scalars(select(CollectionAgency).order_by(CollectionAgency.id)).all()
            if not listed:
                listed = [self._enlist(session, *each) for each in _AGENCIES]
            number = len(session.scalars(select(AgencyBatch.id)).all())
            made = agencies.place(
                session,
                listed[number % len(listed)],
                ready,
                day + timedelta(days=_PLACED_DAYS),
                within=true(),
                books_at=business_date(session),
                today=day,
                by=player.actor("legal").employee_id,
                now=now,
            )
            facts = {"cases": ready, "expires_on": str(made.expires_on)}
            self._note(session, "legal", "agency.place", ("agency_batch", made.batch_no), **facts)

    def _enlist(self, session: Session, name: str, credit_code: str, contract_no: str) -> CollectionAgency:
        until = date(self._player.today().year + 5, 12, 31)
        made = agencies.enlist(
            session, name=name, credit_code=credit_code, contract_no=contract_no, contract_until=until
        )
        facts = {"name": made.name, "credit_code": made.credit_code}
        self._note(session, "legal", "agency.enlist", ("collection_agency", made.id), **facts)
        return made

    def _recall(self, day: date) -> None:
        """Some batches come back before their day."""
        player, now = self._player, self._player.clock.now()
        with player.house.database.write() as session:
            out = session.scalars(
                select(AgencyBatch)
                .where(
                    AgencyBatch.id.in_(
                        select(AgencyPlacement.batch_id).where(AgencyPlacement.open_for.is_not(None))
                    )
                )
                .order_by(AgencyBatch.id)
            ).all()
            for batch in out:
                placed_for = (day - batch.made_at.astimezone(ZONE).date()).days
                lots = self._lots("recall", batch.batch_no)
                if placed_for < _RECALLED_AFTER_DAYS or lots.randrange(10) >= _RECALLED_OF_TEN:
                    continue
                why = "客户投诉，收回自行处理"
                count = agencies.recall(session, batch, (), why, within=true(), on=day, now=now)
                of = ("agency_batch", batch.batch_no)
                self._note(session, "legal", "agency.recall", of, cases=count, why=why)

    def _sell(self) -> None:
        """Legal begins a package where there is something to sell, one at a time."""
        player = self._player
        with player.house.database.write() as session:
            under_way = select(Instance.id).where(
                Instance.process_id == "claim_assignment", Instance.status == InstanceStatus.RUNNING.value
            )
            if session.scalar(under_way.limit(1)) is None and to_be_sold(session, self._borrowers):
                open_claim_package(player.house.engine, session, player.actor("legal"))


def _booked() -> Select[str]:
    """The loans of which a booking is under way; its case bears their number as its title."""
    return select(Instance.title).where(
        Instance.process_id == "loan_booking", Instance.status == InstanceStatus.RUNNING.value
    )
