"""A relay that calls people, and those who are called: what tests of conferences share."""

from call import *
from harness import *
from phone import *
from tone import *

SETTINGS = """
service "confs" {{ methods = {{ "MESSAGE", "INVITE" }} {service} }}
media {{ {media} }}
conference {{ {conference} }}
dialout {{ {dialout} }}
{more}
"""
ROOM = "parties = 1000 per-sender = 100 calls-per-sender = 10000 minutes-per-day = 0"
UNPACED = ("rate = 0 ringing = 10000 ringing-per-conference = 1000 "
           "destination-rate = 0 destination-ringing = 10000")
NUMBER = re.compile(r"sip:p(\d+)@")
SILENCE = -60  # dBm0; more is something
# What is held for calls; all are 0 when the last one is over.
HELD = ["conferences", "dialout_queue", "media_ports_used", "legs_in_flight", "requests_in_work", "fanouts_in_work",
        "store_queue_jobs"] + ['conference_parties{status="%s"}' % status for status in (
            "queued", "dialing", "alerting", "connected")]
TRANSACTIONS = ["sip_transactions"]  # 0 after 32 s (timer J)
A_HOST = 50  # parties at one address: the relay sends to no more than 64 that it has not heard


def relay(service="", media="", conference=ROOM, dialout=UNPACED, more="", **settings):
    """A daemon with a service "confs" that takes INVITE."""
    return Daemon(more=SETTINGS.format(service=service, media=media, conference=conference,
                                       dialout=dialout, more=more), **settings)


def number(call):
    """Of the party pN whose call it is."""
    found = NUMBER.match(call.invite.uri) if not call.is_ours else None
    return int(found.group(1)) if found else 0


class Meeting:
    """nora, who calls, and p1, p2 ... at addresses of their own, who have granted.

    nora's tone is that of party 0, pN's that of party N (tone.hertz)."""

    def __init__(self, daemon, n=2, answer=accept, granted=None, audio=True, many=False):
        # many: several at one address
        self.daemon, self.service = daemon, daemon.uri("confs")
        self.aor = daemon.user("nora")
        tone = lambda call: hertz(number(call))
        self.nora = Phone(address(2), name="nora", password="secret-" "word", proxy=daemon.host,
                          tone=hertz(0), audio=audio)
        hosts = [address(10 + i) for i in range((n + A_HOST - 1) // A_HOST if many else n)]
        self.phones = [Phone(host, name="p%d" % (i + 1), answer=answer, tone=tone, audio=audio)
                       for i, host in enumerate(hosts)]
        self.uris = ["sip:p%d@%s" % (i + 1, hosts[i // A_HOST if many else i]) for i in range(n)]
        for uri in self.uris[:n if granted is None else granted]:
            self.permit(uri)

    def permit(self, uri, **more):
        return self.daemon.permit(self.aor, uri, target=self.service, kinds=["call"], **more)

    def start(self, uris=None, **more):
        """nora's INVITE with a list."""
        return self.nora.invite(self.service, entries=self.uris if uris is None else uris, **more)

    def gather(self, uris=None, **more):
        """Everybody is in: nora's call, and those of the others."""
        wanted = self.uris if uris is None else uris
        call = self.start(wanted, **more).wait("confirmed", seconds=20)
        return call, [self.call_of(uri) for uri in wanted]

    def phone_of(self, uri):
        host = uri.split("@")[1]
        return next(phone for phone in self.phones if phone.host == host)

    def call_of(self, uri, state="confirmed", seconds=20):
        """The newest call of that recipient, in a state."""
        phone = self.phone_of(uri)

        def found():
            calls = [c for c in phone.calls if c.invite.uri.startswith(uri.split(";")[0])]
            return calls[-1] if calls and (state is None or calls[-1].state == state) else None
        return phone.loop.wait(found, seconds, "%s to be %s" % (uri, state))

    def invites(self):
        """All that reached anybody but nora."""
        return [m for phone in self.phones for m in phone.received("INVITE")]

    # -- what the relay says
    def told(self, event, *words):
        """Lines of the log."""
        return [line for line in self.daemon.log().splitlines()
                if "event=%s " % event in line and all(word in line for word in words)]

    def running(self):
        """Conferences."""
        return len(self.told("conference-created")) - len(self.told("conference-ended"))

    def wait_over(self, seconds=40):
        """No conference is left."""
        wait_until(lambda: self.running() == 0, seconds, "every conference to end")

    def wait_left(self, uri, seconds=20):
        """What the log says of a party that is gone."""
        return wait_until(lambda: self.told("party-left", 'uri="%s"' % uri), seconds, uri + " to leave")[-1]

    def path_of(self, uri):
        """Of a party in the newest conference, by REST."""
        status, answer, _ = self.daemon.get("/v1/conferences")
        assert status == 200, (status, answer)
        path = "/v1/conferences/" + answer["items"][-1]["id"]
        parties = self.daemon.get(path)[1]["parties"]
        return "%s/parties/%s" % (path, next(p["id"] for p in parties if p["uri"] == uri))


def ask_and_answer(meeting, uri, is_grant=True):
    """The recipient is asked by MESSAGE, and answers by PUBLISH; the question."""
    phone = meeting.phone_of(uri)
    before = len(phone.questions)
    meeting.permit(uri, state="pending")
    question = phone.wait_question(before + 1)
    if is_grant is not None:
        answer = phone.reply(question, is_grant)
        assert answer.status == 200, answer.first
    return question


def wait_empty(daemon, gauges=HELD, seconds=20):
    """Until nothing is held any more."""
    held = lambda: [name for name in gauges if daemon.metric(name)]
    try:
        wait_until(lambda: not held(), seconds)
    except AssertionError:
        raise AssertionError("still held: " + ", ".join(held()))


def end_all(relay):
    """By REST; at once, unlike when who called leaves."""
    for item in relay.get("/v1/conferences")[1]["items"]:
        if item["state"] != "ended":
            status, _, _ = relay.rest("DELETE", "/v1/conferences/" + item["id"])
            check(status in (200, 202, 204), "ended by REST: %d" % status)


def quiet(seconds=5):
    """Wait while nothing must happen."""
    time.sleep(seconds)


def levels_fit(heard, tones, level=-20, within=1.5):
    """Each of these tones, and no other voice."""
    return all(abs(heard.level(tone) - level) <= within for tone in tones)
