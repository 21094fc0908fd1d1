"""A conference of three phones, for scripts/demo --call: refused, asked, granted, heard, denied.

The phones are those of tests/wire; each says a tone of its own.  All is on
loopback addresses that nobody else uses.
"""

import os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/wire"))
from calls import *
from demo_chart import Chart

CHART = Chart(("nora", "relay", "omar", "tess"), (24, 24, 17))
head, arrow, note = CHART.head, CHART.arrow, CHART.note
NORA, RELAY, OMAR, TESS = range(4)


def table(calls, tones):
    """What each hears of each, in dBm0."""
    print("\n     dBm0 at    " + "".join("%11s" % ("%d Hz" % tone) for tone in tones))
    print("                " + "".join("%11s" % ("(%s)" % name) for name in ("nora", "omar", "tess")))
    for name, call in calls:
        heard = call.voice.hear(1)
        cells = [heard.level(tone) for tone in tones]
        print("     %-11s" % (name + " hears") + "".join(
            "%11s" % ("silence" if level < SILENCE else "%.1f" % level) for level in cells), flush=True)
    print()


def story():
    with relay() as daemon:
        meeting = Meeting(daemon, 2, granted=0)
        tones = [hertz(i) for i in range(3)]
        omar, tess = meeting.phones
        head()
        arrow(NORA, RELAY, "INVITE, omar, tess")
        answer = meeting.start().wait("ended").final
        assert answer.status == 470, answer.first
        arrow(RELAY, NORA, "470 Consent Needed")
        note("nobody has asked", "them: nobody rings;", "now REST asks them")

        questions = []
        for phone, column, uri in ((omar, OMAR, meeting.uris[0]), (tess, TESS, meeting.uris[1])):
            questions.append(ask_and_answer(meeting, uri, None))
            arrow(RELAY, column, "MESSAGE: may nora?")
            assert phone.reply(questions[-1]).status == 200
            arrow(column, RELAY, "PUBLISH grant")
        note("granted: on disk")

        arrow(NORA, RELAY, "INVITE, omar, tess")
        call = meeting.start().wait("confirmed")
        arrow(RELAY, NORA, "200 OK, isfocus")
        arrow(NORA, RELAY, "ACK")
        others = [meeting.call_of(uri) for uri in meeting.uris]
        for column in (OMAR, TESS):
            arrow(RELAY, column, "INVITE")
            arrow(column, RELAY, "200 OK")
            arrow(RELAY, column, "ACK")
        calls = list(zip(("nora", "omar", "tess"), [call] + others))
        for i, (_, one) in enumerate(calls):
            wait_for(one.voice, lambda h: levels_fit(h, [t for j, t in enumerate(tones) if j != i]), 0.4)
        note("each says a tone", "and hears the others")
        table(calls, tones)

        head()
        tess.talks_on = True
        answer = tess.reply(questions[1], is_grant=False)
        assert answer.status == 200
        others[1].wait("ended")
        arrow(TESS, RELAY, "PUBLISH deny")
        note("denied: in force")
        arrow(RELAY, TESS, "BYE")
        arrow(RELAY, TESS, "200 OK to PUBLISH")
        last = others[1].voice.last_at
        print("\n     the last packet of voice to tess: %.1f ms before that 200" % (1000 * (answer.at - last)))
        wait_for(call.voice, lambda h: h.level(tones[2]) < SILENCE, 0.4)
        table(calls[:2], tones)
        call.hang_up()
        omar.wait_request("BYE", seconds=15)
        head()
        arrow(NORA, RELAY, "BYE")
        arrow(RELAY, OMAR, "BYE")


try:
    story()
finally:
    while Peer.all:
        Peer.all.pop().close()
