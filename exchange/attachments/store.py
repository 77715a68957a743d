"""Where the files are: a folder, or any store that speaks S3. Keys are random and say nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import obstore
from flask import current_app
from obstore.store import LocalStore, ObjectStore, S3Store

from exchange.settings import Settings


def open_store(settings: Settings) -> ObjectStore:
    """The store that the settings name: `s3://key:secret@host/bucket?region=…` (`s3+http://` for
    a server without TLS on the same machine), or a folder of the data folder."""
    if not settings.attachments_url:
        folder = settings.data_dir / "attachments"
        folder.mkdir(parents=True, exist_ok=True)
        return LocalStore(prefix=folder)
    told = urlsplit(settings.attachments_url)
    scheme = "http" if told.scheme == "s3+http" else "https"
    port = f":{told.port}" if told.port else ""
    region = parse_qs(told.query).get("region", ["us-east-1"])[0]
    return S3Store(
        told.path.strip("/"),
        endpoint=f"{scheme}://{told.hostname}{port}",
        access_key_id=unquote(told.username or ""),
        secret_access_key=unquote(told.password or ""),
        region=region,
        client_options={"allow_http": scheme == "http", "timeout": timedelta(seconds=30)},
    )


def store() -> ObjectStore:
    """The store of the running application."""
    found: ObjectStore = current_app.extensions["attachments"]
    return found


def put(files: ObjectStore, key: str, data: bytes) -> None:
    obstore.put(files, key, data)


def get(files: ObjectStore, key: str) -> bytes:
    """Raises `FileNotFoundError`."""
    return bytes(obstore.get(files, key).bytes())


def drop(files: ObjectStore, key: str) -> None:
    """Take a file away; one that is not there is away already."""
    try:
        obstore.delete(files, key)
    except FileNotFoundError:
        return


def keys(files: ObjectStore, *, before: datetime) -> Iterator[str]:
    """The files that were put before this moment."""
    for batch in obstore.list(files):
        for one in batch:
            if one["last_modified"] < before:
                yield Path(one["path"]).name
