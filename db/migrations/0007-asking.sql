-- Permission requests are counted for half a year, for each owner, and the tries
-- of one are one.  Whose the old ones were is not known: they count for all
-- owners together, as before.
ALTER TABLE ask RENAME TO ask_6;
DROP INDEX ask_by_recipient;
DROP INDEX ask_by_time;
CREATE TABLE ask (
	id INTEGER PRIMARY KEY,
	recipient TEXT NOT NULL, -- key of the person
	owner TEXT NOT NULL,     -- of the list, else the sender scope
	kind TEXT NOT NULL CHECK (kind IN ('added', 'trigger')),
	permission INTEGER NOT NULL, -- that it is about; it may be gone
	asked_at INTEGER NOT NULL,
	tried_at INTEGER NOT NULL, -- the last try, while the phone is off
	tries INTEGER NOT NULL,
	bytes INTEGER NOT NULL,    -- of all tries
	answered_at INTEGER NOT NULL,
	is_open INTEGER NOT NULL CHECK (is_open IN (0, 1)) -- more tries follow
) STRICT;
CREATE INDEX ask_by_recipient ON ask (recipient, kind, asked_at);
CREATE INDEX ask_by_permission ON ask (permission);
CREATE INDEX ask_by_time ON ask (asked_at);
INSERT INTO ask
	SELECT id, recipient, '', kind, 0, asked_at, asked_at, 1, 0, 0, 0
	FROM ask_6;
DROP TABLE ask_6;
PRAGMA user_version = 7;
