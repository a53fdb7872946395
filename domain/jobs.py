"""Work by the clock: what jobs there are, what can become of one run of them."""

from enum import StrEnum


class Job(StrEnum):
    """What is done by the clock; a filed report is a job of its own (`report_job`)."""

    SCAN = "scan"  # 扫描
    FEEDS = "feeds"  # 读取数据接口
    FIXITY = "fixity"  # 内容校验
    CONTENT = "content"  # 画面与声音检测
    DEADLINES = "deadlines"  # 到期与超时
    BACKUP = "backup"  # 备份
    RETENTION = "retention"  # 保存期预告
    MORNING = "morning"  # 晨间清单
    NOTICES = "notices"  # 发送通知


class JobState(StrEnum):
    WAITING = "waiting"  # somebody asked for it; nobody has begun
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"  # not done this time, for a reason that is told
    TAKEN_OVER = "taken-over"  # its process died, or it failed; another run does it


REPORT = "report:"
"""What the name of a report's job begins with."""
BY_THE_CLOCK = "schedule"
"""Who asked for a run that nobody asked for."""


def report_job(name: str) -> str:
    """The job that makes the reports of one entry of `[schedule] reports`."""
    return f"{REPORT}{name}"
