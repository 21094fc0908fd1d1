#include "server/config.h"

#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/domains.h"
#include "server/base/log.h"
#include "server/base/text.h"
#include "server/config_blocks.h"
#include "server/config_titled.h"
#include "server/config_wording.h"
#include "server/settings.h"
#include "server/settings_check.h"

/** A flag of ours on an option: it has been set before. */
#define FLAG_SEEN (1 << 24)
#define FILE_MAX (1 << 20) /* bytes of a configuration file */

/* ---- the file's grammar, from the table
 * --------------------------------------- */

/** libconfuse calls the file itself "root". */
static const char *section_name(const cfg_t *cfg)
{
	if (strcmp(cfg->name, DOMAIN_BLOCK) == 0)
		return "domain";
	return strcmp(cfg->name, "root") == 0 ? "" : cfg->name;
}

/** And a block `domain` has another name for it than the setting. */
static const char *parser_name(const struct section *section)
{
	return strcmp(section->name, "domain") == 0 ? DOMAIN_BLOCK
						    : section->name;
}

/** Called for each value, before it is kept: all are texts to libconfuse. */
static int value_read(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *ret)
{
	const struct setting *setting =
		setting_find(section_name(cfg), opt->name);
	struct arena *arena;
	const char *problem;
	int64_t number;
	enum err err;

	/* A second assignment begins with its first value again. */
	if ((opt->flags & FLAG_SEEN) && opt->nvalues <= 1) {
		cfg_error(cfg, "%s is set twice", opt->name);
		return -1;
	}
	opt->flags |= FLAG_SEEN;
	arena = arena_new(0);
	err = setting_parse(setting, arena, value, &number, &problem);
	if (err)
		cfg_error(cfg, "%s = %s %s", opt->name, log_text(value),
			  problem);
	arena_free(arena);
	if (err)
		return -1;
	*(const char **)ret = value;
	return 0;
}

static size_t section_size(const char *section)
{
	size_t n = 0;

	for (size_t i = 0; i < n_settings; i++)
		n += strcmp(settings[i].section, section) == 0;
	return n;
}

/** Options of one section, with room for @p more and the end. */
static cfg_opt_t *options_new(struct arena *arena, const char *section,
			      size_t more, size_t *ret_n)
{
	cfg_opt_t *opts = arena_array(arena, section_size(section) + more + 1,
				      sizeof(*opts));
	size_t n = 0;

	for (size_t i = 0; i < n_settings; i++) {
		const struct setting *setting = &settings[i];

		if (strcmp(setting->section, section) != 0)
			continue;
		if (setting_is_list(setting))
			opts[n++] = (cfg_opt_t)CFG_STR_LIST_CB(
				setting->name, NULL, CFGF_NODEFAULT,
				value_read);
		else
			opts[n++] = (cfg_opt_t)CFG_STR_CB(setting->name, NULL,
							  CFGF_NODEFAULT,
							  value_read);
	}
	*ret_n = n;
	opts[n] = (cfg_opt_t)CFG_END();
	return opts;
}

static cfg_opt_t *grammar_new(struct arena *arena)
{
	size_t n, n_sub;
	cfg_opt_t *opts = options_new(arena, "", n_sections, &n);

	for (size_t i = 0; i < n_sections; i++) {
		const struct section *section = &sections[i];
		cfg_flag_t flags =
			section->is_titled
				? CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES
				: CFGF_NONE;

		opts[n++] = (cfg_opt_t)CFG_SEC(
			parser_name(section),
			options_new(arena, section->name, 0, &n_sub), flags);
	}
	opts[n] = (cfg_opt_t)CFG_END();
	return opts;
}

/* ---- what is wrong
 * --------------------------------------------------------------- */

/** `file:line: reason`, and the nearest name where one is not known. */
static void problem_report(cfg_t *cfg, const char *format, va_list list)
	__attribute__((format(printf, 2, 0)));

static void problem_report(cfg_t *cfg, const char *format, va_list list)
{
	static const char unknown[] = "no such option '";
	char text[512];
	char *name, *end;

	vsnprintf(text, sizeof(text), format, list);
	fprintf(stderr, "%s:%d: ", cfg->filename, cfg->line);
	name = text + sizeof(unknown) - 1;
	if (strncmp(text, unknown, sizeof(unknown) - 1) != 0 ||
	    !(end = strchr(name, '\''))) {
		fprintf(stderr, "%s\n", text);
		return;
	}
	*end = '\0';
	fprintf(stderr, "unknown setting %s", log_text(name));
	if (*section_name(cfg))
		fprintf(stderr, " in %s", section_name(cfg));
	fprintf(stderr, "; did you mean %s?\n",
		setting_nearest(section_name(cfg), name));
}

enum err config_complain(const char *path, const char *setting,
			 const char *problem)
{
	fprintf(stderr, "%s: %s %s\n", path, setting, problem);
	return ERR_SYNTAX;
}

/* ---- from the file to the struct
 * --------------------------------------------------- */

static enum err check_list(const char *path, const struct setting *setting,
			   cfg_opt_t *opt, struct arena *arena)
{
	int64_t n = cfg_opt_size(opt), last = -1, pause;
	const char *problem;

	if (setting->type == SETTING_TEXTS &&
	    (n < setting->min || n > setting->max))
		return config_complain(
			path, setting->name,
			arena_printf(arena,
				     "has %lld items; %lld to %lld "
				     "are allowed",
				     (long long)n, (long long)setting->min,
				     (long long)setting->max));
	if (setting->type == SETTING_TEXTS)
		return ERR_OK;
	if (n < 1 || n > 16)
		return config_complain(path, setting->name,
				       "needs 1 to 16 items");
	for (unsigned i = 0; i < n; i++) {
		if (setting_parse(setting, arena, cfg_opt_getnstr(opt, i),
				  &pause, &problem) ||
		    pause < last)
			return config_complain(path, setting->name,
					       "must not fall");
		last = pause;
	}
	return ERR_OK;
}

