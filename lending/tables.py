"""Every table of lending, so that one import makes the schema whole."""

from __future__ import annotations

from lending.accounts import Account
from lending.alerts import LoanAlert
from lending.applications import Application
from lending.appraisals import Appraisal
from lending.approvals import Approval, ConditionPrecedent
from lending.bank.debits import DebitItem
from lending.bank.explanations import Explanation
from lending.bank.receipts import BankReceipt
from lending.bank.statements import BankStatement, BankStatementLine
from lending.bank.suspense import SuspenseClaim
from lending.books.manual import ManualVoucher
from lending.books.monthly import MonthlyReport
from lending.books.periods import AccountingPeriod
from lending.books.vouchers import Voucher
from lending.breaches import LoanBreach
from lending.bureau_reports import BureauReport
from lending.callback_link_records import CallbackLink
from lending.callback_plans import CallbackPlanning
from lending.callbacks import CallbackAttempt, CallbackVisit
from lending.category_verdicts import CategoryChange, CategoryVerdict
from lending.claim_records import ClaimItem, ClaimNotice, ClaimPackage
from lending.collateral import Collateral, MortgageEvent
from lending.collections.agencies import AgencyBatch, AgencyComplaint, AgencyPlacement, CollectionAgency
from lending.collections.assignment import CollectorProfile
from lending.collections.cases import CollectionCase, StagePassage
from lending.collections.catching_up import CollectionSweep
from lending.collections.contact_log import CollectionContact
from lending.collections.letters import CollectionLetter
from lending.collections.promises import PromiseToPay
from lending.collections.recovery import CollectionRecovery
from lending.compliance import ComplianceReview, ComplianceRule
from lending.consents import Consent
from lending.contact_circumstances import ContactCircumstance
from lending.contact_gate import ContactAttempt
from lending.contacts import CallbackRecord, Complaint
from lending.contract_numbers import ContractNumber
from lending.contract_sets import SetDocument, Signature
from lending.contracts import Contract
from lending.corporates import BeneficialOwner, CorporateProfile, FinancialStatement
from lending.credit_lines import CreditLine
from lending.custody import CustodyEntry
from lending.customer_changes import CustomerChange
from lending.customers import Customer
from lending.day_end.tables import (
    DayEnd,
    DayEndFailure,
    DayEndPart,
    DayEndRefusal,
    DayEndVerdict,
    DebitFile,
)
from lending.dealers import Dealer
from lending.deliveries import Delivery
from lending.disbursements import Disbursement, PaymentAttempt
from lending.disclosure import DisclosureSheet
from lending.document_checks import DocumentCheck, IncomeStatement
from lending.document_requirements import DocumentRequirement
from lending.documents import Document
from lending.fraud import FraudCheck
from lending.fraud_links import ContactTrace
from lending.fund_journal import BankAccount, FundMovement
from lending.guarantees import Guarantee
from lending.identity_checks import IdentityCheck
from lending.insurance import InsurancePolicy
from lending.investigations import Investigation, Mismatch, VerificationItem, Visit
from lending.ledger import JournalEntry, JournalLine
from lending.life.events import LoanEvent, LoanPosting
from lending.life.positions import LoanDay, LoanLate, LoanPosition
from lending.life.quotes import LoanQuote
from lending.loan_changes import ChangeConsent, LoanChange
from lending.loans import Instalment, Loan, ScheduleVersion
from lending.merging import CustomerMerge
from lending.message_templates import MessageTemplate
from lending.needs import NeedsAssessment
from lending.opening.importing import BookImport, ImportedLoan
from lending.overrides import ReviewOverride
from lending.parties import ApplicationParty
from lending.personal_access import PersonalAccess
from lending.personal_requests import DataSubjectRequest
from lending.photos import Photo
from lending.portal.acts import PortalAct
from lending.portal.codes import PortalCode
from lending.portal.sessions import PortalSession
from lending.prepayments import LoanPrepayment
from lending.prescreens import PrescreenResult
from lending.product_offers import ProductOffer, ProductSheet
from lending.products import FeeRule, Product
from lending.proposals import Proposal
from lending.rate_plans import RatePlan
from lending.reconsiderations import Reconsideration
from lending.relations import Relation
from lending.restrictions import Restriction
from lending.revaluations import Revaluation, RevaluationRun
from lending.reviews import ReviewDecision, Vote
from lending.risk_notices import NoticeReceipt
from lending.scores import ScoreResult
from lending.sequences import NumberSequence
from lending.transfer_records import DebtTransfer, LoanDebtor, TransferConsent
from lending.vehicle_history import VehicleEvent
from lending.vehicle_prices import PricePoint, VehiclePrice
from lending.vehicles import Vehicle
from lending.watch_lists import ListEntry

