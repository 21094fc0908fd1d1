"""Arrows between the lines of who takes part: what the demos in Python share."""


class Chart:
    """names: from left to right; widths: of the room between each two."""

    def __init__(self, names, widths):
        self.names, self.widths = names, widths

    def row(self, *parts):
        print("     |" + "|".join(part.ljust(width)[:width] for part, width in zip(parts, self.widths)) + "|",
              flush=True)

    def arrow(self, source, to, text):
        """From one line to another; it crosses those in between."""
        left, right = min(source, to), max(source, to)
        width = sum(self.widths[left:right]) + right - left - 1
        inside = (" " + text + " ").center(width - 2, "-")
        drawn = "-" + inside + ">" if source < to else "<" + inside + "-"
        line = "     |"
        for i, each in enumerate(self.widths):
            if i == left:
                line += drawn + "|"
            elif not left < i < right:
                line += " " * each + "|"
        print(line, flush=True)

    def note(self, *words):
        """Between the second line and the third."""
        for text in words:
            self.row("", " " + text, *[""] * (len(self.widths) - 2))

    def head(self):
        line = "    "
        for name, width in zip(self.names, self.widths + (0,)):
            line += name.ljust(width + 1)
        print(line.rstrip())
        self.row(*[""] * len(self.widths))
