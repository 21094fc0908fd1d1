"""Where the cores go: what a recipient costs with threads besides the loop that
send, and what that makes on a machine with more cores."""

import data
from systems import Volens

COUNTS = (0, 1, 2, 4)
CORES = (1, 2, 4, 8, 16)


def with_workers(bench, count, place):
    path = bench.path("workers-%d.db" % count)
    data.copies(data.permissions(bench.path("permissions-5.db"), 100000), path)
    return Volens(bench.folder, bench.build, path, name="volens-workers-%d" % count,
                  address="127.0.3.%d" % (22 + place), sip="workers = %d" % count)


def workers(bench):
    systems = {}
    for place, count in enumerate((0, 4) if bench.is_quick else COUNTS):
        system = with_workers(bench, count, place)
        if not system.takes_config():
            bench.say("workers: left out, this relay has no sip { workers }")
            return
        systems["workers-%d" % count] = (bench.up(system), {})
    bench.turns("workers", systems, l=100, w=16, p=100000, d=bench.seconds)
    bench.down(*(system for system, _ in systems.values()))


def rates(alone, spread):
    """Recipients a second on so many cores, from microseconds a recipient.

    Threads run beside each other, one a core; the slowest decides.  On one core
    all share it; on two the loop sends by itself (@p alone); on more there is
    one for the loop, one for the writer, and the rest send (@p spread, with the
    time of all workers together)."""
    found = {}
    for cores in CORES:
        if cores == 1:
            slowest = sum(alone.values())
        elif cores == 2:
            slowest = max(alone["loop"] + alone.get("http", 0), alone["writer"])
        else:
            slowest = max(spread["loop"] + spread.get("http", 0), spread["writer"],
                          spread["worker"] / (cores - 2))
        found[cores] = round(1e6 / slowest)
    return found


def model(results):
    """The rates, or nothing where they were not measured."""
    runs = results.get("workers", {})
    spread = runs.get("workers-4", {}).get("us_by_thread", {})
    alone = runs.get("workers-0", {}).get("us_by_thread", {})
    if not {"loop", "writer", "worker"} <= set(spread) or not {"loop", "writer"} <= set(alone):
        return {}
    return rates(alone, spread)


def words(results):
    """The split by thread, and the model, as lines."""
    lines = ["%-10s %s" % (name, ", ".join("%s %.2f" % part for part in
                                           sorted(run["us_by_thread"].items())))
             for name, run in results.get("workers", {}).items()]
    rows = model(results)
    if lines:
        lines = ["us of CPU a recipient, by thread:"] + lines
    if rows:
        lines += ["on so many cores (by the model of tests/bench/README): " + ", ".join(
            "%d: %s/s" % (cores, format(rate, ",")) for cores, rate in rows.items())]
    return "\n".join(lines)
