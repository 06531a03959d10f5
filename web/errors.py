"""What a person sees when something is refused or fails: the sentence of the rule, or a number to give to support."""

from __future__ import annotations

import secrets
import traceback
from urllib.parse import urlsplit

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from company.messages import Refusal
from engine.errors import IncidentUnknown, NotAllowed, NotEligible, TaskUnknown
from web import portal
from web.language import current
from web.language import translate as _
from web.session import session_over, signed_in
from web.telling import tell

TITLES = {
    400: ("请求无法处理", "请求的格式不正确，请返回后重试。"),
    403: ("没有权限", "您的岗位不包含此功能，如需使用请联系管理员。"),
    404: ("页面不存在", "地址有误，或内容不在您的数据范围内。"),
    405: ("请求无法处理", "请求的格式不正确，请返回后重试。"),
    409: ("操作未生效", "内容已被他人更新，请刷新后重试。"),
    413: ("上传的内容过大", "单个文件不能超过 20 MB，一次提交合计不能超过 60 MB，请压缩或分批上传。"),
    429: ("操作过于频繁", "请稍候一分钟再试。"),
    500: ("系统出错了", "操作没有生效，内容未保存。"),
}


def wants_json() -> bool:
    """Whether an island asks, not a page."""
    return request.accept_mimetypes.best == "application/json"


def page(status: int, *, text: str | None = None, number: str | None = None) -> ResponseReturnValue:
    """The page of an error, or its JSON for an island."""
    title, advice = TITLES.get(status, TITLES[400])
    words = text or _(advice)
    if wants_json():
        return {"message": words if number is None else f"{words} {number}", "code": str(status)}, status
    home = url_for("portal_loans.index") if portal.is_here() else "/"
    shown = render_template("error.html", status=status, title=_(title), text=words, number=number, home=home)
    return shown, status


def came_from(fallback: str = "/") -> str:
    """The page of ours that sent this request, to go back to."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host or not parts.path.startswith("/") or parts.path.startswith("//"):
        return fallback
    return parts.path + (f"?{parts.query}" if parts.query else "")


def page_expired() -> ResponseReturnValue:
    """A page whose token is of no use any more: its session has ended, or has begun anew elsewhere."""
    if wants_json() and not signed_in():
        return session_over()
    return page(400, text=_("页面已过期，请刷新后重试。"))


def register(app: Flask) -> None:
    """Answer every refusal and failure of ``app``."""

    @app.errorhandler(TaskUnknown)
    @app.errorhandler(IncidentUnknown)
    def unknown(_refusal: Refusal) -> ResponseReturnValue:
        return page(404)

    @app.errorhandler(NotEligible)
    @app.errorhandler(NotAllowed)
    def forbidden(refusal: Refusal) -> ResponseReturnValue:
        return page(403, text=refusal.text(current()))

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> ResponseReturnValue:
        text = refusal.text(current())
        if wants_json():
            return {"message": text, "code": refusal.code}, 409
        if request.method == "GET":
            return page(409, text=text)
        tell(text, "bad")
        return redirect(came_from(), 303)

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> ResponseReturnValue:
        return page_expired()

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None or (error.code or 500) < 400:
            return error.get_response()
        answer = app.make_response(page(error.code or 500))
        for name, value in error.get_headers():
            if name in ("Retry-After", "Allow"):
                answer.headers[name] = value
        return answer

    @app.errorhandler(Exception)
    def failed(error: Exception) -> ResponseReturnValue:
        number = secrets.token_hex(4)
        # The message of an error may hold what a person typed: only its type and place are written down.
        place = "".join(traceback.format_tb(error.__traceback__))
        app.logger.error("error %s: %s\n%s", number, type(error).__qualname__, place)
        return page(500, number=number)
