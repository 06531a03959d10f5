"""Documents of a case: what kind, whose hash, which version; their content lies encrypted in the file store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

import filetype
from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from company.files import FileStore
from lending import document_seals
from lending.columns import worded
from lending.document_seals import Kept
from lending.errors import LendingError, NotFound
from lending.labels import Labelled

BYTES_MAX = 20 * 1024 * 1024


class DocumentKind(Labelled):
    """What a document proves (DT-11) or is."""

    RESIDENT_ID_FRONT = "resident_id_front", "身份证人像面", "Identity card, portrait side"
    RESIDENT_ID_BACK = "resident_id_back", "身份证国徽面", "Identity card, emblem side"
    DRIVING_LICENCE = "driving_licence", "驾驶证", "Driving licence"
    MARRIAGE_CERTIFICATE = "marriage_certificate", "婚姻状况证明", "Marriage certificate"
    BANK_STATEMENT = "bank_statement", "近六个月银行流水", "Bank statement, six months"
    TAX_RECORD = "tax_record", "个税或社保公积金记录", "Tax or social fund record"
    ARTICLES = "articles", "公司章程", "Articles of association"
    BOARD_RESOLUTION = "board_resolution", "股东会或董事会决议", "Resolution of shareholders or board"
    FINANCIAL_STATEMENTS = "financial_statements", "近两年财务报表", "Financial statements of two years"
    BUSINESS_LICENCE = "business_licence", "营业执照", "Business licence"
    PURCHASE_INVOICE = "purchase_invoice", "购车发票", "Purchase invoice"
    SALES_CONTRACT = "sales_contract", "购车合同", "Sales contract"
    DOWN_PAYMENT_SLIP = "down_payment_slip", "首付款凭证", "Down-payment slip"
    VEHICLE_LICENCE = "vehicle_licence", "行驶证", "Vehicle licence"
    REGISTRATION_CERTIFICATE = "registration_certificate", "机动车登记证书", "Registration certificate"
    INSPECTION_REPORT = "inspection_report", "车辆检测报告或照片", "Inspection report or photos"
    VISIT_PHOTOS = "visit_photos", "上门核实照片", "Photos of a visit"
    INTERVIEW_RECORD = "interview_record", "面谈记录", "Record of an interview"
    MORTGAGE_PAPERS = "mortgage_papers", "抵押登记申请材料", "Papers of the mortgage registration"
    LIST_EVIDENCE = "list_evidence", "名单依据", "Evidence for a list"
    INSURANCE_POLICY = "insurance_policy", "保险单", "Insurance policy"
    CREDIT_AUTHORISATION = "credit_authorisation", "征信授权书", "Credit authorisation"
    PRIVACY_CONSENT = "privacy_consent", "个人信息处理同意书", "Privacy consent"
    RENEWED_CONSENT = "renewed_consent", "重新签署的授权书", "Consents signed anew"
    GPS_CONSENT = "gps_consent", "车载定位同意书", "GPS consent"
    MORTGAGE_CONTRACT = "mortgage_contract", "抵押合同", "Mortgage contract"
    GUARANTEE_AGREEMENT = "guarantee_agreement", "保证合同", "Guarantee agreement"
    DEBIT_MANDATE = "debit_mandate", "委托扣款授权书", "Direct-debit mandate"
    LOAN_CONTRACT = "loan_contract", "借款合同", "Loan contract"
    COST_SHEET = "cost_sheet", "综合融资成本明示表", "All-in cost sheet"
    SIGNED_CONTRACT = "signed_contract", "已签署合同扫描件", "Signed contract, scanned"
    RISK_NOTICE = "risk_notice", "贷款须知", "Risk notice"
    SIGNED_RISK_NOTICE = "signed_risk_notice", "已签署的贷款须知", "Signed risk notice"
    APPROVAL_NOTICE = "approval_notice", "批复", "Approval letter"
    PREPAYMENT_REQUEST = "prepayment_request", "提前还款申请书", "Request for an early repayment"
    RELEASE_PAPERS = "release_papers", "解押登记材料", "Papers of the release"
    RELEASE_RECEIPT = "release_receipt", "解押材料签收单", "Receipt for the papers given back"
    FUND_USE_PROOF = "fund_use_proof", "资金用途凭证", "Proof of the use of the money"
    SETTLEMENT_CERTIFICATE = "settlement_certificate", "结清证明", "Certificate of settlement"
    SUPPLEMENTARY_AGREEMENT = "supplementary_agreement", "补充协议", "Supplementary agreement"
    SIGNED_SUPPLEMENT = "signed_supplement", "已签署的补充协议", "Signed supplementary agreement"
    CHANGE_CONSENT = "change_consent", "变更同意书", "Consent to a change"
    HARDSHIP_EVIDENCE = "hardship_evidence", "困难证明", "Proof of hardship"
    TRANSFER_AGREEMENT = "transfer_agreement", "债务转移协议", "Agreement on a change of debtor"
    SIGNED_TRANSFER = "signed_transfer", "已签署的债务转移协议", "Signed agreement on a change of debtor"
    ASSIGNMENT_NOTICE = "assignment_notice", "债权转让通知书", "Notice of an assignment"
    ASSIGNMENT_CONTRACT = "assignment_contract", "债权转让合同", "Contract of an assignment"
    NOTICE_PROOF = "notice_proof", "通知送达凭证", "Proof that a notice arrived"
    OTHER = "other", "其他资料", "Other document"


_TYPES = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
}


class DocumentEmpty(LendingError):
    """A document has content."""

    code = "document_empty"
    zh = "文件“{filename}”是空文件，请重新选择。"
    en = "The file {filename} is empty; choose it again."


class DocumentTooLarge(LendingError):
    """A document has a size limit."""

    code = "document_too_large"
    zh = "文件“{filename}”大小 {megabytes} MB，超过 20 MB 的上限，请压缩后上传。"
    en = "The file {filename} has {megabytes} MB, more than the 20 MB allowed; compress it."


class DocumentTypeRefused(LendingError):
    """Only PDF and pictures are kept, judged by their content."""

    code = "document_type_refused"
    zh = "文件“{filename}”不是 PDF、JPEG、PNG 或 WebP，不能上传。"
    en = "The file {filename} is no PDF, JPEG, PNG or WebP and cannot be kept."


class DocumentRenamed(LendingError):
    """The name says another type than the content."""

    code = "document_renamed"
    zh = "文件“{filename}”的内容实为 {media_type}，与扩展名不符，请使用原始文件。"
    en = "The file {filename} is really {media_type}, unlike its name says; send the original file."


@dataclass(frozen=True)
class StoredDocument:
    """A file that has passed inspection and lies in the store; ``size`` in bytes."""

    sha256: str
    size: int
    media_type: str


class Document(Base):
    """One version of a document of a case; ``place`` is whose it is: "" the applicant's, else a party's place."""

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("business_key", "kind", "place", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_key: Mapped[str] = mapped_column(String(80))
    kind: Mapped[DocumentKind] = mapped_column(worded(DocumentKind))
    place: Mapped[str] = mapped_column(String(16), default="")
    version: Mapped[int]
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    attached_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    attached_at: Mapped[datetime] = mapped_column(Instant)


def inspect(filename: str, data: bytes) -> str:
    """The media type of a file by its first bytes; refused if empty, above 20 MB, of another type or misnamed."""
    name = shown_name(filename)
    if not data:
        raise DocumentEmpty(filename=name)
    if len(data) > BYTES_MAX:
        raise DocumentTooLarge(filename=name, megabytes=-(-len(data) // (1024 * 1024)))
    media_type = filetype.guess_mime(data[:8192])
    if media_type not in _TYPES:
        raise DocumentTypeRefused(filename=name)
    if PurePath(name).suffix.lower() not in _TYPES[media_type]:
        raise DocumentRenamed(filename=name, media_type=media_type)
    return str(media_type)


def store(files: FileStore, filename: str, data: bytes) -> StoredDocument:
    """Inspect a file and put it into the store; to be done before the write transaction that attaches it."""
    media_type = inspect(filename, data)
    kept = files.put(data)
    return StoredDocument(kept.sha256, kept.size, media_type)


def attach(
    session: Session,
    business_key: str,
    kind: DocumentKind,
    filename: str,
    stored: StoredDocument,
    *,
    by: int | None,
    now: datetime,
    place: str = "",
) -> Document:
    """Put a stored file into the case as the next version of its kind; the content attached last is not put twice."""
    newest = find(session, business_key, kind, place)
    if newest is not None and newest.sha256 == stored.sha256:
        return newest
    document = Document(
        business_key=business_key,
        kind=kind,
        place=place,
        version=newest.version + 1 if newest else 1,
        filename=shown_name(filename),
        media_type=stored.media_type,
        size=stored.size,
        sha256=stored.sha256,
        attached_by=by,
        attached_at=now,
    )
    session.add(document)
    session.flush()
    kept = Kept("document", document.id, business_key, kind.value, document.version, stored.sha256)
    document_seals.seal(session, kept, by=by, now=now)
    return document


def find(session: Session, business_key: str, kind: DocumentKind, place: str = "") -> Document | None:
    """The newest version of a kind in a case, if there is one; the applicant's, or that of a party's ``place``."""
    return session.scalar(
        select(Document)
        .where(Document.business_key == business_key, Document.kind == kind, Document.place == place)
        .order_by(Document.version.desc())
        .limit(1)
    )


def get(session: Session, document_id: int) -> Document:
    """The document, or :class:`NotFound`."""
    document = session.get(Document, document_id)
    if document is None:
        raise NotFound(what_zh="文件", what_en="document", key=document_id)
    return document


def current(session: Session, business_key: str) -> list[Document]:
    """The newest version of every kind in a case, of each party, in the order of the kinds' first arrival."""
    newest = (
        select(Document.kind, Document.place, func.max(Document.version).label("version"))
        .where(Document.business_key == business_key)
        .group_by(Document.kind, Document.place)
        .subquery()
    )
    return list(
        session.scalars(
            select(Document)
            .join(
                newest,
                (Document.kind == newest.c.kind)
                & (Document.place == newest.c.place)
                & (Document.version == newest.c.version),
            )
            .where(Document.business_key == business_key)
            .order_by(Document.id)
        )
    )


def shown_name(filename: str) -> str:
    """The last part of a file name, without folders and control characters, at most 200 characters.

    >>> shown_name("..\\\\..\\\\secret/\\x00invoice.PDF")
    'invoice.PDF'
    """
    last = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable())[-200:] or "-"
