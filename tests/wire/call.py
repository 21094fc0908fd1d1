"""One INVITE session of a phone: its dialog, offers and answers (RFC 3261, 3262, 3264, 3311)."""

import re, secrets, time

from harness import list_xml
from stack import Client, Sip, uri_in, where
from tone import EVENT, PCMA, PCMU

NAMES = {PCMU: "PCMU/8000", PCMA: "PCMA/8000", EVENT: "telephone-event/8000"}
ANSWERED = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}
ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, PRACK, INFO, NOTIFY"
REASONS = {100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 302: "Moved Temporarily",
           408: "Request Timeout", 422: "Session Interval Too Small", 481: "Call/Transaction Does Not Exist",
           486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here", 491: "Request Pending"}


class Sdp:
    """What is read of a session description: its first audio line."""

    def __init__(self, body):
        self.text = body.decode("utf-8", "replace")
        self.lines = self.text.split("\r\n")
        self.media = [line[2:].split() for line in self.lines if line.startswith("m=")]
        audio = next((m for m in self.media if m[0] == "audio"), ["audio", "0", "RTP/AVP"])
        self.port, self.types = int(audio[1]), [int(t) for t in audio[3:]]
        self.host = self.lines_of("c=")[-1].split()[-1] if self.lines_of("c=") else None
        self.origin = self.lines_of("o=")[0].split()
        self.names = {int(n): name for n, name in re.findall(r"(?m)^a=rtpmap:(\d+) (\S+)", self.text)}
        self.names.update({t: NAMES[t] for t in (PCMU, PCMA) if t in self.types})
        found = re.findall(r"(?m)^a=(sendrecv|sendonly|recvonly|inactive)\r?$", self.text)
        self.direction = found[-1] if found else "sendrecv"
        self.is_mux = "a=rtcp-mux" in self.lines

    def lines_of(self, begin):
        return [line[2:] for line in self.lines if line.startswith(begin)]

    def type_of(self, name):
        """The payload type of an encoding, or None."""
        return next((t for t in self.types if self.names.get(t, "").lower() == name.lower()), None)


class Call:
    """One INVITE session.  state: trying, ringing, answered (2xx, no ACK yet), confirmed, ended."""

    def __init__(self, phone, invite=None, server=None):
        self.phone, self.loop = phone, phone.loop
        self.invite, self.server = invite, server
        self.is_ours = server is None
        self.state, self.history = "trying", [("trying", time.time())]
        self.tag = secrets.token_hex(6)
        self.remote_tag = None if self.is_ours else invite.from_tag
        self.cseq, self.remote_cseq = secrets.randbelow(1000) + 1, 0 if self.is_ours else invite.cseq
        self.routes, self.target = [], None
        self.offer = self.local = self.remote = None  # Sdp; local is what we said last
        self.direction, self.version = "sendrecv", 0
        self.final = self.ack = self.cancelled = self.bye = None  # the messages
        self.rseq, self.reliable, self.reliable_until = secrets.randbelow(9000) + 1, {}, {}
        self.pracked = set()
        self.siblings = []  # calls of the same INVITE, with other tags
        self.client = None
        self.voice = phone.make_voice(self)
        if not self.is_ours:
            self._dialog_of(invite, invite.values("record-route"))
            self.local_value, self.remote_value = invite.get("to"), invite.get("from")
            self.user = re.match(r"sips?:(?:([^@]*)@)?", invite.uri).group(1)
            if invite.body and "sdp" in invite.get("content-type", ""):
                self._take(Sdp(invite.body), is_offer=True)
            elif b"m=audio" in invite.body:
                self._take(Sdp(sdp_part(invite)), is_offer=True)

    # -- states
    def _go(self, state):
        if self.state != "ended":
            self.state = state
            self.history.append((state, time.time()))

    def wait(self, *states, seconds=10):
        """Until it is in one of these states; what has ended comes to no other."""
        what = "%s: a call to be %s" % (self.phone.host, "/".join(states))
        self.loop.wait(lambda: self.state in states or self.state == "ended", seconds, what)
        if self.state not in states:
            raise AssertionError("%s, it ended: %s" % (what, self.final.first if self.final else "BYE"))
        return self

    @property
    def ended_at(self):
        return next((at for state, at in self.history if state == "ended"), None)

    # -- dialog (RFC 3261 section 12)
    def _dialog_of(self, message, routes):
        self.target = message.contact or self.target
        self.routes = [uri_in(route) for route in routes]

    @property
    def call_id(self):
        return self.invite.call_id

    def _lines(self, method, cseq, to, branch=None):
        """Request-Line to CSeq: 12.2.1.1, with a strict router in front of the route set."""
        uri, routes = self.target, list(self.routes)
        if routes and ";lr" not in routes[0]:
            uri, routes = routes[0], routes[1:] + [self.target]
        local, remote = self.local_value, self.remote_value
        if "tag=" not in local:
            local += ";tag=" + self.tag
        if self.remote_tag and "tag=" not in remote:
            remote += ";tag=" + self.remote_tag
        return ["%s %s SIP/2.0" % (method, uri), "Via: " + self.phone.via(to, branch),
                "Max-Forwards: 70", "From: " + local, "To: " + remote,
                "Call-ID: " + self.call_id, "CSeq: %d %s" % (cseq, method)] + [
                "Route: <%s>" % route for route in routes]

    def start(self, method, headers=(), body=b"", on_response=None, cseq=None):
        """A request in the dialog; returns its transaction, which can be waited for."""
        with self.loop.lock:
            if cseq is None:
                self.cseq += 1
                cseq = self.cseq
            to = where(self.routes[0] if self.routes else self.target)
            lines = self._lines(method, cseq, to)
            if method in ("INVITE", "UPDATE", "SUBSCRIBE", "REFER", "NOTIFY"):
                lines.append("Contact: " + self.phone.contact(to))
            return Client(self.phone, method, packed(lines, headers, body), to, on_response)

    def request(self, method, headers=(), body=b"", seconds=35):
        """The same, and its final response."""
        return self.start(method, headers, body).wait(seconds)

    # -- offer and answer
    def _take(self, sdp, is_offer):
        """Their description: where our voice goes to now."""
        self.remote = sdp
        if is_offer:
            self.offer = sdp
        audio = [t for t in sdp.types if sdp.names.get(t) in (NAMES[PCMU], NAMES[PCMA])]
        if not self.voice or not audio:
            return
        law = next((t for t in audio if t in self.phone.laws), audio[0])
        self.voice.law = law
        self.voice.event_type = sdp.type_of("telephone-event/8000") or EVENT
        self._steer()

    def _steer(self):
        """The voice sends where and when it may."""
        sdp = self.remote
        if not self.voice or not sdp:
            return
        can = (sdp.direction in ("sendrecv", "recvonly") and self.direction in ("sendrecv", "sendonly")
               and sdp.port and sdp.host != "0.0.0.0")
        self.voice.is_sending = bool(can) or self.phone.plays_on_hold
        if self.state in ("answered", "confirmed"):
            self.voice.remote = (sdp.host, sdp.port)

    def describe(self, direction=None, offer=None):
        """Our session description: an answer to @p offer, or an offer."""
        self.direction = direction or self.direction
        host, port = (self.voice.host, self.voice.port) if self.voice else self.phone.sink
        host, port = self.phone.media or (host, port)
        types = list(self.phone.laws)
        event = EVENT
        if offer:
            types = [t for t in offer.types if t in self.phone.laws][:1] or types[:1]
            event = offer.type_of("telephone-event/8000")
        names = {t: NAMES[t] for t in types}
        if event is not None:
            names[event] = NAMES[EVENT]
        self.version += 1
        lines = ["v=0", "o=- %d %d IN IP4 %s" % (port, self.version, host), "s=-", "c=IN IP4 " + host,
                 "t=0 0", "m=audio %d RTP/AVP %s" % (port, " ".join(map(str, names)))]
        lines += ["a=rtpmap:%d %s" % item for item in names.items()]
        if event is not None:
            lines.append("a=fmtp:%d 0-15" % event)
        if self.phone.mux and (not offer or offer.is_mux):
            lines.append("a=rtcp-mux")
        lines += list(self.phone.sdp_lines) + ["a=" + self.direction]
        for other in (offer.media[1:] if offer else []):
            lines.append("m=%s 0 %s %s" % (other[0], other[2], " ".join(other[3:])))
        body = ("\r\n".join(lines) + "\r\n").encode()
        self.local = Sdp(body)
        self._steer()
        return body

    # -- as who is called
    def respond(self, status, headers=(), body=b""):
        """Any answer to their INVITE, with our tag."""
        with self.loop.lock:
            self.server.respond(self._response(self.invite, status, headers, body))

    def _response(self, request, status, headers=(), body=b""):
        extra = list(headers)
        if 100 < status < 300 and request.method in ("INVITE", "UPDATE", "SUBSCRIBE", "REFER"):
            to = where(self.target) if self.target else ("udp", "", 0)
            extra[:0] = [("Contact", self.phone.contact(to)), ("Allow", ALLOW)]
            extra += [("Record-Route", value) for value in request.all("record-route")]
        return response_to(request, status, extra, body, self.tag if status > 100 else None)

    def ring(self, status=180, reliable=False, sdp=False, headers=()):
        """A 1xx; a reliable one is repeated until its PRACK (RFC 3262 section 3)."""
        with self.loop.lock:
            if self.state == "trying":
                self._go("ringing")
            extra, body = list(headers), self.describe(offer=self.offer) if sdp else b""
            if not reliable:
                self.respond(status, extra, body)
                return
            self.rseq += 1
            raw = self._response(self.invite, status, extra + [
                ("Require", "100rel"), ("RSeq", str(self.rseq))], body)
            self._repeat_reliable(raw, self.rseq, self.phone.t1)

    def _repeat_reliable(self, raw, rseq, interval):
        if rseq in self.pracked or self.state not in ("trying", "ringing"):
            return
        self.server.respond(raw)
        self.loop.after(interval, lambda: self._repeat_reliable(raw, rseq, 2 * interval))

    def accept(self, headers=(), sdp=True, body=None):
        """200, repeated until their ACK (13.3.1.4)."""
        with self.loop.lock:
            if body is None:
                body = self.describe(offer=self.offer) if sdp else b""
            extra = list(headers)
            if self.phone.session_expires:
                extra += [("Session-Expires", self.phone.session_expires), ("Supported", "timer")]
                if "refresher=uac" in self.phone.session_expires:
                    extra.append(("Require", "timer"))
            self._go("answered")
            self._steer()
            raw = self._response(self.invite, 200, extra, body)
            self._repeat_final(raw, self.phone.t1, time.monotonic() + 64 * self.phone.t1)

    def _repeat_final(self, raw, interval, end):
        if self.state != "answered" or not self.phone.is_open or time.monotonic() > end:
            return
        self.server.respond(raw)
        self.loop.after(interval, lambda: self._repeat_final(raw, min(2 * interval, 4), end))

    def refuse(self, status, headers=(), reason=None):
        with self.loop.lock:
            self.server.respond(response_to(self.invite, status, headers, b"", self.tag, reason))
            self._go("ended")

    def fork(self):
        """Another phone behind the same INVITE: a call with a tag of its own (13.2.2.4)."""
        with self.loop.lock:
            other = Call(self.phone, self.invite, self.server)
            self.siblings.append(other)
            self.phone.calls.append(other)
            return other

    # -- as who calls
    def call_out(self, uri, headers, body):
        phone = self.phone
        self.target, self.remote_value = uri, "<%s>" % uri
        self.local_value = "%s;tag=%s" % (phone.name_addr, self.tag)
        self.headers, self.body = list(headers), body
        self.first_call_id = secrets.token_hex(8)
        self._send_invite()

    def _send_invite(self, credentials=()):
        phone = self.phone
        self.cseq += 1
        to = phone.next_hop(self.target)
        lines = ["INVITE %s SIP/2.0" % self.target, "Via: " + phone.via(to), "Max-Forwards: 70",
                 "From: " + self.local_value, "To: " + self.remote_value,
                 "Call-ID: " + self.first_call_id, "CSeq: %d INVITE" % self.cseq,
                 "Contact: " + phone.contact(to), "Allow: " + ALLOW]
        raw = packed(lines, self.headers + list(credentials), self.body)
        self.invite = Sip(raw)
        self.client = Client(phone, "INVITE", raw, to, self._answered)

    def _answered(self, response):
        phone = self.phone
        if response.status < 200:
            self._provisional(response)
        elif response.status < 300:
            self._accepted(response)
        elif response.status in (401, 407) and phone.password and not self.is_proven:
            self.is_proven = True
            self._send_invite(phone.credentials(response, "INVITE", self.target))
        else:
            self.final = response
            self._go("ended")

    is_proven = False

    def _provisional(self, response):
        if response.status > 100:
            self._go("ringing")
        rseq = response.get("rseq")
        if rseq and "100rel" in response.get("require", "") and response.to_tag:
            self.remote_tag = response.to_tag
            self._dialog_of(response, reversed(response.values("record-route")))
            if response.body:
                self._take(Sdp(response.body), is_offer=False)
            if self.reliable.get(response.to_tag, int(rseq) - 1) == int(rseq) - 1:
                self.reliable[response.to_tag] = int(rseq)
                self.start("PRACK", [("RAck", "%s %d INVITE" % (rseq, response.cseq))])

    def _accepted(self, response):
        if self.final and response.to_tag == self.final.to_tag:
            if self.ack:
                self.phone.send(*self.ack)
            return
        if self.final:  # another tag: not wanted (13.2.2.4)
            other = Call(self.phone, self.invite)
            other.local_value, other.remote_value = self.local_value, response.get("to")
            other.tag, other.remote_tag, other.cseq = self.tag, response.to_tag, self.cseq
            other._dialog_of(response, reversed(response.values("record-route")))
            other._acknowledge(response, b"")
            other.start("BYE")
            return
        self.final = response
        self.remote_tag, self.remote_value = response.to_tag, response.get("to")
        self._dialog_of(response, reversed(response.values("record-route")))
        self._go("answered")
        body = b""
        if response.body:
            sdp = Sdp(response.body)
            if not self.local:
                body = self.describe(offer=sdp)
            self._take(sdp, is_offer=not self.local)
        if self.phone.acks:
            self._acknowledge(response, body)

    def _acknowledge(self, response, body):
        to = where(self.routes[0] if self.routes else self.target)
        raw = packed(self._lines("ACK", response.cseq, to), (), body)
        self.ack = raw, to
        self.phone.send(raw, to)
        self._go("confirmed")
        self._steer()

    def cancel(self, headers=()):
        """CANCEL of our INVITE; the answer to it decides (9.1)."""
        with self.loop.lock:
            invite = self.client.request
            lines = ["CANCEL %s SIP/2.0" % invite.uri, "Via: " + invite.get("via"), "Max-Forwards: 70",
                     "From: " + invite.get("from"), "To: " + invite.get("to"),
                     "Call-ID: " + self.call_id, "CSeq: %d CANCEL" % invite.cseq]
            return Client(self.phone, "CANCEL", packed(lines, headers, b""), self.client.to)

    # -- in the call
    def hang_up(self, headers=()):
        """BYE; its answer."""
        with self.loop.lock:
            client = self.start("BYE", headers)
            self._go("ended")
            self._hush()
        return client.wait(35)

    def _hush(self):
        if self.voice and not self.phone.talks_on:
            self.voice.is_sending = False

    def offer_again(self, direction=None, method="INVITE", body=None, headers=()):
        """re-INVITE or UPDATE with an offer; its final response.  The ACK leaves by itself."""
        with self.loop.lock:
            if body is None:
                body = self.describe(direction)
            client = self.start(method, headers, body, lambda r: self._offered(r, method, bool(body)))
        return client.wait(35)

    def _offered(self, response, method, was_offer):
        if response.status < 200:
            return
        if response.status < 300 and method == "INVITE":
            to = where(self.routes[0] if self.routes else self.target)
            body = b"" if was_offer or not response.body else self.describe(offer=Sdp(response.body))
            self.phone.send(packed(self._lines("ACK", response.cseq, to), (), body), to)
        if response.status < 300:
            self.target = response.contact or self.target
            if response.body:
                self._take(Sdp(response.body), is_offer=not was_offer)

    def hold(self):
        return self.offer_again("sendonly")

    def resume(self):
        return self.offer_again("sendrecv")

    # -- what they ask in the call
    def receive(self, request, server):
        if request.cseq < self.remote_cseq:
            server.respond(response_to(request, 500, (), b"", self.tag))
            return
        self.remote_cseq = max(self.remote_cseq, request.cseq)
        chosen = self.phone.in_dialog.get(request.method)
        if chosen:  # the test's own way
            chosen(self, request, server)
            return
        getattr(self, "_got_" + request.method.lower(), self._got_other)(request, server)

    def _got_bye(self, request, server):
        self.bye = request
        server.respond(response_to(request, 200, (), b"", self.tag))
        if not self.is_ours and self.state in ("trying", "ringing"):
            self.server.respond(response_to(self.invite, 487, (), b"", self.tag))
        self._go("ended")
        self._hush()

    def _got_prack(self, request, server):
        rseq = int((request.get("rack") or "0").split()[0])
        is_known = rseq == self.rseq
        self.pracked.add(rseq)
        server.respond(response_to(request, 200 if is_known else 481, (), b"", self.tag))

    def _got_invite(self, request, server):
        """re-INVITE: taken."""
        self.target = request.contact or self.target
        body = b""
        if request.body:
            self._take(Sdp(request.body), is_offer=True)
            body = self.describe(ANSWERED[self.remote.direction], self.offer)
        elif request.method == "INVITE":
            body = self.describe()
        extra = []
        if self.phone.session_expires:
            extra = [("Session-Expires", self.phone.session_expires), ("Supported", "timer")]
        server.respond(self._response(request, 200, extra, body))

    _got_update = _got_invite

    def _got_other(self, request, server):
        server.respond(response_to(request, 200, (), b"", self.tag))

    def acknowledged(self, ack):
        if ack.cseq == self.invite.cseq and self.state == "answered":
            self.ack = ack
            if ack.body and not self.remote:
                self._take(Sdp(ack.body), is_offer=False)
            self._go("confirmed")
            self._steer()

    def got_cancel(self, request):
        self.cancelled = request
        if self.state in ("trying", "ringing"):
            self.phone.on_cancel(self)


def response_to(request, status, headers, body, tag, reason=None):
    lines = ["SIP/2.0 %d %s" % (status, reason or REASONS.get(status, "Whatever"))]
    for name, value in request.headers:
        if name in ("via", "from", "call-id", "cseq", "timestamp"):
            lines.append("%s: %s" % (name, value))
        elif name == "to":
            lines.append("To: " + value + ("" if "tag=" in value or not tag else ";tag=" + tag))
    return packed(lines, headers, body)


def packed(lines, headers, body):
    lines = list(lines) + ["%s: %s" % header for header in headers]
    if body and not any(name.lower() == "content-type" for name, _ in headers):
        lines.append("Content-Type: application/sdp")
    return ("\r\n".join(lines) + "\r\nContent-Length: %d\r\n\r\n" % len(body)).encode() + body


def sdp_part(message):
    """The application/sdp part of a multipart body."""
    match = re.search(rb"(?is)content-type:\s*application/sdp.*?\r\n\r\n(.*?)\r\n--", message.body)
    return match.group(1) + b"\r\n" if match else b""


def list_with(sdp, entries):
    """(body, Content-Type): a session description and a list (RFC 5366 section 3)."""
    parts = [b"Content-Type: application/sdp\r\n\r\n" + sdp] if sdp else []
    parts.append(b"Content-Type: application/resource-lists+xml\r\n"
                 b"Content-Disposition: recipient-list\r\n\r\n" + list_xml(entries))
    return (b"".join(b"--cut\r\n" + part + b"\r\n" for part in parts) + b"--cut--\r\n",
            'multipart/mixed;boundary="cut"')
