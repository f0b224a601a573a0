"""The server: memory, start, and how fast it serves released files beside a trivial Flask view."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psutil

from tests.serving import ROOT, ServerProcess
from tools.bench.setting import REGION, SHIPPED, VISIT, Setting, print_progress
from tools.bench.table import Row

MEMORY_MB, START_S = 150.0, 3.0
CONNECTIONS = 8
ROUND_S = 0.6


def measure(setting: Setting) -> list[Row]:
    """Start times, throughput, and then the memory that all of it took."""
    rows = _measure_starts(setting)
    with setting.start_server("serving") as server:
        rows += _measure_throughput(setting, server)
        rows.append(_measure_memory(server))
    return rows


def _measure_starts(setting: Setting) -> list[Row]:
    first: list[tuple[float, float]] = []
    again: list[tuple[float, float]] = []
    for number in range(setting.limit_repetitions(3)):
        print_progress(f"server: start {number + 1}")
        server = ServerProcess(setting.folder / f"start-{number}", packs=SHIPPED, afresh=True)
        for starts in (first, again, again):
            began = time.monotonic()
            server.start()
            took = time.monotonic() - began
            assert server.process is not None
            starts.append((took, _read_cpu_s(server.process.pid)))
            server.stop()
    return [
        Row(f"server: {name}", "s", [took for took, _ in starts], START_S, why=[_format_cpu_times(starts)])
        for name, starts in (("first start, publishes the packs", first), ("start", again))
    ]


def _format_cpu_times(starts: list[tuple[float, float]]) -> str:
    """Time of the processor tells the work from the waiting on a machine that is shared."""
    used = sorted(processor for _, processor in starts)
    return f"processor time until ready: {median(used):.2f} s ({used[0]:.2f} .. {used[-1]:.2f})"


def _measure_memory(server: ServerProcess) -> Row:
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    children = process.children(recursive=True)
    assert not children, f"not one process: {children}"
    resident = process.memory_info().rss
    status = Path(f"/proc/{process.pid}/status")
    peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    most = int(peak[1]) * 1024 if peak else resident
    facts = [f"resident after the load: {resident / 1e6:.1f} MB; threads: {process.num_threads()}"]
    return Row("server: most memory, publish and load included", "MB", [most / 1e6], MEMORY_MB, why=facts)


def _read_cpu_s(pid: int) -> float:
    used = psutil.Process(pid).cpu_times()
    return used.user + used.system


@contextmanager
def _serve_trivial_view(sizes: list[int]) -> Iterator[tuple[int, int]]:
    """Its port and its process."""
    command = [sys.executable, "-m", "tools.bench.trivial", *map(str, sizes)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline()), process.pid
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def _measure_load(port: int, path: str, *headers: str) -> tuple[float, int, int, str]:
    """Answers per second; of one answer its bytes, its status, and whether the connection `stays` or `closes`."""
    command = [sys.executable, "-m", "tools.bench.load", str(port), path, str(ROUND_S), str(CONNECTIONS), *headers]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    rate, length, status, connection = done.stdout.split()
    return float(rate), int(length), int(status), connection


def _measure_throughput(setting: Setting, server: ServerProcess) -> list[Row]:
    """In turns, ours and the trivial view, so that a busy moment of the machine meets both."""
    assert server.process is not None
    br = {"Accept-Encoding": "br"}
    page = server.get(VISIT, br)
    link = re.search(r"b/[0-9a-f]{64}\.js", server.get(VISIT)[2].decode())
    assert link is not None, f"no script in {VISIT} of {REGION}"
    script = f"/{link[0]}"
    script_size = len(server.get(script, br)[2])
    cases = {
        "page, brotli": (VISIT, ["Accept-Encoding: br"], f"/{len(page[2])}"),
        "blob, brotli": (script, ["Accept-Encoding: br"], f"/{script_size}"),
        "page, 304": (VISIT, ["Accept-Encoding: br", f"If-None-Match: {page[1]['etag']}"], "/unchanged"),
    }
    rows: list[Row] = []
    with _serve_trivial_view([len(page[2]), script_size]) as (port, pid):
        for name, (path, headers, trivial) in cases.items():
            print_progress(f"server: throughput, {name}")
            ours, theirs = [], []
            work = {"ours": 0.0, "the trivial view": 0.0}
            for _ in range(setting.limit_repetitions(9)):
                before = _read_cpu_s(server.process.pid), _read_cpu_s(pid)
                ours.append(_measure_load(server.port, path, *headers))
                theirs.append(_measure_load(port, trivial))
                work["ours"] += _read_cpu_s(server.process.pid) - before[0]
                work["the trivial view"] += _read_cpu_s(pid) - before[1]
            ratios = [one[0] / other[0] for one, other in zip(ours, theirs, strict=True)]
            facts = [
                f"{CONNECTIONS} connections, rounds of {ROUND_S} s in turns; a busy neighbour may fall into one of them"
            ]
            for who, answers in (("ours", ours), ("the trivial view", theirs)):
                rate, (_, size, status, connection) = median(one[0] for one in answers), answers[0]
                each_ms = 1000 * work[who] / (sum(one[0] for one in answers) * ROUND_S)
                facts.append(
                    f"{who}: {rate:,.0f} answers a second, {each_ms:.2f} ms of the processor each; "
                    f"{size} B, status {status}, the connection {connection}"
                )
            rows.append(Row(f"server: {name}, beside a trivial Flask view", "x", ratios, 1.0, at_least=True, why=facts))
            cost = (
                work["the trivial view"] / sum(one[0] for one in theirs) / (work["ours"] / sum(one[0] for one in ours))
            )
            rows.append(Row(f"server: {name}, the same in processor time", "x", [cost]))
            rows.append(Row(f"server: {name}, answers a second", "", [one[0] for one in ours]))
    return rows
