-- One ordered log of what happens to permissions, lists and accounts; and names
-- and numbers that another engine than SQLite knows as well.
CREATE TABLE account (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	aor TEXT NOT NULL,
	username TEXT NOT NULL UNIQUE,
	ha1_sha256 TEXT,
	ha1_md5 TEXT,
	etag TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	may INTEGER NOT NULL CHECK (may BETWEEN 1 AND 3) -- 1 send, 2 answer
) STRICT;
INSERT INTO account SELECT * FROM user;
DELETE FROM sqlite_sequence WHERE name = 'account';
INSERT INTO sqlite_sequence (name, seq)
	SELECT 'account', seq FROM sqlite_sequence WHERE name = 'user';
DROP TABLE user;
CREATE INDEX account_by_aor ON account (aor);

CREATE TABLE last_number (
	name TEXT PRIMARY KEY,
	number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO last_number VALUES
	('journal', coalesce((SELECT max(seq) FROM sqlite_sequence
		WHERE name = 'journal'), 0)),
	('change', coalesce((SELECT max(seq) FROM sqlite_sequence
		WHERE name = 'change_log'), 0));

ALTER TABLE change_log RENAME TO change_log_5;
CREATE TABLE change_log (
	id INTEGER PRIMARY KEY, -- rises by one, see last_number
	at INTEGER NOT NULL,
	noun TEXT NOT NULL CHECK (
		noun = 'permission' OR noun = 'list' OR noun = 'account'),
	kind TEXT NOT NULL CHECK (
		kind = 'added' OR kind = 'asked' OR kind = 'granted' OR
		kind = 'denied' OR kind = 'error' OR kind = 'expired' OR
		kind = 'removed' OR kind = 'changed' OR kind = 'dropped'),
	subject INTEGER NOT NULL, -- id of the row that changed; it may be gone
	sender TEXT, -- from here on of a permission, as it became
	target TEXT,
	recipient TEXT,
	origin TEXT,
	expires_at INTEGER,
	kinds TEXT,
	all_kinds INTEGER,
	CHECK (noun <> 'permission' OR (sender IS NOT NULL AND
		target IS NOT NULL AND recipient IS NOT NULL AND
		origin IS NOT NULL AND expires_at IS NOT NULL AND
		kinds IS NOT NULL AND all_kinds IS NOT NULL))
) STRICT;
INSERT INTO change_log
	SELECT id, at, 'permission', kind, permission, sender, target,
		recipient, origin, expires_at, kinds, all_kinds
	FROM change_log_5;
DROP TABLE change_log_5;

CREATE TABLE change_cursor (
	name TEXT PRIMARY KEY,
	change INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
DELETE FROM sqlite_sequence WHERE name = 'journal';
PRAGMA user_version = 6;
