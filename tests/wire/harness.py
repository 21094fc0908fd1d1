"""What the wire tests share: the real daemon, its REST side, and raw SIP peers.

Every test takes a loopback address of its own (127.a.b.c from its process id),
so that tests can run side by side on the usual ports.  A peer here is a plain
socket with its own thread: it shows what really went over the wire.
"""

import base64, hashlib, json, os, re, secrets, shutil, signal, socket
import subprocess, sys, tempfile, threading, time, urllib.error, urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("VOLENS_BUILD", os.path.join(ROOT, "build")))
VOLENSD = os.path.join(BUILD, "volensd")
VOLENSCTL = os.path.join(BUILD, "volensctl")
os.environ["PATH"] += ":/usr/sbin:/sbin"  # where servers are, but not for users

def _net():
    """A /24 of loopback that no other test has: held by a socket's name."""
    for n in range(os.getpid(), os.getpid() + 30000):
        net = "127.%d.%d" % (64 + n // 250 % 128, n % 250 + 1)
        holder = socket.socket(socket.AF_UNIX)
        try:
            holder.bind("\0volens-test-" + net)
            return net, holder
        except OSError:
            holder.close()
    raise AssertionError("no loopback addresses left")


NET, _holder = _net()

def address(host):
    """A loopback address of this test: address(1) is the relay's."""
    return "%s.%d" % (NET, host)


LONG = bool(os.environ.get("VOLENS_ALL"))  # scripts/test --all
HTTP_HOST = address(254)  # ports of a test that runs beside this one are not ours


def _is_sanitized():
    """Whether a sanitizer is in the daemon."""
    try:
        with open(os.path.join(BUILD, "Makefile")) as f:
            return re.search(r"(?m)^\w*FLAGS = .*-fsanitize=", f.read()) is not None
    except OSError:
        return False


IS_SANITIZED = _is_sanitized()
SANITIZER_CODES = 66, 99  # of what one of them finds (scripts/test)

# How much longer than on an idle machine an event may take.  Nobody waits longer
# for it: a test goes on when the event comes, and only a failure is told later.
PATIENCE = 6


def check(condition, what):
    """State one thing that must hold; the first that does not ends the test."""
    if not condition:
        print("not ok - " + what)
        raise AssertionError(what)
    print("ok - " + what)


def skip(why):
    """Say that this machine cannot run a test.  Continuous integration has to: there it fails."""
    if os.environ.get("CI"):
        raise AssertionError(why)
    print("# %s; skipped" % why)


def wait_until(condition, seconds=10, what="condition"):
    """Wait for something that has no event to await; polls."""
    end = time.monotonic() + seconds * PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("waited %g s in vain for %s" % (seconds, what))


CONFIG = """
domain = "{domain}"
sip {{
	listen = {{ "sip:{host}:5060;transport=udp", "sip:{host}:5060;transport=tcp"{listen} }}
	{sip}
}}
http {{
	listen = "{http_host}:{http}"
	admin-token-file = "{dir}/admin.token"
	{rest}
}}
store {{ path = "{dir}/volens.db" }}
consent {{
	return-routability = "{routability}"
	allow-private-addresses = yes
	home-domains = {{ {home} }}
	questions-per-second = {pace}
	{consent}
}}
service "lists" {{ methods = {{ "MESSAGE" }} {service} }}
{more}
"""


# One owner may ask one recipient as often as they like.
FREE_OWNERS = ("owner-requests-per-day = 1000 owner-requests-per-week = 1000 "
               "owner-requests-per-half-year = 1000 no-answer-pauses = { 0 }")


class Daemon:
    """volensd in a folder of its own; stopped and removed by close()."""

    def __init__(self, start=True, env=None, wrapper=(), **settings):
        self.dir = settings.pop("dir", None) or tempfile.mkdtemp(prefix="volens-test-")
        self.host = settings.pop("host", address(1))
        self.domain = settings.pop("domain", self.host)
        self.token = secrets.token_hex(32)
        with open(self.dir + "/admin.token", "w") as f:
            os.fchmod(f.fileno(), 0o600)
            f.write(self.token)
        with socket.socket() as s:
            s.bind((HTTP_HOST, 0))
            self.http = s.getsockname()[1]
        values = dict(domain=self.domain, host=self.host, http=self.http, http_host=HTTP_HOST,
                      dir=self.dir, routability="any-transport", consent="",
                      home='"127.0.0.0/8", "::1"', pace=1000,
                      service="", sip="source-rate = 0", more="", listen="", rest="")
        # listen: ', "sips:ADDRESS"' adds a listener to those on 5060
        self.extra_consent = """request-interval = 0 requests-per-day = 1000
	%s
	trigger-interval = 0 triggers-per-day = 1000""" % FREE_OWNERS
        values["consent"] = settings.pop("consent", self.extra_consent)
        # Tests grant by REST, and count what comes.  Notices have tests of their own.
        if not settings.pop("notices", False):
            values["consent"] += "\n\tnotice-on-import = no"
        values.update(settings)
        # Names are nobody's: the system's resolver is never asked.
        if "nameserver" not in values["sip"]:
            values["sip"] += '\n\tnameserver = "%s"' % address(253)
        # One sender sends for all here; who measures their limit says so.
        free = "limits { sender-rate = 0 recipients-per-hour = 0 consent-needed-per-hour = 0 "
        if "sender-rate" not in values["more"]:
            values["more"] = (values["more"].replace("limits {", free) if "limits {" in values["more"]
                              else values["more"] + "\n" + free + "}")
        self.config = self.dir + "/volens.conf"
        with open(self.config, "w") as f:
            f.write(CONFIG.format(**values))
        self.env = dict(os.environ, **(env or {}))
        self.wrapper = list(wrapper)
        self.process = None
        self.log_path = self.dir + "/log"
        if start:
            self.start()

    def start(self, ready=30):
        self.log_file = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            self.wrapper + [VOLENSD, "-c", self.config], env=self.env,
            stdin=subprocess.DEVNULL, stdout=self.log_file, stderr=self.log_file)

        def is_ready():
            if self.process.poll() is not None:
                raise AssertionError("volensd ended: " + self.log()[-2000:])
            try:
                return self.get("/readyz")[0] == 200
            except OSError:
                return False
        wait_until(is_ready, ready, "the daemon to be ready")
        return self

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        self.process.wait(60 * PATIENCE)

    def stop(self, seconds=30):
        """SIGTERM; returns the exit code."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(seconds * PATIENCE)
        return self.process.returncode if self.process else None

    def _end_in_peace(self):
        """A daemon that is killed tells of no leak: stop it, with all that it holds."""
        end = time.monotonic() + 30 * PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            self.process.terminate()  # the second one: now
            try:
                self.process.wait(0.5)
            except subprocess.TimeoutExpired:
                pass
        check(self.process.poll() == 0, "the sanitizers have nothing to say")

    def close(self):
        is_well = sys.exc_info()[0] is None
        try:
            if self.process:
                if IS_SANITIZED and is_well and self.process.poll() is None:
                    self._end_in_peace()
                assert self.process.poll() not in SANITIZER_CODES, "a sanitizer:\n" + self.log()[-4000:]
        finally:
            self._remove()

    def _remove(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if sys.exc_info()[0] is None and not os.environ.get("VOLENS_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)
        else:
            print("# kept: " + self.dir)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        try:
            if kind is not None:
                print("# log of the daemon:\n" + "\n".join(
                    "# " + line for line in self.log().splitlines()[-60:]))
        finally:
            self.close()

    # -- REST
    def rest(self, method, path, body=None, headers=None, token=True):
        request = urllib.request.Request(
            self.url + path, method=method,
            data=None if body is None else json.dumps(body).encode())
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", "Bearer " + self.token)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=20 * PATIENCE) as answer:
                raw = answer.read()
                return answer.status, self._json(raw), dict(answer.headers)
        except urllib.error.HTTPError as error:
            raw = error.read()
            return error.code, self._json(raw), dict(error.headers)

    @staticmethod
    def _json(raw):
        try:
            return json.loads(raw) if raw else None
        except ValueError:
            return raw.decode(errors="replace")

    def get(self, path, **more):
        return self.rest("GET", path, **more)

    def user(self, name, password="secret-" "word", host=None):
        aor = "sip:%s@%s" % (name, host or self.domain)
        status, body, _ = self.rest("POST", "/v1/users", dict(
            aor=aor, username=name, password=password, may=["send", "answer"]))
        assert status == 201, (status, body)
        return aor

    def permit(self, sender, recipient, state="granted", target=None, **more):
        body = dict(sender=sender, target=target or self.uri("lists"),
                    recipient=recipient, state=state, **more)
        if state == "granted":
            body.setdefault("evidence", "test")
        status, answer, _ = self.rest("POST", "/v1/permissions", body)
        assert status in (200, 201), (status, answer)
        return answer

    def permissions(self, **filters):
        query = "&".join("%s=%s" % (k, urllib.request.quote(v, safe=""))
                         for k, v in filters.items())
        status, answer, _ = self.get("/v1/permissions?limit=1000&" + query)
        assert status == 200, (status, answer)
        return answer["items"]

    def metric(self, name):
        """Sum of a metric, or of the one line that starts with name."""
        text = self.get("/metrics")[1]
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith("volensd_" + name) and not line.startswith("#"))

    def uri(self, user):
        return "sip:%s@%s" % (user, self.domain)

    @property
    def url(self):
        return "http://%s:%d" % (HTTP_HOST, self.http)

    def cpu(self):
        """Seconds of CPU time taken so far: it does not grow while others run."""
        with open("/proc/%d/stat" % self.process.pid) as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss(self):
        with open("/proc/%d/status" % self.process.pid) as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1)) * 1024


def faketime():
    """The library that steps a daemon's clock (faketime)."""
    path = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
    if not os.path.exists(path):
        found = subprocess.run("dpkg -L libfaketime | grep libfaketime.so.1", shell=True, capture_output=True)
        path = found.stdout.decode().strip()
    check(os.path.exists(path), "libfaketime is here")
    return path


