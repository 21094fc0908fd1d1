-- Digests are sealed with the key file, which SQL does not have: they wait in
-- account_plain for the end of the start, and nothing of them stays in free
-- pages.
PRAGMA secure_delete = ON;

CREATE TABLE account_plain (
	account INTEGER PRIMARY KEY,
	ha1_sha256 TEXT,
	ha1_md5 TEXT
) STRICT;
INSERT INTO account_plain SELECT id, ha1_sha256, ha1_md5 FROM account;

CREATE TABLE key_file (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	proof BLOB NOT NULL CHECK (length(proof) = 32)
) STRICT;

ALTER TABLE account RENAME TO account_19;
CREATE TABLE account (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	aor TEXT NOT NULL,
	username TEXT NOT NULL,
	digests INTEGER NOT NULL, -- there are: 1 SHA-256, 2 SHA-512-256, 4 MD5
	secrets BLOB NOT NULL,    -- these, sealed
	etag TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	may INTEGER NOT NULL CHECK (may BETWEEN 1 AND 3), -- 1 send, 2 answer
	realm TEXT NOT NULL DEFAULT '' -- that of its digests, as in domain
) STRICT;
INSERT INTO account
	SELECT id, aor, username, 0, x'', etag, created_at, changed_at, may, realm
	FROM account_19;
DELETE FROM sqlite_sequence WHERE name = 'account';
INSERT INTO sqlite_sequence (name, seq)
	SELECT 'account', seq FROM sqlite_sequence WHERE name = 'account_19';
DROP TABLE account_19;
CREATE INDEX account_by_aor ON account (aor);
CREATE UNIQUE INDEX account_by_name ON account (realm, username);
PRAGMA user_version = 20;
