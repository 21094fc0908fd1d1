"""Databases with permissions, made by SQLite itself."""

import contextlib, hashlib, os, shutil, sqlite3

from systems import ROOT, SENDER, TARGET
from tools import SINK

FAST = """PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -4000000;
	PRAGMA locking_mode = EXCLUSIVE;"""
COUNT = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
# As long as people's names are, not all alike: load.c writes the same.
NAME = "'sip:r' || i || substr('.abcdefghijklmno', 1, i * 7 % 16)"


def fresh(path):
    for suffix in ("", "-wal", "-shm", "-journal", ".lock", ".secret"):
        if os.path.exists(path + suffix):
            os.remove(path + suffix)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return sqlite3.connect(path + ".new", isolation_level=None)


def finish(database, path, mode="DELETE"):
    database.execute("PRAGMA journal_mode = " + mode)
    database.close()
    os.replace(path + ".new", path)
    os.sync()  # or the first fsync measured would pay for all of it


def forget(path):
    """What an earlier run accepted and left behind is not to be sent in this."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        tables = [name for name, in database.execute("SELECT name FROM sqlite_master")]
        for name in ("delivery", "journal", "accepted", "waiting"):
            if name in tables:
                database.execute("DELETE FROM " + name)
    return path


def copies(path, *targets):
    """Databases of their own, of one that nobody has open."""
    for target in targets:
        for suffix in ("-wal", "-shm", ".lock", ".secret"):
            if os.path.exists(target + suffix):
                os.remove(target + suffix)
        shutil.copyfile(path, target)
    os.sync()


def digest_of(text):
    return hashlib.sha256(text.encode()).hexdigest()


def is_made(path, recipe):
    """Is it there, and made by this recipe?"""
    mark = path + ".made-from"
    if not (os.path.exists(path) and os.path.exists(mark)):
        return False
    with open(mark) as f:
        return f.read() == digest_of(recipe)


def mark_made(path, recipe):
    with open(path + ".made-from", "w") as f:
        f.write(digest_of(recipe))


def permissions(path, n, with_tokens=False):
    """n grants for the load, by the schema of the relay; made once, kept."""
    with open(os.path.join(ROOT, "db/schema.sql")) as f:
        schema = f.read()
    if is_made(path, schema + NAME):
        return forget(path)
    if os.path.exists(path + ".new"):
        os.remove(path + ".new")
    database = fresh(path)
    database.executescript(FAST + schema)
    database.execute("BEGIN")
    database.execute(COUNT % (n - 1) + """
        INSERT INTO permission (sender, target, recipient, recipient_uri, state, origin,
            evidence, reason, etag, created_at, changed_at, expires_at, asked_at,
            ask_due_at, last_status, kinds, all_kinds)
        SELECT ?, ?, {name} || '@' || ?, {name} || '@' || ?, 'granted', 'import',
            'opted in', NULL, lower(hex(randomblob(8))), 1700000000, 1700000000, 0, 0, 0, 0,
            'message', 0
        FROM n""".replace("{name}", NAME), (SENDER, TARGET, SINK, SINK))
    if with_tokens:
        database.executemany("INSERT INTO token VALUES (?, ?, ?, 0, 0, 1700000000, 1)", (
            (hashlib.sha256(kind.encode() + i.to_bytes(16, "big")).digest(), i + 1, kind)
            for i in range(n) for kind in "gd"))
    database.execute("COMMIT")
    finish(database, path)
    mark_made(path, schema + NAME)
    return path


def table(path, n):
    """What Kamailio asks: the same triples, nothing else, by their key."""
    if is_made(path, NAME):
        return path
    if os.path.exists(path + ".new"):
        os.remove(path + ".new")
    database = fresh(path)
    database.executescript(FAST + """CREATE TABLE permission (recipient TEXT, sender TEXT,
        target TEXT, state TEXT, PRIMARY KEY (recipient, sender, target)) WITHOUT ROWID;""")
    database.execute(COUNT % (n - 1) + """INSERT INTO permission
        SELECT {name} || '@' || ?, ?, ?, 'granted' FROM n ORDER BY 1""".replace("{name}", NAME),
                     (SINK, SENDER, TARGET))
    finish(database, path, "WAL")
    mark_made(path, NAME)
    return path
