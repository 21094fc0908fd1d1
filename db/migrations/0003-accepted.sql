-- Requests of which no recipient waits for another try get a table of their own:
-- nothing refers to it, and it has no index.
CREATE TABLE IF NOT EXISTS accepted (
	id INTEGER PRIMARY KEY, -- given by the store, see sqlite_sequence
	key BLOB NOT NULL CHECK (length(key) = 32),
	sender TEXT NOT NULL,
	target TEXT NOT NULL,
	method TEXT NOT NULL,
	accepted_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	recipients BLOB NOT NULL,
	message BLOB NOT NULL
) STRICT;
INSERT INTO accepted
	SELECT id, key, sender, target, method, accepted_at, expires_at,
		recipients, message
	FROM journal WHERE settled = 0;
DELETE FROM journal WHERE settled = 0;
DROP INDEX IF EXISTS journal_unsettled;
INSERT INTO sqlite_sequence (name, seq)
	SELECT 'journal', 0 WHERE NOT EXISTS
		(SELECT 1 FROM sqlite_sequence WHERE name = 'journal');
PRAGMA user_version = 3;
