"""Voices for the wire tests: RTP ends that play a tone, record and measure.

Each voice plays a tone of its own, 400 + 70 * i Hz at -20 dBm0, and keeps what
comes.  All tones are multiples of 10 Hz, so 100 ms hold whole periods of each:
in pieces of that length tones do not leak into one another, and a frame that
was left out or concealed spoils one piece only.

One thread sends and receives for all voices, every 20 ms; a late tick sends one
packet, as a phone does that drops what it could not send in time.  Times of
packets are those of the kernel (SO_TIMESTAMPNS), in seconds since the epoch, so
that the packets of two sockets have one order.
"""

import collections, heapq, math, random, socket, struct, threading, time

PCMU, PCMA, EVENT = 0, 8, 101
FULL = 22656.0  # amplitude of a sine of 0 dBm0 (G.711: 3.17 dB under full scale)
PIECE = 800     # samples of 100 ms
NOTHING = -99.0  # dBm0 of digital silence
KEYS = "0123456789*#ABCD"


def hertz(i):
    """The tone of party i."""
    return 400 + 70 * i


def _mu_decode(byte):
    byte = ~byte & 255
    size = ((((byte & 15) << 3) + 132) << (byte >> 4 & 7)) - 132
    return -size if byte & 128 else size


def _a_decode(byte):
    byte ^= 0x55
    size, segment = (byte & 15) << 4, byte >> 4 & 7
    size = size + 8 if segment == 0 else size + 264 << segment - 1
    return size if byte & 128 else -size


DECODE = {PCMU: [_mu_decode(b) for b in range(256)], PCMA: [_a_decode(b) for b in range(256)]}
_sorted = {law: sorted((value, b) for b, value in enumerate(table)) for law, table in DECODE.items()}


def encode(samples, law=PCMU):
    """The nearest value of the table, as G.711 asks for."""
    table, out = _sorted[law], bytearray()
    for sample in samples:
        low, high = 0, 255
        while low < high:
            middle = (low + high) // 2
            if table[middle][0] < sample:
                low = middle + 1
            else:
                high = middle
        if low and abs(table[low - 1][0] - sample) <= abs(table[low][0] - sample):
            low -= 1
        out.append(table[low][1])
    return bytes(out)


_loops = {}


def tone_loop(tone, level, law):
    """200 ms of a tone as payload; any 100 ms of it are whole periods."""
    key = (tone, level, law)
    if key not in _loops:
        amplitude = FULL * 10 ** (level / 20) if tone else 0
        once = encode([amplitude * math.sin(2 * math.pi * (tone or 0) * n / 8000)
                       for n in range(PIECE)], law)
        _loops[key] = once + once
    return _loops[key]


def dbm0(power):
    """Of a mean square."""
    return 10 * math.log10(2 * power / FULL ** 2) if power > 0 else NOTHING


def power_at(samples, tone):
    """Mean square of a tone in samples, by Goertzel's filter in pieces of 100 ms."""
    w = 2 * math.pi * tone / 8000
    c, total, n = 2 * math.cos(w), 0.0, 0
    for start in range(0, len(samples) - PIECE + 1, PIECE):
        a = b = 0.0
        for x in samples[start:start + PIECE]:
            a, b = x + c * a - b, a
        total += a * a + b * b - c * a * b
        n += 1
    return 2 * total / (n * PIECE ** 2) if n else 0.0


class Heard:
    """What came to a voice in a window of time."""

    def __init__(self, packets):
        self.packets = packets
        by_seq = sorted({p.order: p for p in packets if p.type in DECODE}.items())
        self.samples = []
        for _, p in by_seq:
            self.samples += map(DECODE[p.type].__getitem__, p.payload)
        self.missing = by_seq[-1][0] - by_seq[0][0] + 1 - len(by_seq) if by_seq else 0

    def level(self, tone):
        """dBm0 of a tone."""
        return max(NOTHING, dbm0(power_at(self.samples, tone)))

    def levels(self, tones):
        return {tone: self.level(tone) for tone in tones}

    def power(self):
        """dBm0 of all there is."""
        n = len(self.samples)
        return max(NOTHING, dbm0(sum(x * x for x in self.samples) / n if n else 0))

    def purity(self, tones):
        """dB between these tones and all else: distortion, clicks, noise."""
        n = len(self.samples) // PIECE * PIECE
        if not n:
            return NOTHING
        whole = sum(x * x for x in self.samples[:n]) / n
        wanted = sum(power_at(self.samples, tone) for tone in tones)
        return 10 * math.log10(max(wanted, 1e-9) / max(whole - wanted, 1e-9))

    def step(self):
        """The largest difference of two samples that follow one another."""
        return max((abs(b - a) for a, b in zip(self.samples, self.samples[1:])), default=0)

    def gap(self):
        """Seconds: the longest time between two packets."""
        times = sorted(p.at for p in self.packets)
        return max((b - a for a, b in zip(times, times[1:])), default=0.0)


