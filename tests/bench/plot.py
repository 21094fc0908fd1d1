"""Recipients a second against list length, as SVG; readable on light and dark."""

import math, os

import report
from systems import ROOT

PATH = os.path.join(ROOT, "tests/bench/plot.svg")
WIDTH, HEIGHT = 860, 480
LEFT, RIGHT, TOP, BOTTOM = 84, 262, 78, 62
GAP = 34  # between two labels of lines

# System: name at its line, what it leaves out.
SYSTEMS = {
    "limit": ("Bare sockets", "no parser, no check, no disk"),
    "volens": ("Volens", "every recipient checked, durable"),
    "kamailio-plain": ("Kamailio 5.6", "no check, not durable"),
    "kamailio-query": ("Kamailio 5.6, with a query", "every recipient checked, not durable")}

STYLE = """
text { font: 12px "DejaVu Sans", Verdana, sans-serif; fill: #57606a }
.title { font-size: 16px; font-weight: bold; fill: #1f2328 }
.name { font-size: 13px; font-weight: bold }
.back { fill: #ffffff }
.grid { stroke: #eaecef } .major { stroke: #c9ced6 }
.line { fill: none; stroke-width: 2 } .volens.line { stroke-width: 3.5 }
.limit.line { stroke-dasharray: 6 4 }
.limit { stroke: #6e7781; color: #6e7781 } .volens { stroke: #c2410c; color: #c2410c }
.kamailio-plain { stroke: #1d5fa8; color: #1d5fa8 }
.kamailio-query { stroke: #0f8a7e; color: #0f8a7e }
.dot { fill: currentColor } text.mark { stroke: none; fill: currentColor }
@media (prefers-color-scheme: dark) {
  text { fill: #9aa4af } .title { fill: #e6edf3 } .back { fill: #0d1117 }
  .grid { stroke: #1c222b } .major { stroke: #363e48 }
  .limit { stroke: #9aa4af; color: #9aa4af } .volens { stroke: #fb923c; color: #fb923c }
  .kamailio-plain { stroke: #6cb2ff; color: #6cb2ff }
  .kamailio-query { stroke: #3fc7b8; color: #3fc7b8 }
}
"""


class Scale:
    """Both axes are logarithmic."""

    def __init__(self, lengths, values):
        self.longest = math.log10(max(lengths))
        low, high = math.log10(min(values)), math.log10(max(values))
        self.low, self.high = math.floor(low * 2) / 2, math.ceil(high * 2) / 2

    def x(self, length):
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log10(length) / self.longest

    def y(self, value):
        part = (math.log10(value) - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * part

    def steps(self):
        """1, 2, 3 ... 9 of each power that fit."""
        for power in range(math.floor(self.low), math.ceil(self.high) + 1):
            for digit in range(1, 10):
                value = digit * 10 ** power
                if self.low - 0.001 <= math.log10(value) <= self.high + 0.001:
                    yield digit, value


def points_of(results):
    """System: (length, recipients a second)."""
    points = {}
    for case in results:
        if case.startswith("list-"):
            for name, run in results[case].items():
                if not run["void"]:
                    points.setdefault(name, []).append((int(case[5:]), report.rate(run)))
    return {name: sorted(points[name]) for name in SYSTEMS if name in points}


def text(x, y, words, more=""):
    return '<text x="%.1f" y="%.1f" %s>%s</text>' % (x, y, more, words)


def rule(x1, y1, x2, y2, kind):
    return '<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>' % (x1, y1, x2, y2, kind)


def axes(scale, lengths):
    right, floor = WIDTH - RIGHT, HEIGHT - BOTTOM
    for digit, value in scale.steps():
        y = scale.y(value)
        yield rule(LEFT, y, right, y, "major" if digit == 1 else "grid")
        if digit in (1, 2, 5):
            yield text(LEFT - 8, y + 4, "{:,}".format(value), 'text-anchor="end"')
    for length in lengths:
        x = scale.x(length)
        yield rule(x, TOP, x, floor, "grid")
        yield text(x, floor + 20, "{:,}".format(length), 'text-anchor="middle"')
    middle = (TOP + floor) / 2
    yield text((LEFT + right) / 2, HEIGHT - 16, "recipients in one list", 'text-anchor="middle"')
    yield text(18, middle, "recipients reached a second",
               'text-anchor="middle" transform="rotate(-90 18 %.1f)"' % middle)


def places(ends):
    """Heights for the labels, in order and GAP apart, near the ends of lines."""
    order = sorted(ends, key=ends.get)
    heights = [ends[name] for name in order]
    for _ in range(100):
        for i in range(len(order) - 1):
            lacking = GAP - (heights[i + 1] - heights[i])
            if lacking > 0:
                heights[i] -= lacking / 2
                heights[i + 1] += lacking / 2
    return dict(zip(order, heights))


def curve(scale, name, points):
    path = " ".join("%.1f,%.1f" % (scale.x(n), scale.y(v)) for n, v in points)
    yield '<polyline points="%s" class="%s line"/>' % (path, name)
    for n, v in points:
        yield '<circle cx="%.1f" cy="%.1f" r="3.5" class="%s dot"><title>%s, lists of %s: %s</title>' \
            '</circle>' % (scale.x(n), scale.y(v), name, SYSTEMS[name][0], "{:,}".format(n),
                           report.group(v))


def label(x, y, end, name):
    """At the end of its line; a leader where it had to move."""
    if abs(y - end) > 3:
        yield rule(x + 6, end, x + 16, y, name)
    yield text(x + 20, y, SYSTEMS[name][0], 'class="%s mark name"' % name)
    yield text(x + 20, y + 15, SYSTEMS[name][1])


def draw(points):
    lengths = sorted({n for row in points.values() for n, _ in row})
    scale = Scale(lengths, [v for row in points.values() for _, v in row])
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d">'
           % (WIDTH, HEIGHT, WIDTH, HEIGHT),
           "<title>Recipients reached a second against list length</title>",
           "<style>%s</style>" % STYLE,
           '<rect width="%d" height="%d" class="back"/>' % (WIDTH, HEIGHT),
           text(LEFT, 30, "How many recipients a core reaches", 'class="title"'),
           text(LEFT, 52, "MESSAGE to a list in the request, over UDP (10,000: TCP) on loopback")]
    out += axes(scale, lengths)
    for name in points:
        out += curve(scale, name, points[name])
    ends = {name: scale.y(points[name][-1][1]) for name in points}
    for name, y in places(ends).items():
        out += label(scale.x(points[name][-1][0]), y, ends[name], name)
    return "\n".join(out + ["</svg>", ""])


def write(results):
    points = points_of(results)
    if points and max(len(row) for row in points.values()) > 1:
        report.write(PATH, draw(points))
