"""Tokens: running the diagrams of engine.bpmn on SpiffWorkflow 3.2.0, which nobody else imports."""

from engine.spiff.case import Case as Case
from engine.spiff.definition import CompiledProcess as CompiledProcess
from engine.spiff.definition import compile_processes as compile_processes
from engine.spiff.errors import BpmnError as BpmnError
from engine.spiff.errors import BpmnInvalid as BpmnInvalid
from engine.spiff.errors import TokenError as TokenError
from engine.spiff.errors import UncaughtBpmnError as UncaughtBpmnError
from engine.spiff.tokens import Host as Host
from engine.spiff.tokens import Token as Token
from engine.spiff.tokens import Waiting as Waiting
