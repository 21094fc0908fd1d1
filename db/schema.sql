-- The current schema.  A new file gets it whole; an older one gets there by the
-- steps in migrations/.  Instants are seconds since the epoch, UTC; 0 is never.
-- A CHECK with IN and more than two values would build a table of them for each
-- row that is written; hence OR.
PRAGMA application_id = 1449946702; -- "VlnN"
PRAGMA user_version = 20;

-- What the relay knows of itself: one row.
CREATE TABLE relay (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	newest_at INTEGER NOT NULL, -- the latest instant a sweep has seen
	probes INTEGER NOT NULL     -- commits made to see whether they work
) STRICT;
INSERT INTO relay VALUES (1, 0, 0);

-- Numbers that were given, up to these: ids of accepted requests (some were not
-- used), and rows of change_log.
CREATE TABLE last_number (
	name TEXT PRIMARY KEY,
	number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO last_number VALUES ('journal', 0), ('change', 0);

-- The store's own name: 32 hex digits, the same as in the record of revocations
-- beside it; empty until there is one.  And whether it began without what the
-- record has, by word of the operator.
CREATE TABLE store_name (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	name TEXT NOT NULL,
	is_accepted INTEGER NOT NULL CHECK (is_accepted IN (0, 1))
) STRICT;
INSERT INTO store_name VALUES (1, '', 0);

-- Domains beside the first, as they were configured at the last start.  In other
-- tables '' is the first, also where a domain is configured no more.
CREATE TABLE domain (
	host TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- All that were ever configured, and which was the first at the last start.
CREATE TABLE domain_seen (
	host TEXT PRIMARY KEY,
	is_first INTEGER NOT NULL CHECK (is_first IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Leave for one (sender scope, target, recipient), and for these kinds: as
-- policies/kinds.h writes them.  No kind is in two rows of the same three.
CREATE TABLE permission (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	sender TEXT NOT NULL,
	target TEXT NOT NULL,
	recipient TEXT NOT NULL,
	recipient_uri TEXT NOT NULL,
	state TEXT NOT NULL CHECK (
		state = 'pending' OR state = 'waiting' OR state = 'error' OR
		state = 'denied' OR state = 'granted'),
	origin TEXT NOT NULL CHECK (
		origin = 'recipient' OR origin = 'admin' OR
		origin = 'import'),
	evidence TEXT,
	reason TEXT,
	etag TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	asked_at INTEGER NOT NULL,
	ask_due_at INTEGER NOT NULL,
	last_status INTEGER NOT NULL,
	kinds TEXT NOT NULL,
	all_kinds INTEGER NOT NULL, -- 1: denied, and so is every other kind
	-- How long a yes of the recipient lives: 0 as configured, -1 for good.
	term_s INTEGER NOT NULL DEFAULT 0,
	renewal TEXT NOT NULL DEFAULT 'none' CHECK (
		renewal = 'none' OR renewal = 'planned' OR
		renewal = 'asked' OR renewal = 'failed'),
	-- The API token by which an operator recorded a deny that the recipient
	-- told them; NULL: nobody did.
	recorded_by TEXT,
	-- What the recipient saw before they answered; NULL: not known.
	shown_version TEXT,
	shown_language TEXT,
	shown_hash TEXT,
	UNIQUE (recipient, sender, target, kinds),
	CHECK (all_kinds = 0 OR (all_kinds = 1 AND state = 'denied'))
) STRICT;
CREATE INDEX permission_by_sender ON permission (sender);
CREATE INDEX permission_by_target ON permission (target);
CREATE INDEX permission_due ON permission (ask_due_at)
	WHERE state = 'pending';
CREATE INDEX permission_renewal ON permission (ask_due_at)
	WHERE renewal = 'planned';
CREATE INDEX permission_expiry ON permission (expires_at)
	WHERE state = 'granted' AND expires_at > 0;

-- Decisions of a permission that others took the place of.
CREATE TABLE permission_past (
	id INTEGER PRIMARY KEY,
	permission INTEGER NOT NULL
		REFERENCES permission (id) ON DELETE CASCADE,
	state TEXT NOT NULL CHECK (state IN ('denied', 'granted')),
	origin TEXT NOT NULL CHECK (
		origin = 'recipient' OR origin = 'admin' OR
		origin = 'import'),
	evidence TEXT,
	since INTEGER NOT NULL,
	ended_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	kinds TEXT NOT NULL,
	all_kinds INTEGER NOT NULL,
	recorded_by TEXT, -- as in permission, and so are these
	shown_version TEXT,
	shown_language TEXT,
	shown_hash TEXT
) STRICT;
CREATE INDEX permission_past_by_permission ON permission_past (permission);

-- How many denies of recipients a token recorded on its last such day: days
-- since the epoch, UTC.
CREATE TABLE told (
	token TEXT PRIMARY KEY, -- its name
	day INTEGER NOT NULL,
	n INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Grant and deny URIs, pages and chats of questions, by the SHA-256 of their
-- token.
CREATE TABLE token (
	hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
	permission INTEGER NOT NULL
		REFERENCES permission (id) ON DELETE CASCADE,
	kind TEXT NOT NULL CHECK (kind IN ('g', 'd', 'p', 'q')),
	is_secure INTEGER NOT NULL CHECK (is_secure IN (0, 1)),
	retired INTEGER NOT NULL CHECK (retired IN (0, 1)),
	made_at INTEGER NOT NULL,
	all_kinds INTEGER NOT NULL CHECK (all_kinds IN (0, 1)) -- denies all
) STRICT, WITHOUT ROWID;
CREATE INDEX token_by_permission ON token (permission);

-- What may deny of permissions that were removed.  A deny by one still counts: the
-- recipient must not get what is granted for the same three later.
CREATE TABLE removed_deny (
	hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
	sender TEXT NOT NULL,
	target TEXT NOT NULL,
	recipient TEXT NOT NULL,
	recipient_uri TEXT NOT NULL,
	made_at INTEGER NOT NULL, -- when the question was asked
	kinds TEXT NOT NULL,
	all_kinds INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX removed_deny_by_time ON removed_deny (made_at);
CREATE TRIGGER permission_removed BEFORE DELETE ON permission BEGIN
	INSERT OR REPLACE INTO removed_deny
		SELECT hash, OLD.sender, OLD.target, OLD.recipient,
			OLD.recipient_uri, made_at, OLD.kinds, all_kinds
		FROM token WHERE permission = OLD.id AND kind <> 'g';
END;

-- Permission requests of half a year.  They outlive the permission, so that
-- removing and adding it again does not allow another one.
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
	host TEXT NOT NULL    -- of the recipient; '' of an old row
) STRICT;
CREATE INDEX ask_by_recipient ON ask (recipient, kind, asked_at);
CREATE INDEX ask_by_permission ON ask (permission);
CREATE INDEX ask_by_time ON ask (asked_at);
CREATE INDEX ask_by_host ON ask (host, asked_at);
CREATE INDEX ask_by_host_try ON ask (host, tried_at);

-- The networks that questions went to in the last day, each of those that a try
-- went to.
CREATE TABLE ask_network (
	network TEXT NOT NULL, -- /24 or /56
	ask INTEGER NOT NULL,
	asked_at INTEGER NOT NULL, -- the first time
	tried_at INTEGER NOT NULL, -- the last time
	bytes INTEGER NOT NULL,    -- that left for it
	PRIMARY KEY (network, ask)
) STRICT, WITHOUT ROWID;
CREATE INDEX ask_network_by_time ON ask_network (network, asked_at);
CREATE INDEX ask_network_by_try ON ask_network (network, tried_at);

-- What came and left in the last hour, by owner of questions and minute since the
-- epoch: calls that cause questions or notices; questions and notices, each try.
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

-- What people are told that others recorded about them.  It outlives the
-- permission: the same is not told twice.
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

-- Accepted requests until their first tries are over: in by one insert, out by
-- one delete, as fast as requests come.  So nothing refers to a row of it, and
-- it has no index: the writer knows the keys, for each is to be there only once.
CREATE TABLE accepted (
	id INTEGER PRIMARY KEY, -- given by the store, see last_number
	key BLOB NOT NULL CHECK (length(key) = 32),
	sender TEXT NOT NULL,
	target TEXT NOT NULL,
	method TEXT NOT NULL,
	accepted_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	call_id TEXT NOT NULL,
	source TEXT NOT NULL, -- address and port that it came from
	left_out BLOB,        -- recipients without a permission, as in request
	recipients BLOB NOT NULL,
	message BLOB NOT NULL
) STRICT;

-- Accepted requests that wait for another try of some recipients: the rest of
-- their time they are here, under the same id, with settled = 1.  Large columns
-- come last, so that what is looked at is in the first page of the row.
CREATE TABLE journal (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	key BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
	settled INTEGER NOT NULL CHECK (settled IN (0, 1)),
	sender TEXT NOT NULL,
	target TEXT NOT NULL,
	method TEXT NOT NULL,
	accepted_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	recipients BLOB NOT NULL,
	message BLOB NOT NULL
) STRICT;

-- How much of a sender's lies in the journal: bytes.  No row: nothing.
CREATE TABLE waiting (
	sender TEXT PRIMARY KEY,
	bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Recipients of a journal entry that need another try, and those that are over
-- without having got it.
CREATE TABLE delivery (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	journal INTEGER REFERENCES journal (id),
	place INTEGER NOT NULL,
	sender TEXT NOT NULL,
	target TEXT NOT NULL,
	recipient TEXT NOT NULL,
	method TEXT NOT NULL,
	state TEXT NOT NULL CHECK (
		state = 'waiting' OR state = 'failed' OR
		state = 'expired' OR state = 'withdrawn'),
	attempts INTEGER NOT NULL,
	last_status INTEGER NOT NULL,
	since INTEGER NOT NULL,
	next_at INTEGER NOT NULL, -- once over: when the last try was due
	expires_at INTEGER NOT NULL,
	cseq INTEGER NOT NULL, -- of the last request that left; 0: none did
	content INTEGER NOT NULL, -- how it was written: enum body_variant
	large INTEGER NOT NULL CHECK (large IN (0, 1)), -- too much for UDP
	CHECK ((state = 'waiting') = (journal IS NOT NULL))
) STRICT;
CREATE INDEX delivery_due ON delivery (next_at) WHERE state = 'waiting';
CREATE INDEX delivery_over ON delivery (next_at) WHERE state <> 'waiting';
CREATE INDEX delivery_by_journal ON delivery (journal)
	WHERE journal IS NOT NULL;
CREATE INDEX delivery_by_recipient ON delivery (recipient);

-- What became of each request: one row, written in the commit that settles it,
-- under the id that it had among the accepted; of a conference, in the commit
-- that removes its rows.  It has no index but its id: it
-- is read seldom, and written as often as requests come.  All that is looked at
-- first comes before the blob.
CREATE TABLE request (
	id INTEGER PRIMARY KEY,
	call_id TEXT NOT NULL,
	sender TEXT NOT NULL,
	target TEXT NOT NULL,
	source TEXT NOT NULL,
	method TEXT NOT NULL,
	accepted_at INTEGER NOT NULL,
	over_at INTEGER NOT NULL, -- 0: some recipient waits for another try
	status INTEGER NOT NULL,  -- what the sender was answered
	conference TEXT NOT NULL, -- id of the one that it made; "": none
	recipients BLOB NOT NULL  -- packed outcomes (db/requests.c)
) STRICT;

-- What became of a recipient after the first try, in place of what the blob
-- says.  While another try is to come, the row in delivery says it.
CREATE TABLE outcome (
	request INTEGER NOT NULL,
	place INTEGER NOT NULL, -- in the blob
	outcome INTEGER NOT NULL,
	flags INTEGER NOT NULL,
	status INTEGER NOT NULL,
	at_ms INTEGER NOT NULL, -- since accepted_at
	permission INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	PRIMARY KEY (request, place)
) STRICT, WITHOUT ROWID;

-- Sender and recipient accounts; digests, never passwords.
CREATE TABLE account (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	aor TEXT NOT NULL,
	username TEXT NOT NULL,
	digests INTEGER NOT NULL, -- there are: 1 SHA-256, 2 SHA-512-256, 4 MD5
	secrets BLOB NOT NULL,    -- these, sealed
	etag TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	may INTEGER NOT NULL CHECK (may BETWEEN 1 AND 3), -- 1 send, 2 answer
	realm TEXT NOT NULL DEFAULT '' -- that of its digests, as in domain
) STRICT;
CREATE INDEX account_by_aor ON account (aor);
CREATE UNIQUE INDEX account_by_name ON account (realm, username);

-- Digests as an older version wrote them, until the start seals them.
CREATE TABLE account_plain (
	account INTEGER PRIMARY KEY,
	ha1_sha256 TEXT,
	ha1_md5 TEXT
) STRICT;

-- A hash by the key file, to tell it from another one.
CREATE TABLE key_file (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	proof BLOB NOT NULL CHECK (length(proof) = 32)
) STRICT;

-- Requests to the API that are to run once, and their answers, for a day.
CREATE TABLE idempotency (
	token TEXT NOT NULL, -- the name of the bearer token
	key TEXT NOT NULL,
	hash BLOB NOT NULL CHECK (length(hash) = 32), -- of the request
	made_at INTEGER NOT NULL,
	status INTEGER NOT NULL, -- 0: not answered yet
	bytes INTEGER NOT NULL,  -- that this row counts
	location TEXT,
	etag TEXT,
	content BLOB,
	UNIQUE (token, key)
) STRICT;
CREATE INDEX idempotency_by_time ON idempotency (made_at);
-- How many rows a token has there, and what they count together.
CREATE TABLE idempotency_use (
	token TEXT PRIMARY KEY,
	n INTEGER NOT NULL,
	bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER idempotency_added AFTER INSERT ON idempotency BEGIN
	INSERT INTO idempotency_use VALUES (NEW.token, 1, NEW.bytes)
		ON CONFLICT (token) DO UPDATE
		SET n = n + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER idempotency_answered AFTER UPDATE OF bytes ON idempotency BEGIN
	UPDATE idempotency_use SET bytes = bytes + NEW.bytes - OLD.bytes
		WHERE token = NEW.token;
END;
CREATE TRIGGER idempotency_removed AFTER DELETE ON idempotency BEGIN
	UPDATE idempotency_use SET n = n - 1, bytes = bytes - OLD.bytes
		WHERE token = OLD.token;
	DELETE FROM idempotency_use WHERE token = OLD.token AND n <= 0;
END;

-- Conferences that are not over: what is needed to say after a crash what they
-- were.
CREATE TABLE conference (
	id TEXT PRIMARY KEY CHECK (length(id) = 16),
	service TEXT NOT NULL,
	sender TEXT NOT NULL,
	subject TEXT,
	created_at INTEGER NOT NULL,
	call_id TEXT NOT NULL, -- of the INVITE that made it; "": REST did
	source TEXT NOT NULL,  -- that it came from
	is_recorded INTEGER NOT NULL CHECK (is_recorded IN (0, 1)) -- in request
) STRICT, WITHOUT ROWID;

-- Their calls, and who waits to be called: what is needed to end a call that a
-- crash has left (RFC 3261 sections 9.1 and 15).
CREATE TABLE session (
	conference TEXT NOT NULL
		REFERENCES conference (id) ON DELETE CASCADE,
	party INTEGER NOT NULL,
	party_uri TEXT NOT NULL,
	is_theirs INTEGER NOT NULL CHECK (is_theirs IN (0, 1)),
	state TEXT NOT NULL CHECK (
		state = 'queued' OR state = 'inviting' OR
		state = 'confirmed'),
	call_id TEXT NOT NULL,
	local_tag TEXT NOT NULL,
	remote_tag TEXT NOT NULL,
	local_uri TEXT NOT NULL,  -- name-addr, as the next
	remote_uri TEXT NOT NULL,
	request_uri TEXT NOT NULL,
	target TEXT NOT NULL,     -- remote target, or request_uri
	routes BLOB NOT NULL,     -- whole header lines
	branch TEXT NOT NULL,     -- of our INVITE, for CANCEL
	hop TEXT NOT NULL,        -- that it was sent to
	cseq INTEGER NOT NULL,
	invite_cseq INTEGER NOT NULL,
	since INTEGER NOT NULL,
	PRIMARY KEY (conference, party)
) STRICT, WITHOUT ROWID;

-- What happened to permissions, lists and accounts, in order: each row is written
-- with its change.
CREATE TABLE change_log (
	id INTEGER PRIMARY KEY, -- rises by one, see last_number
	at INTEGER NOT NULL,
	noun TEXT NOT NULL CHECK (
		noun = 'permission' OR noun = 'list' OR noun = 'account'),
	kind TEXT NOT NULL CHECK (
		kind = 'added' OR kind = 'asked' OR kind = 'granted' OR
		kind = 'denied' OR kind = 'error' OR kind = 'expired' OR
		kind = 'removed' OR kind = 'changed' OR kind = 'dropped'),
	subject INTEGER NOT NULL, -- id of the row that changed; it may be gone
	sender TEXT, -- from here on of a permission, as it became
	target TEXT,
	recipient TEXT,
	origin TEXT,
	expires_at INTEGER,
	kinds TEXT,
	all_kinds INTEGER,
	CHECK (noun <> 'permission' OR (sender IS NOT NULL AND
		target IS NOT NULL AND recipient IS NOT NULL AND
		origin IS NOT NULL AND expires_at IS NOT NULL AND
		kinds IS NOT NULL AND all_kinds IS NOT NULL))
) STRICT;
-- Who reads the log across restarts, and up to which row they have.
CREATE TABLE change_cursor (
	name TEXT PRIMARY KEY,
	change INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Grants that ended up to this one, by instant and id, were logged.
CREATE TABLE ended (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	expires_at INTEGER NOT NULL,
	permission INTEGER NOT NULL
) STRICT;
INSERT INTO ended VALUES (1, 0, 0);

-- Stored lists (RFC 4826).  Who is in one is asked, and gets what is sent to its
-- URI once they granted it: that stands in permission, and nowhere here.
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

-- What is in lists, a tree: recipients, lists inside, and references to entries
-- of other lists of the same owner.
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

-- Batches of an import, and what each did to its recipients.
CREATE TABLE import (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	mode TEXT NOT NULL CHECK (
		mode = 'ask' OR mode = 'granted' OR mode = 'stop'),
	sender TEXT, -- scope; NULL: as the list asks, of a stop list anybody
	target TEXT NOT NULL,
	list TEXT,        -- its name, where the target is a stored list
	request_key TEXT, -- the Idempotency-Key that it came with
	created_at INTEGER NOT NULL,
	taken_back_at INTEGER NOT NULL, -- 0: it was not
	n_lines INTEGER NOT NULL,
	n_skipped INTEGER NOT NULL -- left out: a deny stands
) STRICT;
CREATE INDEX import_by_key ON import (request_key)
	WHERE request_key IS NOT NULL;
CREATE TABLE import_line (
	import INTEGER NOT NULL REFERENCES import (id) ON DELETE CASCADE,
	line INTEGER NOT NULL,       -- where it stood in what was imported
	permission INTEGER NOT NULL, -- it may be gone
	entry INTEGER NOT NULL,      -- that it added to the list; 0: none
	outcome TEXT NOT NULL CHECK (
		outcome = 'asked' OR outcome = 'granted' OR
		outcome = 'renewed' OR outcome = 'stopped' OR
		outcome = 'unchanged' OR
		outcome = 'taken-back' OR outcome = 'left'),
	PRIMARY KEY (import, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_line_by_permission ON import_line (permission);
