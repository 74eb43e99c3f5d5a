"""How fast pages answer with 2,000 services and 1,000,000 findings: `python -m benchmarks.web [--quick]`.

Starts a private PostgreSQL (shared_buffers 1 GB, else its defaults) and gunicorn as the production
profile does, fills the database (see `web_data`), and lets 20 people look around with 1 s of thought
between pages: half of them see everything, half their business units. They, the server and the
database share this machine's cores. A tenth of the data is measured first, so that growth is seen.
Then each kind of page is asked for once more in this process, to count its queries: they must be the
same for both sizes ("23/24": for somebody who sees all, and somebody of two units). The promise:
p95 ≤ 300 ms for each kind of page, on 2 cores.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.web_pages import KINDS, Sights, next_page
from tests.support.postgres import cluster

PROMISE_MS = 300.0
SETTINGS = {"shared_buffers": "1GB", "wal_level": "minimal", "max_wal_senders": "0",
            "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
            "max_wal_size": "4GB"}  # fmt: skip


@dataclass
class Person:
    """Who looks: a session, and what there is to see for them."""

    cookie: str
    seen: Sights


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--services", type=int, default=2_000)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=150, help="of measuring, after warming up")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    if options.quick:
        options.services, options.seconds = options.services // 10, options.seconds // 5
    sizes = (options.services // 10, options.services)
    # A process a size: Django is bound to one database.
    results = {size: measured(size, options) for size in sizes}
    report(results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    whole = results[sizes[1]]
    slow = [kind for kind, figures in whole["pages"].items() if figures["p95"] > PROMISE_MS]
    grown = [
        kind
        for kind, count in whole["queries"].items()
        if count != results[sizes[0]]["queries"][kind]
    ]
    if slow:
        print(f"Slower than {PROMISE_MS:.0f} ms: {', '.join(slow)}")
    if grown:
        print(f"More queries for more data: {', '.join(grown)}")
    return int(bool(slow or grown))


def measured(services: int, options: argparse.Namespace) -> dict:
    """One size: a fresh cluster, filled, visited and counted by a process of its own."""
    with cluster(settings=SETTINGS) as url, tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ, "SHIELD_DATABASE_URL": url, "SHIELD_VAR_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "benchmarks.web_settings", "OMP_NUM_THREADS": "1",
        }  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.web_visit", str(services), str(options.people),
                   str(options.seconds), str(options.workers), str(options.threads)]  # fmt: skip
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout.splitlines()[-1])


def visit(
    people: list[Person], seconds: float, *, port: int, seed: int
) -> dict[str, list[tuple[float, int, str]]]:
    """Everybody looks around at the same time; (milliseconds, status, address) by kind of page."""
    end = time.monotonic() + seconds
    found: dict[str, list[tuple[float, int, str]]] = defaultdict(list)
    lock = threading.Lock()

    def look(number: int, person: Person) -> None:
        pick = random.Random(seed * 1000 + number)
        time.sleep(pick.random())
        client = HTTPConnection("127.0.0.1", port, timeout=60)
        while time.monotonic() < end:
            kind, address = next_page(pick, person.seen)
            start = time.perf_counter()
            client.request("GET", address, headers={"Cookie": person.cookie})
            answer = client.getresponse()
            answer.read()
            took = (time.perf_counter() - start) * 1000
            with lock:
                found[kind].append((took, answer.status, address))
            time.sleep(pick.expovariate(1.0))

    threads = [
        threading.Thread(target=look, args=(number, person)) for number, person in enumerate(people)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@contextmanager
def server(workers: int, threads: int) -> Iterator[int]:
    """gunicorn as the documentation starts it; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as asked:
        port = asked.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "shield.wsgi", "--bind", f"127.0.0.1:{port}",
               "--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads),
               "--keep-alive", "30", "--log-level", "error"]  # fmt: skip
    process = subprocess.Popen(command, stdout=sys.stderr)
    try:
        for _ in range(300):
            time.sleep(0.1)
            try:
                client = HTTPConnection("127.0.0.1", port, timeout=5)
                client.request("GET", "/healthz")
                if client.getresponse().status == 200:
                    break
            except OSError:
                continue
        else:
            raise RuntimeError("gunicorn did not answer within 30 s")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def summary(found: dict[str, list[tuple[float, int, str]]]) -> dict[str, dict]:
    """n, p50, p95, p99 and the slowest address of each kind, and of all."""
    rows = {kind: found[kind] for kind in KINDS if found.get(kind)}
    rows["all"] = [each for kind in rows.values() for each in kind]
    return {
        kind: {
            "n": len(each),
            "p50": _percentile(each, 0.50),
            "p95": _percentile(each, 0.95),
            "p99": _percentile(each, 0.99),
            "not_ok": sum(status != 200 for _, status, _ in each),
            "slowest": max(each)[2],
        }
        for kind, each in rows.items()
    }


def _percentile(found: list[tuple[float, int, str]], share: float) -> float:
    took = sorted(each[0] for each in found)
    return round(took[min(len(took) - 1, int(share * len(took)))], 1)


def report(results: dict[int, dict]) -> None:
    """A table: both sizes side by side."""
    (_, less), (large, whole) = sorted(results.items())
    print(f"{large:,} services ({whole['rows']}), {whole['setting']}")
    head = "".join(f"{name:>8}" for name in ("n", "p50", "p95", "p99", "queries", "db ms"))
    print(f"{'page':10}{head}   {'at a tenth: p50':>16}{'p95':>8}   slowest")
    for kind, each in whole["pages"].items():
        before = less["pages"].get(kind, {"p50": 0, "p95": 0})
        both = [whole["queries"].get(name) for name in (kind, f"{kind}, own units")]
        counted = "" if both[0] is None else f"{both[0]}/{both[1]}"
        spent = whole["database_ms"].get(kind, "")
        print(
            f"{kind:10}{each['n']:8}{each['p50']:8.0f}{each['p95']:8.0f}{each['p99']:8.0f}"
            f"{counted:>8}{spent:>8}   {before['p50']:16.0f}{before['p95']:8.0f}   {each['slowest'][:60]}"
        )


if __name__ == "__main__":
    sys.exit(main())
