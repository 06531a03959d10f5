"""Every table of lending, so that one import makes the schema whole."""

from __future__ import annotations

from lending.accounts import Account
from lending.applications import Application
from lending.approvals import Approval, ConditionPrecedent
from lending.bureau_reports import BureauReport
from lending.consents import Consent
from lending.contract_numbers import ContractNumber
from lending.contracts import Contract
from lending.customers import Customer
from lending.dealers import Dealer
from lending.disbursements import Disbursement, PaymentAttempt
from lending.disclosure import DisclosureSheet
from lending.document_checks import DocumentCheck, IncomeStatement
from lending.document_requirements import DocumentRequirement
from lending.documents import Document
from lending.fund_journal import BankAccount, FundMovement
from lending.identity_checks import IdentityCheck
from lending.ledger import JournalEntry, JournalLine
from lending.lists import ListEntry
from lending.loans import Instalment, Loan, ScheduleVersion
from lending.needs import NeedsAssessment
from lending.prescreens import PrescreenResult
from lending.product_offers import ProductOffer, ProductSheet
from lending.products import FeeRule, Product
from lending.rate_plans import RatePlan
from lending.reviews import ReviewDecision, Vote
from lending.risk_notices import NoticeReceipt
from lending.scores import ScoreResult
from lending.sequences import NumberSequence
from lending.vehicle_prices import PricePoint, VehiclePrice
from lending.vehicles import Vehicle

TABLES = (
    BureauReport,
    Consent,
    DocumentCheck,
    IncomeStatement,
    DocumentRequirement,
    IdentityCheck,
    ListEntry,
    NeedsAssessment,
    PrescreenResult,
    ProductOffer,
    ProductSheet,
    RatePlan,
    NoticeReceipt,
    ScoreResult,
    Account,
    Application,
    Approval,
    BankAccount,
    ConditionPrecedent,
    Contract,
    ContractNumber,
    Customer,
    Dealer,
    Disbursement,
    DisclosureSheet,
    Document,
    FeeRule,
    FundMovement,
    Instalment,
    JournalEntry,
    JournalLine,
    Loan,
    NumberSequence,
    PaymentAttempt,
    PricePoint,
    Product,
    ReviewDecision,
    ScheduleVersion,
    Vehicle,
    VehiclePrice,
    Vote,
)
