"""Names that the constructs (TypeScript) and this side agree on.

`test/contract/lake-contract.json` has them for both; local/tests/test_contract.py compares this module with it.
"""

# No `from __future__ import annotations` here: the test reads which fields of a TypedDict are required.

from enum import StrEnum
from typing import NotRequired, TypedDict

# Prefixes within a zone's bucket.
TABLES = "tables/"
QUARANTINE = "quarantine/"
STAGING = "staging/"
MANIFESTS = "manifests/"

# The names of the objects that a table's job reads, whatever their case: CSV, compressed or not.
TABLE_FILES = r"\.csv(\.(gz|gzip|bz2|xz|zip|zst|zstd|lz4|lzma|lzo|lz|sz|snappy|br|z|7z|rar|tar|tgz|gpg|pgp))?$"

# The type of the metadata entry that says which layers an app needs and nobody has built.
MISSING_LAYERS = "cdk-datalake-accelerator:missing-layers"


class MissingLayers(TypedDict):
    """The data of a `MISSING_LAYERS` entry."""

    runtime: str
    architecture: str


# The tag of an object that says how sensitive it is.
CLASS_TAG = "data-classification"

# The tag of a principal that says how much it may see; and the classes of data, from the lowest to the highest.
CLEARANCE = "clearance"
CLASSES = ("proprietary", "restricted", "secret")

# The key of a template's metadata that says what a resource is to the lake.
METADATA_KEY = "datalake"


class Kind(StrEnum):
    """What a resource is to the lake."""

    ZONE = "zone"
    STREAM = "stream"
    STREAM_HANDLER = "stream-handler"
    DEAD_LETTER_QUEUE = "dead-letter-queue"
    DATABASE = "database"
    CRAWLER = "crawler"
    TABLE = "table"
    CURATION = "curation"
    WORKFLOW = "workflow"
    TRIGGER = "trigger"
    WORKGROUP = "workgroup"
    LAYER = "layer"
    CONNECTION = "connection"
    PERSONA_ROLE = "persona-role"
    PERSONA_WORKGROUP = "persona-workgroup"


class ZoneFields(TypedDict):
    name: str
    index: int
    next: NotRequired[str]


class StreamFields(TypedDict):
    zone: str
    name: str
    prefix: str
    suffix: str
    classification: NotRequired[str]


class StreamHandlerFields(TypedDict):
    zone: str
    stream: str


class OfZoneFields(TypedDict):
    """Fields of a database and of a crawler."""

    zone: str


# `from` is a keyword of Python: it cannot be a field of a class.
TableFields = TypedDict("TableFields", {"name": str, "from": str, "to": str, "classification": NotRequired[str]})


class CurationFields(TypedDict):
    name: str
    zone: str
    requires: list[str]


class LayerFields(TypedDict):
    name: str
    runtime: str
    architecture: str


class PersonaRoleFields(TypedDict):
    persona: str
    clearance: NotRequired[str]


class PersonaWorkgroupFields(TypedDict):
    persona: str
    clearance: str


class NoFields(TypedDict):
    """Of a resource that is the only one of its kind, or needs no description."""


FIELDS: dict[Kind, type] = {
    Kind.ZONE: ZoneFields,
    Kind.STREAM: StreamFields,
    Kind.STREAM_HANDLER: StreamHandlerFields,
    Kind.DEAD_LETTER_QUEUE: NoFields,
    Kind.DATABASE: OfZoneFields,
    Kind.CRAWLER: OfZoneFields,
    Kind.TABLE: TableFields,
    Kind.CURATION: CurationFields,
    Kind.WORKFLOW: NoFields,
    Kind.TRIGGER: NoFields,
    Kind.WORKGROUP: NoFields,
    Kind.LAYER: LayerFields,
    Kind.CONNECTION: NoFields,
    Kind.PERSONA_ROLE: PersonaRoleFields,
    Kind.PERSONA_WORKGROUP: PersonaWorkgroupFields,
}
