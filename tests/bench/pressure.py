"""Denies, and more requests than there is room for."""

import contextlib, json, socket, threading, time

import data, report
from systems import SENDER, TARGET, Volens
from tools import Meter

ASKED = ("127.0.3.21", 6000)
QUESTIONS = 20
SETTLE_S = 15  # for permission requests that were put off


def denying(bench):
    """A relay of its own whose permissions have tokens; bench.denied says which
    are used up.  Those before are recipients of lists."""
    if not hasattr(bench, "n_tokens"):
        bench.n_tokens = 100000 if bench.is_quick else 300000
        bench.denied = bench.n_tokens // 5
        made = data.permissions(bench.path("tokens-%d.db" % bench.n_tokens), bench.n_tokens,
                                with_tokens=True)
        data.copies(made, bench.path("denies-bare.db"), bench.path("denies.db"))
    return bench.up(Volens(bench.folder, bench.build, bench.path("denies.db"),
                           name="volens-denies", address="127.0.3.14"))


def start_denies(bench, system, **options):
    arguments = ["-t", system.address + ":5060", "-f", "127.0.3.20:5060", "-D", "127.0.3.1",
                 "-b", bench.denied, "-n", bench.n_tokens - bench.denied]
    for letter, value in options.items():
        arguments += ["-" + letter, value]
    return bench.tools.start("deny", *arguments)


def end_denies(bench, process, case):
    result = bench.tools.finish(process)
    bench.denied = result.get("next", bench.denied)
    if result["void"]:
        bench.note_void(case, "denies", result)
    return result


def deny_once(bench, system, seconds):
    """Denies in a closed loop; "group": how many shared a commit."""
    with system.turn():
        before, meter = system.metrics(), Meter(system)
        result = end_denies(bench, start_denies(bench, system, w=512, d=seconds), "deny")
        meter.read(result, seconds)
        after = system.metrics()
    commits, jobs = (after["volensd_store_commit%s_total" % name]
                     - before["volensd_store_commit%s_total" % name] for name in ("s", "_jobs"))
    result["group"] = max(1, round(jobs / max(1, commits)))
    return result


def deny(bench):
    """Turns with bare SQLite, which commits groups of the size the relay had."""
    system = denying(bench)
    runs, bare, bare_next = [], [], bench.denied
    deny_once(bench, system, 0.3)  # the log on disk grows to its size
    for _ in range(bench.rounds):
        runs.append(deny_once(bench, system, bench.seconds))
        bare.append(bench.tools.finish(bench.tools.start(
            "commits", bench.path("denies-bare.db"), bare_next, runs[-1]["group"], bench.seconds,
            core=0)))
        bare_next = bare[-1]["next"]
    bench.down(system)
    bench.results["deny"] = {"volens": report.median_of(runs, "denies_per_s"),
                             "sqlite": report.median_of(bare, "denies_per_s")}
    bench.say("deny: " + report.brief(bench.results["deny"], "denies_per_s"))


# -- overload

class Asked(threading.Thread):
    """Recipients that are asked: respond 200, note when a permission request came first."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(ASKED)
        self.socket.settimeout(0.1)
        self.first, self.is_over = {}, False

    def run(self):
        while not self.is_over:
            with contextlib.suppress(TimeoutError):
                message, source = self.socket.recvfrom(65536)
                if message.startswith(b"MESSAGE "):
                    self.first.setdefault(message.split(b" ", 2)[1], time.monotonic())
                    self.socket.sendto(self.answer(message), source)
        self.socket.close()

    @staticmethod
    def answer(message):
        head = message.split(b"\r\n\r\n", 1)[0].split(b"\r\n")[1:]
        kept = [line + (b";tag=a" if line.startswith(b"To:") else b"") for line in head
                if line.split(b":")[0] in (b"Via", b"From", b"To", b"Call-ID", b"CSeq")]
        return b"\r\n".join([b"SIP/2.0 200 OK"] + kept + [b"Content-Length: 0", b"", b""])


def ask(system, name):
    """Have somebody asked, by REST."""
    return system.call("POST", "/v1/permissions", json.dumps(
        {"sender": SENDER, "target": TARGET,
         "recipient": "sip:%s@%s:%d" % ((name,) + ASKED)}))[0]


def ask_under_load(system, name, seconds):
    """Questions that are due in the middle of an overload."""
    time.sleep(seconds * 0.4)
    return [ask(system, "%s-%d" % (name, i)) for i in range(QUESTIONS)]


def flood(bench, system, length, offered):
    """Lists at a rate, denies and permission requests beside them."""
    seconds, name = max(2, 2 * bench.seconds), "q%d-%d" % (length, bench.denied)
    asked = Asked()
    asked.start()
    with system.turn():
        before = system.metric("permission_requests_total")
        begin, meter = time.monotonic(), Meter(system)
        denies = start_denies(bench, system, w=64, o=200, d=seconds)
        process = bench.tools.load(system, l=length, w=50000, p=bench.n_tokens // 5, o=offered,
                                   d=seconds)
        answers = ask_under_load(system, name, seconds)
        result = bench.tools.finish(process)
        meter.read(result, seconds)
        denies = end_denies(bench, denies, "overload-%d" % length)
        end = time.monotonic() + SETTLE_S
        while len(asked.first) < answers.count(201) and time.monotonic() < end:
            time.sleep(0.1)
        result["asked_by_metric"] = system.metric("permission_requests_total") - before
    asked.is_over = True
    asked.join()
    during = sum(at < begin + seconds for at in asked.first.values())
    result.update(offered_lists_per_s=offered, permission_requests=answers.count(201),
                  asked_during=during, asked_after=len(asked.first) - during)
    return result, denies


def overload_of(bench, system, length):
    """Twice what it can take, whatever comes back."""
    peaks, floods, denies = [], [], []
    for _ in range(1 if bench.is_quick else 2):
        peaks.append(bench.run("overload-%d" % length, "peak", system, l=length,
                               w=256 if length == 1 else 400, p=bench.n_tokens // 5,
                               d=2 * bench.seconds))
        result, denied = flood(bench, system, length, 2 * peaks[-1]["lists_per_s"])
        floods.append(result)
        denies.append(denied)
    found = {"peak": report.median_of(peaks), "volens": report.median_of(floods),
             "denies": report.median_of(denies, "denies_per_s")}
    for key in ("shed", "shed_barely", "permission_requests", "asked_during", "asked_after"):
        found["volens"][key] = sum(run.get(key, 0) for run in floods)
    for key in ("denies", "done", "wrong"):
        found["denies"][key] = sum(run.get(key, 0) for run in denies)
    bench.results["overload-%d" % length] = found
    bench.say("overload-%d: %s; shed %d; of %d permission requests %d during it, %d after; denies p99 %.1f ms"
              % (length, report.brief(found), found["volens"].get("shed", 0),
                 found["volens"]["permission_requests"], found["volens"]["asked_during"],
                 found["volens"]["asked_after"], found["denies"].get("answer_ms_p99", 0)))


def overload(bench):
    system = denying(bench)
    for length in (1, 10):
        overload_of(bench, system, length)
    bench.down(system)
