"""Words of signing in, of one's own account, and of roles and rights."""

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "account": ("我的账号", "My account"),
        "account.language": ("界面语言", "Language"),
        "account.language.browser": ("随浏览器", "As the browser says"),
        "account.name": ("账号", "Account"),
        "account.password": ("修改密码", "Change password"),
        "account.password.again": ("再次输入新密码", "New password again"),
        "account.password.different": ("两次输入的新密码不一致。", "The two new passwords are not the same."),
        "account.password.done": (
            "密码已修改，其他设备上的登录已全部失效。",
            "Password changed; other sign-ins ended.",
        ),
        "account.password.first": (
            "这是一次性密码，请先设定自己的密码。",
            "This was a one-time password: choose your own now.",
        ),
        "account.password.hint": (
            "至少 10 个字符，不含账号名。",
            "At least 10 characters, without the account's name.",
        ),
        "account.password.long": ("新密码过长（最多 200 个字符）。", "The new password is too long (200 at most)."),
        "account.password.name": ("新密码不能包含账号名。", "The new password must not hold the account's name."),
        "account.password.new": ("新密码", "New password"),
        "account.password.now": ("当前密码", "Current password"),
        "account.password.plain": ("新密码过于简单。", "The new password is too plain."),
        "account.password.short": ("新密码太短（至少 10 个字符）。", "The new password is too short (10 at least)."),
        "account.password.wrong": ("当前密码不正确。", "The current password is not right."),
        "account.role": ("角色", "Role"),
        "account.save": ("保存", "Save"),
        "account.scope": ("可见单位", "Units seen"),
        "account.scope.all": ("全部单位", "every unit"),
        "error.401": ("请先登录", "Sign in first"),
        "error.403": ("没有此权限", "No right to this"),
        "error.409": ("内容已有变化", "It has changed meanwhile"),
        "error.410": ("文件已不在原处", "The file is gone"),
        "error.413": ("内容过大", "Too large"),
        "error.429": ("请求过于频繁", "Too many requests"),
        "error.hint.403": (
            "您的角色不包含此项操作；如需开通，请联系管理员。",
            "Your role does not include this; ask the administrator.",
        ),
        "error.hint.409": (
            "他人刚刚作出了处理，您的操作没有生效，也没有覆盖任何内容。请返回刷新后再看。",
            "Somebody else decided just now. Yours took no effect and nothing was overwritten: go back and look again.",
        ),
        "role": ("角色", "Role"),
        "role.administrator": ("管理员", "Administrator"),
        "role.auditor": ("审计", "Auditor"),
        "role.inspector": ("督察", "Inspector"),
        "role.officer": ("自查员", "Self-check officer"),
        "role.supervisor": ("所领导", "Supervisor"),
        "role.visitor": ("访客（只读）", "Visitor (only looks)"),
        "sign.in": ("登录", "Sign in"),
        "sign.in.hint": (
            "首次启动时，账号与一次性密码显示在运行 bwc run 的终端中。",
            "At the first start, accounts and one-time passwords stand in the terminal that runs bwc run.",
        ),
        "sign.in.elsewhere": ("统一身份认证登录", "Sign in with the identity provider"),
        "sign.in.locked": (
            "密码错误次数过多，请在 {at} 之后再试。",
            "Too many wrong passwords: try again after {at}.",
        ),
        "sign.in.look": ("不登录，仅查看示范数据", "Only look at the sample, without an account"),
        "sign.in.name": ("账号", "Account"),
        "sign.in.password": ("密码", "Password"),
        "sign.in.unknown": (
            "该身份没有对应的启用账号，请联系管理员。",
            "No active account belongs to this identity: ask the administrator.",
        ),
        "sign.in.wrong": ("账号或密码不正确。", "Account or password is not right."),
        "sign.out": ("退出", "Sign out"),
        "visitor": ("访客", "Visitor"),
    }
)
