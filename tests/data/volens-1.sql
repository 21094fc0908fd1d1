-- A file of schema 1, as the relay that had it wrote it: one message waits for
-- another try.  Only the end of its life was put off, to 2100.
CREATE TABLE relay (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	newest_at INTEGER NOT NULL, -- the latest instant a sweep has seen
	probes INTEGER NOT NULL     -- commits made to see whether they work
) STRICT;
INSERT INTO relay VALUES(1,1796082431,0);
CREATE TABLE permission (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	sender TEXT NOT NULL,
	target TEXT NOT NULL,
	recipient TEXT NOT NULL,
	recipient_uri TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN
		('pending', 'waiting', 'error', 'denied', 'granted')),
	origin TEXT NOT NULL CHECK (origin IN
		('recipient', 'admin', 'import')),
	evidence TEXT,
	reason TEXT,
	etag TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	asked_at INTEGER NOT NULL,
	ask_due_at INTEGER NOT NULL,
	last_status INTEGER NOT NULL,
	UNIQUE (recipient, sender, target)
) STRICT;
INSERT INTO permission VALUES(1,'sip:nora@127.255.1.1','sip:lists@127.255.1.1','sip:omar@127.255.1.9','sip:omar@127.255.1.9','granted','admin','test',NULL,'c00d5ef8c0b866c3',1796082431,1796082431,0,0,0,0);
INSERT INTO permission VALUES(2,'sip:nora@127.255.1.1','sip:lists@127.255.1.1','sip:mallory@127.255.1.9','sip:mallory@127.255.1.9','denied','admin',NULL,NULL,'9b0ce5bdef76aca8',1796082431,1796082431,0,0,0,0);
CREATE TABLE token (
	hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
	permission INTEGER NOT NULL
		REFERENCES permission (id) ON DELETE CASCADE,
	kind TEXT NOT NULL CHECK (kind IN ('g', 'd')),
	is_secure INTEGER NOT NULL CHECK (is_secure IN (0, 1)),
	retired INTEGER NOT NULL CHECK (retired IN (0, 1)),
	made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE ask (
	id INTEGER PRIMARY KEY,
	recipient TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('added', 'trigger')),
	asked_at INTEGER NOT NULL
) STRICT;
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
INSERT INTO journal VALUES(1,X'9e3b5745e825bdf4904a5a602bec16d8df6e370666086a6d27de4eafcf03d31c',1,'sip:nora@127.255.1.1','sip:lists@127.255.1.1','MESSAGE',1796082431,4102444800,X'0100000001000000147369703a6f6d6172403132372e3235352e312e3900ffffffff',X'0100000010a654a9ecbe68859f69267e928229d64700000000074d45535341474500000000157369703a6c69737473403132372e3235352e312e3100000000163c7369703a6e6f7261403132372e3235352e312e313e0000000010363065333432376265636266343938370000000045000000010000003c0000000001000000147369703a6e6f7261403132372e3235352e312e3100ffffffffffffffff0000002d502d41737365727465642d4964656e746974793a203c7369703a6e6f7261403132372e3235352e312e313e0d0a000000001a436f6e74656e742d547970653a20746578742f706c61696e0d0a000000001c7772697474656e20746f207468652066697273742076657273696f6e00ffffffffffffffff');
CREATE TABLE delivery (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	journal INTEGER REFERENCES journal (id),
	place INTEGER NOT NULL,
	sender TEXT NOT NULL,
	target TEXT NOT NULL,
	recipient TEXT NOT NULL,
	method TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN
		('waiting', 'failed', 'expired', 'withdrawn')),
	attempts INTEGER NOT NULL,
	last_status INTEGER NOT NULL,
	since INTEGER NOT NULL,
	next_at INTEGER NOT NULL, -- once over: when the last try was due
	expires_at INTEGER NOT NULL,
	CHECK ((state = 'waiting') = (journal IS NOT NULL))
) STRICT;
INSERT INTO delivery VALUES(1,1,0,'sip:nora@127.255.1.1','sip:lists@127.255.1.1','sip:omar@127.255.1.9','MESSAGE','waiting',1,480,1796082431,1796082460,4102444800);
CREATE TABLE user (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	aor TEXT NOT NULL,
	username TEXT NOT NULL UNIQUE,
	ha1_sha256 TEXT,
	ha1_md5 TEXT,
	etag TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL
) STRICT;
INSERT INTO user VALUES(1,'sip:nora@127.255.1.1','nora','56ebbb808f422ac3c4a13c12d28eec4c8cd8f950225adc4a4ff31f2fdb3564d2',NULL,'146775b9d7fdc30d',1796082431,1796082431);
CREATE INDEX permission_by_sender ON permission (sender);
CREATE INDEX permission_by_target ON permission (target);
CREATE INDEX permission_due ON permission (ask_due_at)
	WHERE state = 'pending';
CREATE INDEX permission_expiry ON permission (expires_at)
	WHERE state = 'granted' AND expires_at > 0;
CREATE INDEX token_by_permission ON token (permission);
CREATE INDEX ask_by_recipient ON ask (recipient, kind, asked_at);
CREATE INDEX ask_by_time ON ask (asked_at);
CREATE INDEX journal_unsettled ON journal (id) WHERE settled = 0;
CREATE INDEX delivery_due ON delivery (next_at) WHERE state = 'waiting';
CREATE INDEX delivery_over ON delivery (next_at) WHERE state <> 'waiting';
CREATE INDEX delivery_by_journal ON delivery (journal)
	WHERE journal IS NOT NULL;
CREATE INDEX delivery_by_recipient ON delivery (recipient);
CREATE INDEX user_by_aor ON user (aor);
INSERT INTO sqlite_sequence VALUES('user',1);
INSERT INTO sqlite_sequence VALUES('permission',2);
INSERT INTO sqlite_sequence VALUES('journal',1);
INSERT INTO sqlite_sequence VALUES('delivery',1);
PRAGMA application_id = 1449946702;
PRAGMA user_version = 1;
