"""What the engine refuses: one class a rule, each with the sentence a person reads in Chinese and in English."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from company.messages import Language, Refusal


class EngineError(Refusal):
    """The root of everything the engine refuses."""

    code = "engine_refused"


class TaskUnknown(EngineError):
    """No such task."""

    code = "task_unknown"
    zh = "任务 {task_id} 不存在，请返回待办列表。"
    en = "There is no task {task_id}; go back to the inbox."


class TaskAlreadyDone(EngineError):
    """Somebody was quicker. Facts: ``by`` (name), ``at`` (instant)."""

    code = "task_already_done"
    zh = "该任务已由{by}于 {at:%Y-%m-%d %H:%M} (UTC) 完成，您的提交未生效。"
    en = "{by} completed this task at {at:%Y-%m-%d %H:%M} UTC; what you sent was not applied."


class TaskCancelled(EngineError):
    """The case took another way, the task is not needed any more."""

    code = "task_cancelled"
    zh = "该任务已随流程变化被取消，无需再办理。"
    en = "The case took another way and this task was cancelled; nothing is left to do."


class TaskTakenBy(EngineError):
    """Another person has claimed the task. Fact: ``name``."""

    code = "task_taken"
    zh = "该任务已由{name}认领，如需办理请先请其转交或退回。"
    en = "{name} has claimed this task; ask for a hand-over or a return to the group."


class TaskNotHeld(EngineError):
    """Only who holds a task may give it back, hand it over or keep a draft."""

    code = "task_not_held"
    zh = "您尚未认领该任务，请先认领。"
    en = "You do not hold this task; claim it first."


class TaskChanged(EngineError):
    """The page shows an older version of the task."""

    code = "task_changed"
    zh = "该任务在您打开页面后已有变化，请刷新后再提交。"
    en = "The task has changed since you opened it; reload the page and send it again."


class NotEligible(EngineError):
    """Neither the person's roles nor the data scope reach the task. Facts: ``groups``, ``groups_en`` (role names)."""

    code = "not_eligible"
    zh = "您的岗位或数据范围不包含该任务（需要：{groups}），请联系主管。"
    en = "Your roles or their data scope do not cover this task (needed: {groups_en}); ask your supervisor."


class TrainingMissing(EngineError):
    """The role requires a course that was not passed, or that has run out. Facts: ``course``, ``course_en``."""

    code = "training_missing"
    zh = "该岗位须先通过培训“{course}”且在有效期内，才能办理任务。请联系主管安排培训。"
    en = "Your role asks for a valid course {course_en} before it has tasks; ask your supervisor for the training."


class FourEyesBroken(EngineError):
    """Two steps must be done by different people. Facts: ``step`` (the other step's name), ``by`` (who did it)."""

    code = "four_eyes"
    zh = "双人复核：“{step}”由{by}办理，本任务须由另一人办理。"
    en = "Four eyes: {by} did “{step}”; another person must do this task."


class ReceiverNotEligible(EngineError):
    """The person a task is handed to may not do it. Facts: ``name``, ``reason_zh``, ``reason_en``."""

    code = "receiver_not_eligible"
    zh = "不能转交给{name}：{reason_zh}"
    en = "The task cannot be handed to {name}: {reason_en}"


class CommentEmpty(EngineError):
    """A comment without text."""

    code = "comment_empty"
    zh = "请填写说明文字。"
    en = "Write the comment first."


class CommentTooLong(EngineError):
    """A comment above the limit. Fact: ``limit`` in characters."""

    code = "comment_too_long"
    zh = "说明不能超过 {limit} 字。"
    en = "The comment is longer than {limit} characters; shorten it."


class DraftTooLarge(EngineError):
    """A draft above the limit. Fact: ``limit`` in KiB."""

    code = "draft_too_large"
    zh = "草稿超过 {limit} KiB，无法保存。"
    en = "The draft is larger than {limit} KiB and was not saved."


class ForeignReference(EngineError):
    """An answer names a sealed value that the person was not shown. Fact: ``field``."""

    code = "foreign_reference"
    zh = "字段 {field} 的内容不可用，请重新填写。"
    en = "The content of field {field} cannot be used; enter it anew."


class InstanceUnknown(EngineError):
    """No such case."""

    code = "instance_unknown"
    zh = "流程实例 {instance_id} 不存在。"
    en = "There is no process instance {instance_id}."


class InstanceEnded(EngineError):
    """The case has ended; nothing in it can change."""

    code = "instance_ended"
    zh = "流程已结束，不能再办理。"
    en = "The case has ended; nothing in it can change any more."


class InstanceMoved(EngineError):
    """Another command changed the case in the same moment."""

    code = "instance_moved"
    zh = "该业务刚刚被另一操作更新，请刷新后重试。"
    en = "Another command has just changed this case; reload and try again."


class AlreadyRunning(EngineError):
    """One case of a process a business key. Facts: ``process_id``, ``business_key``."""

    code = "already_running"
    zh = "业务 {business_key} 已有进行中的流程 {process_id}，不能重复发起。"
    en = "{business_key} already has a running case of {process_id}; a second one cannot be started."


