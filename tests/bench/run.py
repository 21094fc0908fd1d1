"""The cases of the measurement; scripts/bench sets up and calls this."""

import argparse, contextlib, os, shutil, signal, subprocess, sys, time

import data, report
from systems import CORE_OF_LOAD, Kamailio, Limit, Tools, Volens

LENGTHS = (1, 10, 100, 1000, 10000)
WINDOW = {1: 256, 10: 128, 100: 16, 1000: 2, 10000: 2}
MANY = 1000000


class Bench:
    def __init__(self, options):
        self.options, self.build = options, options.build
        self.folder = os.path.join(self.build, "bench")
        os.makedirs(self.folder, exist_ok=True)
        self.tools, self.systems = Tools(self.build), []
        self.seconds = 0.7 if options.quick else 2
        self.rounds = 2 if options.quick else 3
        self.results, self.voids, self.disturbed = {}, 0, 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def up(self, system):
        """Start, and let it sleep until its turn."""
        if isinstance(system, Kamailio) and not shutil.which("kamailio"):
            return None
        self.systems.append(system)
        return system.start().rest()

    def down(self, *systems):
        for system in systems:
            if system:
                system.stop()
                self.systems.remove(system)

    def say(self, text):
        print("  %6.1f s  %s" % (time.monotonic() - self.began, text), file=sys.stderr, flush=True)

    def run(self, system, **options):
        """A run; once more when it was void or others took the cores."""
        for _ in range(2):
            result = self.tools.measure(system, **options)
            self.voids += bool(result["void"])
            self.disturbed += result["others"] > 0.1
            if not result["void"] and (result["others"] <= 0.1 or self.disturbed > 10):
                break
        return result

    def rounds_of(self, case, systems, **options):
        """Turns: each system once a round, another first each time."""
        runs = {name: [] for name in systems}
        order = list(systems)
        for _ in range(self.rounds):
            for name in order:
                mine = dict(options, **systems[name][1])
                runs[name].append(self.run(systems[name][0], **mine))
            order = order[1:] + order[:1]
        self.results[case] = {name: report.median_of(runs[name]) for name in systems}
        self.say(case + ": " + report.brief(self.results[case]))
        return self.results[case]

    # -- lists, and a list of one beside a relay
    def main_systems(self):
        permissions = data.permissions(self.path("permissions-6.db"), MANY)
        table = data.table(self.path("table-6.db"), MANY)
        self.volens = self.up(Volens(self.folder, self.build, permissions))
        self.limit = self.up(Limit(self.folder, self.build))
        self.asking = self.up(Kamailio(self.folder, "127.0.3.3", table))
        self.plain = self.up(Kamailio(self.folder, "127.0.3.4"))

    def lists(self):
        systems = {"volens": (self.volens, {}), "kamailio-query": (self.asking, {}),
                   "kamailio-plain": (self.plain, {}), "limit": (self.limit, {})}
        systems = {name: it for name, it in systems.items() if it[0]}
        for length in LENGTHS[:4] if self.options.quick else LENGTHS:
            options = dict(l=length, w=WINDOW[length], d=self.seconds)
            if length == 10000:
                options.update(T=True, B=4000)
            self.rounds_of("list-%d" % length, systems, **options)

    def relay(self):
        table = self.path("table-6.db")
        asking = self.up(Kamailio(self.folder, "127.0.3.6", table, is_relay=True))
        plain = self.up(Kamailio(self.folder, "127.0.3.7", is_relay=True))
        systems = {"volens": (self.volens, {}), "kamailio-query": (asking, {"e": 200}),
                   "kamailio-plain": (plain, {"e": 200})}
        systems = {name: it for name, it in systems.items() if it[0]}
        self.rounds_of("relay", systems, l=1, w=256, d=self.seconds)
        self.down(asking, plain)

    def refusal(self):
        self.rounds_of("refusal", {"volens": (self.volens, {})}, l=100, w=16, m=True, e=470,
                       d=self.seconds)

    def last(self):
        """One list of 10,000 at a time: from its first octet to the last leg."""
        systems = {"volens": (self.volens, {}), "kamailio-plain": (self.plain, {}),
                   "limit": (self.limit, {})}
        systems = {name: it for name, it in systems.items() if it[0]}
        self.rounds_of("last", systems, l=10000, w=1, T=True, B=4000, d=self.seconds)

    # -- the number of permissions
    def store(self):
        systems = {}
        for i, power in enumerate((3, 5) if self.options.quick else (3, 5, 7)):
            n = 10 ** power
            path = data.permissions(self.path("permissions-%d.db" % power), n)
            system = self.up(Volens(self.folder, self.build, path, name="volens-%d" % power,
                                    address="127.0.3.%d" % (11 + i)))
            # No recipient twice at a time (RFC 3428 section 8): 4 lists of 100.
            systems["10^%d" % power] = (system, {"p": n})
        self.rounds_of("store", systems, l=100, w=4, d=self.seconds)
        self.down(*(system for system, _ in systems.values()))

    # -- saying no
    def denying_system(self):
        self.n_tokens = 100000 if self.options.quick else 300000
        path = data.permissions(self.path("denies.db"), self.n_tokens, with_tokens=True)
        for suffix in ("-wal", "-shm"):
            if os.path.exists(self.path("denies-bare.db") + suffix):
                os.remove(self.path("denies-bare.db") + suffix)
        shutil.copyfile(path, self.path("denies-bare.db"))
        os.sync()
        self.denied = self.n_tokens // 5  # those before are for lists
        return self.up(Volens(self.folder, self.build, path, name="volens-denies",
                              address="127.0.3.14"))

    def start_denies(self, system, **options):
        arguments = ["-t", system.address + ":5060", "-f", "127.0.3.20:5060", "-D", "127.0.3.1",
                     "-b", self.denied, "-n", self.n_tokens - self.denied]
        for letter, value in options.items():
            arguments += ["-" + letter, value]
        return self.tools.start("deny", *arguments)

    def end_denies(self, process):
        result = self.tools.finish(process)
        self.denied = result.get("next", self.denied)
        self.voids += bool(result["void"])
        return result

    def deny(self, system):
        runs, bare, bare_next = [], [], self.denied
        for _ in range(self.rounds):
            with system.turn():
                before = system.metric("store_commits_total"), system.metric("store_commit_jobs_total")
                used = system.cpu_seconds()
                result = self.end_denies(self.start_denies(system, w=512, d=self.seconds))
                result["system_cpu_s"] = system.cpu_seconds() - used
                commits = system.metric("store_commits_total") - before[0]
                jobs = system.metric("store_commit_jobs_total") - before[1]
            result["group"] = max(1, round(jobs / max(1, commits)))
            runs.append(result)
            process = subprocess.Popen(
                ["taskset", "-c", "0", os.path.join(self.build, "tests/bench/commits"),
                 self.path("denies-bare.db"), str(bare_next), str(result["group"]),
                 str(self.seconds)], stdout=subprocess.PIPE, text=True)
            bare.append(self.tools.finish(process))
            bare_next = bare[-1]["next"]
        self.results["deny"] = {"volens": report.median_of(runs, "denies_per_s"),
                                "sqlite": report.median_of(bare, "denies_per_s")}
        self.say("deny: " + report.brief(self.results["deny"], "denies_per_s"))

    # -- more than there is room for
    def overload(self, system):
        length, population = 10, self.n_tokens // 5
        peaks, floods, denies = [], [], []
        for _ in range(1 if self.options.quick else 2):
            peaks.append(self.run(system, l=length, w=400, p=population,
                                  d=2 * self.seconds))
            offered = 2 * peaks[-1]["lists_per_s"]
            with system.turn():
                process = self.start_denies(system, w=64, o=200, d=2 * self.seconds)
                flood = self.tools.finish(self.tools.load(
                    system, l=length, w=50000, p=population, o=offered, d=2 * self.seconds))
                denies.append(self.end_denies(process))
            flood["offered_lists_per_s"] = offered
            floods.append(flood)
        self.results["overload"] = {"peak": report.median_of(peaks),
                                    "volens": report.median_of(floods),
                                    "denies": report.median_of(denies, "denies_per_s")}
        flood = self.results["overload"]["volens"]
        self.say("overload: %s, %d shed, %d without Retry-After, denies p99 %.1f ms" % (
            report.brief(self.results["overload"]), flood["shed"], flood["shed_barely"],
            self.results["overload"]["denies"]["answer_ms_p99"]))

    # -- bytes
    def memory(self):
        empty = data.permissions(self.path("permissions-0.db"), 1)
        full = self.volens.database
        self.down(self.volens)  # one process a file
        limits = "legs = 50000 breadth = 10000 requests = 100000"
        found = {"disk_bytes_a_permission": os.path.getsize(full) / MANY}
        system = self.up(Volens(self.folder, self.build, empty, name="volens-idle",
                                address="127.0.3.15"))
        found["idle_bytes"] = system.resident_bytes()
        self.down(system)
        system = self.up(Volens(self.folder, self.build, full, name="volens-memory",
                                address="127.0.3.15", limits=limits))
        loaded = system.resident_bytes()
        found["index_bytes_a_permission"] = (loaded - found["idle_bytes"]) / MANY
        self.down(system)
        self.memory_of_legs(found, limits)
        if self.plain:
            found.update(self.kamailio_memory())
        self.results["memory"] = found
        self.say("memory: " + ", ".join("%s %.0f" % (k, v) for k, v in found.items()))

    def memory_of_legs(self, found, limits):
        """Growth of a fresh process: with legs that nobody answers, and after
        requests that are over (their answers are kept for 32 s, timer J)."""
        few = data.permissions(self.path("permissions-5.db"), 100000)
        for case in ("flight", "after"):
            system = self.up(Volens(self.folder, self.build, few, name="volens-memory",
                                    address="127.0.3.15", limits=limits))
            before = system.resident_bytes()
            with system.turn():
                if case == "flight":
                    process = self.tools.load(system, l=500, n=40, w=40, p=100000, B=1000, q=3, d=1)
                    end, legs = time.monotonic() + 5, 0
                    while legs < 20000 and time.monotonic() < end:
                        legs = system.metric("legs")
                        time.sleep(0.05)
                    found["bytes_a_leg_in_flight"] = \
                        (system.resident_bytes() - before) / max(1, legs)
                    self.tools.finish(process)
                else:
                    ended = self.tools.finish(self.tools.load(system, l=1, n=50000, w=64,
                                                              p=100000, d=20))
                    found["bytes_a_transaction_after"] = \
                        (system.resident_bytes() - before) / max(1, ended.get("done", 0))
            self.down(system)

    def kamailio_memory(self):
        """Its shared memory: what a transaction holds before and after its end."""
        with self.plain.turn():
            end = time.monotonic() + 10  # what is left of others goes after 5 s
            while int(self.plain.ask("tm.stats").get("current", 0)) and time.monotonic() < end:
                time.sleep(0.2)
            before = int(self.plain.ask("core.shmmem").get("used", 0))
            process = self.tools.load(self.plain, l=100, n=40, w=40, q=2, d=1)
            time.sleep(1)
            flying = int(self.plain.ask("core.shmmem").get("used", 0))
            self.tools.finish(process)
            ended = int(self.plain.ask("core.shmmem").get("used", 0))
        return {"kamailio_bytes_in_flight": (flying - before) / 4000,
                "kamailio_bytes_after": (ended - before) / 4000}

    # -- all of it
    def all(self):
        self.began = time.monotonic()
        only = self.options.case
        wanted = lambda *names: not only or any(name in only for name in names)
        if wanted("list", "relay", "refusal", "last", "memory"):
            self.say("starting the systems")
            self.main_systems()
        for name, run in (("list", self.lists), ("relay", self.relay), ("refusal", self.refusal),
                          ("last", self.last), ("memory", self.memory)):
            if wanted(name):
                run()
        self.down(*list(self.systems))
        if wanted("store"):
            self.store()
        if wanted("deny", "overload"):
            system = self.denying_system()
            if wanted("deny"):
                self.deny(system)
            if wanted("overload"):
                self.overload(system)
            self.down(system)


def niceness(value):
    """Of the session against others; without it, nice counts only within."""
    with contextlib.suppress(OSError), open("/proc/self/autogroup", "w") as f:
        f.write(str(value))


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="under 90 seconds")
    parser.add_argument("--case", action="append", choices=(
        "list", "relay", "refusal", "last", "memory", "store", "deny", "overload"))
    parser.add_argument("--baseline", action="store_true", help="write tests/bench/baseline.json")
    parser.add_argument("--check", action="store_true",
                        help="fail where a ratio lost more than 15 %% against the baseline")
    parser.add_argument("--plot", action="store_true", help="write tests/bench/plot.svg")
    options = parser.parse_args()
    if os.cpu_count() < 2:
        sys.exit("bench: needs two cores, one for the system and one for the load")
    os.sched_setaffinity(0, {CORE_OF_LOAD})
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, -20)  # all that is started inherits it
    niceness(-20)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = Bench(options)
    try:
        bench.all()
    finally:
        for system in bench.systems:
            system.stop()
        niceness(0)
    sys.exit(report.finish(bench))


if __name__ == "__main__":
    main()
