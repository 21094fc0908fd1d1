"""Conferences: the mixer beside bare sockets in lock-step, and beside Janus in real time.

All numbers are microseconds of CPU for one participant and 20 ms: a packet
received, decoded, mixed, encoded and sent.
"""

import glob, json, subprocess, time

import dialout, janus
from tools import CORE_OF_LOAD, CORE_OF_SYSTEM

# Name: participants, in conferences of so many, ticks.  Three talk in each.
LOCK_STEP = {"100": (100, 100, 400), "100x3": (300, 3, 200), "1000": (1000, 1000, 60)}
LIVE = {"10": (10, 10), "100": (100, 100), "30x3": (90, 3)}
HOST, CROWD_HOST = "127.0.3.1", "127.0.3.2"

# Name, aim, and which is better.
AIMS = (("conference-100, over bare sockets", 1.5, "less"),
        ("conference-100x3, over bare sockets", 1.5, "less"),
        ("conference-1000, over conference-100", 1.4, "less"),
        ("conference-100, janus over it", 4, "more"),
        ("conference-30x3, janus over it", 4, "more"),
        ("conference, wake-ups a second of four", 60, "less"),
        ("dialout, MESSAGE legs over INVITE legs, CPU", 0.12, "more"),
        ("dialout, MESSAGEs beside a conference of 60, over alone", 0.9, "more"),
        ("dialout, 200 are in, ms", 1000, "less"),
        ("dialout, ACK after its 200, ms p99", 20, "less"))


def conference(bench):
    found = {"lock_step": {}, "live": {}}
    bench.results["conference"] = found
    for name in ("100",) if bench.is_quick else LOCK_STEP:
        found["lock_step"][name] = lock_step(bench, *LOCK_STEP[name])
        bench.say("conference %s, lock-step: %s" % (name, brief(found["lock_step"][name])))
    for name in ("100",) if bench.is_quick else LIVE:
        found["live"][name] = live(bench, *LIVE[name])
        bench.say("conference %s, live: %s" % (name, brief(found["live"][name])))
    found["wakeups_a_second"] = Ours(bench).run(4, 4, 2)["wakeups_a_second"]
    found["dialout"] = dialout.dialout(bench)
    bench.say("conference, calls: " + dialout.words(found["dialout"]))


def brief(costs):
    return ", ".join("%s %.1f us" % (name, run["us_each"]) if run else name + " void"
                     for name, run in costs.items())


def lock_step(bench, n, group, ticks):
    """The best of five of each, in turns: others on the machine only add."""
    runs = {"mixer": [], "bare": []}
    for _ in range(3 if bench.is_quick else 5):
        for name, mode in (("mixer", "engine"), ("bare", "bare")):
            process = bench.tools.start("mixer", mode, n, group, ticks, core=CORE_OF_SYSTEM)
            runs[name].append(bench.tools.finish(process))
    return {name: best(tried) for name, tried in runs.items()}


def best(runs):
    good = [run for run in runs if not run["void"]]
    return min(good, key=lambda run: run["us_each"]) if good else None


def live(bench, n, group):
    systems = {"mixer": Ours(bench)}
    if janus.Janus.is_there():
        systems["janus"] = Theirs(bench)
    runs = {name: [] for name in systems}
    for _ in range(1 if bench.is_quick else 3):
        for name, system in systems.items():
            runs[name].append(system.run(n, group, 2 if bench.is_quick else 4))
    return {name: best(tried) for name, tried in runs.items()}