TABLES = (
    BureauReport,
    Consent,
    DocumentCheck,
    IncomeStatement,
    DocumentRequirement,
    IdentityCheck,
    ImportedLoan,
    NeedsAssessment,
    Photo,
    PrescreenResult,
    ProductOffer,
    ProductSheet,
    RatePlan,
    NoticeReceipt,
    ScoreResult,
    Account,
    AccountingPeriod,
    Application,
    ApplicationParty,
    Appraisal,
    Approval,
    BankAccount,
    BankReceipt,
    BeneficialOwner,
    CategoryChange,
    CategoryVerdict,
    ChangeConsent,
    Collateral,
    BankStatement,
    BankStatementLine,
    BookImport,
    ConditionPrecedent,
    ContactAttempt,
    ContactCircumstance,
    ContactTrace,
    Contract,
    CallbackAttempt,
    CallbackLink,
    CollectionSweep,
    CallbackPlanning,
    CallbackRecord,
    CallbackVisit,
    Complaint,
    ContractNumber,
    CorporateProfile,
    CreditLine,
    CustodyEntry,
    Customer,
    DayEnd,
    DayEndFailure,
    DayEndPart,
    DayEndRefusal,
    DayEndVerdict,
    DebitFile,
    DebitItem,
    Delivery,
    CustomerChange,
    CustomerMerge,
    Dealer,
    Disbursement,
    DisclosureSheet,
    Document,
    Explanation,
    FeeRule,
    FraudCheck,
    FinancialStatement,
    FundMovement,
    Guarantee,
    Instalment,
    InsurancePolicy,
    Investigation,
    JournalEntry,
    JournalLine,
    ListEntry,
    ManualVoucher,
    Loan,
    LoanAlert,
    LoanBreach,
    LoanChange,
    LoanDay,
    LoanEvent,
    LoanLate,
    LoanPosition,
    LoanPosting,
    LoanPrepayment,
    LoanQuote,
    MessageTemplate,
    Mismatch,
    MonthlyReport,
    MortgageEvent,
    NumberSequence,
    PaymentAttempt,
    PricePoint,
    Product,
    Reconsideration,
    Relation,
    Proposal,
    ReviewDecision,
    ReviewOverride,
    ScheduleVersion,
    SetDocument,
    Signature,
    SuspenseClaim,
    Vehicle,
    VehicleEvent,
    VehiclePrice,
    VerificationItem,
    Visit,
    Vote,
    Voucher,
    ComplianceReview,
    ComplianceRule,
    PersonalAccess,
    DataSubjectRequest,
    PortalAct,
    PortalCode,
    PortalSession,
    Restriction,
    DebtTransfer,
    TransferConsent,
    LoanDebtor,
    ClaimPackage,
    ClaimItem,
    ClaimNotice,
    Revaluation,
    RevaluationRun,
    AgencyBatch,
    AgencyComplaint,
    AgencyPlacement,
    CollectionAgency,
    CollectionCase,
    CollectionContact,
    CollectionLetter,
    CollectionRecovery,
    CollectorProfile,
    PromiseToPay,
    StagePassage,
)
