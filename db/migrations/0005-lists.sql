-- Stored lists: there are none yet.
CREATE TABLE list (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	uri TEXT NOT NULL UNIQUE, -- key of the target
	name TEXT NOT NULL,       -- its user part
	owner TEXT NOT NULL,      -- key of an AOR
	title TEXT,               -- for people who look after it
	use TEXT NOT NULL CHECK (
		use = 'owner' OR use = 'members' OR use = 'anyone'),
	replies TEXT NOT NULL CHECK (
		replies = 'none' OR replies = 'list' OR replies = 'sender'),
	kinds TEXT NOT NULL,      -- what members are asked for
	etag TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX list_by_owner ON list (owner);

CREATE TABLE list_entry (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	list INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
	parent INTEGER REFERENCES list_entry (id) ON DELETE CASCADE,
	place INTEGER NOT NULL, -- order in the list
	kind TEXT NOT NULL CHECK (
		kind = 'entry' OR kind = 'list' OR kind = 'entry-ref'),
	uri TEXT,  -- as it is sent to
	key TEXT,  -- as permissions name it
	name TEXT, -- of a list inside
	title TEXT,
	ref_list INTEGER REFERENCES list (id) ON DELETE SET NULL,
	copy_control TEXT NOT NULL CHECK (
		copy_control = 'to' OR copy_control = 'cc' OR
		copy_control = 'bcc'),
	anonymize INTEGER NOT NULL CHECK (anonymize IN (0, 1)),
	CHECK ((kind = 'list') = (key IS NULL)),
	CHECK ((key IS NULL) = (uri IS NULL))
) STRICT;
CREATE UNIQUE INDEX list_entry_by_place ON list_entry (list, place);
CREATE INDEX list_entry_by_key ON list_entry (list, key)
	WHERE key IS NOT NULL;
CREATE INDEX list_entry_by_parent ON list_entry (parent)
	WHERE parent IS NOT NULL;
CREATE INDEX list_entry_by_ref ON list_entry (ref_list)
	WHERE ref_list IS NOT NULL;
PRAGMA user_version = 5;
