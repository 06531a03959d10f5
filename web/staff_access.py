"""What an administrator takes away from an employee who cannot sign in: a lost second factor, an outside account."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from company import audit, people
from company.people import outside_identities, second_factor
from web import staff
from web.language import translate as _
from web.session import me
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("staff_access", __name__)


@pages.post("/staff/<int:employee_id>/second-factor")
def reset_second_factor(employee_id: int) -> ResponseReturnValue:
    """Take the second factor away from who has lost it; open sessions end."""
    with command() as session:
        person = staff.changeable(session, employee_id)
        second_factor.take_away(session, person.id)
        people.end_sessions(person)
        act, now = "employee.second_factor_reset", wired().clock.now()
        audit.record(session, now, me().actor, act, "employee", person.id)
    tell(_("两步验证已清除，该员工须重新登录。"), "good")
    return redirect(url_for("staff.show", employee_id=employee_id), 303)


@pages.post("/staff/<int:employee_id>/identity")
def unlink_identity(employee_id: int) -> ResponseReturnValue:
    """Forget the account of the identity provider, so that another one can be linked; open sessions end."""
    with command() as session:
        person = staff.changeable(session, employee_id)
        gone = outside_identities.unlink(session, person.id)
        people.end_sessions(person)
        act, now = "employee.identity_unlinked", wired().clock.now()
        audit.record(session, now, me().actor, act, "employee", person.id, after={"links": gone})
    tell(_("统一身份认证的关联已解除。"), "good")
    return redirect(url_for("staff.show", employee_id=employee_id), 303)