class Clock:
    """The wall clock of a daemon that has not started yet."""

    def __init__(self, daemon):
        self.stamp = daemon.dir + "/clock"
        self.step("+0")
        daemon.env.update(LD_PRELOAD=faketime(), FAKETIME_TIMESTAMP_FILE=self.stamp, FAKETIME_NO_CACHE="1",
                          DONT_FAKE_MONOTONIC="1")

    def step(self, offset):
        """To "+1h", "-2d" from the true time."""
        with open(self.stamp + ".new", "w") as f:
            f.write(offset + "\n")
        os.rename(self.stamp + ".new", self.stamp)


# RFC 3261 section 7.3.3
COMPACT = dict(v="via", f="from", t="to", i="call-id", m="contact", l="content-length",
               c="content-type", k="supported", s="subject", o="event", u="allow-events", r="refer-to",
               b="referred-by", x="session-expires", e="content-encoding")


class Message:
    """A SIP message as it came over the wire; compact names are written out."""

    def __init__(self, raw, source=None):
        self.raw = raw
        self.source = source
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = re.sub(rb"\r\n[ \t]+", b" ", head).decode("utf-8", "replace").split("\r\n")
        self.first = lines[0]
        self.headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            self.headers.append((COMPACT.get(name, name), value.strip()))
        if self.first.startswith("SIP/2.0 "):
            self.status = int(self.first.split(" ")[1])
            self.reason = self.first.split(" ", 2)[2]
            self.method = None
        else:
            self.status = None
            self.method, self.uri = self.first.split(" ")[:2]

    def get(self, name, default=None):
        for n, value in self.headers:
            if n == name.lower():
                return value
        return default

    def all(self, name):
        return [v for n, v in self.headers if n == name.lower()]

    def respond(self, status, reason="Whatever", extra=""):
        lines = ["SIP/2.0 %d %s" % (status, reason)]
        for name, value in self.headers:
            if name in ("via", "from", "call-id", "cseq"):
                lines.append("%s: %s" % (name, value))
            elif name == "to":
                lines.append("To: %s%s" % (value, "" if "tag=" in value else ";tag=peer"))
        return ("\r\n".join(lines) + "\r\n" + extra +
                "Content-Length: 0\r\n\r\n").encode()


