"""Janus AudioBridge of Debian beside the mixer: plain RTP, over its UNIX socket."""

import glob, json, os, secrets, shutil, socket, subprocess, time

HOST, CROWD_HOST = "127.0.0.1", "127.0.3.2"  # Janus takes the address of an interface
MAIN = """
general: {
	configs_folder = "%(folder)s"
	debug_level = 3
	interface = "%(host)s"
	server_name = "bench"
	session_timeout = 0
	protected_folders = []
}
nat: { ice_enforce_list = "lo" }
plugins: { disable = "%(plugins)s" }
transports: { disable = "%(transports)s" }
"""
UNIX = 'general: { enabled = true, json = "compact", path = "%(folder)s/control" }\n'
BRIDGE = 'general: { rtp_port_range = "32000-32767", local_ip = "%(host)s" }\n'


def libraries(kind, wanted):
    """All of a kind but one."""
    found = glob.glob("/usr/lib/*/janus/%s/*.so" % kind)
    return ",".join(os.path.basename(path) for path in found if wanted not in path)


class Janus:
    def __init__(self, folder, core):
        self.folder, self.core = os.path.join(folder, "janus"), core
        self.process = None

    @staticmethod
    def is_there():
        return shutil.which("janus") is not None

    def start(self):
        """It fails at times to open its control socket, and says so at once; then once more."""
        for rest in range(9, -1, -1):
            try:
                self._start()
                return self
            except OSError:
                self.stop()
                if not rest:
                    raise

    def _start(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        words = dict(folder=self.folder, host=HOST, plugins=libraries("plugins", "audiobridge"),
                     transports=libraries("transports", "pfunix"))
        for name, text in (("janus", MAIN), ("janus.transport.pfunix", UNIX),
                           ("janus.plugin.audiobridge", BRIDGE)):
            with open(os.path.join(self.folder, name + ".jcfg"), "w") as f:
                f.write(text % words)
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", str(self.core), "janus",
                 "-F", self.folder], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(10)
        end = time.monotonic() + 20
        while True:
            try:
                self.control.connect(self.folder + "/control")
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.05)
        self.session = self.ask(janus="create")["data"]["id"]

    def ask(self, **request):
        """A request and its answer; "ack" is none, an event is."""
        request["transaction"] = secrets.token_hex(6)
        self.control.send(json.dumps(request).encode())
        while True:
            answer = json.loads(self.control.recv(1 << 20))
            if answer.get("transaction") != request["transaction"] or answer["janus"] == "ack":
                continue
            if answer["janus"] == "error":
                raise RuntimeError(answer["error"]["reason"])
            return answer

    def tell(self, handle, **body):
        answer = self.ask(janus="message", session_id=self.session, handle_id=handle, body=body)
        data = answer["plugindata"]["data"]
        if "error" in data:
            raise RuntimeError(data["error"])
        return data

    def gather(self, ports, group):
        """Everybody joins by plain RTP; the ports that Janus listens at."""
        found = []
        for i, port in enumerate(ports):
            handle = self.ask(janus="attach", session_id=self.session,
                              plugin="janus.plugin.audiobridge")["data"]["id"]
            room = 1 + i // group
            if i % group == 0:
                self.tell(handle, request="create", room=room, sampling_rate=8000,
                          allow_rtp_participants=True)
            joined = self.tell(handle, request="join", room=room, codec="pcmu",
                               rtp=dict(ip=CROWD_HOST, port=port, payload_type=0))
            found.append(joined["rtp"]["port"])
        return found

    def stop(self):
        if self.process:
            self.control.close()
            self.process.kill()
            self.process.wait()
            self.process = None
