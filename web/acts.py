"""The acts of the audit log in words: what was done, and with what kind of thing, in both languages."""

from __future__ import annotations

from web.language import current

# The code of an act, Chinese, English.
_ACTS: tuple[tuple[str, str, str], ...] = (
    ("sign_in", "登录", "Signed in"),
    ("sign_in_password", "密码正确，待两步验证", "Password right, code still asked for"),
    ("sign_in_refused", "登录被拒", "Sign-in refused"),
    ("sign_out", "退出登录", "Signed out"),
    ("request", "其他操作", "Other act"),
    ("account.add", "新增会计科目", "Added an account"),
    ("account.change", "修改会计科目", "Changed an account"),
    ("account.close", "停用会计科目", "Closed an account"),
    ("audit.check", "核对日志完整性", "Checked the audit chain"),
    ("audit.export", "导出操作日志", "Exported the audit log"),
    ("bank.match", "自动对账", "Matched bank lines"),
    ("bank_difference.explain", "说明对账差异", "Explained a difference"),
    ("bank_line.join", "银行流水勾对", "Joined a bank line"),
    ("bank_line.post", "银行流水入账", "Posted a bank line"),
    ("bank_statement.import", "导入银行对账单", "Imported a bank statement"),
    ("book.import", "导入期初账簿", "Imported opening books"),
    ("callback.record", "登记回访", "Recorded a callback"),
    ("company.file", "建立企业客户档案", "Filed a company"),
    ("company.found", "公司建立", "Founded the company"),
    ("complaint.answer", "答复投诉", "Answered a complaint"),
    ("complaint.receive", "受理投诉", "Received a complaint"),
    ("consent.withdraw", "撤回同意", "Withdrew a consent"),
    ("customer.circumstances", "更新个人情况", "Filed circumstances"),
    ("customer.correct", "更正客户资料", "Corrected a customer"),
    ("customer.create", "新建客户", "Created a customer"),
    ("customer.merge", "合并客户", "Merged customers"),
    ("customer.reveal", "查看客户敏感信息", "Revealed a customer's data"),
    ("customer.unmerge", "撤销合并客户", "Undid a merge"),
    ("day_end.debit_file", "下载代扣文件", "Took a debit file"),
    ("day_end.run", "执行日终", "Ran the day-end"),
    ("dealer.suspend", "停用经销商", "Suspended a dealer"),
    ("deployment.deploy", "部署流程", "Deployed processes"),
    ("document.read", "下载资料", "Downloaded a document"),
    ("document.view", "查看资料", "Viewed a document"),
    ("employee.correct", "更正员工资料", "Corrected an employee"),
    ("employee.hire", "新增员工", "Hired an employee"),
    ("employee.leave", "员工离岗交接", "Let an employee leave"),
    ("employee.password", "修改密码", "Changed the password"),
    ("employee.password_reset", "重置密码", "Reset a password"),
    ("employee.position_given_up", "免去岗位", "Ended a position"),
    ("employee.position_taken", "任命岗位", "Gave a position"),
    ("employee.return", "员工恢复在岗", "Took an employee back"),
    ("employee.role_given", "分配角色", "Gave a role"),
    ("employee.role_withdrawn", "收回角色", "Took a role away"),
    ("employee.second_factor_off", "停用两步验证", "Switched the second factor off"),
    ("employee.second_factor_on", "启用两步验证", "Switched the second factor on"),
    ("employee.second_factor_reset", "清除两步验证", "Took a second factor away"),
    ("employee.session_ended", "结束一处登录", "Ended a session"),
    ("flow_sheet.export", "导出服务流程表", "Exported the flow sheet"),
    ("incident.retry", "重试技术故障", "Retried an incident"),
    ("instance.cancel", "取消流程", "Cancelled a case"),
    ("instance.start", "启动流程", "Started a case"),
    ("loan.book", "贷款入账", "Booked on a loan"),
    ("manual_voucher.decide", "复核手工凭证", "Decided a manual voucher"),
    ("manual_voucher.propose", "提交手工凭证", "Proposed a manual voucher"),
    ("message.deliver", "消息送达流程", "Delivered a message"),
    ("monthly_report.export", "导出月报", "Exported a monthly report"),
    ("monthly_report.make", "生成月报", "Made a monthly report"),
    ("offer.print", "打印贷款方案", "Printed an offer"),
    ("payment.bank_contradicts", "银行结果与记录不符", "The bank contradicted a payment"),
    ("period.close", "会计期间结账", "Closed a period"),
    ("period.reopen", "会计期间反结账", "Reopened a period"),
    ("photo.take", "上传现场照片", "Took a photo"),
    ("photo.view", "查看现场照片", "Viewed a photo"),
    ("pledge.ask_release", "申请释放质押物", "Asked for a release"),
    ("pledge.keep", "继续保管质押物", "Kept a pledged thing"),
    ("pledge.release", "释放质押物", "Released a pledged thing"),
    ("pledge.take_in", "质押物入库", "Took a pledged thing in"),
    ("position.change", "调整岗位", "Changed a position"),
    ("position.establish", "设立岗位", "Established a position"),
    ("proposal.approve", "批准变更", "Approved a change"),
    ("proposal.make", "提出变更", "Proposed a change"),
    ("proposal.refuse", "否决变更", "Refused a change"),
    ("proposal.withdraw", "撤回变更", "Withdrew a change"),
    ("quote.make", "生成结清报价", "Made a quote"),
    ("quote.print", "打印结清报价", "Printed a quote"),
    ("receipt.print", "打印收据", "Printed a receipt"),
    ("register.export", "导出台账", "Exported a register"),
    ("regulation.correct", "更正法规", "Corrected a regulation"),
    ("regulation.enter", "法规入库", "Entered a regulation"),
    ("regulation.read", "确认阅读法规", "Confirmed a reading"),
    ("role.change", "修改角色权限", "Changed a role"),
    ("role.create", "新建角色", "Composed a role"),
    ("settlement.certify", "出具结清证明", "Certified a settlement"),
    ("signal.broadcast", "广播信号", "Broadcast a signal"),
    ("statements.export", "导出报表", "Exported statements"),
    ("substitution.appoint", "安排代理", "Appointed a substitute"),
    ("substitution.end", "提前结束代理", "Ended a substitution"),
    ("task.claimed", "领取任务", "Claimed a task"),
    ("task.comment", "任务备注", "Commented on a task"),
    ("task.complete", "办理任务", "Completed a task"),
    ("task.handed_over", "转办任务", "Handed a task over"),
    ("task.returned", "退回任务池", "Returned a task"),
    ("training.attend", "登记培训", "Recorded a training"),
    ("training.offer", "设立课程", "Offered a course"),
    ("training.require", "设置角色必修课程", "Required a course"),
    ("unit.close", "停用机构", "Closed a unit"),
    ("unit.correct", "机构更名或改职责", "Corrected a unit"),
    ("unit.move", "移动机构", "Moved a unit"),
    ("unit.open", "设立机构", "Opened a unit"),
    ("unit.reopen", "恢复机构", "Reopened a unit"),
    ("vehicle.note", "登记车辆事件", "Noted an event of a car"),
    ("voucher.export", "导出凭证", "Exported vouchers"),
    ("voucher.number", "凭证编号", "Numbered vouchers"),
)
# The kind of thing it was done with.
_THINGS: tuple[tuple[str, str, str], ...] = (
    ("account", "会计科目", "Account"),
    ("application", "申请", "Application"),
    ("audit_log", "操作日志", "Audit log"),
    ("bank_difference", "对账差异", "Difference"),
    ("bank_line", "银行流水", "Bank line"),
    ("bank_statement", "银行对账单", "Bank statement"),
    ("book_import", "期初导入", "Opening import"),
    ("company", "公司", "Company"),
    ("complaint", "投诉", "Complaint"),
    ("course", "课程", "Course"),
    ("customer", "客户", "Customer"),
    ("dealer", "经销商", "Dealer"),
    ("deployment", "部署", "Deployment"),
    ("document", "资料", "Document"),
    ("employee", "员工", "Employee"),
    ("incident", "技术故障", "Incident"),
    ("instance", "流程实例", "Case"),
    ("loan", "贷款", "Loan"),
    ("manual_voucher", "手工凭证", "Manual voucher"),
    ("payment_attempt", "付款指令", "Payment"),
    ("period", "会计期间", "Period"),
    ("photo", "照片", "Photo"),
    ("position", "岗位", "Position"),
    ("proposal", "变更", "Change"),
    ("regulation", "法规", "Regulation"),
    ("role", "角色", "Role"),
    ("substitution", "代理", "Substitution"),
    ("unit", "机构", "Unit"),
    ("user_task", "任务", "Task"),
    ("vehicle", "车辆", "Vehicle"),
)
_ACT_WORDS = {code: words for code, *words in _ACTS}
_THING_WORDS = {code: words for code, *words in _THINGS}


def act(code: str) -> str:
    """What was done, in the reader's language; an act of a former version without words is its code."""
    return _ACT_WORDS.get(code, [code, code])[current() == "en"]


def thing(code: str) -> str:
    """The kind of thing, in the reader's language; its code where there is no word for it."""
    return _THING_WORDS.get(code, [code, code])[current() == "en"]


def codes_of(words: str) -> list[str]:
    """The acts whose words in either language hold these."""
    wanted = words.casefold()
    return [code for code, zh, en in _ACTS if wanted in zh.casefold() or wanted in en.casefold()]


def known() -> frozenset[str]:
    """The acts that have words."""
    return frozenset(_ACT_WORDS)
