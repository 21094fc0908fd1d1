"""Instructions of the relay's own functions, counted by callgrind.

    instructions.py [--baseline]

Counts do not depend on what else the machine does, so a change of a few percent
shows.  Counted is what runs in functions of volensd itself; libraries and the
kernel are not.  The kept table is instructions.tsv, with the compiler and the
libraries it was made with: where these are the same, a case that takes 5 % more
fails; where they differ, it is only said.
"""
import os
import re
import socket
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tests/wire"))
import harness  # noqa: E402
from harness import Client, Daemon, Peer, address, consent_uris, wait_until  # noqa: E402

TABLE = os.path.join(ROOT, "tests/bench/instructions.tsv")
PACKAGES = ("libc6", "libsofia-sip-ua0", "libsqlite3-0", "libexpat1", "libssl3",
            "libc-ares2", "valgrind")
TOLERANCE = 0.05


def versions():
    """What the counts depend on, as one line each."""
    found = {"cc": subprocess.run(["gcc", "-dumpfullversion"], capture_output=True,
                                  text=True).stdout.strip()}
    for package in PACKAGES:
        found[package] = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}", package],
            capture_output=True, text=True).stdout.strip()
    with open(os.path.join(harness.BUILD, "Makefile")) as file:
        found["cflags"] = re.search(r"(?m)^CFLAGS = (.*)$", file.read()).group(1)
    return found


def same_addresses():
    """A net whose addresses are as long in each run: a longer name takes more
    instructions.  Held as harness.py holds those of the tests, which are others."""
    for n in range(100, 250):
        holder = socket.socket(socket.AF_UNIX)
        try:
            holder.bind("\0volens-test-127.201.%d" % n)
            harness.NET = "127.201.%d" % n
            return holder
        except OSError:
            holder.close()
    raise AssertionError("no loopback addresses left")


class Counted:
    """A relay under callgrind: count(work) is what its own functions took."""

    def __init__(self):
        self.relay = Daemon(start=False, sip="source-rate = 0 workers = 0",
                            more="limits { max-breadth = 200 }")
        self.relay.wrapper = ["valgrind", "-q", "--tool=callgrind", "--callgrind-out-file=%s/out"
                              % self.relay.dir]
        self.relay.start(60)
        self.n_dumps = 0

    def control(self, option):
        subprocess.run(["callgrind_control", option, str(self.relay.process.pid)],
                       check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def count(self, work):
        self.control("-z")
        work()
        self.control("-d")
        self.n_dumps += 1
        with open("%s/out.%d" % (self.relay.dir, self.n_dumps)) as file:
            return own_instructions(file)


def own_instructions(lines):
    """The sum of what is counted for functions of volensd, without their callees."""
    names, own, total, is_call = {}, False, 0, False
    for line in lines:
        match = re.match(r"ob=\((\d+)\)(?: (.*))?", line)
        if match:
            if match.group(2):
                names[match.group(1)] = match.group(2).strip()
            own = names[match.group(1)].endswith("/volensd")
        elif line.startswith("cob="):
            match = re.match(r"cob=\((\d+)\)(?: (.*))?", line)
            if match.group(2):
                names[match.group(1)] = match.group(2).strip()
        elif line.startswith("calls="):
            is_call = True
        elif re.match(r"[-+*\d]", line):
            if own and not is_call:
                total += int(line.split()[1])
            is_call = False
    return total


def over(relay):
    """Nothing is in work, and the writer has written."""
    gauges = ("requests_in_work", "fanouts_in_work", "legs_in_flight", "store_queue_jobs")
    wait_until(lambda: not any(relay.metric(g) for g in gauges), 60, "the work to end")


def measure():
    _holder = same_addresses()
    counted = Counted()
    with counted.relay as relay:
        aor, nora = relay.user("nora"), Client(relay, "nora")
        crowd, asked = Peer(address(9)), Peer(address(10))
        granted = ["sip:g%03d@%s" % (n, crowd.host) for n in range(100)]
        strangers = ["sip:s%03d@%s" % (n, crowd.host) for n in range(100)]
        for uri in granted:
            relay.permit(aor, uri)

        def send(times, entries, status):
            def work():
                for _ in range(times):
                    assert nora.message(entries).status == status
                over(relay)
            work()  # once before: memory and caches as they will be
            return counted.count(work)
        yield "a leg of a list of 100", send(10, granted, 202) / 1000
        yield "a list of 1", send(50, granted[:1], 202) / 50
        yield "a 470 of a hundred", send(30, granted[:50] + strangers[:50], 470) / 30
        for n in range(60):
            relay.permit(aor, "sip:d%02d@%s" % (n, asked.host), state="pending")
        denies = [consent_uris(m)[1] for m in asked.wait(60, 60)]
        over(relay)

        def deny(uris):
            def work():
                for uri in uris:
                    assert nora.request("PUBLISH", uri, login=False).status == 200
                over(relay)
            return work
        deny(denies[:30])()
        yield "a deny", counted.count(deny(denies[30:])) / 30


def read_table():
    """({name: count}, {name: version}) as they were kept."""
    counts, made_with = {}, {}
    with open(TABLE) as file:
        for line in file:
            cells = line.rstrip("\n").split("\t")
            if cells[0] == "with":
                made_with[cells[1]] = cells[2]
            elif cells[0] == "count":
                counts[cells[1]] = int(cells[2])
    return counts, made_with


def write_table(counts):
    with open(TABLE, "w") as file:
        file.write("kind\tname\tvalue\n")
        for name, version in versions().items():
            file.write("with\t%s\t%s\n" % (name, version))
        for name, count in counts.items():
            file.write("count\t%s\t%d\n" % (name, count))
    print("kept in tests/bench/instructions.tsv")


def main():
    is_baseline = "--baseline" in sys.argv
    kept, made_with = read_table() if os.path.exists(TABLE) else ({}, {})
    differ = [name for name, version in versions().items() if made_with.get(name) != version]
    print("%-26s %12s %12s" % ("instructions of", "now", "kept"))
    counts, more = {}, []
    for name, count in measure():
        counts[name] = round(count)
        before = kept.get(name)
        change = "%+6.1f %%" % (100 * (count / before - 1)) if before else ""
        print("%-26s %12s %12s  %s" % (name, "{:,}".format(round(count)), "{:,}".format(
            before) if before else "-", change), flush=True)
        if before and count > before * (1 + TOLERANCE):
            more.append(name)
    if is_baseline:
        write_table(counts)
    elif differ:
        print("warning: the table was made with other versions of %s; nothing is judged"
              % ", ".join(differ))
    elif more:
        print("over 5 %% more: %s" % ", ".join(more))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
