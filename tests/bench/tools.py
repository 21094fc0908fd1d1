"""load, deny and commits, on the core of the load; and what the cores did."""

import json, os, re, subprocess, time

CORE_OF_SYSTEM, CORE_OF_LOAD = 0, 1
FROM, SINK = "127.0.3.2:5060", "127.0.3.9:6000"


def core_seconds(core):
    """Time that a core was busy since the start of the machine."""
    with open("/proc/stat") as f:
        for line in f:
            if line.startswith("cpu%d " % core):
                user, nice, system, idle, wait, irq, soft = map(int, line.split()[1:8])
                return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")
    return 0


def sockets(kind):
    """Rows of /proc/net/udp or tcp: address, port, state, inode, drops, bytes
    that wait to be read."""
    with open("/proc/net/" + kind) as f:
        for words in (line.split() for line in f.readlines()[1:]):
            host, port = words[1].split(":")
            yield (".".join(str(byte) for byte in bytes.fromhex(host)[::-1]), int(port, 16),
                   words[3], words[9], int(words[12]) if kind == "udp" else 0,
                   int(words[4].split(":")[1], 16))


def drops(address):
    """Datagrams that the kernel dropped because a socket there was full."""
    return sum(row[4] for row in sockets("udp") if row[0] == address)


class Meter:
    """What a system and its core spend on a run, from here on."""

    def __init__(self, system):
        self.system, self.spent = system, system.cpu_seconds()
        self.core = core_seconds(CORE_OF_SYSTEM)

    def read(self, result, wall):
        """Adds "busy", and "idle": nobody used the core, so the system waited."""
        seconds = result.get("seconds") or wall
        spent = self.system.cpu_seconds() - self.spent
        core = core_seconds(CORE_OF_SYSTEM) - self.core
        result["busy"] = round(spent / seconds, 3)
        result["idle"] = round(max(0, 1 - core / seconds), 3)
        n = result.get("recipients") or result.get("done") or 0
        result["us_each"] = round(1e6 * spent / n, 2) if n else None
        return core - spent


class Tools:
    def __init__(self, build):
        self.build, self.running = build, []

    def start(self, program, *arguments, core=CORE_OF_LOAD):
        """A tool dies with us, however we end."""
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", str(core),
             os.path.join(self.build, "tests/bench", program)] + [str(a) for a in arguments],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.running.append(process)
        return process

    def finish(self, process, timeout=180):
        text = process.communicate(timeout=timeout)[0]
        self.running.remove(process)
        return json.loads(text) if text.strip() else {"void": True}

    def kill(self):
        for process in self.running:
            process.kill()
            process.wait()
        self.running = []

    def load(self, system, **options):
        """Arguments by their letters; True stands for a switch."""
        arguments = ["-t", system.address + ":5060", "-f", FROM, "-s", SINK, "-x", system.format]
        for letter, value in options.items():
            arguments += ["-" + letter] + ([] if value is True else [value])
        return self.start("load", *arguments)

    def measure(self, system, **options):
        """One run in a turn of the system: what load says, and what it cost."""
        threads = system.thread_seconds()
        with system.turn():
            dropped, meter = drops(system.address), Meter(system)
            core, begin = core_seconds(CORE_OF_LOAD), time.monotonic()
            result = self.finish(self.load(system, **options))
            wall = time.monotonic() - begin
            system.settle()
            others = (meter.read(result, wall),
                      core_seconds(CORE_OF_LOAD) - core - result.get("cpu_s", 0))
            threads = {name: spent - threads.get(name, 0)
                       for name, spent in system.thread_seconds().items()}
        result["drops"] = drops(system.address) - dropped
        result["others"] = round(max(0, *others) / wall, 3)
        n = result.get("recipients") or result.get("done") or 0
        if n:  # with what was due before it began
            result["us_each"] = round(1e6 * sum(threads.values()) / n, 2)
            result["us_by_thread"] = {name: round(1e6 * spent / n, 3)
                                      for name, spent in threads.items()}
        return result
