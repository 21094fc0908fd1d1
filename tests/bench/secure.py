"""TLS: a list to recipients behind it, beside TCP; handshakes beside openssl
s_server; what a connection holds."""

import json, os, re, sys, time

import data, report
from systems import LISTENS, ROOT, System, Volens
from tools import SINK, Meter, sockets

sys.path.append(os.path.join(ROOT, "tests/wire"))
from certificates import Authority

KEPT = 2000
CLIENTS = "127.0.3.20:0"
ROOM = """connections = 5000
	connections-per-source = 5000
	"""


class Server(System):
    """openssl s_server: one connection after the other."""
    name, address, label = "openssl", "127.0.3.23", "openssl s_server"

    def __init__(self, folder, certificate):
        super().__init__(folder)
        self.certificate = certificate

    def command(self):
        return ["openssl", "s_server", "-accept", self.address + ":5061", "-www", "-quiet",
                "-cert_chain", self.certificate.chain, "-cert", self.certificate.chain,
                "-key", self.certificate.key]

    def is_bound(self):
        return any(row[:3] == (self.address, 5061, LISTENS) for row in sockets("tcp"))

    is_ready = is_bound


class Files:
    """Where certificates are made; they go with the folder of the bench."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "tls")
        os.makedirs(self.path, exist_ok=True)

    def file(self, name):
        return os.path.join(self.path, name)


def secure(bench):
    files = Files(bench.folder)
    authority = Authority(files)
    ours = authority.issue("relay", uris=["sip:127.0.3.1"])
    fan_out(bench, files, authority, ours)
    relay = fresh(bench, authority, ours)
    handshakes(bench, relay, bench.up(Server(bench.folder, ours)))
    bench.down(relay)
    bench.results["tls"] = {
        "bytes_a_tls_connection": kept(bench, fresh(bench, authority, ours), 5061),
        "bytes_a_tcp_connection": kept(bench, fresh(bench, authority, ours), 5060, P=True)}
    bench.say(words(bench.results))


def fresh(bench, authority, ours):
    empty = data.permissions(bench.path("permissions-0-tls.db"), 1)
    return bench.up(Volens(bench.folder, bench.build, empty, name="volens-tls",
                           address="127.0.3.22", sip=ROOM, listen=', "sips:127.0.3.22"',
                           blocks=ours.settings(authority, "half-open = 2048")))


def few(bench, name):
    """A store of its own."""
    return data.permissions(bench.path("permissions-5-%s.db" % name), 100000)


def fan_out(bench, files, authority, ours):
    """All recipients are behind one outbound proxy, which is the sink: the
    connections that the relay opens are used again."""
    sink = authority.issue("sink", uris=["sip:" + SINK.split(":")[0]])
    pem = files.file("sink-both.pem")
    with open(pem, "w") as f:
        f.write("".join(open(name).read() for name in (sink.chain, sink.key)))
    systems = {}
    for n, (name, transport, how) in enumerate((("volens", "tls", pem), ("volens-tcp", "tcp", "tcp"))):
        system = bench.up(Volens(
            bench.folder, bench.build, few(bench, "to-" + transport), name="volens-to-" + transport, address="127.0.3.%d" % (24 + n),
            sip='outbound-proxy = "sip:%s;transport=%s"' % (SINK, transport),
            listen=', "sips:127.0.3.%d"' % (24 + n), blocks=ours.settings(authority)))
        systems[name] = (system, {"S": how})
    bench.turns("tls-list-100", systems, l=100, w=16, p=100000, d=bench.seconds)
    bench.down(*(system for system, _ in systems.values()))


# -- handshakes

def start(bench, system, port, **options):
    arguments = ["-t", "%s:%d" % (system.address, port), "-f", CLIENTS]
    for letter, value in options.items():
        arguments += ["-" + letter] + ([] if value is True else [value])
    return bench.tools.start("handshakes", *arguments)


def handshakes_once(bench, system):
    with system.turn():
        meter = Meter(system)
        result = bench.tools.finish(start(bench, system, 5061, d=bench.seconds, w=16))
        meter.read(result, bench.seconds)
    return result


def handshakes(bench, relay, server):
    """Whole ones, without tickets; TLS 1.3, X25519, a certificate of P-256."""
    runs = {"volens": [], "openssl": []}
    for _ in range(bench.rounds):
        for name, system in (("volens", relay), ("openssl", server)):
            runs[name].append(handshakes_once(bench, system))
    bench.results["tls-handshakes"] = {name: report.median_of(of) for name, of in runs.items()}
    bench.say("tls-handshakes: " + report.brief(bench.results["tls-handshakes"]))
    bench.down(server)


# -- memory

def anonymous_bytes(system):
    """Without what is mapped from files, which comes and goes."""
    with open("/proc/%d/status" % system.process.pid) as f:
        return int(re.search(r"RssAnon:\s+(\d+)", f.read()).group(1)) * 1024


def kept(bench, relay, port, **options):
    """Growth of a fresh process with connections that are open and say nothing."""
    with relay.turn():
        time.sleep(0.5)
        before = anonymous_bytes(relay)
        process = start(bench, relay, port, k=KEPT, d=60, **options)
        opened = json.loads(process.stdout.readline())["done"]
        time.sleep(0.5)  # it accepts
        growth = (anonymous_bytes(relay) - before) / max(1, opened)
        process.kill()
        process.communicate()
        bench.tools.running.remove(process)
    bench.down(relay)
    return growth


def words(results):
    found = results.get("tls")
    return found and "a connection that says nothing holds %s bytes by TLS, %s by TCP" % (
        report.group(found["bytes_a_tls_connection"]), report.group(found["bytes_a_tcp_connection"]))
