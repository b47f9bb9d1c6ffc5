"""What of S3 is ours about the bytes of objects."""

from __future__ import annotations

from lake_local.config import Config
from lake_local.fidelity import Entry

from ...ministack import bodies
from ...service import Service
from .body import FileBody
from .ranges import wrap_read
from .receiving import reading
from .sending import responding


def install(_config: Config) -> None:
    bodies.keep_in_files(FileBody.stored, FileBody)
    bodies.wrap_reads(wrap_read)
    bodies.wrap_request_bodies(reading)
    bodies.wrap_responses(responding)


SERVICE = Service(
    "objects",
    install,
    fidelity=(
        Entry(
            "Ranges of objects",
            "run",
            "GetObject and HeadObject read one range of any version, with If-Range; several ranges or none that can be read are ignored, "
            "one beyond the object is InvalidRange. Objects from 1 MiB on are received, copied and sent from files, in bounded memory.",
        ),
    ),
)
