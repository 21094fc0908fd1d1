"""What a SIP phone of the wire tests stands on: one thread, sockets, transactions.

The loop has one thread for all phones.  Its lock is held while a handler runs,
and by a test that looks or acts; Loop.wait() waits for what handlers change.
Transactions are those of RFC 3261 section 17, with RFC 6026: a 2xx is handed to
the call, which repeats it or acknowledges it.
"""

import heapq, random, re, secrets, selectors, socket, threading, time, traceback

from harness import PATIENCE, Message
from tone import receive_stamped, stamped_socket

T1, T2 = 0.5, 4.0


class Sip(Message):
    """A message with what a dialog asks of it."""

    def __init__(self, raw, source=None, at=0.0, protocol="udp"):
        super().__init__(raw, source)
        self.at, self.protocol = at, protocol
        number, _, self.cseq_method = (self.get("cseq") or "0 ?").partition(" ")
        self.cseq = int(number) if number.isdecimal() else 0
        self.call_id = self.get("call-id", "")

    def parameter(self, header, name, default=None):
        """Of the header's first value, behind its URI."""
        value = re.sub(r'"[^"]*"', "", self.get(header, ""))
        match = re.search(r";\s*%s\s*(?:=\s*([^;,\s]+))?" % re.escape(name), re.sub(r"<[^>]*>", "", value), re.I)
        return default if not match else match.group(1) or ""

    @property
    def to_tag(self):
        return self.parameter("to", "tag")

    @property
    def from_tag(self):
        return self.parameter("from", "tag")

    @property
    def branch(self):
        return self.parameter("via", "branch", "")

    @property
    def contact(self):
        return uri_in(self.get("contact", "")) if self.get("contact") else None

    def values(self, name):
        """Of a header that may be a list: Record-Route, Supported, Allow."""
        return [part.strip() for value in self.all(name)
                for part in re.findall(r'(?:"[^"]*"|<[^>]*>|[^,"<])+', value)]


def uri_in(value):
    """The URI of a name-addr or addr-spec."""
    match = re.search(r"<([^>]*)>", value)
    return match.group(1) if match else value.split(";")[0].strip()


def where(uri):
    """(protocol, host, port) of a URI with a numeric host."""
    match = re.match(r"sips?:(?:[^@]*@)?([^:;?>]+)(?::(\d+))?(.*)", uri)
    named = re.search(r";transport=(tcp|tls)", match.group(3), re.I)
    protocol = "tls" if uri.startswith("sips:") else named.group(1).lower() if named else "udp"
    return protocol, match.group(1), int(match.group(2) or (5061 if protocol == "tls" else 5060))


class Timer:
    def __init__(self, run):
        self.run = run

    def cancel(self):
        self.run = None


class Loop:
    """Sockets and timers of all phones; `changed` is told after each handler."""

    one = None

    @classmethod
    def get(cls):
        if not cls.one:
            cls.one = Loop()
        return cls.one

    def __init__(self):
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.selector = selectors.DefaultSelector()
        self.timers, self.n, self.failure = [], 0, None
        self.woken, self.waker = socket.socketpair()
        self.woken.setblocking(False)
        self.add(self.woken, lambda: self.woken.recv(4096))
        threading.Thread(target=self._run, daemon=True).start()

    def add(self, s, handler):
        with self.lock:
            self.selector.register(s, selectors.EVENT_READ, handler)
            self.waker.send(b"x")

    def remove(self, s):
        with self.lock:
            try:
                self.selector.unregister(s)
            except (KeyError, ValueError):
                pass
            s.close()

    def after(self, seconds, run):
        timer = Timer(run)
        with self.lock:
            self.n += 1
            heapq.heappush(self.timers, (time.monotonic() + seconds, self.n, timer))
            if self.timers[0][2] is timer:
                self.waker.send(b"x")
        return timer

    def wait(self, condition, seconds=10, what="an event"):
        """What condition() returns, once it is true."""
        end = time.monotonic() + seconds * PATIENCE
        with self.lock:
            while True:
                if self.failure:
                    raise AssertionError("a phone failed: " + self.failure)
                value = condition()
                if value:
                    return value
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError("waited %g s in vain for %s" % (seconds, what))
                self.changed.wait(left)

    def _guard(self, run):
        try:
            run()
        except Exception:
            self.failure = traceback.format_exc()

    def _run(self):
        while True:
            with self.lock:
                now = time.monotonic()
                while self.timers and self.timers[0][0] <= now:
                    timer = heapq.heappop(self.timers)[2]
                    if timer.run:
                        self._guard(timer.run)
                self.changed.notify_all()
                pause = max(0, self.timers[0][0] - time.monotonic()) if self.timers else None
            try:
                ready = self.selector.select(pause)
            except OSError:
                continue
            with self.lock:
                for key, _ in ready:
                    if key.fileobj.fileno() >= 0:
                        self._guard(key.data)
                if ready:
                    self.changed.notify_all()


