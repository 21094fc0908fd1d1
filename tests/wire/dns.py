"""A name server for wire tests: a zone in a dict, on a loopback address."""

import socket, struct, threading

A, SRV, NAPTR = 1, 33, 35


def name(text):
    return b"".join(bytes([len(p)]) + p.encode() for p in text.strip(".").split(".") if p) + b"\0"


def text(value):
    return bytes([len(value)]) + value.encode()


class NameServer:
    """zone: {(name, type): [value]}; what has no name at all does not exist.  sick: SERVFAIL."""

    def __init__(self, host, zone, sick=False):
        self.zone, self.asked, self.sick = zone, [], sick
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.at = "%s:%d" % self.socket.getsockname()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                raw, source = self.socket.recvfrom(4096)
            except OSError:
                return
            self.socket.sendto(self.answer(raw), source)

    def answer(self, raw):
        labels, at = [], 12
        while raw[at]:
            labels.append(raw[at + 1:at + 1 + raw[at]].decode())
            at += 1 + raw[at]
        kind = struct.unpack("!H", raw[at + 1:at + 3])[0]
        host = ".".join(labels).lower()
        self.asked.append((host, kind))
        values = self.zone.get((host, kind), [])
        known = any(n == host or n.endswith("." + host) for n, _ in self.zone)
        records = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(d)) + d
                           for d in (self.data(kind, v) for v in values))
        return (raw[:2] + struct.pack("!HHHHH", 0x8580 | (2 if self.sick else 0 if known else 3), 1, len(values), 0, 0) +
                raw[12:at + 5] + records)

    @staticmethod
    def data(kind, value):
        if kind == A:
            return socket.inet_aton(value)
        if kind == SRV:  # priority, weight, port, target
            return struct.pack("!HHH", *value[:3]) + name(value[3])
        order, preference, flags, service, replacement = value
        return struct.pack("!HH", order, preference) + text(flags) + text(service) + text("") + name(replacement)

    def close(self):
        self.socket.close()
