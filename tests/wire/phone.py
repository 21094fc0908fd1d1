"""A SIP phone whose behaviour a test chooses; call.py is a call of it, stack.py carries it,
tone.py is its voice.

    omar = Phone(address(9), answer=ring)        # sip:anybody@address(9) rings
    call = omar.wait_call()                      # an INVITE came
    call.accept(); call.wait("confirmed")        # 200, their ACK
    call.voice.hear(1).level(hertz(1))           # dBm0 of the tone of party 1

    nora = Phone(address(2), name="nora", password=..., proxy=daemon.host, tone=hertz(0))
    call = nora.invite(daemon.uri("confs"), entries=[...]); call.wait("confirmed")

`answer` is called with each call that comes in, on the loop's thread: it must not
wait.  accept, ring, silent, refuse(486) and later(1.0, accept) are such functions.
What a test calls on a call or phone may come from any thread.
"""

import secrets, socket

from call import Call, list_with, packed, response_to
from harness import Peer, consent_uris, digest
from stack import Client, Stack, where
from tone import PCMA, PCMU, Voice

# -- behaviours of a phone that is called
def accept(call):
    call.accept()


def ring(call):
    call.ring()


def silent(call):
    pass


def refuse(status, headers=()):
    return lambda call: call.refuse(status, headers)


def later(seconds, behaviour):
    """Rings first."""
    def run(call):
        call.ring()
        call.loop.after(seconds, lambda: call.state in ("trying", "ringing") and behaviour(call))
    return run


class Phone(Stack):
    """A phone, or many behind one address: any user part is answered."""

    def __init__(self, host, port=5060, name="phone", answer=accept, proxy=None, password=None,
                 domain=None, tone=None, audio=True, transport="udp", tls=None):
        self.name, self.password, self.answer = name, password, answer
        self.domain = domain or proxy or host
        self.proxy = (transport, proxy, 5061 if transport == "tls" else 5060) if proxy else None
        self.transport = transport
        self.tone, self.audio = tone, audio  # tone: of every call, or function(call)
        self.laws = [PCMU, PCMA]
        self.calls, self.questions = [], []
        self.acks = True             # 2xx to our INVITEs
        self.talks_on = False        # goes on sending after BYE
        self.plays_on_hold = False   # music
        self.mux = True              # RTCP on the same port
        self.media = None            # (host, port) that is said instead of ours
        self.sdp_lines = ()          # of each description
        self.session_expires = None  # of our 2xx: "90;refresher=uac"
        self.in_dialog = {}          # METHOD: function(call, request, server)
        self.requests = {}           # METHOD: function(request, server), out of dialogs
        self.on_cancel = lambda call: call.refuse(487)
        self._sink = None
        super().__init__(host, port, tls)
        Peer.all.append(self)  # harness.main() closes it

    @property
    def uri(self):
        return "sip:%s@%s" % (self.name, self.host if not self.proxy else self.domain)

    @property
    def name_addr(self):
        return "<sip:%s@%s>" % (self.name, self.domain)

    def contact(self, to):
        if to[0] == "tls" and self.tls:
            return "<sips:%s@%s:5061>" % (self.name, self.host)
        return "<sip:%s@%s:%d%s>" % (self.name, self.host, self.port, ";transport=tcp" if to[0] == "tcp" else "")

    def next_hop(self, uri):
        return self.proxy or where(uri)

    def make_voice(self, call):
        if not self.audio:
            return None
        return Voice(self.host, self.tone(call) if callable(self.tone) else self.tone)

    @property
    def sink(self):
        """An address for media that nobody reads."""
        if not self._sink:
            self._sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            self._sink.bind((self.host, 0))
        return self._sink.getsockname()

    # -- calls
    def wait_call(self, count=1, seconds=10):
        """The count-th call of this phone, in either direction."""
        return self.loop.wait(lambda: len(self.calls) >= count and self.calls[count - 1], seconds,
                              "call %d at %s" % (count, self.host))

    def invite(self, uri, entries=None, headers=(), sdp=True, body=None):
        """Call; with entries: a list of those who are to be called, too."""
        with self.loop.lock:
            call = Call(self)
            self.calls.append(call)
            extra = list(headers)
            if body is None:
                body = call.describe() if sdp else b""
            if entries is not None:
                body, kind = list_with(body, entries)
                extra += [("Content-Type", kind), ("Require", "recipient-list-invite")]
            call.call_out(uri, extra, body)
            return call

    def requested(self, request, server):
        """Of a transaction that is new."""
        if request.method == "CANCEL":
            self._cancel(request, server)
            return
        if request.to_tag:
            call = self._find(request)
            if call:
                call.receive(request, server)
            elif request.method in self.requests:
                self.requests[request.method](request, server)
            else:
                server.respond(response_to(request, 481, (), b"", None))
            return
        if request.method in self.requests:
            self.requests[request.method](request, server)
        elif request.method == "INVITE":
            server.respond(response_to(request, 100, (), b"", None))
            call = Call(self, request, server)
            self.calls.append(call)
            self.answer(call)
        else:
            if request.method == "MESSAGE":
                self.questions.append(request)
            server.respond(response_to(request, 200, (), b"", secrets.token_hex(4)))

    def _cancel(self, request, server):
        invite = self.find_invite(request)
        calls = [call for call in self.calls if invite and call.server is invite]
        tag = calls[0].tag if calls else None
        server.respond(response_to(request, 200 if calls else 481, (), b"", tag))
        for call in calls:
            call.got_cancel(request)

    def acknowledged(self, ack):
        call = self._find(ack)
        if call:
            call.acknowledged(ack)

    def _find(self, request):
        return next((call for call in reversed(self.calls) if call.invite.call_id == request.call_id and
                     call.tag == request.to_tag and call.remote_tag in (None, request.from_tag)), None)

    # -- out of dialogs
    def credentials(self, challenge, method, uri):
        kind = "WWW-Authenticate" if challenge.status == 401 else "Proxy-Authenticate"
        reply = "Authorization" if challenge.status == 401 else "Proxy-Authorization"
        return [(reply, digest(challenge.get(kind), method, uri, self.name, self.password))]

    def request(self, method, uri, headers=(), body=b"", login=True, seconds=35, to=None):
        """Send, answer a challenge; the final response."""
        call_id, tag, extra = secrets.token_hex(8), secrets.token_hex(4), []
        hop = self.next_hop(uri)
        for cseq in (1, 2):
            lines = ["%s %s SIP/2.0" % (method, uri), "Via: " + self.via(hop), "Max-Forwards: 70",
                     "From: %s;tag=%s" % (self.name_addr, tag), "To: <%s>" % (to or uri),
                     "Call-ID: " + call_id, "CSeq: %d %s" % (cseq, method)]
            if method in ("SUBSCRIBE", "REFER"):
                lines.append("Contact: " + self.contact(hop))
            with self.loop.lock:
                client = Client(self, method, packed(lines, list(headers) + extra, body), hop)
            answer = client.wait(seconds)
            if not login or not self.password or answer.status not in (401, 407):
                break
            extra = self.credentials(answer, method, uri)
        return answer

    def reply(self, question, is_grant=True):
        """Say yes or no to a permission request, by PUBLISH; the answer."""
        grant, deny = consent_uris(question)
        return self.request("PUBLISH", grant if is_grant else deny, login=False)

    def wait_question(self, count=1, seconds=10):
        return self.loop.wait(lambda: len(self.questions) >= count and self.questions[count - 1],
                              seconds, "a permission request at " + self.host)

    def close(self):
        for call in self.calls:
            if call.voice:
                call.voice.close()
        if self._sink:
            self._sink.close()
        super().close()
