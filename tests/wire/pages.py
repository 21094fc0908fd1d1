"""Pages of questions: what the tests of them share."""

import html
import http.client
import ssl

from harness import *
from secure import *

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


def with_secure_page(authority, page, **settings):
    """A relay that asks by sips and by UDP; page: settings of its page."""
    certificate = authority.issue("relay", uris=["sip:" + address(1)], dns=["relay.test"])
    more = '\npage { listen = "%s:%d" %s }\n' % (address(1), PORT, page)
    return secure_daemon(authority, certificate, routability="secure-transport", more=more, **settings)


class SecurePage(Page):
    """A page by https, to a name that the certificate has to prove."""

    def __init__(self, relay, path, authority, name="relay.test"):
        super().__init__(relay, path)
        self.name = name
        self.context = ssl.create_default_context(cafile=authority.file)

    def connect(self):
        raw = socket.create_connection((self.host, PORT), timeout=20 * PATIENCE,
                                       source_address=(self.source, 0) if self.source else None)
        connection = http.client.HTTPConnection(self.name, PORT)
        connection.sock = self.context.wrap_socket(raw, server_hostname=self.name)
        return connection


class ProxiedPage(Page):
    """A page that a proxy fetches for a client; "host" is where the proxy connects from."""

    def send(self, method, path=None, body=None, headers=None):
        said = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "Host": "ask.test"}
        return super().send(method, path, body, dict(said, **(headers or {})))


class Mine(SecurePage):
    """The page of all answers, in a browser of somebody who signs in."""

    def __init__(self, relay, authority, user, password="secret-" "word", path="/mine", source=None):
        super().__init__(relay, path, authority)
        self.user, self.password, self.source = user, password, source
        self.challenge, self.nc = None, 0

    def credentials(self, method, path, **more):
        self.nc += 1
        return digest(self.challenge, method, path, more.get("user", self.user),
                      more.get("password", self.password), nc=self.nc)

    def ask(self, method, path=None, body=None, headers=None, **more):
        """As send(), signed in: a browser goes on with the nonce that it has, and follows a challenge once."""
        path, given = path or self.path, dict(headers or {})
        if body is not None:
            given.setdefault("Content-Type", "application/x-www-form-urlencoded")
        for n in range(3):
            if self.challenge:
                given["Authorization"] = self.credentials(method, path, **more)
            answer = self.send(method, path, body, given)
            if answer[0] != 401 or (n and "stale=true" not in answer[1]["WWW-Authenticate"]):
                return answer
            self.challenge, self.nc = answer[1].get_all("WWW-Authenticate")[0], 0
        return answer

    def forms(self, path=None):
        """{row: (answer, form)} of a page; row 0 is for everything."""
        text = self.ask("GET", path)[2]
        return {int(row): (answer, html.unescape(form)) for form, row, answer in re.findall(
            r'name="form" value="([^"]+)">\s*<input type="hidden" name="row" value="(\d+)">\s*'
            r'<button name="answer" value="(\w+)"', text)}

    def press(self, row, answer=None, form=None, path=None, **more):
        """(status, the text of the page that is shown then)"""
        said, given = self.forms(path).get(row, (answer, form)) if form is None else (answer, form)
        status, headers, text = self.ask(
            "POST", path, "form=%s&row=%d&answer=%s" % (form or given, row, answer or said), **more)
        if status == 303:
            return status, self.ask("GET", "/" + headers["Location"] if self.path == "/mine"
                                    else "/mine/" + headers["Location"])[2]
        return status, text
