"""Training: courses, who attended them with which score, until when that counts, and the roles that require it."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, and_, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import CompanyError
from company.database import Base, Instant
from company.people.employees import Employee
from company.people.roles import Role

SCORE_MAX = 100
MONTHS_MAX = 120


class CourseFieldWrong(CompanyError):
    """A course has a name, a pass mark and a validity within the limits."""

    code = "course_field_wrong"
    zh = "请填写课程名称；及格分为 0 至 {score} 的整数，有效期为 1 至 {months} 个月，留空为长期有效。"
    en = (
        "Fill in the name of the course; the pass mark is a whole number from 0 to {score}, the validity 1 to {months} "
        "months, empty for ever."
    )


class CourseTaken(CompanyError):
    """There is a course of this name."""

    code = "course_taken"
    zh = "课程“{name}”已存在。"
    en = "There is already a course {name}."


class CourseUnknown(CompanyError):
    """No course has this id."""

    code = "course_unknown"
    zh = "课程不存在，请重新选择。"
    en = "There is no such course; choose another."


class AttendanceWrong(CompanyError):
    """A score lies within its limits and nobody has attended a course that is still to come."""

    code = "attendance_wrong"
    zh = "培训日期不能晚于今天，成绩为 0 至 {score} 的整数，缺考留空。"
    en = "The day of the training is not later than today; the score is a whole number from 0 to {score}, or empty."


class Course(Base):
    """``pass_mark``: the score that passes, 0 where attending is enough. ``valid_months``: None for ever."""

    __tablename__ = "course"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    name_en: Mapped[str] = mapped_column(String(120))
    pass_mark: Mapped[int]
    valid_months: Mapped[int | None]


class RoleCourse(Base):
    """A course that must be valid before tasks come to a holder of the role."""

    __tablename__ = "role_course"

    role_id: Mapped[str] = mapped_column(ForeignKey("role.id"), primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)


class TrainingRecord(Base):
    """One attendance. ``passed`` and ``valid_until`` are by the course as it was then."""

    __tablename__ = "training_record"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    attended_on: Mapped[date] = mapped_column(Date)
    score: Mapped[int | None]
    passed: Mapped[bool]
    valid_until: Mapped[date | None] = mapped_column(Date)
    recorded_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(Instant)


def offer_course(
    session: Session, *, name: str, name_en: str, pass_mark: int, valid_months: int | None
) -> Course:
    """A new course; :class:`CourseFieldWrong`, :class:`CourseTaken`."""
    lasts = valid_months is None or 1 <= valid_months <= MONTHS_MAX
    if not name or not 0 <= pass_mark <= SCORE_MAX or not lasts:
        raise CourseFieldWrong(score=SCORE_MAX, months=MONTHS_MAX)
    if session.scalar(select(Course.id).where(Course.name == name)) is not None:
        raise CourseTaken(name=name)
    course = Course(name=name, name_en=name_en or name, pass_mark=pass_mark, valid_months=valid_months)
    session.add(course)
    session.flush()
    return course


def course_of(session: Session, course_id: int) -> Course:
    """The course with this id; :class:`CourseUnknown`."""
    course = session.get(Course, course_id)
    if course is None:
        raise CourseUnknown()
    return course


def require_for(session: Session, course: Course, role_ids: Iterable[str]) -> None:
    """Let exactly these roles require the course from now on; ids of no role are left out."""
    wanted = set(session.scalars(select(Role.id).where(Role.id.in_(list(role_ids)))))
    for row in session.scalars(select(RoleCourse).where(RoleCourse.course_id == course.id)):
        if row.role_id in wanted:
            wanted.discard(row.role_id)
        else:
            session.delete(row)
    session.add_all(RoleCourse(role_id=role_id, course_id=course.id) for role_id in sorted(wanted))
    session.flush()


def attend(
    session: Session,
    course: Course,
    person: Employee,
    *,
    on: date,
    score: int | None,
    recorded_by: str,
    now: datetime,
    today: date,
) -> TrainingRecord:
    """Record that the person attended, with the score of the examination if there was one; :class:`AttendanceWrong`.

    A course with a pass mark is passed with at least that score; valid until as many months later as it says.
    """
    if on > today or not (score is None or 0 <= score <= SCORE_MAX):
        raise AttendanceWrong(score=SCORE_MAX)
    passed = course.pass_mark == 0 or (score is not None and score >= course.pass_mark)
    record = TrainingRecord(
        course_id=course.id,
        employee_id=person.id,
        attended_on=on,
        score=score,
        passed=passed,
        valid_until=None if course.valid_months is None else _months_later(on, course.valid_months),
        recorded_by=recorded_by,
        recorded_at=now,
    )
    session.add(record)
    session.flush()
    return record


def missing(
    session: Session, employee_id: int, role_ids: Iterable[str], on: date
) -> list[tuple[str, Course]]:
    """Which of the roles require a course that the person has not passed, or that is no longer valid on a day."""
    held = list(role_ids)
    if not held:
        return []
    valid = (
        select(TrainingRecord.id)
        .where(
            TrainingRecord.course_id == RoleCourse.course_id,
            TrainingRecord.employee_id == employee_id,
            TrainingRecord.passed,
            and_(
                TrainingRecord.attended_on <= on,
                or_(TrainingRecord.valid_until.is_(None), TrainingRecord.valid_until >= on),
            ),
        )
        .exists()
    )
    rows = session.execute(
        select(RoleCourse.role_id, Course)
        .join(Course, Course.id == RoleCourse.course_id)
        .where(RoleCourse.role_id.in_(held), ~valid)
        .order_by(RoleCourse.role_id, Course.id)
    )
    return [(role_id, course) for role_id, course in rows]


def records_of(session: Session, employee_id: int) -> list[tuple[TrainingRecord, Course]]:
    """What the person attended, the newest first."""
    rows = session.execute(
        select(TrainingRecord, Course)
        .join(Course, Course.id == TrainingRecord.course_id)
        .where(TrainingRecord.employee_id == employee_id)
        .order_by(TrainingRecord.attended_on.desc(), TrainingRecord.id.desc())
    )
    return [(record, course) for record, course in rows]


def _months_later(day: date, months: int) -> date:
    """The last day of validity: the same day of the month so many months later, or that month's last."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
