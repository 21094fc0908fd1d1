/*
 * commits -- how many denies a second bare SQLite can make durable, in groups
 * of a given size: the row of the permission, and its grant tokens retired.
 * One thread, no SIP, nothing looked up; WAL and synchronous=FULL, as the
 * relay.
 *
 *   commits FILE FIRST-ID GROUP SECONDS
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/wire.h"

#define CHECKPOINT_PAGES 4000

static sqlite3 *db;
static int wal_pages;

static void check(int code)
{
	if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
		return;
	fprintf(stderr, "commits: %s\n", sqlite3_errmsg(db));
	exit(1);
}

static sqlite3_stmt *prepare(const char *sql)
{
	sqlite3_stmt *statement;

	check(sqlite3_prepare_v2(db, sql, -1, &statement, NULL));
	return statement;
}

static void run(sqlite3_stmt *statement, sqlite3_int64 id)
{
	if (id)
		check(sqlite3_bind_int64(statement, 1, id));
	check(sqlite3_step(statement));
	check(sqlite3_reset(statement));
}

static int count_pages(void *arg, sqlite3 *which, const char *name, int pages)
{
	(void)arg;
	(void)which;
	(void)name;
	wal_pages = pages;
	return SQLITE_OK;
}

int main(int argc, char **argv)
{
	sqlite3_stmt *begin, *commit, *deny, *retire;
	sqlite3_int64 id;
	long group, done = 0;
	int64_t begin_ns, end_ns;

	if (argc != 5) {
		fprintf(stderr, "usage: commits FILE FIRST-ID GROUP SECONDS\n");
		return 2;
	}
	id = strtoll(argv[2], NULL, 10);
	group = strtol(argv[3], NULL, 10);
	check(sqlite3_open(argv[1], &db));
	check(sqlite3_exec(db,
			   "PRAGMA journal_mode = WAL; PRAGMA synchronous = "
			   "FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA "
			   "cache_size = -16384; PRAGMA foreign_keys = ON;",
			   NULL, NULL, NULL));
	sqlite3_wal_hook(db, count_pages, NULL);
	begin = prepare("BEGIN IMMEDIATE");
	commit = prepare("COMMIT");
	deny = prepare("UPDATE permission SET state = 'denied', origin = "
		       "'recipient', etag = lower(hex(randomblob(8))), "
		       "changed_at = changed_at + 1 WHERE id = ?");
	retire = prepare("UPDATE token SET retired = 1 WHERE permission = ? "
			 "AND kind = 'g' AND retired = 0");
	begin_ns = now_ns();
	end_ns = begin_ns + (int64_t)(strtod(argv[4], NULL) * 1e9);
	while (now_ns() < end_ns) {
		run(begin, 0);
		for (long i = 0; i < group; i++, id++, done++) {
			run(deny, id);
			run(retire, id);
		}
		run(commit, 0);
		if (wal_pages < CHECKPOINT_PAGES)
			continue;
		check(sqlite3_wal_checkpoint_v2(
			db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL));
		wal_pages = 0;
	}
	printf("{\"denies\":%ld,\"group\":%ld,\"denies_per_s\":%.1f,"
	       "\"next\":%lld,\"void\":false}\n",
	       done, group, (double)done * 1e9 / (double)(now_ns() - begin_ns),
	       (long long)id);
	return 0;
}