class Peer:
    """A SIP end point on UDP and TCP: answers by a function, keeps what came.

    answer(message) returns a status (int), raw bytes, or None for silence.
    tls: a server's context (certificates.py); then it is on port 5061 by TLS, too.
    """

    all = []  # main() closes them after each test: the addresses come again

    def __init__(self, host=None, port=5060, answer=200, udp=True, tcp=True, tls=None):
        Peer.all.append(self)
        self.host, self.port = host or address(9), port
        self.answer = answer
        self.received = []
        self.arrived = threading.Condition()
        self.sockets = []
        self.open = True
        if udp:
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
            self.udp.bind((self.host, port))
            self.sockets.append(self.udp)
            threading.Thread(target=self._datagrams, daemon=True).start()
        if tcp:
            self.tcp = socket.create_server((self.host, port), backlog=512)
            self.sockets.append(self.tcp)
            threading.Thread(target=self._accept, args=(self.tcp, None), daemon=True).start()
        self.refused = []  # handshakes that failed: what ssl says
        self.heard = b""   # by TLS, whatever it was
        if tls:
            self.secure = socket.create_server((self.host, 5061), backlog=512)
            self.sockets.append(self.secure)
            threading.Thread(target=self._accept, args=(self.secure, tls), daemon=True).start()

    def _handle(self, raw, source, send):
        message = Message(raw, source)
        if message.method is None:
            return
        with self.arrived:
            self.received.append(message)
            self.arrived.notify_all()
        answer = self.answer(message) if callable(self.answer) else self.answer
        if isinstance(answer, int):
            answer = message.respond(answer)
        if answer:
            send(answer)

    def _datagrams(self):
        while self.open:
            try:
                raw, source = self.udp.recvfrom(70000)
            except OSError:
                return
            if not self.open:
                return
            self._handle(raw, source, lambda b, s=source: self.udp.sendto(b, s))

    def _accept(self, listener, tls):
        while self.open:
            try:
                stream, source = listener.accept()
            except OSError:
                return
            self.sockets.append(stream)
            threading.Thread(target=self._stream, args=(stream, source, tls),
                             daemon=True).start()

    def _stream(self, stream, source, tls):
        try:
            if tls:
                stream = tls.wrap_socket(stream, server_side=True)
                self.sockets.append(stream)
        except OSError as error:
            self.refused.append(error)
            return
        for raw in read_stream(stream):
            if tls:
                self.heard += raw
            try:
                self._handle(raw, source, stream.sendall)
            except OSError:
                return

    def wait(self, count=1, seconds=10, method=None):
        """The messages, once there are count of them."""
        def got():
            return [m for m in self.received if not method or m.method == method]
        end = time.monotonic() + seconds * PATIENCE
        with self.arrived:
            while len(got()) < count:
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError("%s: %d of %d messages came" %
                                         (self.host, len(got()), count))
                self.arrived.wait(left)
            return got()

    def clear(self):
        with self.arrived:
            self.received.clear()

    def close(self):
        self.open = False
        for s in self.sockets:
            try:
                s.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads
            except OSError:
                pass
            s.close()


