"""What a stranger sends: forged requests and responses, garbage, ICMP; and what may come of it.

A Stage is a relay with something to lose: a running call, a party that rings, a
question and a delivery that wait, a MESSAGE on its way.  attack() sends one
forged packet and says what came back; nothing else may have changed.  The forger
sends datagrams; others come by a connection of their own (Phone.transport).
"""

import difflib, itertools, random, struct

import harness
from calls import *

HOUR = "deliveries { retry-pauses = { 1h } }"
TWICE, SHORT = 2, 1.25  # bytes out for one in; of what is shorter than 256 (SECURITY, 9)
OF_A_STREAM = 1000  # bytes out, whatever came in: its source is not forged
GUESS = "0123456789abcdef"
STATUSES = (100, 180, 183, 200, 202, 302, 407, 486, 503, 603)
# What the services, the relay itself and a guessed consent URI say.
OUTSIDE = {
    "BYE": {404, 405}, "CANCEL": {481}, "FLY": {404, 501}, "INFO": {404, 405}, "INVITE": {404, 405, 407},
    "MESSAGE": {404, 405, 407}, "NOTIFY": {404, 481}, "OPTIONS": {200, 404}, "PRACK": {404, 405},
    "PUBLISH": {404, 405}, "REFER": {404, 405}, "REGISTER": {404, 405}, "SUBSCRIBE": {404, 405}, "UPDATE": {404, 405},
}
# In a dialog, with another To tag, or a part of it; and without one, at the conference's URI.
INSIDE = {"BYE": {405, 481}, "CANCEL": {481}, "FLY": {501, 481}, "INFO": {405, 481}, "INVITE": {407, 481},
          "MESSAGE": {405, 481}, "NOTIFY": {481}, "OPTIONS": {200, 481}, "PRACK": {405, 481},
          "PUBLISH": {405, 481}, "REFER": {405, 407, 481}, "REGISTER": {405, 481},
          "SUBSCRIBE": {405, 407, 481}, "UPDATE": {405, 481}}
# What grows with each packet that comes, and is no state.
COUNTED = ("sip_requests_total", "sip_responses_total", "sip_parse_errors_total", "sip_datagrams_dropped_total",
           "sip_retransmissions_total", "ratelimit_rejections_total", "rtp_", "media_", "process_", "store_",
           "decisions_total", "conference", "dialout_queue", "permissions", "unknown_consent_uris_total", "consent_replies_unproved_total", "uptime", "connections",
           "sip_transactions", "log_", "http_", "tls_handshakes")


def states_of(text):
    """Metrics that are state, name by name."""
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("volensd_")]
    return {name: value for name, value in lines
            if not name.startswith(tuple("volensd_" + prefix for prefix in COUNTED))
            and "_bucket{" not in name and "_seconds" not in name and "_bytes" not in name}


def difference(one, two):
    lines = [json.dumps(value, indent=1, sort_keys=True).splitlines() for value in (one, two)]
    return "\n".join(difflib.unified_diff(*lines, n=1))


def is_sane(what, phone, raw, answers):
    """At most one answer, which is no request, and not larger than it may be."""
    if len(answers) > 1:
        raise AssertionError("%s: %d answers" % (what, len(answers)))
    out, most = sum(len(m.raw) for m in answers), (SHORT if len(raw) < 256 else TWICE) * len(raw)
    if any(m.protocol != "udp" for m in answers):
        most = OF_A_STREAM
    if out > most:
        raise AssertionError("%s: %d bytes for %d" % (what, out, len(raw)))
    if answers and answers[0].status is None:
        raise AssertionError("%s: %s got a request: %s" % (what, phone.host, answers[0].first))


