"""Calls of conferences: what a leg costs beside a MESSAGE, how soon all are in, how fast a no is."""

import json, os, signal, subprocess, time

import data
from systems import DOMAIN, SENDER, Volens
from tools import CORE_OF_LOAD

SERVICE = "sip:confs@" + DOMAIN
PARTIES = 200
BESIDE = 60  # no more than 64 get media at one address
CALLEE = "127.0.3.17:6000"
ADDRESS = "127.0.3.16"
SETTINGS = """
service "confs" { methods = { "MESSAGE", "INVITE" } }
conference { parties = 300 per-sender = 100 calls-per-sender = 100000 minutes-per-day = 0
	rest-senders = { "%s" } }
dialout { rate = 0 ringing = 10000 ringing-per-conference = 1000 destination-rate = 0
	destination-ringing = 10000 }
""" % SENDER


class Caller(Volens):
    """It may call as fast as it can."""

    def command(self):
        words = super().command()
        with open(self.config, "a") as f:
            f.write(SETTINGS)
        return words


def system_of(bench):
    own = bench.path("dialout.db")
    data.copies(data.permissions(bench.path("permissions-5.db"), 100000), own)
    return Caller(bench.folder, bench.build, own, name="volens-dialout", address=ADDRESS)


def grant(system, n):
    for i in range(n):
        status, text = system.call("POST", "/v1/permissions", json.dumps({
            "sender": SENDER, "target": SERVICE, "recipient": uri(i), "state": "granted",
            "evidence": "bench", "kinds": ["call"]}))
        if status not in (200, 201):
            raise SystemExit("bench: a permission: %d %s" % (status, text))


def uri(i):
    return "sip:callee%d@%s" % (i, CALLEE)


class Callee:
    """Everybody who is called (callee.c); with media at these ports."""

    def __init__(self, bench, parties=PARTIES, ports=()):
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", str(CORE_OF_LOAD),
             os.path.join(bench.build, "tests/bench/callee"), CALLEE, str(parties), *ports],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def wait(self, what):
        """All of a conference; an empty line where it ended."""
        while True:
            line = self.process.stdout.readline()
            if not line or line.startswith(what):
                return line

    def finish(self):
        self.process.stdin.close()
        lines = self.process.stdout.read().splitlines()
        self.process.wait()
        return json.loads(lines[-1])


def open_conference(system, parties=PARTIES):
    status, text = system.call("POST", "/v1/conferences", json.dumps({
        "service": "confs", "sender": SENDER, "parties": [{"uri": uri(i)} for i in range(parties)]}))
    if status != 201:
        raise SystemExit("bench: a conference: %d %s" % (status, text))
    return json.loads(text)["id"]


def dialout(bench):
    """Conferences of 200, set up and taken down, one after the other."""
    system = bench.up(system_of(bench))
    found = {}
    with system.turn():
        grant(system, PARTIES)
        callee = Callee(bench)
        for _ in range(2):
            one_round(system, callee)  # caches and the store are warm
        rounds = 5 if bench.is_quick else 20
        spent, begin = system.cpu_seconds(), time.monotonic()
        waits = [one_round(system, callee) for _ in range(rounds)]
        wall = time.monotonic() - begin
        found["us_a_leg"] = round(1e6 * (system.cpu_seconds() - spent) / (rounds * PARTIES), 2)
        found["legs_a_second"] = round(rounds * PARTIES / wall)
        found["all_in_ms"] = round(1000 * sorted(waits)[len(waits) // 2], 1)
        found.update(callee.finish())
    message = bench.tools.measure(system, l=100, w=16, p=100000, d=bench.seconds)
    found["us_a_message_leg"] = message.get("us_each")
    found["messages_a_second"] = message.get("recipients_per_s")
    found["messages_a_second_beside"] = beside_a_conference(bench, system)
    bench.down(system)
    return found


def beside_a_conference(bench, system):
    """MESSAGE recipients a second while 60 talk and listen, on the same core."""
    crowd = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", str(CORE_OF_LOAD),
         os.path.join(bench.build, "tests/bench/voices"), str(BESIDE), str(BESIDE),
         CALLEE.split(":")[0], ADDRESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    ports = crowd.stdout.readline().split()
    callee = Callee(bench, BESIDE, ports)
    with system.turn():
        name, told = open_conference(system, BESIDE), []
        while len(told) < BESIDE:
            told += callee.process.stdout.readline().split()[1:]
        callee.wait("acks")
        crowd.stdin.write(" ".join(told) + "\n")
        crowd.stdin.flush()
        time.sleep(1)
        message = bench.tools.measure(system, l=100, w=16, p=100000, d=bench.seconds)
        system.signal(signal.SIGCONT)
        crowd.stdin.close()
        counts = json.loads(crowd.stdout.read())
        system.call("DELETE", "/v1/conferences/" + name)
        callee.wait("byes")
    crowd.wait()
    callee.finish()
    # A conference that was not mixed would cost nothing.
    return message.get("recipients_per_s") if counts["received"] > 0.5 * counts["sent"] else None


def values(found):
    """What the aims are about."""
    message, invite = found.get("us_a_message_leg"), found.get("us_a_leg")
    rows = {"dialout, 200 are in, ms": found.get("all_in_ms"),
            "dialout, ACK after its 200, ms p99": found.get("ack_ms_p99")}
    alone, beside = found.get("messages_a_second"), found.get("messages_a_second_beside")
    if alone and beside:
        rows["dialout, MESSAGEs beside a conference of 60, over alone"] = beside / alone
    if message and invite:
        rows["dialout, MESSAGE legs over INVITE legs, CPU"] = message / invite
    return rows


def words(found):
    return ("%(us_a_leg).0f us of CPU a call (INVITE, ACK, BYE; a MESSAGE %(us_a_message_leg).0f us), "
            "200 are in after %(all_in_ms).0f ms, ACK %(ack_ms_p99).0f ms after its 200 (p99)" % found)


def one_round(system, callee):
    """Seconds from POST to the last ACK."""
    begin = time.monotonic()
    name = open_conference(system)
    callee.wait("acks")
    waited = time.monotonic() - begin
    system.call("DELETE", "/v1/conferences/" + name)
    callee.wait("byes")
    return waited
