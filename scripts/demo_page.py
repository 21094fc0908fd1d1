"""A question that is answered on its page, for scripts/demo --page; then STOP, typed in a chat.
After that the same people with a list that the relay stores: YES and STOP are typed.

The phone and the browser are those of tests/wire.  All is on loopback addresses
that nobody else uses, and counts as a closed network: elsewhere the page has a
Yes button only if the question went by sips and the page is reached by https.
"""

import os, sys, textwrap

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/wire"))
from demo_chart import Chart
from pages import *

NORA, RELAY, OMAR = range(3)


def send(chart, nora, uri, status):
    chart.arrow(NORA, RELAY, "MESSAGE, list: omar")
    answer = nora.message([uri])
    assert answer.status == status, answer.first
    chart.arrow(RELAY, NORA, answer.first.split(" ", 1)[1])


def on_the_page(chart, omar, question):
    """Omar looks, which changes nothing, and presses Yes."""
    page = Page(omar.relay, page_of(question), omar.peer.host)
    chart.arrow(OMAR, RELAY, "GET " + page.path[:16] + "...")
    status, text = page.show()
    assert status == 200 and buttons(text) == ["no", "yes", "stop"], text
    chart.arrow(RELAY, OMAR, "200: No, Yes, Stop everything")
    assert omar.state() == "waiting"
    chart.note("looking answers nothing:", "gateways and phones look, too")
    chart.arrow(OMAR, RELAY, "POST answer=yes")
    status, text = page.press("yes")
    assert status == 303 and omar.state() == "granted", text
    chart.note("granted: on disk", *wrapped(heading(text)))


def wrapped(text, width=30):
    return textwrap.wrap('"%s"' % text, width, break_long_words=True)


TEXT = [("Content-Type", "text/plain")]


def in_the_chat(chart, omar, question, word, state, note):
    """Omar replies to the address that the question came from."""
    chart.arrow(OMAR, RELAY, "MESSAGE to the question: " + word)
    at = re.match("<(sip:q-[0-9a-f]{32}@[^>]+)>", question.get("From")).group(1)
    omar.peer.clear()
    answer = omar.phone.request("MESSAGE", at, word.encode(), headers=TEXT, login=False)
    assert answer.status == 200 and omar.state() == state, answer.first
    chart.note(note)
    chart.arrow(RELAY, OMAR, "200 OK")
    text = omar.peer.wait(1)[0].body.decode().split("\n")[0]
    chart.arrow(RELAY, OMAR, "MESSAGE")
    chart.note(*wrapped(text.strip()))


class Omar:
    """Somebody with a phone that shows messages and sends text, and a browser; no account."""

    def __init__(self, relay):
        self.relay, self.peer = relay, Peer(address(9))
        self.uri = "sip:omar@" + self.peer.host
        self.phone = Client(relay, "omar", host=self.peer.host)
        self.phone.aor = self.uri

    def row(self):
        """Of the last question."""
        return max(self.relay.permissions(recipient=self.uri), key=lambda row: row["id"])

    def state(self):
        return self.row()["state"]


def to_the_list(chart, nora, relay, status):
    """Nora's phone needs to know nothing of lists."""
    chart.arrow(NORA, RELAY, "MESSAGE to hikers")
    answer = nora.request("MESSAGE", "sip:hikers@" + relay.host, b"Saturday, at nine?", headers=TEXT)
    assert answer.status == status, answer.first
    chart.arrow(RELAY, NORA, str(status))


def stored_list(chart, relay, sender, nora, omar):
    """A list at an address of the relay: who is put into it is asked."""
    print("\n     A list that the relay stores, and a phone that only knows text:\n")
    chart.head()
    omar.peer.clear()
    made = ("", dict(name="hikers", owner=sender)), ("/hikers/entries", dict(entries=[dict(uri=omar.uri)]))
    for path, body in made:
        status, answer, _ = relay.rest("POST", "/v1/lists" + path, body)
        assert status == 201, answer
    chart.note("REST puts omar into hikers:", "nobody is in it without a yes")
    question = omar.peer.wait(1)[0]
    chart.arrow(RELAY, OMAR, "MESSAGE: in hikers?")
    wait_until(lambda: omar.state() == "waiting", what="the question to be taken")
    in_the_chat(chart, omar, question, "YES", "granted", "granted: on disk")
    omar.peer.clear()
    to_the_list(chart, nora, relay, 202)
    omar.peer.wait(1)
    chart.arrow(RELAY, OMAR, "MESSAGE")
    in_the_chat(chart, omar, question, "STOP", "denied", "denied: on disk, in force")
    omar.peer.clear()
    to_the_list(chart, nora, relay, 480)
    chart.note("nobody is left to send it to:", "its owner hears that,", "others get 202")


def story():
    chart = Chart(("nora", "relay", "omar"), (26, 34))
    with with_page() as relay:
        sender = relay.user("nora")
        nora, omar = Client(relay, "nora"), Omar(relay)
        chart.head()
        send(chart, nora, omar.uri, 470)
        chart.note("nobody has asked omar yet;", "now REST asks him")
        relay.permit(sender, omar.uri, state="pending")
        question = omar.peer.wait(1)[0]
        chart.arrow(RELAY, OMAR, "MESSAGE: may nora?")
        chart.note("with the address of a page")
        wait_until(lambda: omar.state() == "waiting", what="the question to be taken")
        on_the_page(chart, omar, question)
        omar.peer.clear()
        send(chart, nora, omar.uri, 202)
        omar.peer.wait(1)
        chart.arrow(RELAY, OMAR, "MESSAGE")
        in_the_chat(chart, omar, question, "STOP", "denied", "denied: on disk, in force")
        send(chart, nora, omar.uri, 470)
        row = omar.row()
        past = relay.get("/v1/permissions/%d/history" % row["id"])[1]["items"]
        print("\n     What REST keeps of it:\n")
        for one in [one for one in past if one["state"] == "granted"] + [row]:
            print("     %-8s %s" % (one["state"], one["evidence"] or "on word of the " + one["origin"]))
            if one["shown"]:
                print("              shown: version %(version)s, %(language)s, sha256 %(sha256).16s..." % one["shown"])
        stored_list(chart, relay, sender, nora, omar)


try:
    story()
finally:
    while Peer.all:
        Peer.all.pop().close()
