"""Every table of lending, so that one import makes the schema whole."""

from __future__ import annotations

from lending.accounts import Account
from lending.applications import Application
from lending.approvals import Approval, ConditionPrecedent
from lending.bank.explanations import Explanation
from lending.bank.statements import BankStatement, BankStatementLine
from lending.books.periods import AccountingPeriod
from lending.books.vouchers import Voucher
from lending.contract_numbers import ContractNumber
from lending.contracts import Contract
from lending.customers import Customer
from lending.dealers import Dealer
from lending.disbursements import Disbursement, PaymentAttempt
from lending.disclosure import DisclosureSheet
from lending.documents import Document
from lending.fund_journal import BankAccount, FundMovement
from lending.ledger import JournalEntry, JournalLine
from lending.life.events import LoanEvent, LoanPosition, LoanPosting
from lending.life.quotes import LoanQuote
from lending.loans import Instalment, Loan, ScheduleVersion
from lending.products import FeeRule, Product
from lending.reviews import ReviewDecision, Vote
from lending.sequences import NumberSequence
from lending.vehicles import Vehicle

TABLES = (
    Account,
    AccountingPeriod,
    Application,
    Approval,
    BankAccount,
    BankStatement,
    BankStatementLine,
    ConditionPrecedent,
    Contract,
    ContractNumber,
    Customer,
    Dealer,
    Disbursement,
    DisclosureSheet,
    Document,
    Explanation,
    FeeRule,
    FundMovement,
    Instalment,
    JournalEntry,
    JournalLine,
    Loan,
    LoanEvent,
    LoanPosition,
    LoanPosting,
    LoanQuote,
    NumberSequence,
    PaymentAttempt,
    Product,
    ReviewDecision,
    ScheduleVersion,
    Vehicle,
    Vote,
    Voucher,
)
