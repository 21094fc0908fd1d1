-- What people are told that others recorded about them.  Nobody is told of what
-- was granted before.
CREATE TABLE notice (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	kind TEXT NOT NULL CHECK (kind = 'grant' OR kind = 'deny'),
	permission INTEGER NOT NULL, -- that it is about; it may be gone
	about BLOB NOT NULL CHECK (length(about) = 32), -- hash of what it says
	state TEXT NOT NULL CHECK (
		state = 'due' OR state = 'sent' OR state = 'told' OR
		state = 'failed' OR state = 'void'),
	made_at INTEGER NOT NULL,
	due_at INTEGER NOT NULL,   -- of the next try; 0: there is none
	tried_at INTEGER NOT NULL, -- the last try was begun
	tries INTEGER NOT NULL,
	sent_at INTEGER NOT NULL,  -- the first request that has left
	told_at INTEGER NOT NULL,  -- it was answered by a 2xx
	last_status INTEGER NOT NULL
) STRICT;
CREATE INDEX notice_by_permission ON notice (permission, kind, id, state);
CREATE INDEX notice_by_about ON notice (about);
CREATE INDEX notice_by_time ON notice (made_at);
CREATE INDEX notice_due ON notice (due_at) WHERE due_at > 0;
PRAGMA user_version = 10;