class Client:
    """A client transaction.  `final` is its last answer; 408 in it: nobody answered."""

    def __init__(self, stack, method, raw, to, on_response=None):
        self.stack, self.method, self.raw, self.to = stack, method, raw, to
        self.request = Sip(raw)
        self.on_response = on_response or (lambda response: None)
        self.responses, self.final, self.is_silent = [], None, False
        self.key = self.request.branch, method
        stack.clients[self.key] = self
        stack.send(raw, to)
        self.interval = stack.t1
        self.timer = None
        if to[0] == "udp":
            self.timer = stack.loop.after(self.interval, self._again)
        stack.loop.after(64 * stack.t1, self._timeout)

    def _again(self):
        """Timers A and E."""
        if self.final or (self.method == "INVITE" and self.responses) or not self.stack.is_open:
            return
        self.interval *= 2
        if self.method != "INVITE":
            self.interval = min(self.interval, T2)
        self.stack.send(self.raw, self.to)
        self.timer = self.stack.loop.after(self.interval, self._again)

    def stop_repeating(self):
        if self.timer:
            self.timer.cancel()

    def _timeout(self):
        """Timers B and F; a call that rings is not over."""
        if self.final or (self.method == "INVITE" and self.responses):
            return
        self.is_silent = True
        lines = self.request.respond(408, "Request Timeout")
        self.on_response(Sip(lines, at=time.time()))

    def receive(self, response):
        self.responses.append(response)
        is_first = self.final is None
        if response.status >= 200:
            self.final = self.final or response
            if self.method == "INVITE" and response.status >= 300:
                self.stack.send(self._ack(response), self.to)
        if is_first or response.status // 100 == 2:
            self.on_response(response)

    def _ack(self, response):
        """To a refusal: by the transaction (17.1.1.3)."""
        invite = self.request
        lines = ["ACK %s SIP/2.0" % invite.uri, "Via: " + invite.get("via"), "Max-Forwards: 70",
                 "From: " + invite.get("from"), "To: " + response.get("to"), "Call-ID: " + invite.call_id,
                 "CSeq: %d ACK" % invite.cseq]
        lines += ["Route: " + route for route in invite.all("route")]
        return ("\r\n".join(lines) + "\r\nContent-Length: 0\r\n\r\n").encode()

    def wait(self, seconds=10):
        """The final response."""
        def over():
            return self.final or self.is_silent
        self.stack.loop.wait(over, seconds, "an answer to " + self.method)
        return self.final or Sip(self.request.respond(408, "Request Timeout"))


class Server:
    """A server transaction: repeats its last answer."""

    def __init__(self, stack, request, reply):
        self.stack, self.request, self.reply = stack, request, reply
        self.last, self.final, self.ack, self.interval = None, 0, None, stack.t1
        self.end = 0.0  # timer H

    def respond(self, raw):
        status = Sip(raw).status
        self.last = raw
        self.reply(raw)
        if status >= 200:
            self.final = status
        if status >= 300 and self.request.method == "INVITE" and self.request.protocol == "udp":
            self.end = time.monotonic() + 64 * self.stack.t1
            self.stack.loop.after(self.interval, self._again)

    def _again(self):
        """Timers G and H."""
        if self.ack or not self.stack.is_open or time.monotonic() > self.end:
            return
        self.interval = min(self.interval * 2, T2)
        self.stack.loop.after(self.interval, self._again)
        self.reply(self.last)

    def repeat(self):
        """The request came again; the call repeats its 2xx by itself."""
        if self.last and not (self.request.method == "INVITE" and 200 <= self.final < 300):
            self.reply(self.last)