Packet = collections.namedtuple("Packet", "at order seq timestamp type marker ssrc payload source")


class Network:
    """What happens to packets on their way, by a seed: shares of all, and ms."""

    def __init__(self, seed, loss=0.0, jitter_ms=0, reorder=0.0, duplicate=0.0):
        self.random = random.Random(seed)
        self.loss, self.jitter_ms, self.reorder, self.duplicate = loss, jitter_ms, reorder, duplicate
        self.dropped = 0

    def delays(self):
        """Seconds, one for each copy of a packet that arrives."""
        if self.random.random() < self.loss:
            self.dropped += 1
            return []
        delay = self.random.uniform(0, self.jitter_ms) / 1000
        if self.random.random() < self.reorder:
            delay += 0.030  # behind its neighbour
        copies = 2 if self.random.random() < self.duplicate else 1
        return [delay] * copies


def stamped_socket(host, port=0, buffer=1 << 20):
    """A UDP socket whose packets come with the kernel's time."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    s.bind((host, port))
    s.setblocking(False)
    return s


def receive_stamped(s, size=70000):
    """(bytes, source, time), or None where nothing is there."""
    try:
        raw, more, _, source = s.recvmsg(size, 64)
    except OSError:  # none there, or an ICMP error of an earlier packet
        return None
    for _, kind, data in more:
        if kind == 35:
            seconds, nanos = struct.unpack("qq", data[:16])
            return raw, source, seconds + nanos / 1e9
    return raw, source, time.time()


def port_pair(host):
    """Sockets on an even port and the next one (RFC 3550 section 11)."""
    for _ in range(1000):
        first = stamped_socket(host)
        port = first.getsockname()[1]
        try:
            if port % 2 == 0:
                return first, stamped_socket(host, port + 1)
        except OSError:
            pass
        first.close()
    raise AssertionError("no pair of ports on " + host)


class Voice:
    """One RTP end.  Silent until `remote` is set; `tone` None sends nothing."""

    def __init__(self, host, tone=None, level=-20, law=PCMU, keep=3000):
        self.rtp, self.rtcp = port_pair(host)
        self.host, self.port = host, self.rtp.getsockname()[1]
        self.tone, self.level, self.law = tone, level, law
        self.remote = None       # (host, port): where it sends to
        self.event_type = EVENT  # payload type of telephone-event
        self.is_sending = True
        self.ptime_ms = 20
        self.network = None      # a Network: of what it sends
        self.hole = 0            # so many packets are lost next
        start = random.Random(self.port)
        self.ssrc, self.seq = start.getrandbits(32), start.getrandbits(16)
        self.timestamp = start.getrandbits(32)
        self.packets = collections.deque(maxlen=keep)
        self.n_sent = self.n_received = self.n_reports = 0
        self.last_at = 0.0       # when the last packet came
        self._high, self._debt, self._place, self._keys, self._marker = None, 0, 0, [], True
        Studio.get().add(self)

    # -- sending, on the studio's thread
    def tick(self):
        self.listen()
        if not self.remote or not self.is_sending:
            self._marker = True
            return
        self._debt += 20
        while self._debt >= self.ptime_ms:
            self._debt -= self.ptime_ms
            self._frame(self.ptime_ms * 8)

    def _frame(self, n):
        if self._keys:
            self._key_frame(n)
        elif self.tone is not None:
            loop = tone_loop(self.tone, self.level, self.law)
            self.send(self.law, loop[self._place:self._place + n])
        self._place = (self._place + n) % PIECE
        self.timestamp = self.timestamp + n & 0xffffffff

    def _key_frame(self, n):
        key = self._keys[0]
        if key["start"] is None:
            key["start"], self._marker = self.timestamp, True
        key["length"] = min(key["length"] + n, 0xffff)
        is_over = key["length"] >= key["ms"] * 8
        payload = struct.pack("!BBH", KEYS.index(key["key"]), (0x80 if is_over else 0) | 10, key["length"])
        for _ in range(3 if is_over else 1):
            self.send(self.event_type, payload, timestamp=key["start"])
        if is_over:
            self._keys.pop(0)

    def send(self, payload_type, payload, timestamp=None):
        """A packet, now; the clock does not move."""
        head = struct.pack("!BBHII", 0x80, (0x80 if self._marker else 0) | payload_type, self.seq,
                           self.timestamp if timestamp is None else timestamp, self.ssrc)
        self._marker, self.seq = False, self.seq + 1 & 0xffff
        if self.hole > 0:
            self.hole -= 1
            return
        for delay in self.network.delays() if self.network else [0]:
            Studio.get().send(delay, self, head + payload)

    def send_bytes(self, raw, remote=None):
        """Bytes as they are."""
        try:
            self.rtp.sendto(raw, remote or self.remote)
            self.n_sent += 1
        except OSError:
            pass  # an ICMP error of an earlier one; or it was closed

    def key(self, key, ms=100):
        """Press a key (RFC 4733); audio stops meanwhile."""
        self._keys.append(dict(key=key, ms=ms, start=None, length=0))

    def say(self, tone, level=-20):
        self.tone, self.level = tone, level

    # -- hearing
    def listen(self):
        while True:
            got = receive_stamped(self.rtp, 2048)
            if not got:
                break
            self._hear(*got)
        while receive_stamped(self.rtcp, 2048):
            self.n_reports += 1

    def _hear(self, raw, source, at):
        if len(raw) < 12 or raw[0] >> 6 != 2:
            return
        if 192 <= raw[1] <= 223:  # RFC 5761 section 4
            self.n_reports += 1
            return
        kind, seq, timestamp, ssrc = struct.unpack("!xBHII", raw[:12])
        if self._high is None:
            self._high = seq
        order = self._high + ((seq - self._high + 0x8000 & 0xffff) - 0x8000)
        self._high = max(self._high, order)
        self.n_received += 1
        self.last_at = at
        self.packets.append(Packet(at, order, seq, timestamp, kind & 127, kind >> 7, ssrc, raw[12:], source))

    def heard(self, since=0.0, until=math.inf):
        """What came between two times."""
        with Studio.get().lock:
            return Heard([p for p in self.packets if since <= p.at <= until])

    def hear(self, seconds=1.0, patience=20):
        """The next so many seconds of audio, from now on."""
        since, wanted = time.time(), round(seconds * 50)
        end = time.monotonic() + seconds * patience
        while time.monotonic() < end:
            with Studio.get().lock:
                packets = [p for p in self.packets if p.at >= since]
            if len(packets) >= wanted:
                return Heard(packets[:wanted])
            time.sleep(0.02)
        raise AssertionError("%s:%d: %d of %d packets came" % (self.host, self.port, len(packets), wanted))

    def close(self):
        Studio.get().remove(self)


class Studio:
    """The thread of all voices."""

    one = None

    @classmethod
    def get(cls):
        if not cls.one:
            cls.one = Studio()
        return cls.one

    def __init__(self):
        self.voices, self.lock = [], threading.RLock()
        self.later, self.n = [], 0
        self.late_ticks = 0  # what this machine could not do in time
        self.failure = None
        threading.Thread(target=self._run, daemon=True).start()

    def add(self, voice):
        with self.lock:
            self.voices.append(voice)

    def remove(self, voice):
        with self.lock:
            if voice in self.voices:
                self.voices.remove(voice)
            voice.rtp.close()
            voice.rtcp.close()

    def send(self, delay, voice, raw):
        if delay <= 0:
            voice.send_bytes(raw)
        else:
            with self.lock:
                self.n += 1
                heapq.heappush(self.later, (time.monotonic() + delay, self.n, voice, raw))

    def _due(self):
        while self.later and self.later[0][0] <= time.monotonic():
            _, _, voice, raw = heapq.heappop(self.later)
            voice.send_bytes(raw)

    def _run(self):
        tick = time.monotonic()
        while True:
            with self.lock:
                for voice in self.voices:
                    voice.tick()
            tick += 0.020
            now = time.monotonic()
            if now > tick + 0.020:
                self.late_ticks += 1
                tick = now
            while now < tick:
                with self.lock:
                    self._due()
                    until = min(tick, self.later[0][0]) if self.later else tick
                now = time.monotonic()
                if until > now:
                    time.sleep(until - now)
                now = time.monotonic()


def wait_for(voice, condition, seconds=1.0, patience=15):
    """Listen in windows of so many seconds until one fulfils condition(Heard); the window."""
    heard = None
    for _ in range(patience):
        heard = voice.hear(seconds)
        if condition(heard):
            return heard
    raise AssertionError("never heard: last %.1f dBm0 in all" % heard.power())
