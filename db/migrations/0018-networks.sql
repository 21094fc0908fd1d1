-- A question counts for each network that it goes to, in requests and in bytes.
CREATE TABLE ask_network (
	network TEXT NOT NULL, -- /24 or /56
	ask INTEGER NOT NULL,
	asked_at INTEGER NOT NULL, -- the first time
	tried_at INTEGER NOT NULL, -- the last time
	bytes INTEGER NOT NULL,    -- that left for it
	PRIMARY KEY (network, ask)
) STRICT, WITHOUT ROWID;
INSERT INTO ask_network
	SELECT network, id, asked_at, tried_at, bytes FROM ask
	WHERE network <> '';
CREATE INDEX ask_network_by_time ON ask_network (network, asked_at);
CREATE INDEX ask_network_by_try ON ask_network (network, tried_at);
DROP INDEX ask_by_network;
DROP INDEX ask_by_network_try;
ALTER TABLE ask DROP COLUMN network;
PRAGMA user_version = 18;
