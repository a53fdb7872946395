"""JSON for programs: keys instead of headings, values as they are filed, times in UTC."""

import json
from typing import Any

from reports.base import Filled
from reports.content import Content


def json_text(content: Content, lang: str) -> bytes:  # noqa: ARG001 (keys are the same in every language)
    """One object; the digest is that of the filed tables, not of this text."""
    found = {
        "name": content.report.name,
        "period": content.period,
        "unit": content.unit,
        "as_of": content.as_of.isoformat(),
        "scan": content.scan,
        "rule_set": content.rule_set,
        "digest": content.digest,
        "run": content.run,
        **_table(content.filled[0]),
        "parts": [{"name": one.part.name, **_table(one)} for one in content.filled[1:]],
    }
    return json.dumps(found, ensure_ascii=False, allow_nan=False, indent=1).encode("utf-8", "replace")


def _table(filled: Filled) -> dict[str, Any]:
    return {
        "totals": {total.key: {"value": total.value, "of": total.of} for total in filled.totals},
        "rows": [dict(row) for row in filled.rows],
    }