class Stack:
    """Sockets of one phone, and its transactions; phone.py says what they mean.

    tls: contexts (certificates.py) of its listener on 5061, and of what it opens."""

    def __init__(self, host, port=5060, tls=None):
        self.loop = Loop.get()
        self.host, self.port, self.t1, self.is_open = host, port, T1, True
        self.clients, self.servers, self.streams = {}, {}, {}
        self.log = []  # (time, "in" or "out", Sip) of what really passed
        self.lost = []  # the same of what the network of this phone lost
        self.loses = None  # function(Sip, "in" or "out"): is it lost?
        self.udp = stamped_socket(host, port, 8 << 20)
        self.tcp = socket.create_server((host, port), backlog=512)
        self.tcp.setblocking(False)
        self.loop.add(self.udp, self._datagrams)
        self.loop.add(self.tcp, lambda: self._accept(self.tcp, None))
        self.tls = tls
        if tls:
            self.secure = socket.create_server((host, 5061), backlog=64)
            self.loop.add(self.secure, lambda: self._accept(self.secure, tls[0]))

    def lose(self, seed, share):
        """Lose a share of all datagrams, both ways, by a seed."""
        dice = random.Random(seed)
        self.loses = lambda message, way: dice.random() < share

    def _passes(self, raw, way, at, source=None, protocol="udp"):
        message = Sip(raw, source, at, protocol)
        lost = protocol == "udp" and self.loses and self.loses(message, way)
        (self.lost if lost else self.log).append((at, way, message))
        return None if lost else message

    # -- out
    def send(self, raw, to):
        """To (protocol, host, port)."""
        with self.loop.lock:
            if not self.is_open or not self._passes(raw, "out", time.time(), None, to[0]):
                return
            try:
                if to[0] == "udp":
                    self.udp.sendto(raw, to[1:])
                else:
                    self._stream_to(to[0], to[1:]).sendall(raw)
            except OSError:
                pass  # its transaction times out

    def _stream_to(self, protocol, peer):
        if peer not in self.streams:
            s = socket.create_connection(peer, timeout=5, source_address=(self.host, 0))
            if protocol == "tls":
                s = self.tls[1].wrap_socket(s, server_hostname=peer[0])
            self._open(s, peer, protocol)
        return self.streams[peer]

    # -- in
    def _datagrams(self):
        while self.is_open:
            got = receive_stamped(self.udp)
            if not got:
                return
            raw, source, at = got
            if raw.strip():
                self._receive(raw, source, at, "udp", lambda b, s=source: self.send(b, ("udp",) + s))

    def _accept(self, listener, tls):
        try:
            s, source = listener.accept()
            s.settimeout(5)
            if tls:
                s = tls.wrap_socket(s, server_side=True)
        except OSError:
            return
        self._open(s, source, "tls" if tls else "tcp")

    def _open(self, s, peer, protocol):
        s.setblocking(True)
        s.settimeout(5)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.streams[peer] = s
        buffer = bytearray()
        self.loop.add(s, lambda: self._bytes(s, peer, buffer, protocol))

    def _bytes(self, s, peer, buffer, protocol):
        try:
            more = s.recv(65536)
            while protocol == "tls" and s.pending():
                more += s.recv(65536)
        except OSError:
            more = b""
        if not more:
            self.streams.pop(peer, None)
            self.loop.remove(s)
            return
        buffer += more
        while True:
            buffer[:] = buffer.lstrip(b"\r\n")
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            match = re.search(rb"(?im)^(?:content-length|l)[ \t]*:[ \t]*(\d+)", bytes(buffer[:end + 2]))
            need = end + 4 + (int(match.group(1)) if match else 0)
            if len(buffer) < need:
                return
            raw = bytes(buffer[:need])
            del buffer[:need]
            self._receive(raw, peer, time.time(), protocol, lambda b: self.send(b, (protocol,) + peer))

    def _receive(self, raw, source, at, protocol, reply):
        message = self._passes(raw, "in", at, source, protocol)
        if not message:
            return
        if message.method is None:
            client = self.clients.get((message.branch, message.cseq_method))
            if client:
                client.receive(message)
            return
        self._request(message, reply)

    def _request(self, request, reply):
        kind = "INVITE" if request.method == "ACK" else request.method
        key = request.branch, request.get("via").split(";")[0], kind
        server = self.servers.get(key)
        if request.method == "ACK":
            if server and server.final >= 300:
                server.ack = request
            else:
                self.acknowledged(request)
        elif server:
            server.repeat()
        else:
            server = self.servers[key] = Server(self, request, reply)
            self.requested(request, server)

    def find_invite(self, cancel):
        """The transaction that a CANCEL names (9.2)."""
        return self.servers.get((cancel.branch, cancel.get("via").split(";")[0], "INVITE"))

    def via(self, to, branch=None):
        return "SIP/2.0/%s %s:%d;branch=%s;rport" % (
            to[0].upper(), self.host, 5061 if to[0] == "tls" else self.port, branch or "z9hG4bK" + secrets.token_hex(8))

    def sent(self, method=None, status=None):
        return self._logged("out", method, status)

    def received(self, method=None, status=None):
        """All messages of a method, or with a status, that came so far."""
        return self._logged("in", method, status)

    def _logged(self, wanted, method, status):
        with self.loop.lock:
            return [m for _, way, m in self.log if way == wanted and
                    (method is None or (m.method or m.cseq_method) == method) and
                    (m.status == status if status is not None else m.method is not None)]

    def wait_request(self, method, count=1, seconds=10):
        """The requests of a method, once so many came."""
        def came():
            found = self.received(method)
            return found if len(found) >= count else None
        return self.loop.wait(came, seconds, "%s to %s" % (method, self.host))

    def close(self):
        with self.loop.lock:
            self.is_open = False
            for s in [self.udp, self.tcp] + ([self.secure] if self.tls else []) + list(self.streams.values()):
                self.loop.remove(s)
