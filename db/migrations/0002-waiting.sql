-- How much of each sender's messages waits for another try.
CREATE TABLE waiting (
	sender TEXT PRIMARY KEY,
	bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO waiting
	SELECT sender, sum(length(message) + 8 * length(recipients))
	FROM journal WHERE settled = 1 GROUP BY sender;
PRAGMA user_version = 2;