class Stage:
    """Who has something to lose, at a relay that runs."""

    def __init__(self, daemon, tls=None):
        """tls: the context of those who connect by it."""
        self.daemon, self.tls = daemon, tls
        self.meeting = Meeting(daemon, 3, answer=self._called, audio=False)
        self.asked = Phone(address(30), name="asked", audio=False)
        self.away = Phone(address(31), name="away", audio=False)
        self.slow = Phone(address(32), name="slow", audio=False, tls=tls and (None, tls))
        self.away.requests["MESSAGE"] = lambda request, server: server.respond(
            response_to(request, 480, (), b"", "away"))
        self.slow.requests["MESSAGE"] = lambda request, server: None
        self.forger = Phone(address(77), name="forger", audio=False)
        self.connected = [Phone(address(78 + i), name="by " + way, audio=False, transport=way, tls=(None, tls))
                          for i, way in enumerate(("tcp", "tls")) if tls]
        self.phones = self.meeting.phones + [self.meeting.nora, self.asked, self.away, self.slow, self.forger] + self.connected
        self.known, self.looked = {phone: {} for phone in self.phones}, {phone: 0 for phone in self.phones}
        self.n = self.n_sent = self.bytes_in = self.bytes_out = 0

    @staticmethod
    def _called(call):
        (accept, ring, refuse(486))[number(call) - 1](call)

    def set_up(self):
        meeting, aor = self.meeting, self.meeting.aor
        meeting.start().wait("confirmed")
        self.call = meeting.nora.calls[-1]
        self.one = meeting.call_of(meeting.uris[0])
        self.two = meeting.call_of(meeting.uris[1], "ringing")
        self.three = meeting.call_of(meeting.uris[2], "ended")
        meeting.wait_left(meeting.uris[2])
        self.daemon.permit(aor, self.asked.uri, state="pending")
        self.question = self.asked.wait_question()
        self.daemon.permit(aor, self.away.uri)
        self.daemon.permit(aor, self.slow.uri)
        assert harness.Client(self.daemon).message([self.away.uri], b"it waits").status == 202
        wait_until(lambda: self.rows("deliveries"), 10, "a delivery that waits")
        wait_until(lambda: meeting.told("asked", "status=200"), 10, "the question to be answered")
        return self

    def send_message(self):
        """One that its phone does not answer."""
        assert harness.Client(self.daemon).message([self.slow.uri], b"it is on its way").status == 202
        self.message = self.slow.loop.wait(lambda: self.slow.received("MESSAGE"), 10, "the message")[-1]

    # -- what there is
    def rows(self, kind):
        status, answer, _ = self.daemon.get("/v1/%s?limit=1000" % kind)
        assert status == 200, (kind, status, answer)
        return answer["items"]

    def dump(self):
        """All that must be as it was."""
        conferences = self.rows("conferences")
        parties = [party for c in conferences
                   for party in self.daemon.get("/v1/conferences/" + c["id"])[1]["parties"]]
        for party in parties:
            party.pop("media")  # it has a clock in it
        return dict(permissions=self.rows("permissions"), deliveries=self.rows("deliveries"),
                    accounts=self.rows("users"), conferences=conferences, parties=parties,
                    metrics=states_of(self.daemon.get("/metrics")[1]),
                    kept=self.daemon.metric('sip_transactions{side="server"}'))

    def heard(self):
        """How much came to each phone, repeats once; fences are not counted."""
        with self.forger.loop.lock:
            for phone in self.phones:
                known, new = self.known[phone], phone.log[self.looked[phone]:]
                self.looked[phone] += len(new)
                for _, way, m in new:
                    if way == "in" and m.raw not in known and not m.call_id.startswith("fence-"):
                        known[m.raw] = m
            return {phone: len(known) for phone, known in self.known.items()}

    def must_be(self, before, what):
        after = self.dump()
        if after["kept"] <= before["kept"]:  # those of others end by and by
            after["kept"] = before["kept"]
        for name in before:
            if before[name] != after[name]:
                raise AssertionError("%s changed %s: %s" % (what, name, difference(before[name], after[name])))

    # -- what comes
    def send(self, phone, raw, to=None, way=None):
        """By the way of the phone, or another; to: where datagrams go."""
        way = way or phone.transport
        if way == "udp":
            for place in to or [(self.daemon.host, 5060)]:
                phone.udp.sendto(raw, place)
        else:
            phone.send(raw, (way, self.daemon.host, 5061 if way == "tls" else 5060))

    def fence(self, phone, way=None):
        """All that this phone sent was read, and answered, before the answer to this."""
        self.n += 1
        call_id = "fence-%d" % self.n
        raw = forged("OPTIONS", "sip:" + self.daemon.host, phone, call_id, "fence", None, way=way)
        self.send(phone, raw, way=way)
        phone.loop.wait(lambda: any(way == "in" and m.call_id == call_id for _, way, m in phone.log[-9:]),
                        10, "an answer to OPTIONS")

    def attack(self, what, raw, phone=None, to=None, waits=False, way=None):
        """Send it, from the forger's address or a phone's; the one answer, or None.  waits: one must come."""
        phone = phone or self.forger
        with phone.loop.lock:
            before, heard = len(phone.log), self.heard()
        known = set(self.known[phone])

        def new():
            with phone.loop.lock:
                return [m for _, way, m in phone.log[before:]
                        if way == "in" and m.raw not in known and not m.call_id.startswith("fence-")]
        self.n_sent, self.bytes_in = self.n_sent + 1, self.bytes_in + len(raw)
        self.send(phone, raw, to, way)
        if waits:  # a consent URI is looked for on disk
            phone.loop.wait(new, 10, "an answer to " + what)
        self.fence(phone, way)
        answers = new()
        is_sane(what, phone, raw, answers)
        self.bytes_out += sum(len(m.raw) for m in answers)
        self.others_heard_nothing(what, phone, heard)
        return answers[0] if answers else None

    def others_heard_nothing(self, what, phone, heard):
        now = self.heard()
        for other in self.phones:
            if other is not phone and now[other] != heard[other]:
                raise AssertionError("%s: %s got %s" % (what, other.name, list(self.known[other])[-1][:200]))

    def settle(self, before):
        """After all of it: nothing came late, and all is as it was."""
        heard = self.heard()
        quiet(0.5)
        check(heard == self.heard(), "nobody hears of it later")
        self.must_be(before, "all of it")
        check(True, "%d packets, %d bytes; %d bytes in answers" % (self.n_sent, self.bytes_in, self.bytes_out))


