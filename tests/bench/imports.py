"""Imports: is the cost of an entry flat; and a message to a stored list beside the same list in the request."""

import http.client, json, socket, statistics, time

import data
from systems import DOMAIN, SENDER, TARGET, Volens
from tools import FROM, SINK

ADDRESS = "127.0.3.24"
PARTS, PART = 10, 1000   # 10,000 by evidence
LISTS, ENTRIES = 1000, 100
MEMBERS, MESSAGES = 1000, 25
# The last tenth takes no longer than the first, but for what the noise of a
# machine and the depth of a B-tree add.
AIMS = (("import, a line of the last 1,000 of 10,000 over the first", 1.5, "less"),
        ("import, a list of the last 100 of 1,000 over the first", 1.5, "less"),
        ("import, a list in the request over a stored one, time", 1.0, "more"))


def importing(bench):
    lists = 100 if bench.is_quick else LISTS
    found = {}
    # Each with a process of its own: memory that one gave back is not what the next one takes.
    for work in by_evidence, lambda system: into_lists(system, lists), to_members:
        own = bench.path("import.db")
        data.copies(data.permissions(bench.path("permissions-0.db"), 1), own)
        system = bench.up(Volens(bench.folder, bench.build, own, name="volens-import", address=ADDRESS,
                                 limits="legs-in-flight = 4096\n\tlists = 2000\n\tlist-entries = 10000"))
        with system.turn():
            found.update(work(system))
        bench.down(system)
    bench.results["import"] = found
    bench.say("import: " + ", ".join("%s %s" % row for row in found.items()))


def post(system, path, body, wanted=201):
    connection = http.client.HTTPConnection(system.address, 8080, timeout=120)
    connection.request("POST", path, json.dumps(body), {"Authorization": "Bearer " + system.token,
                                                        "Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    if answer.status != wanted:
        raise SystemExit("bench: %s: %d %s" % (path, answer.status, text[:500]))


def rows(prefix, n):
    return {"rows": [{"recipient": "sip:%s-%d@%s" % (prefix, i, SINK), "evidence": "form %d" % i}
                     for i in range(n)]}


def timed(work):
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def by_evidence(system):
    path = "/v1/imports?mode=granted&sender=%s&target=%s" % (SENDER, TARGET)
    before = system.resident_bytes()
    parts = [timed(lambda: post(system, path, rows("a%d" % i, PART))) for i in range(PARTS)]
    grown = system.resident_bytes() - before
    whole = timed(lambda: post(system, path, rows("whole", PARTS * PART)))
    return {"us_a_line": round(1e6 * sum(parts) / PARTS / PART, 1),
            "us_a_line_at_once": round(1e6 * whole / PARTS / PART, 1),
            "line_last_over_first": round(parts[-1] / min(parts[:2]), 2),
            "bytes_a_line": round(grown / PARTS / PART)}


def into_lists(system, n):
    before, parts = system.resident_bytes(), []
    for i in range(n):
        post(system, "/v1/lists", {"name": "list%d" % i, "owner": SENDER})
        parts.append(timed(lambda: post(system, "/v1/imports?mode=granted&list=list%d" % i,
                                        rows("m%d" % i, ENTRIES))))
    tenth = n // 10
    first, last = statistics.median(parts[:tenth]), statistics.median(parts[-tenth:])
    return {"lists": n, "ms_a_list": round(1000 * sum(parts) / n, 2),
            "list_last_over_first": round(last / first, 2),
            "bytes_a_list_entry": round((system.resident_bytes() - before) / n / ENTRIES)}


# -- a message to 1,000

def request(number, target, body, lines):
    return ("MESSAGE %s SIP/2.0\r\nVia: SIP/2.0/TCP %s;branch=z9hG4bKimport.%d\r\nMax-Forwards: 70\r\n"
            "From: <%s>;tag=%d\r\nTo: <%s>\r\nCall-ID: import.%d\r\nCSeq: 1 MESSAGE\r\n"
            "P-Asserted-Identity: <%s>\r\nPrivacy: none\r\nMax-Breadth: %d\r\n%sContent-Length: %d\r\n\r\n%s" % (
                target, FROM, number, SENDER, number, target, number, SENDER, 4 * MEMBERS, lines, len(body),
                body)).encode()


def with_list(number):
    entries = "".join('<entry uri="sip:n-%d@%s"/>' % (i, SINK) for i in range(MEMBERS))
    body = ("--q1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--q1\r\n"
            "Content-Type: application/resource-lists+xml\r\nContent-Disposition: recipient-list\r\n\r\n"
            '<?xml version="1.0" encoding="UTF-8"?>\r\n<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">'
            "<list>%s</list></resource-lists>\r\n--q1--\r\n" % entries)
    return request(number, TARGET, body, "Require: recipient-list-message\r\n"
                                         'Content-Type: multipart/mixed;boundary="q1"\r\n')


def to_stored(number):
    return request(number, "sip:members@" + DOMAIN, "hello", "Content-Type: text/plain\r\n")


def until_last(sender, sink, message):
    """Milliseconds until everybody was sent to."""
    seen, begin = set(), time.monotonic()
    sender.sendall(message)
    while len(seen) < MEMBERS:
        leg, source = sink.recvfrom(65536)
        head = leg.split(b"\r\n\r\n")[0].split(b"\r\n")
        seen.add(head[0])
        kept = [line for line in head[1:] if line.split(b":")[0].lower() in
                (b"via", b"from", b"to", b"call-id", b"cseq")]
        sink.sendto(b"\r\n".join([b"SIP/2.0 200 OK"] + kept + [b"Content-Length: 0", b"", b""]), source)
    return 1000 * (time.monotonic() - begin)


def to_members(system):
    post(system, "/v1/lists", {"name": "members", "owner": SENDER})
    post(system, "/v1/imports?mode=granted&list=members", rows("n", MEMBERS))
    post(system, "/v1/imports?mode=granted&sender=%s&target=%s" % (SENDER, TARGET), rows("n", MEMBERS))
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 20)
    sink.bind((SINK.split(":")[0], int(SINK.split(":")[1])))
    sink.settimeout(30)
    sender = socket.create_connection((system.address, 5060), source_address=(FROM.split(":")[0], 0))
    stored, listed = [], []
    for i in range(MESSAGES):
        stored.append(until_last(sender, sink, to_stored(2 * i)))
        settle(system)
        listed.append(until_last(sender, sink, with_list(2 * i + 1)))
        settle(system)
    sender.close()
    sink.close()
    return {"stored_ms": round(statistics.median(stored), 1), "in_request_ms": round(statistics.median(listed), 1)}


def settle(system):
    end = time.monotonic() + 10
    while system.metric("fanouts_in_work") and time.monotonic() < end:
        time.sleep(0.02)


def ratios(results):
    """For the baseline, each larger when better: how flat, at best 1; and the stored list beside the other."""
    found = results.get("import")
    if not found:
        return {}
    flat = lambda value: min(1.0, 1 / value)
    return {"import/line": flat(found["line_last_over_first"]), "import/list": flat(found["list_last_over_first"]),
            "import/stored": found["in_request_ms"] / found["stored_ms"]}


def values(found):
    if not found:
        return {}
    return {AIMS[0][0]: found["line_last_over_first"], AIMS[1][0]: found["list_last_over_first"],
            AIMS[2][0]: found["in_request_ms"] / found["stored_ms"]}