def read_stream(stream):
    """Whole SIP messages from a TCP stream, framed by Content-Length."""
    buffer = b""
    while True:
        end = buffer.find(b"\r\n\r\n")
        if end >= 0:
            match = re.search(rb"(?im)^(?:content-length|l)[ \t]*:[ \t]*(\d+)", buffer[:end + 2])
            need = end + 4 + (int(match.group(1)) if match else 0)
            if len(buffer) >= need:
                yield buffer[:need]
                buffer = buffer[need:].lstrip(b"\r\n")
                continue
        try:
            more = stream.recv(65536)
        except OSError:
            return
        if not more:
            return
        buffer += more


def digest(challenge, method, uri, username, password, nc=1, cnonce="c0ffee"):
    """The Authorization value for a challenge."""
    field = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
    h = hashlib.md5 if field.get("algorithm", "MD5") == "MD5" else hashlib.sha256
    H = lambda s: h(s.encode()).hexdigest()
    a1 = H("%s:%s:%s" % (username, field["realm"], password))
    response = H(":".join([a1, field["nonce"], "%08x" % nc, cnonce, "auth",
                           H("%s:%s" % (method, uri))]))
    return ('Digest username="%s", realm="%s", nonce="%s", uri="%s", qop=auth, '
            'nc=%08x, cnonce="%s", algorithm=%s, response="%s"' % (
                username, field["realm"], field["nonce"], uri, nc, cnonce,
                field.get("algorithm", "MD5"), response))


