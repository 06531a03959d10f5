"""What the living demo's company does about itself on its last day, beside its loans.

Positions with their holders, a course that collectors must have passed, a colleague who stands in, an opinion asked for
and a copy sent, two credit lines, changes that wait for a second person: each with the verbs and the audit entries of
the pages on which people do it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from cheliu.demo.borrowers import Borrower, Habit
from cheliu.demo.playing import Player
from cheliu.line_changes import open_line_change
from company import audit, people, phrases
from company.messages import Refusal
from company.organisation import Unit
from company.people import Employee, positions, substitutions, training
from engine import passing_round
from engine.tasks import TaskStatus, UserTask
from lending import ceilings, proposals
from lending.customers import Customer
from lending.loans import Loan, LoanStatus
from lending.proposal_kinds import KINDS
from lending.proposals import ProposalSubject

_ADMIN = "admin"
_POSITIONS = (
    ("branch_manager", "分公司负责人", "Head of branch", 1),
    ("customer_manager", "客户经理", "Customer manager", 3),
    ("collector", "催收专员", "Collector", 2),
    ("postloan_manager", "贷后主管", "Post-loan supervisor", 1),
)
_COURSE = ("催收合规与个人信息保护", "Lawful collection and personal data", 80, 12)
_SCORES = {"collector": 92, "collector_2": 86}
_PHRASES = ("资料齐全，核对无误。", "已电话核实，情况属实。", "请补充近三个月银行流水。")
_AWAY_DAYS = 5
_KEEPER, _LOWERED_BY = "reviewer_l2", Decimal("0.05")
_ASKED_AT_MOST = 2


class OwnHouse:
    """Acts as the people who keep the house; ``borrowers`` are known by the number of their application."""

    def __init__(self, player: Player, borrowers: Mapping[str, Borrower]) -> None:
        self._player, self._borrowers = player, borrowers

    def settle(self, day: date) -> None:
        """Do all of it."""
        with self._player.house.database.write() as session:
            self._establish(session, day)
            self._train(session, day)
            self._stand_in(session, day)
            for text in _PHRASES:
                phrase = phrases.add(session, self._player.actor(_KEEPER), text, companys=True)
                self._note(session, _KEEPER, "phrase.add", ("phrase", phrase.id), text=text)
            self._propose(session, day)
        self._confer()
        self._lend_lines(day)

    def _note(
        self, session: Session, username: str, act: str, of: tuple[str, str | int], **facts: object
    ) -> None:
        actor = self._player.actor(username)
        audit.record(session, self._player.clock.now(), actor, act, *of, after=facts)

    def _person(self, session: Session, username: str) -> Employee:
        return people.employee(session, self._player.actor(username).employee_id or 0)

    def _establish(self, session: Session, day: date) -> None:
        """The positions of each branch, held by the people of its duties."""
        for unit in session.scalars(select(Unit).where(Unit.parent_id.is_not(None)).order_by(Unit.id)):
            for username, name, name_en, count in _POSITIONS:
                made = positions.establish(session, unit, name=name, name_en=name_en, head_count=count)
                facts = {"unit": unit.id, "name": name, "head_count": count, "closed_on": None}
                self._note(session, _ADMIN, "position.establish", ("position", made.id), **facts)
                self._fill(session, made, unit, username, day)

    def _fill(self, session: Session, position: positions.Position, unit: Unit, duty: str, day: date) -> None:
        for username in (duty, f"{duty}_2"):
            person = self._person(session, username)
            if person.unit_id == unit.id:
                positions.take(session, person, position, day, _ADMIN)
                facts = {"position": position.name, "unit": unit.id, "on": day}
                self._note(session, _ADMIN, "employee.position_taken", ("employee", person.id), **facts)

    def _train(self, session: Session, day: date) -> None:
        """The collectors have passed before the course is required of them: nobody's tasks stop."""
        name, name_en, pass_mark, months = _COURSE
        course = training.offer_course(
            session, name=name, name_en=name_en, pass_mark=pass_mark, valid_months=months
        )
        of, facts = ("course", course.id), {"name": name, "pass_mark": pass_mark, "valid_months": months}
        self._note(session, _ADMIN, "training.offer", of, **facts)
        for username, score in _SCORES.items():
            person, now = self._person(session, username), self._player.clock.now()
            made = training.attend(
                session,
                course,
                person,
                on=day,
                score=score,
                recorded_by=_ADMIN,
                now=now,
                today=day,
            )
            told = {"course": name, "on": day, "score": score, "passed": made.passed}
            self._note(session, _ADMIN, "training.attend", ("employee", person.id), **told)
        training.require_for(session, course, ("collector",))
        self._note(session, _ADMIN, "training.require", of, roles=["collector"])

    def _stand_in(self, session: Session, day: date) -> None:
        """A manager is away from tomorrow, her colleague of the other branch does her work."""
        absent, substitute = (
            self._person(session, "postloan_manager"),
            self._person(session, "postloan_manager_2"),
        )
        first = day + timedelta(days=1)
        last = first + timedelta(days=_AWAY_DAYS)
        made = substitutions.appoint(
            session,
            absent,
            substitute,
            first,
            last,
            reason="年休假",
            entered_by=absent.username,
            now=self._player.clock.now(),
            today=day,
        )
        facts = {"absent": absent.username, "substitute": substitute.username, "from": first, "to": last}
        of = ("substitution", made.id)
        self._note(session, absent.username, "substitution.appoint", of, **facts)

    def _propose(self, session: Session, day: date) -> None:
        """A lower ceiling and other days of retried debits wait for whoever decides them."""
        used = ceilings.Segment.USED
        shares = {one.value: share for one, share in ceilings.in_force(session, day).items()}
        lower = {**shares, used.value: shares[used.value] - _LOWERED_BY}
        actor = self._player.actor(_KEEPER)
        changes: tuple[tuple[ProposalSubject, str, dict[str, object], str], ...] = (
            (ProposalSubject.CEILING, ceilings.KEY, {**lower}, "二手车残值走低"),
            (ProposalSubject.PARAMETER, "debit_retry_days", {"": [1, 3, 7]}, "发薪日多在月初，增加一次重试"),
        )
        for subject, key, change, reason in changes:
            made = proposals.propose(
                session,
                self._player.house.world.vault,
                KINDS,
                subject,
                key,
                change,
                valid_from=day + timedelta(days=30),
                reason=reason,
                unit_id=actor.unit_id or 0,
                by=actor.employee_id or 0,
                today=day,
                now=self._player.clock.now(),
            )
            facts = {"subject": subject.value, "key": key, "valid_from": made.valid_from, "change": change}
            self._note(session, _KEEPER, "proposal.make", ("proposal", made.id), **facts)

    def _confer(self) -> None:
        """Who holds a task asks the head of his branch, or sends him a copy."""
        with self._player.house.database.read() as session:
            asked = (
                select(UserTask.id, Employee.username)
                .join(Employee, Employee.id == UserTask.assignee_id)
                .where(UserTask.status == TaskStatus.OPEN, Employee.username.startswith("collector"))
            )
            held = session.execute(asked.order_by(UserTask.id)).all()
        done = 0
        for task_id, username in held:
            head = self._player.actor(username.replace("collector", "branch_manager")).employee_id or 0
            if done < _ASKED_AT_MOST and self._ask(task_id, username, head):
                done += 1

    def _ask(self, task_id: int, username: str, head: int) -> bool:
        engine, actor = self._player.house.engine, self._player.actor(username)
        with suppress(Refusal), self._player.house.database.write() as session:
            engine.ask_opinions(session, task_id, actor, [head], "客户提出分期还清，是否同意先暂缓上门？")
            passing_round.send_copies(engine.context, session, task_id, actor, [head], "请知悉")
            return True
        return False

    def _lend_lines(self, day: date) -> None:
        """Two good payers ask for a line: one is granted, of the other the proposal waits."""
        player = self._player
        with player.house.database.read() as session:
            asked = (
                select(Loan.application_no, Customer.unit_id)
                .join(Customer, Customer.id == Loan.customer_id)
                .where(Loan.status == LoanStatus.ACTIVE)
                .order_by(Loan.loan_no)
            )
            good = [
                self._borrowers[key]
                for key, _unit in session.execute(asked)
                if self._borrowers[key].habit is Habit.DEBIT
            ][:2]
        for number, each in enumerate(good):
            with player.house.database.write() as session:
                case, _task = open_line_change(player.house.engine, session, player.actor("customer_manager"))
                key = case.business_key
            answers = {
                "line_action": "grant",
                "line_customer": "individual",
                "line_identity": each.asked.person.identity_no,
                "line_limit": "150000.00",
                "line_revolving": True,
                "line_from": day.isoformat(),
                "line_until": (day + timedelta(days=364)).isoformat(),
                "line_reason": "还款记录良好，拟购第二辆车",
            }
            player.do(key, "Task_ProposeLine", "customer_manager", answers)
            if number == 0:
                approved = {"line_decision": "approve", "line_comment": "同意"}
                player.do(key, "Task_DecideLine", "reviewer_l2", approved)
