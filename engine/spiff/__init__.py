"""Tokens: running the diagrams of engine.bpmn on SpiffWorkflow 3.2.0, which nobody else imports.

The library gives the parser, the task states and the hooks between them. What it does wrong for us is done here, one
concern a module, each with its tests in tests/engine/spiff:

- tree: small ids, no prediction, finished tasks leave, cancelling from the inside out (O15), no recursion (O17, O18)
- scope: one scope of data a process, so boundaries see everything (O7) and joins have nothing to merge (O10)
- nodes: the life of a token; asyncBefore waits as a job (O9)
- gateways: FEEL conditions, joins by flow, event gateways with a due time for each timer (O5)
- events: timers (O13), cycles that end with their activity and skip missed periods (O11), boundaries, signals,
  conditions, what sets event subprocesses going (O6)
- raising: errors and escalations from the inside out (O3); a message goes to one token by id (O4, case)
- activities: call activities with mappings (O2)
- repeating: multi-instance (O12) and standard loops; no completion events to connect (O1)
- throwing, undoing: events that do something, compensation and transactions, which the library runs in part or not
- going_back: a case returns to an earlier user task
- parser: flows come from the model, so that event subprocesses (O6) mutate nothing and no diagram is too long
- engine.bpmn.reader: links become flows before parsing (O16)
- codec: state as tagged JSON by BPMN id (O14)
"""

from engine.spiff.case import Case as Case
from engine.spiff.definition import CompiledProcess as CompiledProcess
from engine.spiff.definition import compile_processes as compile_processes
from engine.spiff.errors import BpmnError as BpmnError
from engine.spiff.errors import BpmnInvalid as BpmnInvalid
from engine.spiff.errors import CannotGoBack as CannotGoBack
from engine.spiff.errors import Obstacle as Obstacle
from engine.spiff.errors import TokenError as TokenError
from engine.spiff.errors import UncaughtBpmnError as UncaughtBpmnError
from engine.spiff.tokens import Host as Host
from engine.spiff.tokens import Status as Status
from engine.spiff.tokens import Token as Token
from engine.spiff.tokens import Waiting as Waiting
