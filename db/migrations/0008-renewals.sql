-- How long a yes lives, and whether its renewal was asked.  Grants that end are
-- asked about in the 14 days before that, spread over the first half of them.
ALTER TABLE permission ADD COLUMN term_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE permission ADD COLUMN
	renewal TEXT NOT NULL DEFAULT 'none' CHECK (
		renewal = 'none' OR renewal = 'planned' OR
		renewal = 'asked' OR renewal = 'failed');
UPDATE permission SET renewal = 'planned', ask_due_at = expires_at -
		min(1209600, (expires_at - changed_at) / 2) +
		(id * 86477) % (min(604800, (expires_at - changed_at) / 4) + 1)
	WHERE state = 'granted' AND expires_at > 0 AND
		expires_at - changed_at >= 604800;
CREATE INDEX permission_renewal ON permission (ask_due_at)
	WHERE renewal = 'planned';
PRAGMA user_version = 8;
