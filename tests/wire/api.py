#!/usr/bin/env python3
"""Hold a live relay against api/openapi.yaml.

    tests/wire/api.py URL TOKEN-FILE

Every path, method and status of the description is provoked; every answer must
be one that the description names, with the content type and the schema it
gives.  A status that cannot be provoked here is said so, with its reason; any
other gap is a failure.  Needs python3-yaml.
"""

import http.client, json, os, re, sys, time, urllib.parse
import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROBLEM = "application/problem+json"
INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$")
KINDS = dict(string=str, integer=int, number=(int, float), object=dict, array=list, boolean=bool)


class Api:
    def __init__(self, url, token):
        self.url, self.token = urllib.parse.urlsplit(url), token
        with open(os.path.join(ROOT, "api", "openapi.yaml")) as f:
            self.spec = yaml.safe_load(f)
        self.seen, self.failures, self.count = set(), [], 0
        self.sources, self.stays = 1, False
        self.conference, self.party = "0" * 16, 1
        self.list, self.entry = "none", 1

    def resolve(self, node):
        while "$ref" in node:
            target = self.spec
            for name in node["$ref"].lstrip("#/").split("/"):
                target = target[name]
            node = target
        return node

    def fail(self, what):
        self.failures.append(what)
        print("not ok - " + what)

    # -- the schema of OpenAPI 3.0, as far as this description uses it
    def fits(self, schema, value, where):
        schema = self.resolve(schema)
        if value is None:
            return [] if schema.get("nullable") else [where + " is null"]
        faults = []
        for part in schema.get("allOf", []):
            faults += self.fits(part, value, where)
        kind = schema.get("type")
        if kind and (not isinstance(value, KINDS[kind]) or isinstance(value, bool) != (kind == "boolean")):
            return faults + ["%s is no %s: %r" % (where, kind, value)]
        if "enum" in schema and value not in schema["enum"]:
            faults.append("%s is %r" % (where, value))
        if schema.get("format") == "date-time" and not INSTANT.match(value):
            faults.append("%s is no instant: %r" % (where, value))
        if kind == "object":
            known = schema.get("properties", {})
            faults += ["%s.%s is missing" % (where, name)
                       for name in schema.get("required", []) if name not in value]
            for name, item in value.items():
                if name in known:
                    faults += self.fits(known[name], item, where + "." + name)
                elif schema.get("additionalProperties") is False:
                    faults.append("%s.%s is not described" % (where, name))
        if kind == "array":
            for i, item in enumerate(value):
                faults += self.fits(schema["items"], item, "%s[%d]" % (where, i))
        return faults

    def raw(self, method, path, body, headers):
        # Failures are counted by address: without the right token each request
        # comes from another one, where loopback has more than one.
        source = None
        if self.url.hostname.startswith("127.") and not self.stays:
            self.sources += "Bearer " + self.token != headers.get("Authorization")
            source = ("127.77.%d.%d" % divmod(self.sources, 250), 0)
        connection = http.client.HTTPConnection(
            self.url.hostname, self.url.port, timeout=20, source_address=source)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, dict((k.lower(), v) for k, v in answer.getheaders()), content

    def call(self, expected, method, path, body=None, **more):
        """Send it; the answer must be the expected one and as described."""
        headers = dict(more.get("headers", {}))
        if more.get("token", True):
            headers.setdefault("Authorization", "Bearer " + self.token)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        if (path, method) == ("/v1/imports", "POST"):
            more.setdefault("query", "?mode=ask&list=" + self.list)
        if path == "/v1/permissions/ask":
            more.setdefault("query", "?list=" + self.list)
        where = path.replace("{conference}", self.conference).replace("{name}", self.list).replace("{id}", str(more.get("id", 0))) + more.get("query", "")
        status, answered, content = self.raw(method, where, body, headers)
        what = "%s %s -> %d" % (method, where, status)
        self.count += 1
        if status != expected:
            self.fail("%s, not %d: %s" % (what, expected, content[:300]))
        operation = self.spec["paths"][path].get(method.lower())
        described = operation["responses"].get(str(status)) if operation else None
        if not described:
            self.fail(what + " is not described")
            return None, answered
        self.seen.add((path, method, status))
        return self.judge(what, self.resolve(described), answered, content), answered

    def judge(self, what, described, answered, content):
        types = described.get("content", {})
        kind = answered.get("content-type", "").split(";")[0]
        for name in described.get("headers", {}):
            if name.lower() not in answered:
                self.fail(what + " has no " + name)
        if not types:
            if content:
                self.fail(what + " has content")
            return None
        if kind not in types:
            self.fail("%s is %s, not %s" % (what, kind, "/".join(types)))
            return None
        if not kind.endswith("json"):
            return content.decode()
        value = json.loads(content)
        for fault in self.fits(types[kind]["schema"], value, "answer"):
            self.fail(what + ": " + fault)
        reason = value.get("reason") if kind == "application/problem+json" else None
        if reason and not value["type"].endswith("/openapi.yaml#" + reason):
            self.fail(what + ": the type does not lead to the reason")
        return value

    def operations(self):
        for path, item in self.spec["paths"].items():
            if path.startswith("/v1/conferences") and not self.has_conferences:
                continue
            for method, operation in item.items():
                if method in ("get", "post", "put", "patch", "delete"):
                    yield path, method.upper(), operation

    # -- the statuses that any operation of a kind can give
    def common(self, path, method, operation, id):
        statuses = operation["responses"]
        accept = "application/json" if path in ("/metrics", "/openapi.yaml") else "text/html"
        self.call(406, method, path, id=id, headers={"Accept": accept})
        if "401" in statuses:
            self.call(401, method, path, id=id, token=False)
            self.call(401, method, path, id=id, headers={"Authorization": "Bearer " + "x" * 64})
        if "requestBody" in operation:
            self.bodies(path, method, id)
        elif "400" in statuses and method != "GET":
            self.call(400, method, path, {}, id=id)
        elif "400" in statuses:
            for query in ("limit=0", "limit=1001", "after=x", "colour=red"):
                self.call(400, method, path, id=id, query="?" + query)
        if "404" in statuses and path != "/v1/conferences":
            body = MINIMAL.get((path, method))
            known = self.conference, self.list
            self.conference, self.list = "f" * 16, "nowhere"
            self.call(404, method, path, body, id=9223372036854775807)
            self.conference, self.list = known

    def bodies(self, path, method, id):
        for body in (b"", b"{", b"[]", b'{"a":1,"a":1}', b'{"a":"\\u0000"}', b"\xff"):
            self.call(400, method, path, body, id=id)
        if "imports" not in path:  # those may have 4 MiB
            self.call(413, method, path, b'{"a":"' + b"x" * 70000 + b'"}', id=id)
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            self.call(415, method, path, b"{}", id=id, headers={"Content-Type": kind})
        problem, _ = self.call(422, method, path, {"colour": "red"}, id=id)
        if problem and problem.get("field") != "colour":
            self.fail("%s %s does not name the unknown field" % (method, path))

    # -- one resource after the other
    def permissions(self):
        path, one = "/v1/permissions", "/v1/permissions/{id}"
        name = "sip:api-check-%d@example.net" % os.getpid()
        new = dict(sender="*@example.com", target="*", recipient=name, state="granted", evidence="test")
        row, headers = self.call(201, "POST", path, new)
        id, etag = row["id"], headers["etag"]
        self.call(200, "POST", path, new)
        found, _ = self.call(200, "GET", path, query="?limit=1000&recipient=" + urllib.parse.quote(name))
        if [r["id"] for r in found["items"]] != [id]:
            self.fail("the list does not find the row")
        for missing in ("sender", "target", "recipient", "evidence"):
            problem, _ = self.call(422, "POST", path, {k: v for k, v in new.items() if k != missing})
            if problem and problem.get("field") != missing:
                self.fail("a missing %s is not named" % missing)
        self.call(422, "POST", path, dict(new, origin="recipient"))
        self.call(403, "POST", path, dict(new, origin="recipient", state="denied"))
        self.call(403, "PATCH", one, dict(origin="recipient", state="denied", evidence="a call"), id=id)
        self.call(200, "GET", one, id=id)
        self.call(200, "GET", one + "/history", id=id)
        self.call(409, "POST", one + "/ask", id=id)
        self.asks(name)
        self.call(200, "PATCH", one, dict(state="denied"), id=id, headers={"If-Match": etag})
        self.call(412, "PATCH", one, dict(state="denied"), id=id, headers={"If-Match": '"x"'})
        self.call(412, "DELETE", one, id=id, headers={"If-Match": '"x"'})
        self.call(200, "POST", "/v1/explain", dict(sender="a@example.com", target="sip:l@example.org", recipient=name))
        return id

    def asks(self, name):
        """Asking once more: one, and all of a target."""
        one, many, key = "/v1/permissions/{id}/ask", "/v1/permissions/ask", {"Idempotency-Key": "api-check-%d" % os.getpid()}
        target = "?target=sip:api-check@example.org"
        row, _ = self.call(201, "POST", "/v1/permissions", dict(sender="*", target="sip:api-check@example.org", recipient=name))
        self.call(200, "GET", "/v1/permissions", query="?asked_before=2001-01-01T00:00:00Z")
        self.call(200, "POST", one, id=row["id"], headers=key)
        self.call(412, "POST", one, id=row["id"], headers={"If-Match": '"x"'})
        self.call(422, "POST", one, id=row["id"] + 1, headers=key)
        self.call(422, "POST", many, query=target, headers=key)
        self.call(200, "POST", many, query=target + "&state=waiting&asked_before=2001-01-01T00:00:00Z")
        self.call(204, "DELETE", "/v1/permissions/{id}", id=row["id"])

    def users(self):
        path, one = "/v1/users", "/v1/users/{id}"
        name = "api-check-%d" % os.getpid()
        new = dict(aor=name + "@example.com", username=name, password="mill-Bridge-9")
        row, headers = self.call(201, "POST", path, new)
        self.call(409, "POST", path, new)
        self.call(200, "GET", path, query="?username=" + name)
        self.call(200, "GET", one, id=row["id"])
        self.call(200, "PATCH", one, dict(password="other"), id=row["id"], headers={"If-Match": headers["etag"]})
        self.call(412, "PATCH", one, dict(password="other"), id=row["id"], headers={"If-Match": headers["etag"]})
        self.call(412, "DELETE", one, id=row["id"], headers={"If-Match": headers["etag"]})
        return row["id"]

    def lists(self):
        path, one = "/v1/lists", "/v1/lists/{name}"
        entries, entry = one + "/entries", one + "/entries/{id}"
        self.list = "api-check-%d" % os.getpid()
        new = dict(name=self.list, owner="api-check@example.com")
        row, headers = self.call(201, "POST", path, new)
        self.call(409, "POST", path, new)
        for missing in ("name", "owner"):
            problem, _ = self.call(422, "POST", path, {k: v for k, v in new.items() if k != missing})
            if problem and (problem.get("field"), problem.get("pointer")) != (missing, "/" + missing):
                self.fail("a missing %s is not named" % missing)
        self.call(200, "GET", path, query="?limit=1000&owner=api-check@example.com")
        self.call(200, "GET", one)
        added, _ = self.call(201, "POST", entries, dict(entries=[
            dict(uri="sip:api-check@example.net", copy_control="to", anonymize=True), dict(name="inside")]))
        self.entry = added["items"][0]["id"]
        self.call(200, "GET", entries)
        self.call(200, "GET", entry, id=self.entry)
        self.call(200, "PATCH", one, dict(display_name="Check"))
        for method, where, body in (("PATCH", one, dict(use="anyone")), ("DELETE", one, None), ("DELETE", entry, None),
                                    ("POST", entries, dict(entries=[dict(name="more")]))):
            self.call(412, method, where, body, id=self.entry, headers={"If-Match": headers["etag"]})

    def imports(self):
        path, one = "/v1/imports", "/v1/imports/{id}"
        rows = dict(rows=[dict(recipient="sip:api-check-import@example.net")])
        query = "?mode=granted&list=" + self.list
        self.call(200, "POST", path, rows, query=query + "&evidence=form&dry_run=true")
        self.call(422, "POST", path, rows, query=query)
        self.call(404, "POST", path, rows, query="?mode=ask&list=api-check-none")
        done, _ = self.call(201, "POST", path, rows, query=query + "&evidence=form")
        self.imported = done["id"]
        self.call(200, "GET", path)
        self.call(200, "GET", one, id=self.imported)

    def lists_end(self):
        self.call(204, "DELETE", "/v1/imports/{id}", id=self.imported)
        self.call(204, "DELETE", "/v1/lists/{name}/entries/{id}", id=self.entry)
        self.call(204, "DELETE", "/v1/lists/{name}")

    def deliveries(self, waiting, over):
        path, one, retry = "/v1/deliveries", "/v1/deliveries/{id}", "/v1/deliveries/{id}/retry"
        self.call(200, "GET", path)
        self.call(200, "GET", path, query="?state=sending")
        if waiting is None:
            return
        self.call(200, "GET", one, id=waiting)
        self.call(412, "POST", retry, id=waiting, headers={"If-Match": '"x"'})
        self.call(412, "DELETE", one, id=waiting, headers={"If-Match": '"x"'})
        self.call(200, "POST", retry, id=waiting)
        self.call(409, "POST", retry, id=over)
        key = {"Idempotency-Key": '"again"'}
        self.call(200, "POST", retry, id=waiting, headers=key)
        self.call(200, "POST", retry, id=waiting, headers=key)
        self.call(422, "POST", retry, id=over, headers=key)
        self.call(204, "DELETE", one, id=over)
        self.call(204, "DELETE", one, id=waiting)

    def trust(self):
        found, _ = self.call(200, "GET", "/v1/trust-domains")
        self.call(200, "GET", "/v1/trust-domains", query="?address=192.0.2.1&transport=tls&name=a.example")
        self.call(400, "GET", "/v1/trust-domains", query="?address=nowhere")

    def requests(self):
        """True when there is one to look at."""
        found, _ = self.call(200, "GET", "/v1/requests")
        self.call(400, "GET", "/v1/requests", query="?since=yesterday")
        for row in found["items"][:1]:
            self.call(200, "GET", "/v1/requests/{id}", id=row["id"])
            self.call(200, "GET", "/v1/requests/{id}/recipients", id=row["id"])
            self.call(400, "GET", "/v1/requests/{id}/recipients", id=row["id"], query="?outcome=good")
        return bool(found["items"])

    def events(self):
        found, _ = self.call(200, "GET", "/v1/events", query="?types=permission.*&limit=1")
        if not found["items"]:
            self.fail("no event tells of the permission")
        self.call(200, "GET", "/v1/events", query="?after=" + found["next"])
        self.call(400, "GET", "/v1/events", query="?types=colour")

    def party_is(self, status):
        """Wait until the party is so."""
        end = time.monotonic() + 30
        while self.call(200, "GET", PARTY, id=self.party)[0]["status"] != status:
            if time.monotonic() > end:
                self.fail("the party is never " + status)
                return
            time.sleep(0.05)

    def conferences(self, order, more):
        """One that runs, with a party who was called again; the party of `more` is permitted, too."""
        self.call(200, "GET", "/v1/conferences")
        self.call(404, "POST", "/v1/conferences", dict(order, service="nothing"))
        self.call(403, "POST", "/v1/conferences", dict(order, sender="sip:eve@example.com"))
        self.call(409, "POST", "/v1/conferences", dict(order, parties=[dict(uri="sip:eve@example.net")]))
        made, _ = self.call(201, "POST", "/v1/conferences", order)
        self.conference, self.party = made["id"], made["parties"][0]["id"]
        self.party_is("connected")
        other = {"If-Match": '"x"'}
        self.call(200, "GET", CONFERENCE)
        self.call(200, "PATCH", CONFERENCE, dict(subject="Mill"))
        self.call(412, "PATCH", CONFERENCE, dict(subject="Mill"), headers=other)
        self.call(412, "DELETE", CONFERENCE, headers=other)
        self.call(200, "GET", CONFERENCE + "/events")
        self.call(200, "GET", CONFERENCE + "/parties")
        self.call(412, "POST", CONFERENCE + "/parties", dict(parties=[more]), headers=other)
        self.call(201, "POST", CONFERENCE + "/parties", dict(parties=[more]))
        self.call(200, "PATCH", PARTY, dict(muted=True), id=self.party)
        self.call(412, "PATCH", PARTY, dict(muted=True), id=self.party, headers=other)
        self.call(412, "DELETE", PARTY, id=self.party, headers=other)
        self.call(409, "POST", PARTY + "/redial", id=self.party)
        self.call(412, "POST", PARTY + "/redial", id=self.party, headers=other)
        self.call(204, "DELETE", PARTY, id=self.party)
        self.party_is("disconnected")
        key = {"Idempotency-Key": "redial"}
        new, _ = self.call(201, "POST", PARTY + "/redial", id=self.party, headers=key)
        self.call(422, "POST", PARTY + "/redial", id=new["id"], headers=key)
        self.party = new["id"]
        self.party_is("connected")

    def theirs(self, conference, gone, more):
        """One of a sender for whom REST may not call, with a party who is gone."""
        self.conference = conference
        self.call(403, "POST", CONFERENCE + "/parties", dict(parties=[more]))
        self.call(403, "POST", PARTY + "/redial", id=gone)

    def conference_ends(self, more):
        self.call(202, "DELETE", CONFERENCE)
        self.party_is("disconnected")
        while self.raw("DELETE", "/v1/conferences/" + self.conference, None,
                       {"Authorization": "Bearer " + self.token})[0] == 202:
            time.sleep(0.05)
        self.call(204, "DELETE", CONFERENCE)
        self.call(409, "PATCH", CONFERENCE, dict(subject="Mill"))
        self.call(409, "POST", CONFERENCE + "/parties", dict(parties=[more]))
        self.call(409, "PATCH", PARTY, dict(muted=True), id=self.party)
        self.call(409, "DELETE", PARTY, id=self.party)

    def denied(self, id):
        """What a recipient's own deny stands against."""
        row, _ = self.call(200, "GET", "/v1/permissions/{id}", id=id)
        same = {k: row[k] for k in ("sender", "target", "recipient")}
        for state in ("pending", "granted"):
            self.call(409, "POST", "/v1/permissions", dict(same, state=state, evidence="he told me"))
            self.call(409, "PATCH", "/v1/permissions/{id}", dict(state=state, evidence="he told me"), id=id)
        self.call(409, "DELETE", "/v1/permissions/{id}", id=id)
        problem, _ = self.call(409, "POST", "/v1/permissions/{id}/ask", id=id)
        if problem and problem.get("reason") != "recipient-denied":
            self.fail("to ask once more is refused for another reason")

    def throttle(self):
        """Last of all: from now on this address is put off."""
        self.stays = True
        for _ in range(20):
            self.raw("GET", "/metrics", None, {})
        for path, method, operation in self.operations():
            if "429" in operation["responses"]:
                self.call(429, method, path, id=1, token=False)
        self.call(200, "GET", "/metrics")

    def run(self, denied=None, waiting=None, over=None, conference=None, more=None, theirs=None):
        """conference: a body of one; more: a party to be added to it; theirs: see theirs()."""
        for path in ("/healthz", "/readyz", "/openapi.yaml"):
            self.call(200, "GET", path, token=False)
        served, _ = self.call(200, "GET", "/openapi.yaml")
        if yaml.safe_load(served) != self.spec:
            self.fail("another description is served")
        self.call(200, "GET", "/metrics")
        status, _, _ = self.raw("GET", "/v1/conferences", None, {"Authorization": "Bearer " + self.token})
        self.has_conferences = status == 200 and conference is not None
        if not self.has_conferences:
            print("# not provoked: /v1/conferences (none is to be made here)")
        permission, user = self.permissions(), self.users()
        self.lists()
        self.imports()
        self.deliveries(waiting, over)
        self.trust()
        has_requests = self.requests()
        self.events()
        if self.has_conferences:
            self.theirs(*theirs, more)
            self.conferences(conference, more)
        for path, method, operation in self.operations():
            self.common(path, method, operation,
                        user if "users" in path else self.party if "parties" in path else
                        self.entry if "entries" in path else
                        self.imported if "imports" in path else permission)
        if self.has_conferences:
            self.conference_ends(more)
        if denied is not None:
            self.denied(denied)
        self.call(204, "DELETE", "/v1/permissions/{id}", id=permission)
        self.call(204, "DELETE", "/v1/users/{id}", id=user)
        self.lists_end()
        self.throttle()
        self.report(denied is None, waiting is None, not has_requests)
        return not self.failures

    def report(self, no_deny, no_delivery, no_request):
        for path, method, operation in self.operations():
            for status in map(int, operation["responses"]):
                if (path, method, status) in self.seen:
                    continue
                what = "%s %s -> %d" % (method, path, status)
                if status == 503:
                    print("# not provoked: %s (the store must be broken)" % what)
                elif status == 409 and no_deny and "permissions" in path:
                    print("# not provoked: %s (needs a deny by SIP)" % what)
                elif status == 409 and ("imports" in path or "entries" in path or path == "/v1/permissions/ask"):
                    print("# not provoked: %s (the relay must end meanwhile)" % what)
                elif status == 413 and "imports" in path:
                    print("# not provoked: %s (a body of 4 MiB)" % what)
                elif status == 504:
                    print("# not provoked: %s (the relay must hang)" % what)
                elif no_delivery and "deliveries" in path:
                    print("# not provoked: %s (needs a delivery)" % what)
                elif no_request and "requests" in path:
                    print("# not provoked: %s (needs a request)" % what)
                else:
                    self.fail("not provoked: " + what)
        print("# %d requests, %d of path, method and status" % (self.count, len(self.seen)))


CONFERENCE = "/v1/conferences/{conference}"
PARTY = CONFERENCE + "/parties/{id}"
MINIMAL = {
    (CONFERENCE, "PATCH"): dict(locked=False),
    (CONFERENCE + "/parties", "POST"): dict(parties=[dict(uri="sip:omar@example.net")]),
    (PARTY, "PATCH"): dict(muted=False),
    ("/v1/permissions/{id}", "PATCH"): dict(state="pending"),
    ("/v1/users/{id}", "PATCH"): dict(password="x"),
    ("/v1/imports", "POST"): dict(rows=[dict(recipient="sip:omar@example.net")]),
    ("/v1/lists/{name}", "PATCH"): dict(use="owner"),
    ("/v1/lists/{name}/entries", "POST"): dict(entries=[dict(name="x")]),
}


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: tests/wire/api.py URL TOKEN-FILE")
    with open(sys.argv[2]) as f:
        token = f.read().strip()
    sys.exit(0 if Api(sys.argv[1], token).run() else 1)


if __name__ == "__main__":
    main()
