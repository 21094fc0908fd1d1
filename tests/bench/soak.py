"""Full load for ten minutes: does memory stay flat?"""

import json, os, time

import data
from report import group, write
from systems import Volens

EVERY_S = 3
LEVEL_S = 45    # timer J is over, and the tables have grown
WAIT_S = 40
MAY_GROW, MAY_GROW_BYTES = 0.02, 2 << 20
GAUGES = ("sip_transactions", "requests_in_work", "fanouts_in_work", "legs_in_flight", "deliveries_waiting", "store_queue_jobs")


def sample(system, begin):
    metrics = system.metrics()
    row = {name: int(metrics.get("volensd_" + name, 0)) for name in GAUGES}
    row.update(at_s=round(time.monotonic() - begin, 1), rss=system.resident_bytes(),
               index=int(metrics["volensd_index_bytes"]),
               wal=int(metrics["volensd_store_wal_bytes"]),
               lag_ms=round(1000 * metrics.get("volensd_loop_lag_seconds", 0), 1),
               delivered=int(metrics['volensd_fanout_legs_total{result="ok"}']),
               sent_again=int(metrics["volensd_sip_retransmissions_total"]))
    return row


def sample_until(process, system, begin):
    rows = []
    while process.poll() is None:
        rows.append(sample(system, begin))
        time.sleep(EVERY_S)
    return rows


def wait_until_idle(system, begin):
    """The gauges after the load, until all are 0; None where they are not."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        row = sample(system, begin)
        if not any(row[name] for name in GAUGES):
            return row
        time.sleep(0.5)
    return None


def verdict(rows):
    """Highest of the last tenth beside the highest of the tenth after a fifth of
    the time; None when it was too short to tell."""
    end = rows[-1]["at_s"] if rows else 0
    start = max(end / 5, LEVEL_S)
    early = [row["rss"] for row in rows if start <= row["at_s"] <= start + end / 10]
    late = [row["rss"] for row in rows if row["at_s"] >= end * 0.9]
    if not early or end * 0.9 < start + end / 10:
        return None
    growth = max(late) - max(early)
    return {"early": max(early), "late": max(late),
            "is_flat": growth <= max(MAY_GROW_BYTES, max(early) * MAY_GROW)}


def soak(bench):
    seconds = bench.options.soak
    path = data.permissions(bench.path("permissions-6.db"), 1000000)
    system = bench.up(Volens(bench.folder, bench.build, path))
    bench.say("%d s of lists of 10, full load" % seconds)
    with system.turn():
        begin = time.monotonic()
        process = bench.tools.load(system, l=10, w=128, d=seconds,
                                   n=min(int(seconds * 50000), 100000000))
        rows = sample_until(process, system, begin)
        load = bench.tools.finish(process)
        bench.say("waiting until nothing is left, at most %d s" % WAIT_S)
        idle = wait_until_idle(system, begin)
    bench.down(system)
    bench.results = {"load": load, "rows": rows, "idle": idle, "verdict": verdict(rows)}


def table(rows):
    """Ten of them."""
    lines = ["%7s %9s %9s %8s %8s %9s %13s" % ("s", "RSS MB", "index MB", "WAL MB", "lag ms",
                                               "sent again", "transactions")]
    picked = [rows[round(i * (len(rows) - 1) / 9)] for i in range(10)] if len(rows) > 10 else rows
    for row in picked:
        lines.append("%7.0f %9.1f %9.1f %8.1f %8.1f %10d %13s" % (
            row["at_s"], row["rss"] / 1e6, row["index"] / 1e6, row["wal"] / 1e6, row["lag_ms"],
            row["sent_again"], group(row["sip_transactions"])))
    return "\n".join(lines)


def finish(bench):
    """Print it; the exit code."""
    results = bench.results
    load, found = results["load"], results["verdict"]
    print("\n" + table(results["rows"]) + "\n")
    print("%s recipients a second, %s in all; lists sent again %d, lost %d, repeated %d%s" % (
        group(load.get("recipients_per_s", 0)), group(load.get("recipients", 0)),
        load.get("resent", 0), load.get("lost", 0), load.get("repeats", 0),
        ": VOID" if load["void"] else ""))
    if results["idle"]:
        print("nothing left %.0f s after the start, %.1f MB resident" % (
            results["idle"]["at_s"], results["idle"]["rss"] / 1e6))
    else:
        print("MISS something was left after %d s" % WAIT_S)
    if found:
        print("%s flat memory: %.1f MB, then %.1f MB at the end (2 %% or 2 MB more are allowed)" % (
            "met " if found["is_flat"] else "MISS", found["early"] / 1e6, found["late"] / 1e6))
    else:
        print("too short to tell whether memory is flat")
    write(os.path.join(bench.build, "soak.json"), json.dumps(results, indent=1) + "\n")
    return 0 if found and found["is_flat"] and results["idle"] and not load["void"] else 1