def forged(method, uri, phone, call_id, from_tag, to_tag, branch=None, headers=(), via=None, body=b"", way=None):
    """A request without credentials, whatever it says."""
    via = via or phone.via((way or phone.transport, "", 0), branch)
    lines = ["%s %s SIP/2.0" % (method, uri), "Via: " + via, "Max-Forwards: 70",
             "From: <sip:nora@example.com>;tag=" + from_tag,
             "To: <%s>%s" % (uri, ";tag=" + to_tag if to_tag else ""), "Call-ID: " + call_id,
             "CSeq: 9000 " + method]
    extra = list(headers)
    if method in ("INVITE", "SUBSCRIBE", "REFER", "UPDATE", "NOTIFY"):
        extra.append(("Contact", "<sip:forger@%s>" % phone.host))
    extra += MORE.get(method, [])
    return packed(lines, extra, body)


MORE = {"SUBSCRIBE": [("Event", "conference"), ("Expires", "3600")],
        "NOTIFY": [("Event", "conference"), ("Subscription-State", "terminated;reason=deactivated")],
        "REFER": [("Refer-To", "<sip:victim@example.com>")],
        "PUBLISH": [("Event", "presence"), ("Expires", "0")],
        "REGISTER": [("Contact", "*"), ("Expires", "0")],
        "PRACK": [("RAck", "1 1 INVITE")]}


def strangers_ids(call_id, theirs, ours):
    """A dialog's id as somebody may know it who does not know all of it: Call-ID, From tag, To tag."""
    return [("no To tag", call_id, theirs, None), ("a guessed To tag", call_id, theirs, GUESS),
            ("a guessed From tag", call_id, GUESS, ours), ("the tags turned round", call_id, ours, theirs),
            ("another Call-ID", "x" + call_id, theirs, ours), ("a part of the To tag", call_id, theirs, ours[:-1])]


