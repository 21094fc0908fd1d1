/* Which version a file has, and the steps from it to ours. */
#include "db/schema.h"
#include "db/sqlite_private.h"
#include "db/transaction.h"

int64_t schema_newest(void)
{
	int64_t version = 1;

	for (size_t i = 0; schema_steps[i]; i++)
		version++;
	return version;
}

enum err sqlite_read_version(struct store *store, int64_t *ret)
{
	int64_t application = 0, version = 0, tables = 0;
	enum err err;

	err = store_read_number(store, "PRAGMA application_id", &application);
	if (err == ERR_OK)
		err = store_read_number(store, "PRAGMA user_version", &version);
	if (err == ERR_OK)
		err = store_read_number(
			store, "SELECT count(*) FROM sqlite_schema", &tables);
	if (err != ERR_OK)
		return err;
	if (application == 0 && version == 0 && tables == 0) {
		*ret = 0;
		return ERR_OK;
	}
	if (application != APPLICATION_ID || version < 1) {
		store_explain(store, "it is a database of another program");
		return ERR_UNSUPPORTED;
	}
	if (version > schema_newest()) {
		store_explain(store,
			      "it is a database of a newer version of volens "
			      "(schema %lld; this one knows %lld)",
			      (long long)version, (long long)schema_newest());
		return ERR_UNSUPPORTED;
	}
	*ret = version;
	return ERR_OK;
}

static enum err apply_steps(struct store *store, int64_t version)
{
	enum err err = ERR_OK;

	if (version == 0)
		return sqlite_run_text(store, schema_sql);
	for (int64_t i = version - 1; err == ERR_OK && schema_steps[i]; i++)
		err = sqlite_run_text(store, schema_steps[i]);
	return err;
}

enum err sqlite_migrate(struct store *store)
{
	int64_t version = 0;
	enum err err = transaction_begin(store);

	if (err != ERR_OK)
		return err;
	err = sqlite_read_version(store, &version);
	if (err == ERR_OK && version < schema_newest())
		err = apply_steps(store, version);
	return transaction_end(store, err);
}
