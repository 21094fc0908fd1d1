-- Questions are counted by destination and in bytes, and renewals are a kind of
-- their own.  Where the old ones went is not known: they count for nobody.
ALTER TABLE ask RENAME TO ask_12;
DROP INDEX ask_by_recipient;
DROP INDEX ask_by_permission;
DROP INDEX ask_by_time;
CREATE TABLE ask (
	id INTEGER PRIMARY KEY,
	recipient TEXT NOT NULL, -- key of the person
	owner TEXT NOT NULL,     -- of the list, else the sender scope
	kind TEXT NOT NULL CHECK (
		kind = 'added' OR kind = 'renewal' OR kind = 'trigger'),
	permission INTEGER NOT NULL, -- that it is about; it may be gone
	asked_at INTEGER NOT NULL,
	tried_at INTEGER NOT NULL, -- the last try, while the phone is off
	tries INTEGER NOT NULL,
	bytes INTEGER NOT NULL,    -- of all tries, and of what UDP repeated
	answered_at INTEGER NOT NULL,
	is_open INTEGER NOT NULL CHECK (is_open IN (0, 1)), -- more tries follow
	domain TEXT NOT NULL, -- of the target, as in the table domain
	host TEXT NOT NULL,   -- of the recipient; '' of an old row
	network TEXT NOT NULL -- of the last try: /24 or /56; '': not looked at
) STRICT;
CREATE INDEX ask_by_recipient ON ask (recipient, kind, asked_at);
CREATE INDEX ask_by_permission ON ask (permission);
CREATE INDEX ask_by_time ON ask (asked_at);
CREATE INDEX ask_by_host ON ask (host, asked_at);
CREATE INDEX ask_by_host_try ON ask (host, tried_at);
CREATE INDEX ask_by_network ON ask (network, asked_at) WHERE network <> '';
CREATE INDEX ask_by_network_try ON ask (network, tried_at)
	WHERE network <> '';

-- Bytes of the last hour, by owner of questions and minute since the epoch: of
-- calls that caused questions, and of these questions.
CREATE TABLE ask_bytes (
	domain TEXT NOT NULL, -- as in ask
	owner TEXT NOT NULL,
	minute INTEGER NOT NULL,
	received INTEGER NOT NULL,
	sent INTEGER NOT NULL,
	PRIMARY KEY (domain, owner, minute)
) STRICT, WITHOUT ROWID;

INSERT INTO ask
	SELECT id, recipient, owner, kind, permission, asked_at, tried_at,
		tries, bytes, answered_at, is_open, domain, '', ''
	FROM ask_12;
DROP TABLE ask_12;
PRAGMA user_version = 13;
