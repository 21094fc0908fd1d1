"""The systems under test: started once, pinned to one core, awake in turns.

Whose turn it is not is stopped (SIGSTOP), so that its timers and its cleaning
up cost nobody else anything; that work waits for its own next turn and counts
there.
"""

import contextlib, glob, http.client, json, os, re, secrets, signal, socket
import subprocess, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SENDER, TARGET, DOMAIN = "sip:load@127.0.3.1", "sip:lists@127.0.3.1", "127.0.3.1"
FROM, SINK = "127.0.3.2:5060", "127.0.3.9:6000"
CORE_OF_SYSTEM, CORE_OF_LOAD = 0, 1


def children_of(pid):
    """A process and all below it."""
    found = [pid]
    for path in glob.glob("/proc/%d/task/*/children" % pid):
        with contextlib.suppress(OSError), open(path) as f:
            for child in f.read().split():
                found += children_of(int(child))
    return found


def core_seconds(core):
    """Time that a core was busy since the start of the machine."""
    with open("/proc/stat") as f:
        for line in f:
            if line.startswith("cpu%d " % core):
                user, nice, system, idle, wait, irq, soft = map(int, line.split()[1:8])
                return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")
    return 0


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
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        end = time.monotonic() + 120
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit("%s did not start; see %s" % (self.name, self.log.name))
            time.sleep(0.05)
        return self

    def is_ready(self):
        """Somebody is bound to its UDP port."""
        where = "%02X%02X%02X%02X:13C4" % tuple(reversed(list(map(int, self.address.split(".")))))
        with open("/proc/net/udp") as f:
            return where in f.read()

    def pids(self):
        return children_of(self.process.pid)

    def signal(self, number):
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    @contextlib.contextmanager
    def turn(self):
        self.signal(signal.SIGCONT)
        try:
            yield self
        finally:
            self.signal(signal.SIGSTOP)

    def rest(self):
        self.signal(signal.SIGSTOP)
        return self

    def cpu_seconds(self):
        total = 0
        for pid in self.pids():
            for path in glob.glob("/proc/%d/task/*/schedstat" % pid):
                with contextlib.suppress(OSError), open(path) as f:
                    total += int(f.read().split()[0])
        return total / 1e9

    def resident_bytes(self):
        with open("/proc/%d/status" % self.process.pid) as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1)) * 1024

    def stop(self):
        if not self.process or self.process.poll() is not None:
            return
        self.process.terminate()
        self.signal(signal.SIGCONT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self.process.wait()


class Limit(System):
    name, address, label = "limit", "127.0.3.5", "bare sockets"
    format = "lines"

    def __init__(self, folder, build):
        super().__init__(folder)
        self.build = build

    def command(self):
        return [os.path.join(self.build, "tests/bench/limit"), self.address + ":5060"]


class Kamailio(System):
    format = "lines"
    CHILDREN = 1

    def __init__(self, folder, address, database=None, is_relay=False):
        super().__init__(folder)
        self.address, self.database, self.is_relay = address, database, is_relay
        self.name = "kamailio-%s%s" % ("relay-" if is_relay else "", "query" if database else "plain")
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
        return ["kamailio", "-f", config, "-DD", "-E", "-m", "4096", "-M", "64"] + (
            ["-A", "WITH_QUERY"] if self.database else []) + (
            ["-A", "RELAY"] if self.is_relay else [])

    def control(self):
        return os.path.join(self.folder, self.name + ".ctl")

    def start(self):
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.control())
        return super().start()

    def is_ready(self):
        return super().is_ready() and os.path.exists(self.control())

    def stop(self):
        """It has nothing to keep, and takes long to end politely."""
        if self.process and self.process.poll() is None:
            self.signal(signal.SIGKILL)
            self.process.wait()

    def ask(self, what):
        done = subprocess.run(["kamcmd", "-s", self.control(), what],
                              capture_output=True, timeout=20, text=True)
        return dict(re.findall(r"(\w+): (-?\d+)", done.stdout))


CONFIG = """
domain = "{domain}"
sip {{
	listen = {{ "sip:{address}:5060;transport=udp", "sip:{address}:5060;transport=tcp" }}
	udp-buffer = 16MiB
	transactions = 1000000
	message-max = 8MiB
}}
http {{ listen = "{address}:8080" admin-token-file = "{token}" }}
store {{ path = "{database}" }}
consent {{ private-targets = yes }}
limits {{
	list-length = 10000
	list-bytes = 8MiB
	body-bytes = 8MiB
	{limits}
}}
log {{ level = "warning" }}
service "lists" {{ methods = {{ "MESSAGE" }} }}
trust-domain "bench" {{ peers = {{ "127.0.3.2/32", "127.0.3.20/32" }} }}
"""


class Volens(System):
    label, format = "Volens, durable and checked", "xml"

    def __init__(self, folder, build, database, **more):
        super().__init__(folder)
        self.build, self.database = build, database
        self.name = more.get("name", "volens")
        self.address = more.get("address", "127.0.3.1")
        self.limits = more.get("limits", "legs = 4096")

    def command(self):
        self.token = secrets.token_hex(32)
        token_file = os.path.join(self.folder, self.name + ".token")
        with open(os.open(token_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            f.write(self.token)
        config = os.path.join(self.folder, self.name + ".conf")
        with open(config, "w") as f:
            f.write(CONFIG.format(domain=DOMAIN, address=self.address, token=token_file,
                                  database=self.database, limits=self.limits))
        return [os.path.join(self.build, "volensd"), "-c", config]

    def get(self, path):
        connection = http.client.HTTPConnection(self.address, 8080, timeout=10)
        connection.request("GET", path, headers={"Authorization": "Bearer " + self.token})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def is_ready(self):
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def metric(self, name):
        """Sum over the labels."""
        return sum(float(line.rsplit(" ", 1)[1]) for line in self.get("/metrics")[1].splitlines()
                   if re.match(r"volensd_%s[ {]" % name, line))


class Tools:
    """load, deny and commits, on the other core."""

    def __init__(self, build):
        self.build = build

    def start(self, program, *arguments):
        return subprocess.Popen([os.path.join(self.build, "tests/bench", program)]
                                + [str(a) for a in arguments],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    @staticmethod
    def finish(process):
        text = process.communicate(timeout=180)[0]
        return json.loads(text) if text.strip() else {"void": True}

    def load(self, system, **options):
        """Arguments by their letters; True stands for a switch."""
        arguments = ["-t", system.address + ":5060", "-f", FROM, "-s", SINK, "-x", system.format]
        for letter, value in options.items():
            arguments += ["-" + letter] + ([] if value is True else [value])
        return self.start("load", *arguments)

    def measure(self, system, **options):
        """One run in a turn of the system: what load says, and what it cost."""
        with system.turn():
            cores = core_seconds(CORE_OF_SYSTEM), core_seconds(CORE_OF_LOAD)
            used, begin = system.cpu_seconds(), time.monotonic()
            result = self.finish(self.load(system, **options))
            wall = time.monotonic() - begin
            result["system_cpu_s"] = system.cpu_seconds() - used
        others = (core_seconds(CORE_OF_SYSTEM) - cores[0] - result["system_cpu_s"],
                  core_seconds(CORE_OF_LOAD) - cores[1] - result.get("cpu_s", 0))
        result["others"] = round(max(0, *others) / wall, 3)
        result["busy"] = round(result["system_cpu_s"] / wall, 3)
        n = result.get("recipients") or result.get("done") or 0
        result["us_each"] = round(1e6 * result["system_cpu_s"] / n, 2) if n else None
        return result
