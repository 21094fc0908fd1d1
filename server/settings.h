/*
 * settings -- the table of all settings, and how one value is read.
 */
#ifndef VOLENS_SERVER_SETTINGS_H
#define VOLENS_SERVER_SETTINGS_H

#include "server/base/view.h"
#include "server/config.h"

enum setting_type {
	SETTING_TEXT,	 /**< const char *; min and max are bytes */
	SETTING_WORD,	 /**< int64_t: place in words */
	SETTING_YESNO,	 /**< int64_t: 0 or 1 */
	SETTING_NUMBER,	 /**< int64_t; words[0], if any, may stand for
			      SETTING_AUTO */
	SETTING_SECONDS, /**< int64_t; s, m, h, d may follow */
	SETTING_BYTES,	 /**< int64_t; KiB, MiB, GiB may follow */
	SETTING_TEXTS,	 /**< struct strings; min and max are how many */
	SETTING_PAUSES	 /**< struct numbers of seconds, ascending; min and max
			      are of each */
};

#define SETTING_AUTO (-1) /**< the relay finds a number by itself */

struct setting {
	const char *section; /**< "" at the top */
	const char *name;
	enum setting_type type;
	const char *fallback; /**< default, as text; items apart by ", " */
	int64_t min, max;
	const char *words[5];
	/** NULL, or says what is wrong with a value; NULL when nothing is. */
	const char *(*check)(const char *value);
	size_t offset; /**< in struct config, service_config or trust_config */
	const char *doc;
};

struct section {
	const char *name;
	int is_titled; /**< 1: section "title" { ... }, as often as needed */
	const char *doc;
};

extern const struct setting settings[];
extern const size_t n_settings;
extern const struct section sections[];
extern const size_t n_sections;

/** NULL: no such setting. */
const struct setting *setting_find(const char *section, const char *name);
/** The name of this section, or of a section, that is most like @p name. */
const char *setting_nearest(const char *section, const char *name);
bool setting_is_list(const struct setting *setting);

/** Read one value (of a list: one item).  @p ret_problem, in the arena, says
 *  what is wrong with it.  Numbers, words and yes or no go to @p ret. */
enum err setting_parse(const struct setting *setting, struct arena *arena,
		       const char *value, int64_t *ret,
		       const char **ret_problem) MUST_CHECK;
/** Put values into their place in @p base (struct config or a part); each was
 *  parsed before.  @p n is 1 but for lists. */
void setting_store(const struct setting *setting, struct arena *arena,
		   void *base, const char *const *values, size_t n);
/** The same with the default. */
void setting_store_fallback(const struct setting *setting, struct arena *arena,
			    void *base);

/** A number with its unit, as it may stand in the file: 600 -> "10m". */
const char *setting_format(const struct setting *setting, struct arena *arena,
			   int64_t value);

#endif
