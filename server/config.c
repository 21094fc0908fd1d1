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
#include "server/config_wording.h"
#include "server/settings.h"
#include "server/settings_check.h"

/** A flag of ours on an option: it has been set before. */
#define FLAG_SEEN (1 << 24)
#define SERVICE_NAME_MAX 64
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

static enum err complain(const char *path, const char *setting,
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
		return complain(path, setting->name,
				arena_printf(arena,
					     "has %lld items; %lld to %lld "
					     "are allowed",
					     (long long)n,
					     (long long)setting->min,
					     (long long)setting->max));
	if (setting->type == SETTING_TEXTS)
		return ERR_OK;
	if (n < 1 || n > 16)
		return complain(path, setting->name, "needs 1 to 16 items");
	for (unsigned i = 0; i < n; i++) {
		if (setting_parse(setting, arena, cfg_opt_getnstr(opt, i),
				  &pause, &problem) ||
		    pause < last)
			return complain(path, setting->name, "must not fall");
		last = pause;
	}
	return ERR_OK;
}

/** All settings of one section into @p base; @p cfg NULL: the defaults. */
static enum err section_store(const char *path, const char *section, cfg_t *cfg,
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

/** A user part that needs no escapes and is no consent URI's. */
static bool is_service_name(const char *name)
{
	static const char fine[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
	size_t len = strlen(name);

	if (len == 0 || len > SERVICE_NAME_MAX || strspn(name, fine) != len)
		return false;
	return !(strchr("gdt", name[0]) && name[1] == '-');
}

static enum err domains_store(const char *path, cfg_t *cfg,
			      struct config *config)
{
	unsigned n = cfg ? cfg_size(cfg, DOMAIN_BLOCK) : 0;
	enum err err = ERR_OK;

	if (n > DOMAINS_MAX)
		return complain(path, "domain",
				"has more blocks than 100, which is the most");
	config->n_domains = n;
	config->domains =
		arena_array(config->arena, n + 1, sizeof(*config->domains));
	for (unsigned i = 0; i < n && !err; i++) {
		cfg_t *section = cfg_getnsec(cfg, DOMAIN_BLOCK, i);
		struct domain_config *domain = &config->domains[i];
		const char *problem;

		domain->name = arena_strdup(config->arena, cfg_title(section));
		err = section_store(path, "domain", section, config->arena,
				    domain);
		problem = err ? NULL : config_domain_problem(config, domain);
		if (problem)
			err = complain(arena_printf(config->arena, "%s:%d",
						    path, section->line),
				       arena_printf(config->arena, "domain %s",
						    log_text(domain->name)),
				       problem);
	}
	return err;
}

static enum err services_store(const char *path, cfg_t *cfg,
			       struct config *config)
{
	unsigned n = cfg ? cfg_size(cfg, "service") : 0;
	enum err err = ERR_OK;

	config->n_services = n ? n : 1;
	config->services = arena_array(config->arena, config->n_services,
				       sizeof(*config->services));
	if (n == 0) {
		config->services[0].name = "lists";
		return section_store(path, "service", NULL, config->arena,
				     &config->services[0]);
	}
	for (unsigned i = 0; i < n && !err; i++) {
		cfg_t *section = cfg_getnsec(cfg, "service", i);
		const char *name = cfg_title(section);

		if (!is_service_name(name))
			return complain(arena_printf(config->arena, "%s:%d",
						     path, section->line),
					arena_printf(config->arena,
						     "service %s",
						     log_text(name)),
					"has a title that is not of a-z 0-9 - "
					"_ . (and not g-, d-, t-)");
		config->services[i].name = arena_strdup(config->arena, name);
		err = section_store(path, "service", section, config->arena,
				    &config->services[i]);
		if (!err &&
		    !config_has_domains(config, &config->services[i].domains))
			err = complain(path, log_text(name),
				       "is a service of a domain that is "
				       "neither `domain` nor a block of it");
	}
	return err;
}

static enum err certificates_store(const char *path, cfg_t *cfg,
				   struct config *config)
{
	unsigned n = cfg ? cfg_size(cfg, "tls-certificate") : 0;
	enum err err = ERR_OK;

	config->n_certificates = n;
	config->certificates = arena_array(config->arena, n + 1,
					   sizeof(*config->certificates));
	for (unsigned i = 0; i < n && !err; i++) {
		cfg_t *section = cfg_getnsec(cfg, "tls-certificate", i);

		config->certificates[i].name =
			arena_strdup(config->arena, cfg_title(section));
		err = section_store(path, "tls-certificate", section,
				    config->arena, &config->certificates[i]);
	}
	return err;
}

static enum err trust_store(const char *path, cfg_t *cfg, struct config *config)
{
	unsigned n = cfg ? cfg_size(cfg, "trust-domain") : 0;
	enum err err = ERR_OK;

	config->n_trust = n;
	config->trust =
		arena_array(config->arena, n + 1, sizeof(*config->trust));
	for (unsigned i = 0; i < n && !err; i++) {
		cfg_t *section = cfg_getnsec(cfg, "trust-domain", i);

		config->trust[i].name =
			arena_strdup(config->arena, cfg_title(section));
		err = section_store(path, "trust-domain", section,
				    config->arena, &config->trust[i]);
		if (!err && !config->trust[i].peers.n &&
		    !config->trust[i].names.n)
			err = complain(
				arena_printf(config->arena, "%s:%d", path,
					     section->line),
				arena_printf(config->arena, "trust-domain %s",
					     log_text(config->trust[i].name)),
				"has neither peers nor names: nobody is "
				"a member");
	}
	return err;
}

static enum err config_store(const char *path, cfg_t *cfg,
			     struct config *config)
{
	enum err err = section_store(path, "", cfg, config->arena, config);

	for (size_t i = 0; i < n_sections && !err; i++) {
		if (!sections[i].is_titled)
			err = section_store(
				path, sections[i].name,
				cfg ? cfg_getsec(cfg, sections[i].name) : NULL,
				config->arena, config);
	}
	if (!err)
		err = domains_store(path, cfg, config);
	if (!err)
		err = services_store(path, cfg, config);
	if (!err)
		err = certificates_store(path, cfg, config);
	if (!err)
		err = trust_store(path, cfg, config);
	return err;
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
	return complain(path, "ends", "inside a section: a } is missing");
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
