-- Calls and requests are counted beside their bytes.  How many there were in the
-- last hour is not known: what left counts, no call does.
CREATE TABLE ask_traffic (
	domain TEXT NOT NULL, -- as in ask
	owner TEXT NOT NULL,
	minute INTEGER NOT NULL,
	received INTEGER NOT NULL, -- bytes of calls that ask
	sent INTEGER NOT NULL,     -- bytes of questions
	calls INTEGER NOT NULL,
	requests INTEGER NOT NULL,
	PRIMARY KEY (domain, owner, minute)
) STRICT, WITHOUT ROWID;
INSERT INTO ask_traffic
	SELECT domain, owner, minute, received, sent, 0, 0 FROM ask_bytes;
DROP TABLE ask_bytes;
PRAGMA user_version = 16;