def id_of(call):
    """(Call-ID, the phone's tag, the relay's tag)."""
    return call.call_id, call.tag, call.remote_tag


def other_branch(raw):
    """The same with one digit of its top branch changed."""
    branch = re.search(rb"branch=([^;\r]+)", raw).group(1)
    return raw.replace(branch, branch[:-1] + (b"1" if branch[-1:] != b"1" else b"2"), 1)


def answers_of_strangers(request, host):
    """Responses to a request of the relay, as somebody might send them who has seen it: (what, bytes)."""
    more = [("Contact", "<sip:forger@%s>" % host)]
    for status in STATUSES:
        extra = more + ([("Require", "100rel"), ("RSeq", "1")] if status == 183 else [])
        right = response_to(request, status, extra, b"", "forged")
        call_id, tag = request.call_id.encode(), request.from_tag.encode()
        yield "%d as it should be" % status, right
        yield "%d with another Call-ID" % status, right.replace(call_id, b"x" + call_id)
        yield "%d with another From tag" % status, right.replace(b";tag=" + tag, b";tag=" + GUESS.encode())
        yield "%d with another CSeq" % status, re.sub(rb"CSeq: \d+", b"CSeq: 77", right)


# -- what several tests try
def outside_dialogs(stage, forgers):
    """Each method out of any dialog, to all that is here."""
    daemon = stage.daemon
    places = [daemon.uri("lists"), daemon.uri("confs"), "sip:" + daemon.host, "sip:nora@" + daemon.host]
    places += [daemon.uri(kind + "-" + "0" * 32) for kind in "gdt"]
    before = stage.dump()
    for method in sorted(OUTSIDE) + ["ACK"]:
        for uri, forger in itertools.product(places, forgers):
            what = "%s %s from %s" % (method, uri, forger.name)
            raw = forged(method, uri, forger, secrets.token_hex(8), GUESS, None)
            answer = stage.attack(what, raw, forger, waits=method != "ACK")
            if method == "ACK":
                assert answer is None, what
            else:
                assert answer and answer.status in OUTSIDE[method], (what, answer and answer.first)
        stage.must_be(before, method)
        check(True, "%s: one small answer, and nothing else" % method if method != "ACK" else "ACK: no answer")


def inside_dialogs(stage, senders):
    """Each method with a part of the id of a call; senders: function(phone of that call) that says from whom."""
    before = stage.dump()
    cells = 0
    for method, statuses in INSIDE.items():
        for call, phone in ((stage.call, stage.meeting.nora), (stage.one, stage.meeting.phones[0])):
            for (what, *ids), sender in itertools.product(strangers_ids(*id_of(call)), senders(phone)):
                what = "%s with %s from %s" % (method, what, sender.name)
                answer = stage.attack(what, forged(method, call.target, sender, *ids), sender, waits=True)
                assert answer.status in statuses and (ids[2] is None or answer.status == 481), (what, answer.first)
                if sender is not phone and method == "BYE":
                    assert stage.attack(what + ": ACK", forged("ACK", call.target, sender, *ids), sender) is None, what
                cells += 1
        stage.must_be(before, method)
    check(True, "%d requests: no part of a dialog's id does anything" % cells)


# -- ICMP
def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def port_unreachable(request, source, phone):
    """What a host says that quotes @p request, sent from source to phone."""
    udp = struct.pack("!HHHH", source[1], 5060, 8 + len(request), 0) + request
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0,
                       socket.inet_aton(source[0]), socket.inet_aton(phone))
    quoted = (head[:10] + struct.pack("!H", checksum(head)) + head[12:] + udp)[:548]
    icmp = struct.pack("!BBHI", 3, 3, 0, 0) + quoted
    return icmp[:2] + struct.pack("!H", checksum(icmp)) + icmp[4:]


def raw_icmp():
    """A socket that can forge ICMP, or None: that is for root."""
    try:
        return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    except PermissionError:
        print("ok - ICMP not tried: raw sockets are for root")
        return None
