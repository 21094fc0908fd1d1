"""Medians, ratios, verdicts; as a table, as JSON and as a plot."""

import json, math, os, platform, re

from systems import ROOT

BASELINE = os.path.join(ROOT, "tests/bench/baseline.json")
PLOT = os.path.join(ROOT, "tests/bench/plot.svg")
MAY_LOSE = 0.15

# What is aimed at: ratio, least.
TARGETS = (
    ("list-100/kamailio-query", 5), ("list-100/kamailio-plain", 3), ("list-100/limit", 0.35),
    ("relay/kamailio-query", 4), ("store", 0.9), ("last/limit", 1 / 3), ("deny/sqlite", 0.8),
    ("overload/peak", 0.9))
BYTES = (("bytes_a_leg_in_flight", 4096), ("bytes_a_transaction_after", 1024))


def median_of(runs, key="recipients_per_s"):
    """The run in the middle, of those that count; with how far they lay apart."""
    good = [run for run in runs if not run["void"]]
    ordered = sorted(good or runs, key=lambda run: run.get(key) or run.get("lists_per_s") or 0)
    middle = dict(ordered[(len(ordered) - 1) // 2])
    middle["void"] = not good
    middle["runs"] = [run.get(key) or run.get("lists_per_s") or 0 for run in runs]
    return middle


def rate(run, key="recipients_per_s"):
    return run.get(key) or run.get("lists_per_s") or 0


def brief(results, key="recipients_per_s"):
    return ", ".join("%s %s%s" % (name, group(rate(run, key)), " VOID" if run["void"] else "")
                     for name, run in results.items() if rate(run, key))


def group(number):
    """12,300: three digits count."""
    if number <= 0:
        return "0"
    step = 10 ** max(0, int(math.log10(number)) - 2)
    return "{:,}".format(int(round(number / step) * step))


def ratios(results):
    """Each larger when better."""
    found = {}

    def put(name, over, under):
        if over and under:
            found[name] = round(over / under, 4)
    for case, runs in results.items():
        if case == "memory" or "volens" not in runs or runs["volens"]["void"] and case != "overload":
            continue
        for name, run in runs.items():
            if name == "volens" or run["void"] or case in ("last", "overload"):
                continue
            key = "denies_per_s" if case == "deny" else "recipients_per_s"
            put("%s/%s" % (case, name), rate(runs["volens"], key), rate(run, key))
    if "store" in results:
        sizes = sorted(results["store"], key=lambda name: int(name[3:]))
        put("store", rate(results["store"][sizes[-1]]), rate(results["store"][sizes[0]]))
    if "last" in results:
        for name in results["last"]:
            if name != "volens" and not results["last"][name]["void"]:
                put("last/" + name, results["last"][name]["last_ms_p50"],
                    results["last"]["volens"]["last_ms_p50"])
    if "overload" in results:
        put("overload/peak", rate(results["overload"]["volens"]), rate(results["overload"]["peak"]))
    return found


def verdicts(results, found):
    rows = [(name, found[name], least, found[name] >= least)
            for name, least in TARGETS if name in found]
    memory = results.get("memory", {})
    rows += [(name, memory[name], most, memory[name] <= most) for name, most in BYTES
             if name in memory]
    if "refusal" in results:
        out = results["refusal"]["volens"]["recipients"] + results["refusal"]["volens"]["repeats"]
        rows.append(("refusal, requests out", out, 0, out == 0))
    if "overload" in results:
        flood, denies = results["overload"]["volens"], results["overload"]["denies"]
        rows.append(("overload, 503 without Retry-After", flood["shed_barely"], 0,
                     flood["shed_barely"] == 0))
        rows.append(("overload, denies not answered 200", denies["denies"] - denies["done"]
                     + denies["wrong"], 0, denies["done"] == denies["denies"] and not denies["wrong"]))
    return rows


def line(cells, widths):
    return "  ".join(str(c).ljust(w) if i < 2 else str(c).rjust(w)
                     for i, (c, w) in enumerate(zip(cells, widths))).rstrip()


def table(results):
    """One row a case and system."""
    rows = [("case", "system", "a second", "spread", "us of CPU", "busy", "answer p50", "p99", "last p50")]
    for case, runs in results.items():
        if case == "memory":
            continue
        for name, run in runs.items():
            key = "denies_per_s" if "denies_per_s" in run else "recipients_per_s"
            spread = [n for n in run["runs"] if n]
            rows.append((
                case, name, group(rate(run, key)) + (" VOID" if run["void"] else ""),
                "%d %%" % (100 * (max(spread) - min(spread)) / max(spread)) if spread else "",
                run.get("us_each") or "", "%.0f %%" % (100 * run["busy"]) if "busy" in run else "",
                "%.2f ms" % run["answer_ms_p50"] if "answer_ms_p50" in run else "",
                "%.2f ms" % run["answer_ms_p99"] if "answer_ms_p99" in run else "",
                "%.1f ms" % run["last_ms_p50"] if run.get("last_ms_p50") else ""))
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(line(row, widths) for row in rows)


def machine():
    with open("/proc/cpuinfo") as f:
        model = re.search(r"model name\s*: (.*)", f.read())
    return {"cpu": model.group(1) if model else platform.machine(), "cores": os.cpu_count(),
            "kernel": platform.release()}


# -- the plot

COLOURS = {"limit": "#8a8f98", "volens": "#c2410c", "kamailio-plain": "#2563a8",
           "kamailio-query": "#6aa5dc"}
NAMES = {"limit": "bare sockets: no SIP parser, no check, no disk",
         "volens": "Volens: every recipient checked, durable",
         "kamailio-plain": "Kamailio 5.6: no check, not durable",
         "kamailio-query": "Kamailio 5.6: a query each, not durable"}


def plot(results):
    """Recipients a second against list length, both logarithmic."""
    cases = sorted((int(c[5:]), c) for c in results if c.startswith("list-"))
    points = {}
    for length, case in cases:
        for name, run in results[case].items():
            if not run["void"]:
                points.setdefault(name, []).append((length, rate(run)))
    if not points or len(cases) < 2:
        return None
    left, right, top, bottom, width, height = 78, 24, 92, 58, 760, 480
    values = [v for line_ in points.values() for _, v in line_]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    last = math.log10(cases[-1][0])
    x = lambda n: left + (width - left - right) * math.log10(n) / last
    y = lambda v: height - bottom - (height - top - bottom) * (math.log10(v) - low) / (high - low)
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" '
           'font-family="DejaVu Sans, Verdana, sans-serif" font-size="12">' % (width, height, width, height),
           '<title>Recipients a second against list length</title>',
           '<rect width="%d" height="%d" fill="#ffffff"/>' % (width, height)]

    def text(at_x, at_y, words, more=""):
        out.append('<text x="%.1f" y="%.1f" %s>%s</text>' % (at_x, at_y, more, words))
    text(left, 26, "Recipients reached a second, on one core", 'font-size="16" font-weight="bold" fill="#1f2328"')
    for power in range(low, high + 1):
        for step in range(1, 10):
            value = step * 10 ** power
            if value > 10 ** high:
                break
            out.append('<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="%s"/>' % (
                left, width - right, y(value), y(value), "#c9ced6" if step == 1 else "#eef0f3"))
        text(left - 8, y(10 ** power) + 4, "{:,}".format(10 ** power), 'text-anchor="end" fill="#57606a"')
    for length, _ in cases:
        out.append('<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="#eef0f3"/>' % (
            x(length), x(length), top, height - bottom))
        text(x(length), height - bottom + 20, "{:,}".format(length), 'text-anchor="middle" fill="#57606a"')
    text((left + width - right) / 2, height - 14, "recipients in one list", 'text-anchor="middle" fill="#57606a"')
    order = [name for name in ("limit", "volens", "kamailio-plain", "kamailio-query") if name in points]
    for i, name in enumerate(order):
        colour, thick = COLOURS[name], 3 if name == "volens" else 2
        path = " ".join("%.1f,%.1f" % (x(n), y(v)) for n, v in points[name])
        out.append('<polyline points="%s" fill="none" stroke="%s" stroke-width="%d"%s/>' % (
            path, colour, thick, ' stroke-dasharray="6 4"' if name == "limit" else ""))
        for n, v in points[name]:
            out.append('<circle cx="%.1f" cy="%.1f" r="%.1f" fill="%s"><title>%s: %s</title></circle>' % (
                x(n), y(v), 4 if name == "volens" else 3, colour, NAMES[name], group(v)))
            if name == "volens":
                first, end = n == cases[0][0], n == cases[-1][0]
                text(x(n) + 8 * first, y(v) + (18 if first else -9), group(v),
                     'text-anchor="%s" fill="%s" font-size="11"' % (
                         "start" if first else "end" if end else "middle", colour))
        at_x, at_y = left + (i % 2) * 330, 50 + (i // 2) * 20
        out.append('<line x1="%d" x2="%d" y1="%d" y2="%d" stroke="%s" stroke-width="%d"%s/>' % (
            at_x, at_x + 24, at_y - 4, at_y - 4, colour, thick,
            ' stroke-dasharray="6 4"' if name == "limit" else ""))
        text(at_x + 32, at_y, NAMES[name], 'fill="#1f2328"')
    return "\n".join(out + ["</svg>", ""])


# -- the end

def check(found):
    if not os.path.exists(BASELINE):
        return ["there is no baseline"]
    with open(BASELINE) as f:
        before = json.load(f)
    return ["%s was %.3f, is %.3f" % (name, before[name], value) for name, value in found.items()
            if name in before and value < before[name] * (1 - MAY_LOSE)]


def write(path, content):
    with open(path, "w") as f:
        f.write(content)
    print("written: " + os.path.relpath(path, ROOT))


def finish(bench):
    """Print everything; the exit code."""
    results, options = bench.results, bench.options
    found = ratios(results)
    rows = verdicts(results, found)
    print("\n" + table(results) + "\n")
    if "memory" in results:
        for name, value in results["memory"].items():
            print("%-28s %s" % (name.replace("_", " "), group(value)))
        print()
    for name, value in found.items():
        print("%-28s %.3f" % (name, value))
    print()
    for name, value, aim, is_met in rows:
        print("%-4s %-36s %-10.4g aim %.4g" % ("met" if is_met else "MISS", name, value, aim))
    void = [case for case, runs in results.items() if case != "memory"
            for run in runs.values() if run["void"] and case != "overload"]
    print("\n%d runs were void (over 0.1 %% sent again or lost)%s; in %d others took over a tenth "
          "of a core" % (bench.voids, ", and nothing is known of " + ", ".join(void) if void else "",
                         bench.disturbed))
    write(os.path.join(bench.build, "bench.json"), json.dumps(
        {"machine": machine(), "quick": options.quick, "voids": bench.voids,
         "disturbed": bench.disturbed, "results": results, "ratios": found,
         "verdicts": [dict(zip(("name", "value", "aim", "met"), row)) for row in rows]}, indent=1) + "\n")
    if options.baseline:
        write(BASELINE, json.dumps(found, indent=1, sort_keys=True) + "\n")
    if options.plot:
        drawing = plot(results)
        if drawing:
            write(PLOT, drawing)
    lost = check(found) if options.check else []
    for what in lost:
        print("LOST " + what)
    return 1 if lost or void else 0
