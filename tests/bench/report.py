"""Medians, ratios, verdicts; as words and as JSON."""

import json, math, os, platform, re

import conference, imports, secure, workers
from systems import ROOT

BASELINE = os.path.join(ROOT, "tests/bench/baseline.json")
MAY_LOSE = 0.15
CLOSE = 0.1  # of the aim: nearer than two runs are to each other
MAY_IDLE = 0.1

# What is aimed at: ratio, least.
TARGETS = (
    ("list-100/kamailio-query", 5), ("list-100/kamailio-plain", 3), ("list-100/limit", 0.35),
    ("relay/kamailio-query", 4), ("store", 0.9), ("last/limit", 1 / 3), ("deny/sqlite", 0.8),
    ("overload-1/peak", 0.9), ("overload-10/peak", 0.9), ("workers-4", 0.8))
BYTES = (("bytes_a_leg_in_flight", 4096), ("bytes_a_transaction_after", 1024))


def median_of(runs, key="recipients_per_s"):
    """The run in the middle, of those that count; with how far they lay apart."""
    good = [run for run in runs if not run["void"]]
    ordered = sorted(good or runs, key=lambda run: rate(run, key))
    middle = dict(ordered[(len(ordered) - 1) // 2])
    middle["void"] = not good
    middle["runs"] = [rate(run, key) for run in runs]
    return middle


def rate(run, key="recipients_per_s"):
    return run.get(key) or run.get("lists_per_s") or 0


def key_of(run):
    return "denies_per_s" if "denies_per_s" in run else "recipients_per_s"


def brief(results, key="recipients_per_s"):
    return ", ".join("%s %s%s" % (name, group(rate(run, key)), " VOID" if run["void"] else "")
                     for name, run in results.items() if rate(run, key))


def group(number):
    """12,300: three digits count."""
    if number <= 0:
        return "0"
    step = 10 ** max(0, int(math.log10(number)) - 2)
    return "{:,}".format(int(round(number / step) * step))


def of_runs(results):
    """Cases that have runs of systems."""
    return {case: runs for case, runs in results.items() if case not in ("memory", "conference", "tls", "import")}


# -- ratios

def ratios_beside(case, runs):
    """Volens beside each of the others."""
    if case.startswith("overload"):  # which has losses
        return {case + "/peak": rate(runs["volens"]) / rate(runs["peak"])}
    if "volens" not in runs or runs["volens"]["void"]:
        return {}
    if case == "last":
        speed = lambda run: 1 / run["last_ms_p50"] if run["last_ms_p50"] else 0
    else:
        speed = lambda run: rate(run, key_of(run))
    return {"%s/%s" % (case, name): speed(runs["volens"]) / speed(run)
            for name, run in runs.items() if name != "volens" and not run["void"] and speed(run)}


def ratio_of_store(runs):
    sizes = sorted(runs, key=lambda name: int(name[3:]))
    least, most = runs[sizes[0]], runs[sizes[-1]]
    if least["void"] or most["void"]:
        return {}
    return {"store": rate(most) / rate(least)}


def ratios_of_workers(runs):
    """CPU without workers, to CPU with them."""
    none = runs["workers-0"]
    return {name: none["us_each"] / run["us_each"] for name, run in runs.items()
            if name != "workers-0" and not run["void"] and not none["void"]}


def ratios(results):
    """Each larger when better."""
    found = {}
    for case, runs in of_runs(results).items():
        if case == "store":
            found.update(ratio_of_store(runs))
        elif case == "workers":
            found.update(ratios_of_workers(runs))
        else:
            found.update(ratios_beside(case, runs))
    found.update(conference.ratios(results))
    found.update(imports.ratios(results))
    return {name: round(value, 4) for name, value in found.items()}


# -- verdicts

def judge(value, aim, better):
    """met or MISS; close where two runs may well differ about it."""
    if aim and abs(value - aim) <= CLOSE * aim:
        return "close"
    return "met" if (value >= aim if better == "more" else value <= aim) else "MISS"


def counts(results):
    """What must be 0: name and value."""
    if "refusal" in results:
        run = results["refusal"]["volens"]
        yield "refusal, requests out", run["recipients"] + run["repeats"]
    for case, runs in results.items():
        if not case.startswith("overload"):
            continue
        flood, denies = runs["volens"], runs["denies"]
        yield case + ", 503 without Retry-After", flood["shed_barely"]
        yield (case + ", denies not answered 200",
               denies["denies"] - denies["done"] + denies["wrong"])
        if flood["shed"]:
            yield case + ", asked during it", flood["asked_during"]
        yield (case + ", never asked", flood["permission_requests"] - flood["asked_during"]
               - flood["asked_after"])


def waited(results):
    """Whose core was idle, though there was work: (case, system), share."""
    return {(case, name): run["idle"] for case, runs in of_runs(results).items()
            for name, run in runs.items() if run.get("idle", 0) > MAY_IDLE}


def verdicts(results, found):
    """Rows of name, value, aim, verdict, and whether the relay waited."""
    memory = results.get("memory", {})
    rows = [(name, found[name], least, judge(found[name], least, "more"))
            for name, least in TARGETS if name in found]
    rows += [(name, memory[name], most, judge(memory[name], most, "less")) for name, most in BYTES
             if name in memory]
    rows += [(name, value, 0, judge(value, 0, "less")) for name, value in counts(results)]
    mixed = conference.values(results.get("conference", {}))
    rows += [(name, mixed[name], aim, judge(mixed[name], aim, better))
             for name, aim, better in conference.AIMS if name in mixed]
    many = imports.values(results.get("import", {}))
    rows += [(name, many[name], aim, judge(many[name], aim, better))
             for name, aim, better in imports.AIMS if name in many]
    idle = {case for case, name in waited(results) if name == "volens"}
    return [dict(zip(("name", "value", "aim", "verdict"), row), waited=row[0].split("/")[0] in idle)
            for row in rows]


# -- words

def line(cells, widths):
    return "  ".join(str(c).ljust(w) if i < 2 else str(c).rjust(w)
                     for i, (c, w) in enumerate(zip(cells, widths))).rstrip()


def align(rows):
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(line(row, widths) for row in rows)


def spread(run):
    lowest, highest = min(run["runs"]), max(run["runs"])
    return "%d %%" % (100 * (highest - lowest) / highest) if highest else ""


def table(results):
    """One row a case and system."""
    rows = [("case", "system", "a second", "spread", "us of CPU", "busy", "answer p50", "p99",
             "last p50")]
    for case, runs in of_runs(results).items():
        for name, run in runs.items():
            ms = lambda key: "%.2f ms" % run[key] if run.get(key) else ""
            rows.append((
                case, name, group(rate(run, key_of(run))) + (" VOID" if run["void"] else ""),
                spread(run), run.get("us_each") or "",
                "%.0f %%" % (100 * run["busy"]) if "busy" in run else "",
                ms("answer_ms_p50"), ms("answer_ms_p99"), ms("last_ms_p50")))
    return align(rows)


def words_of_waiting(results):
    found = {}
    for (case, name), share in waited(results).items():
        found.setdefault(name, []).append("%s %.0f %%" % (case, 100 * share))
    return "\n".join("WAITED  the core of %s was idle, so this measured waiting, not work: %s"
                     % (name, ", ".join(cases)) for name, cases in found.items())


def words_of_floods(results):
    return "\n".join("%s: twice its peak did not overload it, nothing was shed" % case
                     for case, runs in results.items()
                     if case.startswith("overload") and not runs["volens"]["shed"])


def words_of_voids(bench, void):
    lines = {}
    for row in bench.voids:
        why = ", ".join("%s %g" % part for part in row["why"].items()) or "not all over in time"
        lines.setdefault("%s %s" % (row["case"], row["system"]), []).append(why)
    text = ["%d runs were void (over 0.1 %% sent again or lost) and made again; in %d others took "
            "over a tenth of a core" % (len(bench.voids), bench.disturbed)]
    text += ["  void: %s: %s" % (what, "; ".join(why)) for what, why in lines.items()]
    if void:
        text.append("VOID twice, so nothing is known of: " + ", ".join(void))
    return "\n".join(text)


def machine():
    with open("/proc/cpuinfo") as f:
        model = re.search(r"model name\s*: (.*)", f.read())
    return {"cpu": model.group(1) if model else platform.machine(), "cores": os.cpu_count(),
            "kernel": platform.release()}


def words(results, found, rows):
    text = ["", table(results), ""]
    text += [part + "\n" for part in (words_of_waiting(results), words_of_floods(results),
                                      workers.words(results),
                                      "\n".join(conference.lines(results)),
                                      secure.words(results)) if part]
    text += ["%-28s %s" % (name.replace("_", " "), group(value))
             for name, value in results.get("memory", {}).items()]
    text += [""] + ["%-28s %.3f" % pair for pair in found.items()] + [""]
    text += ["%-5s %-38s %-9.4g aim %.4g%s" % (
        row["verdict"], row["name"], row["value"], row["aim"],
        "  (it waited)" if row["waited"] else "") for row in rows]
    return "\n".join(text) + "\n"


# -- the end

def check(found):
    if not os.path.exists(BASELINE):
        return ["there is no baseline"]
    with open(BASELINE) as f:
        before = json.load(f)
    return ["%s was %.3f, is %.3f" % (name, before[name], value) for name, value in found.items()
            if name in before and value < before[name] * (1 - MAY_LOSE)]


def keep(found, is_whole):
    """The baseline; of a part of the cases, their ratios in it."""
    if not is_whole:
        with open(BASELINE) as f:
            found = {**json.load(f), **found}
    write(BASELINE, json.dumps(found, indent=1, sort_keys=True) + "\n")


def write(path, content):
    with open(path, "w") as f:
        f.write(content)
    print("written: " + os.path.relpath(path, ROOT))


def last_run(build):
    path = os.path.join(build, "bench.json")
    if not os.path.exists(path):
        raise SystemExit("bench: no run yet (%s)" % path)
    with open(path) as f:
        return json.load(f)


def finish(bench):
    """Print everything; the exit code."""
    results, options = bench.results, bench.options
    found = ratios(results)
    rows = verdicts(results, found)
    void = ["%s %s" % (case, name) for case, runs in of_runs(results).items()
            for name, run in runs.items()
            if run["void"] and (not case.startswith("overload") or name == "peak")]
    print(words(results, found, rows))
    print(words_of_voids(bench, void))
    write(os.path.join(bench.build, "bench.json"), json.dumps(
        {"machine": machine(), "quick": options.quick, "voids": bench.voids,
         "disturbed": bench.disturbed, "results": results, "ratios": found, "verdicts": rows,
         "model": workers.model(results)}, indent=1) + "\n")
    if options.baseline:
        keep(found, is_whole=not options.case)
    lost = check(found) if options.check else []
    for what in lost:
        print("LOST " + what)
    return 1 if lost or void else 0
