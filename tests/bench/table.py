"""The table of docs/benchmark.md: made from build/bench.json, not by hand."""

import conference
from report import group, rate

HEAD = ("", "Volens", "Kamailio,", "Kamailio,", "bare", "Volens beside")
HEAD2 = ("", "", "query", "no check", "sockets", "them")
ORDER = ("volens", "kamailio-query", "kamailio-plain", "limit")


def case_name(case):
    if case.startswith("list-"):
        return "list of {:,}".format(int(case[5:]))
    return "one to one, beside t_relay"


def rates(last):
    """A row a case: recipients a second, and the ratios."""
    rows = [HEAD, HEAD2]
    for case, runs in last["results"].items():
        if not case.startswith("list-") and case != "relay":
            continue
        cell = lambda name: ("" if name not in runs else "void" if runs[name]["void"]
                             else group(rate(runs[name])))
        ratio = [last["ratios"].get("%s/%s" % (case, name)) for name in ORDER[1:]]
        beside = "  ".join("%.2f" % value if value else "  - " for value in ratio)
        rows.append((case_name(case),) + tuple(cell(name) for name in ORDER) + (beside,))
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    return ["  ".join([row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in
                                                   zip(row[1:], widths[1:])]).rstrip()
            for row in rows]


def aims(last):
    """A row an aim."""
    rows = last["verdicts"]
    width = max([len(row["name"]) for row in rows], default=0)
    return ["%-5s  %s  %7s   aim %s%s" % (
        row["verdict"], row["name"].replace("_", " ").ljust(width), number(row["value"]),
        number(row["aim"]), ", it waited" if row["waited"] else "") for row in rows]


def number(value):
    return "%.2f" % value if isinstance(value, float) and value < 100 else "{:,.0f}".format(value)


def others(last):
    """Sentences for what has no column."""
    results = last["results"]
    if "last" in results:
        reached = {name: run["last_ms_p50"] for name, run in results["last"].items()}
        yield "10,000 recipients reached after %s ms" % ", ".join(
            "%.0f (%s)" % (ms, name) for name, ms in reached.items())
    for case, what in (("as-debian-100", "a list of 100"), ("as-debian-relay", "one to one")):
        if case in results:
            yield "%s, Kamailio's default allocator: %s and %s; beside them %.2f and %.2f" % (
                what, group(rate(results[case]["debian-query"])),
                group(rate(results[case]["debian-plain"])),
                last["ratios"].get(case + "/debian-query", 0),
                last["ratios"].get(case + "/debian-plain", 0))
    if "deny" in results:
        yield "denies, on disk before the 200: %s a second, bare SQLite %s" % tuple(
            group(rate(results["deny"][name], "denies_per_s")) for name in ("volens", "sqlite"))
    if "memory" in results:
        memory = results["memory"]
        yield ("bytes of a leg in flight: %.0f, a finished transaction %.0f, a permission %.0f (on "
               "disk %.0f)" % tuple(memory[name] for name in (
                   "bytes_a_leg_in_flight", "bytes_a_transaction_after",
                   "index_bytes_a_permission", "disk_bytes_a_permission")))
    if last.get("model"):
        yield "by the model, on so many cores: " + ", ".join(
            "%s: %s" % (cores, group(value)) for cores, value in last["model"].items())


def table(last):
    machine = last["machine"]
    command = "scripts/bench" + (" --quick" if last["quick"] else "")
    text = ["Recipients reached a second, by `%s` on one core of: %s, Linux %s" % (
        command, machine["cpu"], machine["kernel"]), ""]
    text += rates(last) + [""] + list(others(last)) + conference.lines(last["results"])
    text += [""] + aims(last)
    return "\n".join(("    " + row).rstrip() for row in text)