class NotAllowed(EngineError):
    """The person's roles do not include the command. Fact: ``command``."""

    code = "not_allowed"
    zh = "您无权执行此操作（{command}）。"
    en = "Your roles do not allow this ({command})."


class ProcessUnknown(EngineError):
    """No deployed definition of the process."""

    code = "process_unknown"
    zh = "流程 {process_id} 尚未部署。"
    en = "The process {process_id} has not been deployed."


class FormUnknown(EngineError):
    """The deployment holds no such form."""

    code = "form_unknown"
    zh = "流程部署中没有表单 {form_key}。"
    en = "The deployment holds no form {form_key}."


class FingerprintMismatch(EngineError):
    """The stored case was made by another reading of the same diagram. Facts: ``process_id``, ``definition_id``."""

    code = "fingerprint_mismatch"
    zh = "流程 {process_id}（定义 {definition_id}）的编译结果与部署时不一致，已停止办理，请联系管理员。"
    en = (
        "The compiled form of {process_id} (definition {definition_id}) differs from the one it was deployed with; "
        "the case stands still until the administrator has looked at it."
    )


class ParameterMissing(EngineError):
    """A handler asks for a name nobody has written. Facts: ``topic``, ``parameter``, ``element``."""

    code = "parameter_missing"
    zh = "步骤 {element} 的处理程序 {topic} 缺少参数 {parameter}，请检查流程的输入映射。"
    en = "Step {element}: the handler {topic} needs {parameter}, which nobody has written; check the input mapping."


class TopicUnknown(EngineError):
    """A diagram names a topic or a facts handler that does not exist. Fact: ``topic``."""

    code = "topic_unknown"
    zh = "没有名为 {topic} 的处理程序。"
    en = "There is no handler named {topic}."


class PriorityUnreadable(EngineError):
    """camunda:jobPriority gives no whole number on this case. Facts: ``element``, ``text``."""

    code = "priority_unreadable"
    zh = "步骤“{element}”的作业优先级“{text}”没有得出整数，请检查流程图。"
    en = "The job priority “{text}” of step “{element}” gives no whole number; correct the diagram."


class StartEventMissing(EngineError):
    """A process that only an event starts was to be started by hand. Fact: ``process_id``."""

    code = "start_event_missing"
    zh = "流程 {process_id} 只能由消息、定时或信号发起，没有普通开始事件。"
    en = "Only a message, a timer or a signal starts {process_id}; it has no plain start event."


class StartedBefore(EngineError):
    """A process that takes a business key once had a case of it before. Facts: ``process_id``, ``business_key``."""

    code = "started_before"
    zh = "业务 {business_key} 已经办理过流程 {process_id}，该流程对同一业务只允许发起一次。"
    en = "{business_key} has had a case of {process_id} before, and this process takes a business key only once."


class BusinessKeyUnreadable(EngineError):
    """The business key of a case that an event starts cannot be made. Facts: ``element``, ``reason``."""

    code = "business_key_unreadable"
    zh = "开始事件“{element}”的业务编号无法得出：{reason}"
    en = "The business key at the start event “{element}” cannot be made: {reason}"


class PersonUnknown(EngineError):
    """An assignment names nobody who works here. Facts: ``username``, ``element``."""

    code = "person_unknown"
    zh = "步骤 {element} 指派的人员 {username} 不存在。"
    en = "Step {element} is assigned to {username}, who does not exist."


class IncidentUnknown(EngineError):
    """No such incident, or it has been dealt with."""

    code = "incident_unknown"
    zh = "异常 {incident_id} 不存在或已处理。"
    en = "The incident {incident_id} does not exist or has been dealt with."


class LeaseLost(EngineError):
    """Another worker has taken the job over; this one's work is dropped."""

    code = "lease_lost"
    zh = "作业 {job_id} 已由其他进程接手。"
    en = "Another worker has taken job {job_id} over."


class WorkerLost(EngineError):
    """The worker vanished in the middle of a job as often as the job may be tried."""

    code = "worker_lost"
    zh = "处理进程在执行作业时多次中断。"
    en = "The worker was lost in the middle of the job as often as the job may be tried."


class ProblemText(Protocol):
    """A problem of the deploy-time checker, as a person reads it."""

    def text(self, language: Language) -> str:
        """The problem in one line: element, rule and remedy."""


class DeploymentRefused(EngineError):
    """The checker found problems; nothing was deployed. ``problems`` holds all of them."""

    code = "deployment_refused"
    zh = "部署被拒绝，共 {count} 个问题：\n{lines_zh}"
    en = "The deployment was refused, {count} problems:\n{lines_en}"

    def __init__(self, problems: Sequence[ProblemText]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            count=len(self.problems),
            lines_zh="\n".join(problem.text("zh") for problem in self.problems),
            lines_en="\n".join(problem.text("en") for problem in self.problems),
        )