class Live:
    """A mixer that a crowd talks to for some seconds."""

    host = HOST

    def __init__(self, bench):
        self.bench = bench

    def run(self, n, group, seconds):
        crowd = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", str(CORE_OF_LOAD),
             self.bench.build + "/tests/bench/voices", str(n), str(group), CROWD_HOST, self.host],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            ports = self.open(crowd.stdout.readline(), n, group)
            crowd.stdin.write(ports + "\n")
            crowd.stdin.flush()
            time.sleep(1)  # buffers are in use
            result = self.measure(n, seconds)
            counts = json.loads(crowd.communicate(timeout=30)[0])
        finally:
            crowd.kill()
            crowd.wait()
            self.close()
        # What is missing was not mixed, and cost nothing.
        result["void"] = counts["received"] < 0.9 * counts["sent"]
        return dict(result, **counts)

    def measure(self, n, seconds):
        begin, spent, turns = time.monotonic(), self.cpu(), self.switches()
        time.sleep(seconds)
        wall = time.monotonic() - begin
        return {"us_each": round(1e6 * (self.cpu() - spent) / (wall * 50 * n), 2),
                "threads": len(self.tasks()),
                "wakeups_a_second": round((self.switches() - turns) / wall, 1)}

    def tasks(self):
        return glob.glob("/proc/%d/task/*" % self.process.pid)

    def cpu(self):
        total = 0
        for task in self.tasks():
            with open(task + "/schedstat") as f:
                total += int(f.read().split()[0])
        return total / 1e9

    def switches(self):
        total = 0
        for task in self.tasks():
            with open(task + "/status") as f:
                total += int(next(line for line in f if line.startswith("voluntary")).split()[1])
        return total


class Ours(Live):
    """server/media/mixer.h, with its thread."""

    def open(self, ports, n, group):
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", str(CORE_OF_SYSTEM),
             self.bench.build + "/tests/bench/mixer", "live", str(n), str(group)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(ports)
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def close(self):
        self.process.kill()
        self.process.wait()


class Theirs(Live):
    host = janus.HOST

    def open(self, ports, n, group):
        self.janus = janus.Janus(self.bench.folder, CORE_OF_SYSTEM).start()
        self.process = self.janus.process
        return " ".join(map(str, self.janus.gather([int(port) for port in ports.split()], group)))

    def close(self):
        self.janus.stop()


# -- what report.py and table.py say of it

def cost(found, part, name, who):
    run = found.get(part, {}).get(name, {}).get(who)
    return run["us_each"] if run else None


def over(a, b):
    return a / b if a and b else None


def values(found):
    """What the aims are about, by their names."""
    step = lambda name, who: cost(found, "lock_step", name, who)
    rows = {"conference-%s, over bare sockets" % name: over(step(name, "mixer"), step(name, "bare"))
            for name in LOCK_STEP}
    rows["conference-1000, over conference-100"] = over(step("1000", "mixer"), step("100", "mixer"))
    for name in LIVE:
        rows["conference-%s, janus over it" % name] = over(
            cost(found, "live", name, "janus"), cost(found, "live", name, "mixer"))
    rows["conference, wake-ups a second of four"] = found.get("wakeups_a_second")
    rows.update(dialout.values(found.get("dialout", {})))
    return {name: value for name, value in rows.items() if value is not None}


def ratios(results):
    """Each larger when better, for the baseline."""
    found = values(results.get("conference", {}))
    named = (("conference-100/bare", "conference-100, over bare sockets", -1),
             ("conference-100x3/bare", "conference-100x3, over bare sockets", -1),
             ("conference-100/janus", "conference-100, janus over it", 1))
    return {short: found[name] ** power for short, name, power in named if name in found}


def lines(results):
    """The costs, a row a shape."""
    found = results.get("conference")
    if not found:
        return []
    text = ["us of CPU a participant of a conference and 20 ms, G.711, three talk:"]
    for part, what in (("lock_step", "lock-step"), ("live", "real time")):
        text += ["  %-9s  %-6s  %s" % (what, name, brief(costs))
                 for name, costs in found[part].items()]
    if "dialout" in found:
        text.append("  calls      " + dialout.words(found["dialout"]))
    if not any("janus" in costs for costs in found["live"].values()):
        text.append("  Janus is not installed (Debian's package janus): not beside it")
    return text
