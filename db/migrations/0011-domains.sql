-- Several domains: a username is unique in its realm, and questions are counted
-- for each domain.
CREATE TABLE domain (
	host TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

ALTER TABLE ask ADD COLUMN domain TEXT NOT NULL DEFAULT '';

ALTER TABLE account RENAME TO account_10;
CREATE TABLE account (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	aor TEXT NOT NULL,
	username TEXT NOT NULL,
	ha1_sha256 TEXT,
	ha1_md5 TEXT,
	etag TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	may INTEGER NOT NULL CHECK (may BETWEEN 1 AND 3), -- 1 send, 2 answer
	realm TEXT NOT NULL DEFAULT '' -- that of its digests, as in domain
) STRICT;
INSERT INTO account
	SELECT id, aor, username, ha1_sha256, ha1_md5, etag, created_at,
		changed_at, may, ''
	FROM account_10;
DELETE FROM sqlite_sequence WHERE name = 'account';
INSERT INTO sqlite_sequence (name, seq)
	SELECT 'account', seq FROM sqlite_sequence WHERE name = 'account_10';
DROP TABLE account_10;
CREATE INDEX account_by_aor ON account (aor);
CREATE UNIQUE INDEX account_by_name ON account (realm, username);
PRAGMA user_version = 11;
