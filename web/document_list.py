"""The document list as a table: per product, customer and car, its versions, and changes another person decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from company.messages import Refusal
from company.organisation import business_date
from engine import deployments
from engine.deployments import DeployedFile, Deployment, LoadedDefinition
from engine.dmn.sheets import Column, Sheet, SheetRow, sheets
from forms.model import read
from lending import document_rules, products
from lending.document_requirements import Need
from lending.documents import DocumentKind
from lending.products import Clientele
from lending.proposals import Proposal, ProposalSubject
from lending.vehicles import VehicleKind
from web.access import allowed, grants
from web.language import current, named
from web.language import translate as _
from web.proposals import made, rows_of
from web.session import me
from web.story import Texts
from web.telling import tell
from web.wiring import command, wired

pages = Blueprint("document_list", __name__)
PROCESS, DECISION = "front_desk_intake", "document_list"
THING = "product"
CHANGES_MAX = 20
# The columns by which the page picks rows, and that a new row may name.
PICKED = ("customer_kind", "product_code", "vehicle_kind")
_ANY = "-"


@dataclass(frozen=True)
class Line:
    """One row of the table: the conditions that are set, each with its heading, the document and when it is needed."""

    id: str
    number: int
    conditions: list[tuple[str, str]]
    kind: str
    document: str
    need: str
    need_label: str
    words: str


@dataclass(frozen=True)
class Version:
    """A deployment in which the table changed."""

    number: int
    at: datetime
    by: str
    note: str


@pages.get("/document-list")
def index() -> ResponseReturnValue:
    """The list in force, or that of a ``version`` of before, narrowed by customer, product and car."""
    grants(THING)
    with wired().database.read() as session:
        return _page(session)


def _page(session: Session, *, problem: str | None = None) -> str:
    files = _files(session)
    versions = _versions(files)
    wanted = request.args.get("version", type=int)
    shown = next((each for each, _content in files if each.version == wanted), None)
    content = next(data for each, data in files if shown is None or each is shown)
    sheet = sheets(content)[DECISION]
    loaded = deployments.newest(session, PROCESS)
    words = _Words(loaded, {one.code: named(one) for one in products.offered(session)})
    picked = {name: request.args.get(name, "") for name in PICKED}
    asked = select(Proposal).where(Proposal.subject == ProposalSubject.DOCUMENT_RULE)
    changes = session.scalars(asked.order_by(Proposal.id.desc()).limit(CHANGES_MAX)).all()
    return render_template(
        "document_list.html",
        lines=[_line(sheet, row, words) for row in sheet.rows if _fits(sheet, row, picked)],
        versions=versions,
        shown=shown.version if shown else versions[0].number,
        newest=shown is None or shown is files[0][0],
        picked=picked,
        customers=Clientele.choices(current()),
        products=list(words.products.items()),
        cars=VehicleKind.choices(current()),
        needs=[*Need.choices(current()), (document_rules.NOT_NEEDED, _("不再要求"))],
        kinds=[(kind.value, kind.label(current())) for kind in _collectable(session)],
        rows=rows_of(session, list(changes)),
        may_change=allowed(THING, "C"),
        problem=problem,
    )


def _files(session: Session) -> list[tuple[Deployment, bytes]]:
    """The table in every deployment that holds it, the newest first."""
    found = session.execute(
        select(Deployment, DeployedFile.content)
        .join(DeployedFile, DeployedFile.deployment_id == Deployment.id)
        .where(DeployedFile.name.endswith(f"/{DECISION}.dmn", autoescape=True))
        .order_by(Deployment.id.desc())
    )
    rows = [(deployment, bytes(content)) for deployment, content in found]
    if not rows:
        abort(404)
    return rows


def _versions(files: list[tuple[Deployment, bytes]]) -> list[Version]:
    """Those deployments whose table differs from the one before, the newest first."""
    before = [content for _deployment, content in files[1:]] + [b""]
    return [
        Version(deployment.version, deployment.deployed_at, deployment.deployed_by_name, deployment.note)
        for (deployment, content), old in zip(files, before, strict=True)
        if content != old
    ]


def _fits(sheet: Sheet, row: SheetRow, picked: dict[str, str]) -> bool:
    """Whether a row can apply to what was picked; a row that asks nothing of it applies."""
    cells = dict(zip((column.name for column in sheet.inputs), row.conditions, strict=True))
    return all(
        not value or cells.get(name, _ANY) == _ANY or f'"{value}"' in cells[name]
        for name, value in picked.items()
    )


@dataclass(frozen=True)
class _Words:
    """The words for headings and cells: of the bundle's texts and forms, and of the products on sale."""

    loaded: LoadedDefinition
    products: dict[str, str]

    def heading(self, column: Column) -> str:
        """What a column is called."""
        return self.loaded.texts(current()).get(column.id, column.label)

    def row(self, row: SheetRow) -> str:
        """What the author noted of a row."""
        return self.loaded.texts(current()).get(row.id, row.note)

    def cell(self, name: str, cell: str) -> str:
        """A condition in words where the trade has them, else as the table writes it."""
        flags = {"true": _("是"), "false": _("否")}
        parts = [part.strip().strip('"') for part in cell.split(",")]
        return flags.get(cell) or "、".join(self._value(name, part) for part in parts)

    def _value(self, name: str, value: str) -> str:
        if name == "product_code":
            return self.products.get(value, value)
        of_forms = Texts([self.loaded]).choice(name, value) if name == "marital" else None
        return of_forms or document_rules.shown(name, value, current())


