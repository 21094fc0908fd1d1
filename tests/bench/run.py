"""What a run is, options, and how it ends; scripts/bench sets up and calls this."""

import argparse, contextlib, os, shutil, signal, sys, time

import cases, conference, imports, plot, pressure, report, secure, soak, table, workers
from systems import Kamailio, require_free
from tools import CORE_OF_LOAD, Tools

CASES = {"list": cases.lists, "relay": cases.relay, "refusal": cases.refusal,
         "last": cases.last, "memory": cases.memory, "store": cases.store,
         "workers": workers.workers, "deny": pressure.deny, "overload": pressure.overload,
         "conference": conference.conference, "tls": secure.secure,
         "import": imports.importing}
NEED_MAIN = ("list", "relay", "refusal", "last", "memory")
SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


class Bench:
    """Systems, turns and results; the cases are functions of it."""

    def __init__(self, options):
        self.options, self.build = options, options.build
        self.folder = os.path.join(self.build, "bench")
        os.makedirs(self.folder, exist_ok=True)
        self.tools, self.systems = Tools(self.build), []
        self.is_quick = options.quick
        self.seconds = 0.4 if self.is_quick else 1.6
        self.rounds, self.patience = 3, 4 if self.is_quick else 10
        self.results, self.voids, self.disturbed = {}, [], 0
        self.began = time.monotonic()

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

    def kill(self):
        self.tools.kill()
        for system in self.systems:
            system.kill()

    def say(self, text):
        print("  %6.1f s  %s" % (time.monotonic() - self.began, text), file=sys.stderr, flush=True)

    def note_void(self, case, name, result):
        why = {key: result[key] for key in ("resent", "repeats", "lost", "wrong", "drops",
                                            "last_ms_p99", "others") if result.get(key)}
        self.voids.append({"case": case, "system": name, "why": why})

    def run(self, case, name, system, **options):
        """A run; once more when it was void or others took the cores."""
        for _ in range(2):
            result = self.tools.measure(system, **options)
            if result["void"]:
                self.note_void(case, name, result)
            is_disturbed = result["others"] > 0.1
            self.disturbed += is_disturbed
            if not result["void"] and (not is_disturbed or self.disturbed > self.patience):
                break
        return result

    def turns(self, case, systems, **options):
        """Each system once a round, another first each time."""
        systems = {name: it for name, it in systems.items() if it[0]}
        runs = {name: [] for name in systems}
        order = list(systems)
        for _ in range(self.rounds):
            for name in order:
                mine = dict(options, **systems[name][1])
                runs[name].append(self.run(case, name, systems[name][0], **mine))
            order = order[1:] + order[:1]
        self.results[case] = {name: report.median_of(runs[name]) for name in systems}
        self.say(case + ": " + report.brief(self.results[case]))
        return self.results[case]

    def all(self):
        wanted = [name for name in CASES if name in (self.options.case or CASES)]
        if any(name in NEED_MAIN for name in wanted):
            self.say("starting the systems (the first time, their databases are made)")
            cases.main_systems(self)
        for name in wanted:
            if name not in NEED_MAIN:
                self.down(*list(self.systems))
            CASES[name](self)
        self.down(*list(self.systems))


def niceness(value):
    """Of the session against others; without it, nice counts only within."""
    with contextlib.suppress(OSError), open("/proc/self/autogroup", "w") as f:
        f.write(str(value))


def leave(number, _):
    """Once; what is up is taken down on the way out."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


@contextlib.contextmanager
def machine():
    """One core each, before others; nothing stays when it is over."""
    require_free()
    if os.cpu_count() < 2:
        sys.exit("bench: needs two cores, one for the system and one for the load")
    os.sched_setaffinity(0, {CORE_OF_LOAD})
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, -20)  # all that is started inherits it
    niceness(-20)
    for number in SIGNALS:
        signal.signal(number, leave)
    try:
        yield
    finally:
        niceness(0)


def measure(options, what):
    """Run it; whatever happens, nothing is left running."""
    bench = Bench(options)
    with machine():
        try:
            what(bench)
        finally:
            bench.kill()
    return bench


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="under 90 seconds")
    parser.add_argument("--case", action="append", choices=CASES)
    parser.add_argument("--baseline", action="store_true",
                        help="write tests/bench/baseline.json; with --case, its ratios alone")
    parser.add_argument("--check", action="store_true",
                        help="fail where a ratio lost more than 15 %% against the baseline")
    parser.add_argument("--plot", action="store_true", help="write tests/bench/plot.svg")
    parser.add_argument("--soak", type=float, nargs="?", const=600, metavar="SECONDS",
                        help="full load for so long (600): is memory flat?")
    parser.add_argument("--table", action="store_true",
                        help="print the table of docs/benchmark.md from the last run; measures nothing")
    parser.add_argument("--replot", action="store_true",
                        help="draw the plot from the last run; measures nothing")
    options = parser.parse_args()
    if options.baseline and options.quick:
        parser.error("a baseline is not made from a quick run")
    return options


def main():
    options = arguments()
    if options.table or options.replot:
        last = report.last_run(options.build)
        if options.table:
            print(table.table(last))
        if options.replot:
            plot.write(last["results"])
    elif options.soak:
        sys.exit(soak.finish(measure(options, soak.soak)))
    else:
        bench = measure(options, Bench.all)
        code = report.finish(bench)
        if options.plot:
            plot.write(bench.results)
        sys.exit(code)


if __name__ == "__main__":
    main()
