-- Which names were domains, and which is the first: what stands for every target
-- of the first is not for another.
CREATE TABLE domain_seen (
	host TEXT PRIMARY KEY,
	is_first INTEGER NOT NULL CHECK (is_first IN (0, 1))
) STRICT, WITHOUT ROWID;
INSERT INTO domain_seen SELECT host, 0 FROM domain;
PRAGMA user_version = 15;
