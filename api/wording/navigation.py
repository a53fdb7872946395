"""Words of the main navigation."""

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "nav.administration": ("管理", "Administration"),
        "nav.findings": ("问题清单", "Findings"),
        "nav.incidents": ("警情", "Incidents"),
        "nav.inspection": ("抽查", "Inspection"),
        "nav.overview": ("统计", "Overview"),
        "nav.reports": ("报表", "Reports"),
        "nav.sessions": ("讯问场次", "Sessions"),
        "nav.stores": ("存储", "Stores"),
        "nav.today": ("今日自查", "Today"),
    }
)
