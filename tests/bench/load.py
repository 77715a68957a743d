"""Asking a server for pages: one process of threads with plain sockets, kept alive."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

Ask = Callable[[http.client.HTTPConnection, int], int]
Pids = Callable[[], list[int]]
"""The processes to watch, looked up anew: a database forks one a connection."""


@dataclass(frozen=True)
class Load:
    """Requests per second, milliseconds at the median and the 99th percentile, and processor
    milliseconds per request: of the server's processes (and the database's), and of the worker
    that did something with it meanwhile."""

    per_second: float
    p50: float
    p99: float
    cpu_ms: float
    worker_ms: float
    failures: int


def load(
    address: str, ask: Ask, *, connections: int, requests: int, pids: Pids, worker: Pids = list
) -> Load:
    """Let `connections` ask at once, `requests` in all."""
    times: list[float] = []
    failures = 0
    lock = threading.Lock()
    share = requests // connections

    def work(number: int) -> None:
        nonlocal failures
        parts = urlsplit(address)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        mine: list[float] = []
        wrong = 0
        for turn in range(share):
            start = time.perf_counter()
            status = ask(connection, number * share + turn)
            mine.append(time.perf_counter() - start)
            wrong += status not in {200, 303, 304}
        connection.close()
        with lock:
            times.extend(mine)
            failures += wrong

    before, before_worker, start = cpu_seconds(pids()), cpu_seconds(worker()), time.perf_counter()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, used = time.perf_counter() - start, cpu_seconds(pids()) - before
    cuts = statistics.quantiles(times, n=100)
    return Load(
        per_second=len(times) / took,
        p50=statistics.median(times) * 1000,
        p99=cuts[98] * 1000,
        cpu_ms=used / len(times) * 1000,
        worker_ms=(cpu_seconds(worker()) - before_worker) / len(times) * 1000,
        failures=failures,
    )


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    parent = psutil.Process(pid)
    return [pid, *(child.pid for child in parent.children(recursive=True))]


def cpu_seconds(pids: list[int]) -> float:
    """Processor seconds of these processes so far, those that ended apart."""
    total = 0.0
    for pid in pids:
        try:
            used = psutil.Process(pid).cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system
    return total


def memory_mib(pids: list[int]) -> float:
    """Proportional memory of these processes in MiB: shared pages are counted once."""
    return sum(psutil.Process(pid).memory_full_info().pss for pid in pids) / 2**20


def yardstick() -> float:
    """Processor milliseconds of a fixed piece of Python, the median of fifty: neighbours on the
    same cores make it grow, and every figure measured beside it as much."""
    times = []
    for _turn in range(50):
        start = time.process_time()
        sum(number * number for number in range(10_000))
        times.append(time.process_time() - start)
    return statistics.median(times) * 1000
