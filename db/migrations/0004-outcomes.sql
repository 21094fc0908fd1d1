-- What became of each recipient of a request, and what accounts may do.
PRAGMA user_version = 4;
