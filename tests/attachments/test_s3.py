"""The same store on a server that speaks S3: rclone's, over a folder."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exchange.attachments.store import drop, get, keys, open_store, put
from exchange.settings import Settings, WrongSetting


@contextlib.contextmanager
def s3(folder: Path) -> Iterator[str]:
    """The address of a bucket on a real S3 server."""
    (folder / "files").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(Path(sys.executable).with_name("rclone")), "serve", "s3", "--auth-key", "key,a/secret",
        "--addr", f"127.0.0.1:{port}", "--config", str(folder / "none"), str(folder),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _try in range(200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.05)
            yield f"s3+http://key:a%2Fsecret@127.0.0.1:{port}/files"
        finally:
            server.terminate()


def test_files_are_put_read_listed_and_dropped(tmp_path: Path) -> None:
    with s3(tmp_path) as url:
        files = open_store(replace(Settings(), attachments_url=url))
        put(files, "one", b"une courbe")
        assert get(files, "one") == b"une courbe"
        later = datetime.now(UTC) + timedelta(minutes=5)
        assert list(keys(files, before=later)) == ["one"]
        drop(files, "one")
        drop(files, "one")
        assert list(keys(files, before=later)) == []
        with pytest.raises(FileNotFoundError):
            get(files, "one")


@pytest.mark.parametrize("url", ["s3://host", "ftp://key:secret@host/files", "s3://host/files"])
def test_an_address_that_cannot_be_one_is_refused_at_start(url: str) -> None:
    with pytest.raises(WrongSetting, match="ATTACHMENTS_URL"):
        Settings.from_env({"EXCHANGE_ATTACHMENTS_URL": url})
