-- An import may be a stop list.
ALTER TABLE import_line RENAME TO import_line_18;
ALTER TABLE import RENAME TO import_18;
CREATE TABLE import (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	mode TEXT NOT NULL CHECK (
		mode = 'ask' OR mode = 'granted' OR mode = 'stop'),
	sender TEXT, -- scope; NULL: as the list asks, of a stop list anybody
	target TEXT NOT NULL,
	list TEXT,        -- its name, where the target is a stored list
	request_key TEXT, -- the Idempotency-Key that it came with
	created_at INTEGER NOT NULL,
	taken_back_at INTEGER NOT NULL, -- 0: it was not
	n_lines INTEGER NOT NULL,
	n_skipped INTEGER NOT NULL -- left out: a deny stands
) STRICT;
CREATE TABLE import_line (
	import INTEGER NOT NULL REFERENCES import (id) ON DELETE CASCADE,
	line INTEGER NOT NULL,       -- where it stood in what was imported
	permission INTEGER NOT NULL, -- it may be gone
	entry INTEGER NOT NULL,      -- that it added to the list; 0: none
	outcome TEXT NOT NULL CHECK (
		outcome = 'asked' OR outcome = 'granted' OR
		outcome = 'renewed' OR outcome = 'stopped' OR
		outcome = 'unchanged' OR
		outcome = 'taken-back' OR outcome = 'left'),
	PRIMARY KEY (import, line)
) STRICT, WITHOUT ROWID;
INSERT INTO import SELECT * FROM import_18;
INSERT INTO import_line SELECT * FROM import_line_18;
DELETE FROM sqlite_sequence WHERE name = 'import';
INSERT INTO sqlite_sequence (name, seq)
	SELECT 'import', seq FROM sqlite_sequence WHERE name = 'import_18';
DROP TABLE import_line_18;
DROP TABLE import_18;
CREATE INDEX import_by_key ON import (request_key)
	WHERE request_key IS NOT NULL;
CREATE INDEX import_line_by_permission ON import_line (permission);
PRAGMA user_version = 19;
