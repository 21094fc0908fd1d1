-- A list of many that became another, until all of its members are asked, or
-- taken back: what it was, and how far that is.
CREATE TABLE list_turn (
	list INTEGER PRIMARY KEY REFERENCES list (id) ON DELETE CASCADE,
	place INTEGER NOT NULL, -- of the last entry that is settled
	owner TEXT NOT NULL,    -- these as in the table list, before
	use TEXT NOT NULL,
	replies TEXT NOT NULL,
	kinds TEXT NOT NULL
) STRICT;
PRAGMA user_version = 14;