def _line(sheet: Sheet, row: SheetRow, words: _Words) -> Line:
    outputs = dict(zip((column.name for column in sheet.outputs), row.outputs, strict=True))
    kind, need = (outputs[name].strip('"') for name in ("kind", "need"))
    conditions = [
        (words.heading(column), words.cell(column.name, cell))
        for column, cell in zip(sheet.inputs, row.conditions, strict=True)
        if cell != _ANY
    ]
    return Line(
        id=row.id,
        number=row.number,
        conditions=conditions,
        kind=kind,
        document=document_rules.shown("kind", kind, current()),
        need=need,
        need_label=document_rules.shown("need", need, current()),
        words=words.row(row),
    )


def _collectable(session: Session) -> list[DocumentKind]:
    """The documents for which the forms of reception and entry have a place."""
    loaded = deployments.newest(session, PROCESS)
    keys = [
        {field.key for field in read(loaded.form(form)).fields()}
        for form in ("collect_documents", "enter_application")
    ]
    return [kind for kind in DocumentKind if all(f"doc_{kind.value}" in found for found in keys)]


@pages.post("/document-list")
def change() -> ResponseReturnValue:
    """Propose that a row is needed otherwise or no longer, or a new row; another person decides it."""
    grants(THING, "C")
    given = {name: request.form.get(name, "").strip()[:60] for name in ("row", "kind", "need", *PICKED)}
    reason = request.form.get("reason", "").strip()
    try:
        with command() as session:
            if not given["row"] and given["kind"] not in {one.value for one in _collectable(session)}:
                raise document_rules.DocumentRuleUnfit(value=given["kind"] or "-")
            made(
                session,
                ProposalSubject.DOCUMENT_RULE,
                given["row"] or " ".join(filter(None, (given["kind"], *(given[name] for name in PICKED)))),
                {name: value for name, value in given.items() if value},
                valid_from=business_date(session),
                reason=reason,
                unit_id=me().actor.unit_id or 0,
            )
    except Refusal as refusal:
        with wired().database.read() as session:
            return _page(session, problem=refusal.text(current())), 422
    tell(_("变更已提出，等待另一人复核。"), "good")
    return redirect(url_for("document_list.index"), 303)
