"""Only the lake's own keys open it.

MiniStack takes the keys `test`, any twelve digits, and no key at all, for the account's root, and does not check the signatures of
root keys. With that, every program on this machine (a handler of the lake itself included) could do everything. Here root is the one
key pair that the lake was created with, and its signature is checked like any other.
"""

from __future__ import annotations

import os


def require_signatures() -> None:
    from ministack.core import iam_evaluator
    from ministack.services import sts

    def is_lakes_key(access_key_id: str) -> bool:
        return bool(access_key_id) and access_key_id == os.environ["AWS_ACCESS_KEY_ID"]

    iam_evaluator.is_root_access_key = is_lakes_key
    sts.is_root_access_key = is_lakes_key
    # Asked only to skip the check of a signature.
    iam_evaluator._is_root_key = lambda _access_key_id: False
