"""Files that other phones speak from and write what they hear to."""

import math, os, struct, wave

from tone import FULL, PIECE, dbm0, power_at

RATE = 8000


def write_tone(path, tone, seconds=120, level=-20):
    with wave.open(path, "wb") as f:
        f.setparams((1, 2, RATE, 0, "NONE", ""))
        amplitude = FULL * 10 ** (level / 20)
        second = [amplitude * math.sin(2 * math.pi * tone * n / RATE) for n in range(RATE)]
        f.writeframes(struct.pack("<%dh" % RATE, *map(round, second)) * seconds)


def newest(path, tones):
    """The dBm0 of each tone in the newest 400 ms of a file that is being written (8 kHz, mono)."""
    if not path or not os.path.exists(path):
        return [-99.0] * len(tones)
    with open(path, "rb") as f:
        raw = f.read()[44:]
    samples = struct.unpack("<%dh" % (len(raw) // 2), raw[:len(raw) // 2 * 2])[-4 * PIECE:]
    return [dbm0(power_at(samples, tone)) for tone in tones]