class Client:
    """A SIP user agent client over UDP, TCP or TLS, with digest.

    tls: a client's context (certificates.py).
    """

    def __init__(self, daemon, name="nora", password="secret-" "word", host=None,
                 tcp=False, port=0, tls=None):
        self.daemon, self.name, self.password = daemon, name, password
        self.tcp = tcp or tls is not None
        self.transport = "TLS" if tls else "TCP" if tcp else "UDP"
        self.host = host or address(2)
        self.aor = "sip:%s@%s" % (name, daemon.domain)
        if self.tcp:
            self.socket = socket.create_connection(
                (daemon.host, 5061 if tls else 5060), source_address=(self.host, port),
                timeout=20 * PATIENCE)
            if tls:
                self.socket = tls.wrap_socket(self.socket, server_hostname=daemon.domain)
            self.stream = read_stream(self.socket)
        else:
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind((self.host, port))
        self.socket.settimeout(15 * PATIENCE)
        self.port = self.socket.getsockname()[1]
        self.cseq = 0

    def build(self, method, uri, body=b"", headers=(), **more):
        self.cseq += 1
        via = "SIP/2.0/%s %s:%d;branch=z9hG4bK%s;rport" % (
            self.transport, self.host, self.port, secrets.token_hex(8))
        lines = ["%s %s SIP/2.0" % (method, uri), "Via: " + via,
                 "Max-Forwards: %s" % more.get("max_forwards", 70),
                 "From: %s;tag=%s" % (more.get("from_", "<%s>" % self.aor), secrets.token_hex(4)),
                 "To: <%s>" % more.get("to", uri),
                 "Call-ID: %s" % more.get("call_id", secrets.token_hex(8)),
                 "CSeq: %d %s" % (more.get("cseq", self.cseq), method)]
        lines += ["%s: %s" % header for header in headers]
        lines.append("Content-Length: %d" % len(body))
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    def send(self, raw):
        if self.tcp:
            self.socket.sendall(raw)
        else:
            self.socket.sendto(raw, (self.daemon.host, 5060))

    def receive(self, call_id=None):
        """The next final response (to call_id)."""
        while True:
            raw = next(self.stream) if self.tcp else self.socket.recv(70000)
            message = Message(raw)
            if message.status and message.status >= 200 and (
                    call_id is None or message.get("call-id") == call_id):
                return message

    def exchange(self, raw):
        self.send(raw)
        return self.receive(Message(raw).get("call-id"))

    def request(self, method, uri, body=b"", headers=(), login=True, **more):
        """Send, answer a challenge, and return the final response."""
        answer = self.exchange(self.build(method, uri, body, headers, **more))
        if login and answer.status in (401, 407):
            kind = "WWW-Authenticate" if answer.status == 401 else "Proxy-Authenticate"
            reply = "Authorization" if answer.status == 401 else "Proxy-Authorization"
            credentials = digest(answer.get(kind), method, uri, self.name, self.password)
            answer = self.exchange(self.build(
                method, uri, body, list(headers) + [(reply, credentials)], **more))
        return answer

    def message(self, entries, text=b"hello", service="lists", headers=(), **more):
        """A MESSAGE with a list: entries are URIs or (URI, attributes)."""
        body, content_type = list_body(entries, text)
        return self.request("MESSAGE", self.daemon.uri(service), body,
                            [("Require", "recipient-list-message"),
                             ("Content-Type", content_type)] + list(headers), **more)

    def close(self):
        self.socket.close()


def list_xml(entries):
    rows = []
    for entry in entries:
        uri, attributes = entry if isinstance(entry, tuple) else (entry, "")
        rows.append('<entry uri="%s" %s/>' % (uri.replace("&", "&amp;"), attributes))
    return ('<?xml version="1.0" encoding="UTF-8"?>\r\n'
            '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" '
            'xmlns:cc="urn:ietf:params:xml:ns:copycontrol"><list>\r\n' +
            "\r\n".join(rows) + "\r\n</list></resource-lists>\r\n").encode()


def list_body(entries, text=b"hello", text_type="text/plain"):
    return (b"--cut\r\nContent-Type: " + text_type.encode() + b"\r\n\r\n" + text +
            b"\r\n--cut\r\nContent-Type: application/resource-lists+xml\r\n"
            b"Content-Disposition: recipient-list\r\n\r\n" + list_xml(entries) +
            b"\r\n--cut--\r\n"), 'multipart/mixed;boundary="cut"'


def consent_uris(message):
    """(grant, deny) of a question, from its permission document."""
    found = dict()
    for uri, action in re.findall(rb'perm-uri="([^"]+)">(grant|deny)<', message.body):
        found[action.decode()] = uri.decode()
    return found["grant"], found["deny"]


def text_of(message):
    """The text part of a relayed message (or its whole body)."""
    match = re.search(rb"Content-Type: text/plain[^\r]*\r\n(?:[^\r]+\r\n)*\r\n(.*?)\r\n--",
                      message.body, re.S | re.I)
    return match.group(1) if match else message.body


def main(*tests):
    """Run test functions in order; exit 1 at the first that fails."""
    for test in tests:
        print("# " + (test.__doc__ or test.__name__).strip().splitlines()[0])
        try:
            test()
        except Exception as error:
            import traceback
            traceback.print_exc()
            print("not ok - %s: %s" % (test.__name__, error))
            sys.exit(1)
        while Peer.all:
            Peer.all.pop().close()
    sys.exit(0)
