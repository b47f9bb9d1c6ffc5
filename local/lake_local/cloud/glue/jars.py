"""The Java archives that let Spark speak to S3: fetched once from Maven Central, checked against a lock, kept in the user's cache.

Only the modules of the AWS SDK that S3A really loads: 7 MB instead of the 280 MB of its bundle.
"""

from __future__ import annotations

import hashlib
import json
import os
import ssl
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lake_local.config import default_cache_dir

LOCK = Path(__file__).with_name("jars.lock.json")
MAVEN_CENTRAL = "https://repo1.maven.org/maven2"
_ATTEMPTS = 4


class JarError(Exception):
    """An archive could not be fetched, or is not the one that is locked."""


def locked() -> dict[str, str]:
    """Return the locked archives: path in a Maven repository → sha256."""
    digests: dict[str, str] = json.loads(LOCK.read_text(encoding="utf-8"))
    return digests


def jar_paths(cache_dir: Path | None = None) -> list[Path]:
    """Return the archives on this machine; fetch those that are missing first."""
    folder = (cache_dir or default_cache_dir()) / "jars"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {folder / Path(path).name: (path, digest) for path, digest in locked().items()}
    missing = {target: entry for target, entry in wanted.items() if not target.exists()}
    if missing:
        context = _tls()
        with ThreadPoolExecutor(max_workers=4) as pool:
            for done in [pool.submit(_fetch, target, path, digest, context) for target, (path, digest) in missing.items()]:
                done.result()
    return list(wanted)


def _tls() -> ssl.SSLContext:
    """Return a context with the system's certificates and those that REQUESTS_CA_BUNDLE names, as proxies need it."""
    context = ssl.create_default_context()
    bundle = os.environ.get("REQUESTS_CA_BUNDLE")
    if bundle and Path(bundle).is_file():
        context.load_verify_locations(bundle)
    return context


def _fetch(target: Path, path: str, digest: str, context: ssl.SSLContext) -> None:
    url = f"{os.environ.get('LAKE_MAVEN_URL', MAVEN_CENTRAL).rstrip('/')}/{path}"
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            # An opener of its own: that of the process is kept from private addresses, where a proxy or a mirror may be.
            with urllib.request.build_opener(urllib.request.HTTPSHandler(context=context)).open(url, timeout=60) as response:
                content = response.read()
            break
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429 or attempt == _ATTEMPTS:
                raise JarError(f"{url}: {error}: name a Maven repository that has it with LAKE_MAVEN_URL") from error
        except OSError as error:
            if attempt == _ATTEMPTS:
                raise JarError(f"{url}: {error}: check the network, or name another Maven repository with LAKE_MAVEN_URL") from error
        time.sleep(attempt)
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise JarError(f"{url} has sha256 {found}, locked is {digest}: refused")
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(target)
