"""The systems under test: started once, pinned to one core, awake in turns.

Whose turn it is not is stopped (SIGSTOP), so that its timers and its cleaning
up cost nobody else anything; that work waits for its own next turn and counts
there.
"""

import contextlib, glob, http.client, os, re, secrets, signal, subprocess, time

from tools import CORE_OF_SYSTEM, sockets

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SENDER, TARGET, DOMAIN = "sip:load@127.0.3.1", "sip:lists@127.0.3.1", "127.0.3.1"
OURS = ["127.0.3.%d" % last for last in range(1, 26)]
LISTENS = "0A"  # a state in /proc/net/tcp


# Ends a process group when we are gone, in whatever way: our end of the pipe is
# closed then.  Kamailio is several processes, so a death signal is not enough.
LEASH = 'trap "" HUP INT QUIT TERM; read -r _; kill -s KILL -- "-$0" 2>/dev/null'


def owners(inode):
    """Who has a socket open: {process: its name}."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if os.readlink(path) == "socket:[%s]" % inode:
                pid = path.split("/")[2]
                with open("/proc/%s/comm" % pid) as f:
                    found[pid] = f.read().strip()
    return found


def left_over():
    """Who is on our addresses already, in words; and their processes."""
    lines, pids = [], set()
    for kind in ("udp", "tcp"):
        for address, port, state, inode, *_ in sockets(kind):
            is_ours = address in OURS or address == "0.0.0.0" and port in (5060, 6000, 8080)
            if not is_ours or kind == "tcp" and state != LISTENS:
                continue
            who = owners(inode)
            pids.update(who)
            lines.append("  %s %s:%d  %s" % (kind, address, port, " ".join(
                sorted(set(who.values()))) or "somebody else's"))
    return lines, sorted(pids, key=int)


def require_free():
    """Never measure what an earlier run left behind."""
    lines, pids = left_over()
    if lines:
        raise SystemExit("bench: its addresses are taken, perhaps by what an earlier run left "
                         "behind:\n%s\nEnd that first%s." % ("\n".join(lines), ": kill -9 "
                         + " ".join(pids) if pids else ""))


class System:
    """Something that listens at address:5060."""
    name, address, label = "", "", ""

    def __init__(self, folder):
        self.folder, self.process = folder, None

    def command(self):
        raise NotImplementedError

    def start(self):
        self.log = open(os.path.join(self.folder, self.name + ".log"), "wb")
        self.process = subprocess.Popen(
            ["taskset", "-c", str(CORE_OF_SYSTEM)] + self.command(), cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, process_group=0)
        self.leash = subprocess.Popen(["sh", "-c", LEASH, str(self.process.pid)],
                                      stdin=subprocess.PIPE, process_group=0)
        end = time.monotonic() + 120
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit("%s did not start; see %s" % (self.name, self.log.name))
            time.sleep(0.05)
        self.resident_at_start = self.resident_bytes()
        return self

    def is_bound(self):
        """Somebody is, to its UDP port."""
        return any(row[:2] == (self.address, 5060) for row in sockets("udp"))

    is_ready = is_bound

    def signal(self, number):
        """To all its processes."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    @contextlib.contextmanager
    def turn(self):
        self.signal(signal.SIGCONT)
        try:
            self.wake()
            yield self
            self.settle()
        finally:
            self.signal(signal.SIGSTOP)

    def wake(self):
        """What became due while it was stopped is done at once, and nobody was
        to wait for that: timers would fire, and the run be void."""
        end, spent = time.monotonic() + 1, self.cpu_seconds()
        while time.monotonic() < end:
            time.sleep(0.03)
            before, spent = spent, self.cpu_seconds()
            if spent - before < 0.003:
                break

    def settle(self):
        """Responses that it has not read when it is stopped would be too late
        for its timers when it goes on."""
        end, quiet = time.monotonic() + 1, 0
        while quiet < 3 and time.monotonic() < end:
            is_read = not any(row[0] == self.address and row[5] for row in sockets("udp"))
            quiet = quiet + 1 if is_read else 0
            time.sleep(0.005)

    def rest(self):
        self.signal(signal.SIGSTOP)
        return self

    def tasks(self):
        """Its threads: process, thread, name, seconds of CPU so far."""
        for path in glob.glob("/proc/[0-9]*/stat"):
            pid = int(path.split("/")[2])
            with contextlib.suppress(OSError):
                if os.getpgid(pid) != self.process.pid:
                    continue
                for task in glob.glob("/proc/%d/task/*" % pid):
                    with open(task + "/schedstat") as f:
                        spent = int(f.read().split()[0]) / 1e9
                    with open(task + "/comm") as f:
                        yield pid, int(task.rsplit("/", 1)[1]), f.read().strip(), spent

    def thread_seconds(self):
        """CPU time by what a thread is for."""
        return {"all": sum(row[3] for row in self.tasks())}

    def cpu_seconds(self):
        return sum(self.thread_seconds().values())

    def resident_bytes(self):
        with open("/proc/%d/status" % self.process.pid) as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1)) * 1024

    def kill(self):
        """At once, all its processes; the leash does it where we cannot."""
        if self.process:
            self.signal(signal.SIGKILL)
            self.process.wait()
            end = time.monotonic() + 10
            while self.is_bound() and time.monotonic() < end:
                time.sleep(0.02)  # its children take a moment
            self.leash.stdin.close()
            self.leash.wait()
            self.log.close()
            self.process = None

    def stop(self):
        """Politely, so that it can tidy up."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.signal(signal.SIGCONT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        self.kill()


class Limit(System):
    name, address, label = "limit", "127.0.3.5", "bare sockets"
    format = "lines"

    def __init__(self, folder, build):
        super().__init__(folder)
        self.build = build

    def command(self):
        return [os.path.join(self.build, "tests/bench/limit"), self.address + ":5060"]


MANY = 100000  # transactions of Kamailio


class Kamailio(System):
    format = "lines"
    CHILDREN = 1

    def __init__(self, folder, address, database=None, is_relay=False, allocator="tlsf"):
        super().__init__(folder)
        self.address, self.database, self.is_relay = address, database, is_relay
        self.allocator = allocator
        self.name = "kamailio-%s%s-%s" % ("relay-" if is_relay else "",
                                          "query" if database else "plain", allocator)
        self.label = "Kamailio, " + ("a query each" if database else "no check")

    def command(self):
        with open(os.path.join(ROOT, "tests/bench/kamailio.cfg.in")) as f:
            text = f.read()
        for name, value in (("CHILDREN", self.CHILDREN), ("ADDRESS", self.address),
                            ("DATABASE", (self.database or "").lstrip("/")), ("DIR", self.folder),
                            ("NAME", self.name)):
            text = text.replace("@%s@" % name, str(value))
        config = os.path.join(self.folder, self.name + ".cfg")
        with open(config, "w") as f:
            f.write(text)
        return ["kamailio", "-f", config, "-DD", "-E", "-x", self.allocator, "-X", self.allocator, "-M", "64",
                "-m", str(self.megabytes())] + (
            ["-A", "WITH_QUERY"] if self.database else []) + (
            ["-A", "RELAY"] if self.is_relay else [])

    @staticmethod
    def megabytes():
        """4 GB, of which two can be up; less where that is not there."""
        with open("/proc/meminfo") as f:
            free = int(re.search(r"MemAvailable:\s+(\d+)", f.read()).group(1)) // 1024
        return max(512, min(4096, free // 3))

    def wake(self):
        """Each transaction is kept for 5 s, in 9 to 14 kB.  With too many of the
        last turn in this one it would run out of memory, and then search it for
        seconds."""
        end = time.monotonic() + 6
        while time.monotonic() < end and int(self.ask("tm.stats").get("current", 0)) > MANY:
            time.sleep(0.1)
        super().wake()

    def control(self):
        return os.path.join(self.folder, self.name + ".ctl")

    def start(self):
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.control())
        return super().start()

    def is_ready(self):
        return self.is_bound() and os.path.exists(self.control())

    def stop(self):
        """It has nothing to keep, and takes long to end politely."""
        self.kill()

    def ask(self, what):
        done = subprocess.run(["kamcmd", "-s", self.control(), what],
                              capture_output=True, timeout=20, text=True)
        return dict(re.findall(r"(\w+): (-?\d+)", done.stdout))


CONFIG = """
domain = "{domain}"
sip {{
	listen = {{ "sip:{address}:5060;transport=udp", "sip:{address}:5060;transport=tcp" {listen} }}
	udp-buffer = 16MiB
	transactions = 1000000
	message-max = 8MiB
	{sip}
}}
http {{ listen = "{address}:8080" admin-token-file = "{token}" }}
store {{ path = "{database}" }}
consent {{ allow-private-addresses = yes notice-on-import = no }}
limits {{
	sender-rate = 0
	recipients-per-hour = 0
	list-length = 10000
	list-bytes = 8MiB
	body-bytes = 8MiB
	{limits}
}}
log {{ level = "warning" }}
service "lists" {{ methods = {{ "MESSAGE" }} }}
trust-domain "bench" {{ peers = {{ "127.0.3.2/32", "127.0.3.20/32" }} plain-transports = yes }}
{blocks}
"""


class Volens(System):
    label, format = "Volens, durable and checked", "xml"

    def __init__(self, folder, build, database, **more):
        super().__init__(folder)
        self.build, self.database = build, database
        self.name = more.get("name", "volens")
        self.address = more.get("address", "127.0.3.1")
        self.limits = more.get("limits", "legs-in-flight = 4096")
        self.sip = more.get("sip", "")
        self.listen, self.blocks = more.get("listen", ""), more.get("blocks", "")

    def command(self):
        self.token = secrets.token_hex(32)
        token_file = os.path.join(self.folder, self.name + ".token")
        with open(os.open(token_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            f.write(self.token)
        self.config = os.path.join(self.folder, self.name + ".conf")
        with open(self.config, "w") as f:
            f.write(CONFIG.format(domain=DOMAIN, address=self.address, token=token_file,
                                  database=self.database, limits=self.limits, sip=self.sip,
                                  listen=self.listen, blocks=self.blocks))
        return [os.path.join(self.build, "volensd"), "-c", self.config]

    def takes_config(self):
        """Whether this build knows all its settings."""
        command = self.command()
        return subprocess.run([command[0], "-t"] + command[1:], capture_output=True).returncode == 0

    def call(self, method, path, body=None):
        """REST; status and text."""
        connection = http.client.HTTPConnection(self.address, 8080, timeout=10)
        connection.request(method, path, body, {"Authorization": "Bearer " + self.token,
                                                "Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def thread_seconds(self):
        spent = {}
        for pid, task, name, seconds in self.tasks():
            part = ("loop" if pid == task else "http" if name.startswith("MHD")
                    else "worker" if name.startswith("worker") else "writer")
            spent[part] = spent.get(part, 0) + seconds
        return spent

    def metrics(self):
        """Names without labels: sums over them; with labels as they are."""
        found = {}
        for line in self.call("GET", "/metrics")[1].splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                for key in {name, name.split("{")[0]}:
                    found[key] = found.get(key, 0) + float(value)
        return found

    def is_ready(self):
        try:
            return self.call("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def metric(self, name):
        """Sum over the labels."""
        return self.metrics().get("volensd_" + name, 0)
