#!/usr/bin/env python3
"""Packets that are no good RTP, without end: to the ports of media, from a stranger and from a party.

    garbage.py SEED COUNT HOST FD PORT...

HOST: the relay.  FD: the socket of the party whose port is the first one; the rest
are those of others, to which a socket of our own sends.
"""
import random, socket, struct, sys

GOOD = struct.pack("!BBHII", 0x80, 0, 1, 1, 1) + bytes(160)
POOL = 5000  # different packets


def broken(dice):
    kind = dice.randrange(6)
    if kind == 0:
        return dice.randbytes(dice.randrange(0, 300))
    raw = bytearray(GOOD)
    for _ in range(dice.randrange(1, 4)):
        raw[dice.randrange(0, 12)] = dice.randrange(256)
    if kind == 1:
        return bytes(raw[:dice.randrange(1, len(raw))])
    if kind == 2:
        raw[1] = dice.randrange(192, 224)  # RTCP (RFC 5761 section 4)
    if kind == 3:
        return bytes(raw) + dice.randbytes(1300)
    if kind == 4:  # a report that counts more blocks, or words, than there are
        return bytes([0x80 | dice.randrange(32), dice.randrange(200, 208)]) + dice.randbytes(dice.randrange(2, 80))
    return bytes(raw)


def flood(seed, count, party, stranger, targets):
    dice = random.Random(seed)
    pool = [broken(dice) for _ in range(POOL)]
    ways = [(party if dice.random() < 0.5 else stranger, dice.choice(targets)) for _ in range(4096)]
    for i in range(count):
        out, to = ways[i % 4096]
        try:
            out.sendto(pool[i % POOL], targets[0] if out is party else to)
        except OSError:
            pass  # an ICMP error of an earlier one, or no room


if __name__ == "__main__":
    seed, count, host, fd = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    flood(seed, count, socket.socket(fileno=fd), socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
          [(host, int(port)) for port in sys.argv[5:]])
