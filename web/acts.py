"""The acts of the audit log in words: what was done, and with what kind of thing, in both languages."""

from __future__ import annotations

from web.language import translate as _

# The words of an act by its code.
_ACTS = {
    "sign_in": "登录",
    "sign_in_password": "密码正确，待两步验证",
    "sign_in_refused": "登录被拒",
    "sign_out": "退出登录",
    "request": "其他操作",
    "account.add": "新增会计科目",
    "account.change": "修改会计科目",
    "account.close": "停用会计科目",
    "audit.check": "核对日志完整性",
    "audit.export": "导出操作日志",
    "bank.match": "自动对账",
    "bank_difference.explain": "说明对账差异",
    "bank_line.join": "银行流水勾对",
    "bank_line.post": "银行流水入账",
    "bank_statement.import": "导入银行对账单",
    "book.import": "导入期初账簿",
    "callback.record": "登记回访",
    "company.file": "建立企业客户档案",
    "company.found": "公司建立",
    "complaint.answer": "答复投诉",
    "complaint.receive": "受理投诉",
    "consent.withdraw": "撤回同意",
    "customer.circumstances": "更新个人情况",
    "customer.correct": "更正客户资料",
    "customer.create": "新建客户",
    "customer.merge": "合并客户",
    "customer.reveal": "查看客户敏感信息",
    "customer.unmerge": "撤销合并客户",
    "day_end.debit_file": "下载代扣文件",
    "day_end.run": "执行日终",
    "dealer.suspend": "停用经销商",
    "deployment.deploy": "部署流程",
    "document.read": "下载资料",
    "document.view": "查看资料",
    "employee.correct": "更正员工资料",
    "employee.hire": "新增员工",
    "employee.identity_linked": "关联统一身份认证",
    "employee.identity_unlinked": "解除统一身份认证",
    "employee.leave": "员工离岗交接",
    "employee.password": "修改密码",
    "employee.password_reset": "重置密码",
    "employee.position_given_up": "免去岗位",
    "employee.position_taken": "任命岗位",
    "employee.return": "员工恢复在岗",
    "employee.role_given": "分配角色",
    "employee.role_withdrawn": "收回角色",
    "employee.second_factor_off": "停用两步验证",
    "employee.second_factor_on": "启用两步验证",
    "employee.second_factor_reset": "清除两步验证",
    "employee.session_ended": "结束一处登录",
    "flow_sheet.export": "导出服务流程表",
    "incident.retry": "重试技术故障",
    "instance.cancel": "取消流程",
    "instance.start": "启动流程",
    "loan.book": "贷款入账",
    "manual_voucher.decide": "复核手工凭证",
    "manual_voucher.propose": "提交手工凭证",
    "message.deliver": "消息送达流程",
    "monthly_report.export": "导出月报",
    "monthly_report.make": "生成月报",
    "offer.print": "打印贷款方案",
    "payment.bank_contradicts": "银行结果与记录不符",
    "period.close": "会计期间结账",
    "period.reopen": "会计期间反结账",
    "photo.take": "上传现场照片",
    "photo.view": "查看现场照片",
    "pledge.ask_release": "申请释放质押物",
    "pledge.keep": "继续保管质押物",
    "pledge.release": "释放质押物",
    "pledge.take_in": "质押物入库",
    "position.change": "调整岗位",
    "position.establish": "设立岗位",
    "proposal.approve": "批准变更",
    "proposal.make": "提出变更",
    "proposal.refuse": "否决变更",
    "proposal.withdraw": "撤回变更",
    "quote.make": "生成结清报价",
    "quote.print": "打印结清报价",
    "receipt.print": "打印收据",
    "register.export": "导出台账",
    "regulation.correct": "更正法规",
    "regulation.enter": "法规入库",
    "regulation.read": "确认阅读法规",
    "role.change": "修改角色权限",
    "role.create": "新建角色",
    "settlement.certify": "出具结清证明",
    "signal.broadcast": "广播信号",
    "statements.export": "导出报表",
    "substitution.appoint": "安排代理",
    "substitution.end": "提前结束代理",
    "task.claimed": "领取任务",
    "task.comment": "任务备注",
    "task.complete": "办理任务",
    "task.handed_over": "转办任务",
    "task.returned": "退回任务池",
    "training.attend": "登记培训",
    "training.offer": "设立课程",
    "training.require": "设置角色必修课程",
    "unit.close": "停用机构",
    "unit.correct": "机构更名或改职责",
    "unit.move": "移动机构",
    "unit.open": "设立机构",
    "unit.reopen": "恢复机构",
    "vehicle.note": "登记车辆事件",
    "voucher.export": "导出凭证",
    "voucher.number": "凭证编号",
}
# The kind of thing it was done with.
_THINGS = {
    "account": "会计科目",
    "application": "申请",
    "audit_log": "操作日志",
    "bank_difference": "对账差异",
    "bank_line": "银行流水",
    "bank_statement": "银行对账单",
    "book_import": "期初导入",
    "company": "公司",
    "complaint": "投诉",
    "course": "课程",
    "customer": "客户",
    "dealer": "经销商",
    "deployment": "部署",
    "document": "资料",
    "employee": "员工",
    "incident": "技术故障",
    "instance": "流程实例",
    "loan": "贷款",
    "manual_voucher": "手工凭证",
    "payment_attempt": "付款指令",
    "period": "会计期间",
    "photo": "照片",
    "position": "岗位",
    "proposal": "变更",
    "regulation": "法规",
    "role": "角色",
    "substitution": "代理",
    "unit": "机构",
    "user_task": "任务",
    "vehicle": "车辆",
}


def act(code: str) -> str:
    """What was done, in the reader's language; an act of a former version without words is its code."""
    return _(_ACTS[code]) if code in _ACTS else code


def thing(code: str) -> str:
    """The kind of thing, in the reader's language; its code where there is no word for it."""
    return _(_THINGS[code]) if code in _THINGS else code


def codes_of(words: str) -> list[str]:
    """The acts whose words, in Chinese or in the reader's language, hold these."""
    wanted = words.casefold()
    return [code for code, zh in _ACTS.items() if wanted in zh or wanted in _(zh).casefold()]


def known() -> frozenset[str]:
    """The acts that have words."""
    return frozenset(_ACTS)
