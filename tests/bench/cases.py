"""Cases with a closed loop: lists, relay, refusal, last, store, memory."""

import os, time

import data
from systems import Kamailio, Limit, Volens

LENGTHS = (1, 10, 100, 1000, 10000)
WINDOW = {1: 256, 10: 128, 100: 16, 1000: 2, 10000: 2}
MANY = 1000000
LONG = {"T": True, "B": 4000}  # 10,000 do not fit into a datagram


def main_systems(bench):
    permissions = data.permissions(bench.path("permissions-6.db"), MANY)
    bench.volens = bench.up(Volens(bench.folder, bench.build, permissions))
    bench.limit = bench.up(Limit(bench.folder, bench.build))
    bench.asked = data.table(bench.path("asked-6.db"), MANY)
    bench.plain = None


def peers(bench, allocator="tlsf", is_relay=False):
    """Fresh ones: their memory falls to pieces with time."""
    return (bench.up(Kamailio(bench.folder, "127.0.3.3", bench.asked, is_relay, allocator)),
            bench.up(Kamailio(bench.folder, "127.0.3.4", None, is_relay, allocator)))


def turns_beside(bench, case, allocator="tlsf", is_relay=False, **options):
    """Kamailio at its best; with its default allocator it is called debian-*."""
    name = "kamailio" if allocator == "tlsf" else "debian"
    asking, plain = peers(bench, allocator, is_relay)
    more = {"e": 200} if is_relay else {}
    systems = {"volens": (bench.volens, {}), name + "-query": (asking, more),
               name + "-plain": (plain, more), "limit": (bench.limit, {})}
    if is_relay or name == "debian":
        del systems["limit"]
    bench.turns(case, systems, d=bench.seconds, **options)
    bench.down(asking, plain)


def lists(bench):
    for length in LENGTHS[:3] if bench.is_quick else LENGTHS:
        turns_beside(bench, "list-%d" % length, l=length, w=WINDOW[length],
                     **(LONG if length == 10000 else {}))
    if not bench.is_quick:
        turns_beside(bench, "as-debian-100", "qm", l=100, w=WINDOW[100])


def relay(bench):
    """A list of one beside a relay."""
    turns_beside(bench, "relay", is_relay=True, l=1, w=256)
    if not bench.is_quick:
        turns_beside(bench, "as-debian-relay", "qm", True, l=1, w=256)


def refusal(bench):
    bench.turns("refusal", {"volens": (bench.volens, {})}, l=100, w=16, m=True, e=470,
                d=bench.seconds)


def last(bench):
    """One list of 10,000 at a time: from its first octet to the last leg."""
    bench.plain = bench.up(Kamailio(bench.folder, "127.0.3.4"))
    systems = {"volens": (bench.volens, {}), "kamailio-plain": (bench.plain, {}),
               "limit": (bench.limit, {})}
    bench.turns("last", systems, l=10000, w=1, d=bench.seconds, **LONG)


def store(bench):
    """The same work beside few and many permissions."""
    systems = {}
    for i, power in enumerate((3, 5) if bench.is_quick else (3, 5, 7)):
        n = 10 ** power
        path = data.permissions(bench.path("permissions-%d.db" % power), n)
        system = bench.up(Volens(bench.folder, bench.build, path, name="volens-%d" % power,
                                 address="127.0.3.%d" % (11 + i)))
        # No recipient twice at a time (RFC 3428 section 8): 4 lists of 100.
        systems["10^%d" % power] = (system, {"p": n})
    bench.turns("store", systems, l=100, w=4, d=bench.seconds)
    bench.down(*(system for system, _ in systems.values()))


# -- memory

LIMITS = "legs-in-flight = 50000\n\trequests = 100000\n\tmax-breadth = 1000"


def fresh(bench, path, **more):
    return bench.up(Volens(bench.folder, bench.build, path, name="volens-memory",
                           address="127.0.3.15", **more))


def memory(bench):
    empty = data.permissions(bench.path("permissions-0.db"), 1)
    found = {"disk_bytes_a_permission": os.path.getsize(bench.path("permissions-6.db")) / MANY}
    system = fresh(bench, empty)
    found["idle_bytes"] = system.resident_at_start
    bench.down(system)
    found["index_bytes_a_permission"] = (
        bench.volens.resident_at_start - found["idle_bytes"]) / MANY
    few = data.permissions(bench.path("permissions-5.db"), 100000)
    found["bytes_a_leg_in_flight"] = of_legs_in_flight(bench, few)
    found["bytes_a_transaction_after"] = of_transactions(bench, few)
    if bench.plain and not bench.is_quick:
        found.update(of_kamailio(bench))
    bench.results["memory"] = found
    bench.say("memory: " + ", ".join("%s %.0f" % (k, v) for k, v in found.items()))


def of_legs_in_flight(bench, path):
    """Growth of a fresh process with legs that nobody answers."""
    system = fresh(bench, path, limits=LIMITS)
    with system.turn():
        process = bench.tools.load(system, l=500, n=40, w=40, p=100000, B=1000, q=3, d=1)
        end, legs = time.monotonic() + 5, 0
        while legs < 20000 and time.monotonic() < end:
            legs = system.metric("legs_in_flight")
            time.sleep(0.05)
        growth = (system.resident_bytes() - system.resident_at_start) / max(1, legs)
        bench.tools.finish(process)
    bench.down(system)
    return growth


def of_transactions(bench, path):
    """Growth after requests that are over; their answers are kept for 32 s,
    timer J."""
    system = fresh(bench, path, limits=LIMITS)
    with system.turn():
        ended = bench.tools.finish(bench.tools.load(system, l=1, n=50000, w=64, p=100000, d=20))
        growth = (system.resident_bytes() - system.resident_at_start) / max(1, ended.get("done", 0))
    bench.down(system)
    return growth


def of_kamailio(bench):
    """Its shared memory: what a transaction holds before and after its end."""
    with bench.plain.turn():
        end = time.monotonic() + 10  # what is left of others goes after 5 s
        while int(bench.plain.ask("tm.stats").get("current", 0)) and time.monotonic() < end:
            time.sleep(0.2)
        before = int(bench.plain.ask("core.shmmem").get("used", 0))
        process = bench.tools.load(bench.plain, l=100, n=40, w=40, q=2, d=1)
        time.sleep(1)
        flying = int(bench.plain.ask("core.shmmem").get("used", 0))
        bench.tools.finish(process)
        ended = int(bench.plain.ask("core.shmmem").get("used", 0))
    return {"kamailio_bytes_in_flight": (flying - before) / 4000,
            "kamailio_bytes_after": (ended - before) / 4000}
