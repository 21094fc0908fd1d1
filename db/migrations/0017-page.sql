-- Tokens of the pages and chats of questions, and what people saw before they
-- answered.
ALTER TABLE permission ADD COLUMN shown_version TEXT;
ALTER TABLE permission ADD COLUMN shown_language TEXT;
ALTER TABLE permission ADD COLUMN shown_hash TEXT;
ALTER TABLE permission_past ADD COLUMN shown_version TEXT;
ALTER TABLE permission_past ADD COLUMN shown_language TEXT;
ALTER TABLE permission_past ADD COLUMN shown_hash TEXT;
DROP TRIGGER permission_removed;
ALTER TABLE token RENAME TO token_16;
DROP INDEX token_by_permission;
CREATE TABLE token (
	hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
	permission INTEGER NOT NULL
		REFERENCES permission (id) ON DELETE CASCADE,
	kind TEXT NOT NULL CHECK (kind IN ('g', 'd', 'p', 'q')),
	is_secure INTEGER NOT NULL CHECK (is_secure IN (0, 1)),
	retired INTEGER NOT NULL CHECK (retired IN (0, 1)),
	made_at INTEGER NOT NULL,
	all_kinds INTEGER NOT NULL CHECK (all_kinds IN (0, 1)) -- denies all
) STRICT, WITHOUT ROWID;
CREATE INDEX token_by_permission ON token (permission);
INSERT INTO token (hash, permission, kind, is_secure, retired, made_at,
		all_kinds)
	SELECT hash, permission, kind, is_secure, retired, made_at, all_kinds
	FROM token_16;
DROP TABLE token_16;
CREATE TRIGGER permission_removed BEFORE DELETE ON permission BEGIN
	INSERT OR REPLACE INTO removed_deny
		SELECT hash, OLD.sender, OLD.target, OLD.recipient,
			OLD.recipient_uri, made_at, OLD.kinds, all_kinds
		FROM token WHERE permission = OLD.id AND kind <> 'g';
END;
PRAGMA user_version = 17;