/** All settings of one section into @p base; @p cfg NULL: the defaults. */
enum err config_section_store(const char *path, const char *section, cfg_t *cfg,
			      struct arena *arena, void *base)
{
	for (size_t i = 0; i < n_settings; i++) {
		const struct setting *setting = &settings[i];
		cfg_opt_t *opt;
		const char **values;
		size_t n;
		enum err err;

		if (strcmp(setting->section, section) != 0)
			continue;
		opt = cfg ? cfg_getopt(cfg, setting->name) : NULL;
		if (!opt ||
		    (cfg_opt_size(opt) == 0 && !(opt->flags & CFGF_MODIFIED))) {
			setting_store_fallback(setting, arena, base);
			continue;
		}
		n = cfg_opt_size(opt);
		if (setting_is_list(setting)) {
			err = check_list(path, setting, opt, arena);
			if (err)
				return err;
		}
		values = arena_array(arena, n + 1, sizeof(*values));
		for (unsigned j = 0; j < n; j++)
			values[j] = cfg_opt_getnstr(opt, j);
		setting_store(setting, arena, base, values, n);
	}
	return ERR_OK;
}

static enum err config_store(const char *path, cfg_t *cfg,
			     struct config *config)
{
	enum err err =
		config_section_store(path, "", cfg, config->arena, config);

	for (size_t i = 0; i < n_sections && !err; i++) {
		if (!sections[i].is_titled)
			err = config_section_store(
				path, sections[i].name,
				cfg ? cfg_getsec(cfg, sections[i].name) : NULL,
				config->arena, config);
	}
	return err ? err : config_titled_store(path, cfg, config);
}

/** libconfuse ends the process when it is given a directory to read, and reads
 * a device or a pipe for as long as something comes. */
static enum err check_file(const char *path)
{
	struct stat status;

	if (stat(path, &status) || access(path, R_OK)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return ERR_IO;
	}
	if (S_ISREG(status.st_mode) && status.st_size <= FILE_MAX)
		return ERR_OK;
	fprintf(stderr, "%s: %s\n", path,
		S_ISDIR(status.st_mode)	  ? "is a directory"
		: S_ISREG(status.st_mode) ? "is longer than 1 MiB"
					  : "is no regular file");
	return ERR_IO;
}

static enum err file_parse(const char *path, const struct text *text,
			   cfg_t *cfg)
{
	FILE *file = fmemopen(text->at, text->len, "r");
	int code;

	if (!file)
		err_fatal("no memory for the configuration");
	cfg->filename = mem_strdup(path);
	code = cfg_parse_fp(cfg, file);
	fclose(file);
	return code == CFG_SUCCESS ? ERR_OK : ERR_SYNTAX; /* it was told */
}

static void problem_ignore(cfg_t *cfg, const char *format, va_list list)
	__attribute__((format(printf, 2, 0)));

static void problem_ignore(cfg_t *cfg, const char *format, va_list list)
{
	(void)cfg;
	(void)format;
	(void)list;
}

/**
 * A file that was cut off must not pass: libconfuse takes one that ends inside
 * a section.  So to what it took, one more closing brace has to be one too
 * many.
 */
static enum err check_closed(const char *path, struct text *text,
			     struct arena *arena)
{
	cfg_t *cfg = cfg_init(grammar_new(arena), CFGF_NONE);
	bool is_open;

	if (!cfg)
		err_fatal("no memory for the configuration");
	text_add(text, "}\n");
	cfg_set_error_function(cfg, problem_ignore);
	is_open = cfg_parse_buf(cfg, text->at) == CFG_SUCCESS;
	cfg_free(cfg);
	if (!is_open)
		return ERR_OK;
	return config_complain(path, "ends",
			       "inside a section: a } is missing");
}

/** Sections that stand there once are made before the file is known. */
static void name_sections(cfg_t *cfg, const char *path)
{
	for (size_t i = 0; i < n_sections; i++) {
		if (!sections[i].is_titled)
			cfg_getsec(cfg, sections[i].name)->filename =
				mem_strdup(path);
	}
}

static enum err file_load(const char *path, struct config *config)
{
	enum err err = check_file(path);
	struct text text;
	cfg_t *cfg;

	if (err)
		return err;
	cfg = cfg_init(grammar_new(config->arena), CFGF_NONE);
	if (!cfg)
		err_fatal("no memory for the configuration");
	cfg_set_error_function(cfg, problem_report);
	name_sections(cfg, path);
	text_init(&text, config->arena);
	err = config_read(path, &text);
	if (!err)
		err = file_parse(path, &text, cfg);
	if (!err)
		err = check_closed(path, &text, config->arena);
	if (!err)
		err = config_store(path, cfg, config);
	cfg_free(cfg);
	return err;
}

enum err config_load(const char *path, struct config **ret)
{
	struct arena *arena = arena_new(0);
	struct config *config = arena_alloc(arena, sizeof(*config));
	enum err err;

	config->arena = arena;
	err = path ? file_load(path, config) : config_store("", NULL, config);
	if (!err)
		err = config_load_wording(path ? path : "", config);
	if (err) {
		arena_free(arena);
		return err;
	}
	*ret = config;
	return ERR_OK;
}

void config_free(struct config *config)
{
	if (config)
		arena_free(config->arena);
}
