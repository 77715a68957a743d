"""`exchange WORDS` in a process of its own, forked from the tests', which spares it two seconds of
imports. What only a real start can show is tested with the wheel (`tests/test_commands.py`)."""

import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

from exchange.cli import main


def run(
    *words: str, environment: dict[str, str], folder: Path, given: bytes = b""
) -> subprocess.CompletedProcess[str]:
    """What came of the command, called in `folder` with this environment and input."""
    with (
        tempfile.TemporaryFile() as read,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        read.write(given)
        read.seek(0)
        child = os.fork()
        if child == 0:
            for number, file in enumerate((read, out, err)):
                os.dup2(file.fileno(), number)
            os._exit(_called(words, environment, folder))
        _pid, status = os.waitpid(child, 0)
        told = []
        for file in (out, err):
            file.seek(0)
            told.append(file.read().decode())
    return subprocess.CompletedProcess(words, os.waitstatus_to_exitcode(status), *told)


def _called(words: tuple[str, ...], environment: dict[str, str], folder: Path) -> int:
    with open(0) as sys.stdin, open(1, "w") as sys.stdout, open(2, "w") as sys.stderr:
        try:
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
            main(list(words), prog_name="exchange")
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            traceback.print_exc()
            return 1
    return 0
