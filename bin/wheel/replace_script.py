"""Puts our `lake` into a wheel that jsii-pacmak has made, in place of its own: python replace_script.py WHEEL"""

from __future__ import annotations

import base64
import hashlib
import sys
import zipfile
from pathlib import Path

LAUNCHER = Path(__file__).with_name("lake")


def replace_script(wheel: Path, script: bytes) -> None:
    """The wheel with another `lake` and a RECORD that fits it; everything else as it was."""
    changed = wheel.with_suffix(".new")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        scripts = [name for name in old.namelist() if name.endswith(".data/scripts/lake")]
        if len(scripts) != 1:
            raise SystemExit(f"{wheel} has {len(scripts)} scripts named lake instead of one: look at `bin` of package.json")
        for info in old.infolist():
            body = old.read(info)
            if info.filename == scripts[0]:
                body = script
            elif info.filename.endswith(".dist-info/RECORD"):
                body = recorded(body.decode(), scripts[0], script).encode()
            new.writestr(info, body)
    changed.replace(wheel)


def recorded(record: str, name: str, body: bytes) -> str:
    """The lines of RECORD, that of one file anew: https://packaging.python.org/en/latest/specifications/recording-installed-packages/"""
    digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()
    lines = [f"{name},sha256={digest},{len(body)}" if line.startswith(f"{name},") else line for line in record.splitlines()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    replace_script(Path(sys.argv[1]), LAUNCHER.read_bytes())
