-- Denies that an operator was told of: by which token they were recorded, and
-- how many it recorded in a day.
ALTER TABLE permission ADD COLUMN recorded_by TEXT;
ALTER TABLE permission_past ADD COLUMN recorded_by TEXT;
CREATE TABLE told (
	token TEXT PRIMARY KEY, -- its name
	day INTEGER NOT NULL,
	n INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 12;
