"""Pages of questions: what the tests of them share."""

import html
import http.client

from harness import *

PORT = 8088


def with_page(**settings):
    """A relay that has the page, on loopback without TLS."""
    host = settings.get("host", address(1))
    more = 'page { listen = "%s:%d" }\n' % (host, PORT) + settings.pop("more", "")
    return Daemon(more=more, **settings)


def page_of(message):
    """"/c/p-..." of a question."""
    return re.search(rb"https?://[^/\s]+(/c/p-[0-9a-f]{32})", message.body).group(1).decode()


class Page:
    """A browser that shows one page, and does what a person does there."""

    def __init__(self, relay, path, host=None):
        self.host, self.path, self.source = relay.host, path, host

    def url(self):
        return "http://%s:%d%s" % (self.host, PORT, self.path)

    def connect(self):
        return http.client.HTTPConnection(
            self.host, PORT, timeout=20, source_address=(self.source, 0) if self.source else None)

    def send(self, method, path=None, body=None, headers=None):
        """(status, headers, body); nothing is followed."""
        connection = self.connect()
        try:
            connection.request(method, path or self.path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def show(self, **headers):
        status, _, text = self.send("GET", headers=headers)
        return status, text

    def form(self):
        return html.unescape(re.search(r'name="form" value="([^"]+)"', self.show()[1]).group(1))

    def post(self, body, kind="application/x-www-form-urlencoded"):
        status, headers, text = self.send("POST", body=body, headers={"Content-Type": kind})
        return status, headers, text

    def press(self, answer, form=None):
        """The status of the answer, and the text of the page that is shown then."""
        status, headers, text = self.post("form=%s&answer=%s" % (form or self.form(), answer))
        if status == 303:
            assert headers["Location"] == self.path.rsplit("/", 1)[1], headers["Location"]
            return status, self.show()[1]
        return status, text


class Asked:
    """Somebody who is asked, bob by default; their page, and how their permission stands."""

    def __init__(self, relay, peer, uri=None, nora=None):
        self.relay, self.nora = relay, nora or relay.user("nora")
        self.uri = uri or "sip:bob@" + peer.host
        relay.permit(self.nora, self.uri, state="pending")
        mine = lambda: [m for m in peer.received if m.uri == self.uri]
        self.question = wait_until(mine, 10, "a question to " + self.uri)[0]
        self.path = page_of(self.question)
        self.page = Page(relay, self.path)
        wait_until(lambda: self.state() == "waiting", what="the question to be taken")

    def row(self):
        return self.relay.permissions(recipient=self.uri.replace("sips:", "sip:"), sender=self.nora)[0]

    def state(self):
        return self.row()["state"]

    def history(self):
        return self.relay.get("/v1/permissions/%d/history" % self.row()["id"])[1]["items"]


def buttons(text):
    return re.findall(r'name="answer" value="(\w+)"', text)


def heading(text):
    return re.sub(r"<[^>]+>", "", re.search(r"<h1>(.*?)</h1>", text).group(1))
