/* The sections with a title, from the file to the struct. */
#include "server/config_titled.h"

#include "server/base/domains.h"
#include "server/base/log.h"
#include "server/config_blocks.h"
#include "server/settings_check.h"

#define SERVICE_NAME_MAX 64
#define CREDENTIALS_MAX 32 /* SIP_CREDENTIALS_MAX */

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
		return config_complain(
			path, "domain",
			"has more blocks than 100, which is the most");
	config->n_domains = n;
	config->domains =
		arena_array(config->arena, n + 1, sizeof(*config->domains));
	for (unsigned i = 0; i < n && !err; i++) {
		cfg_t *section = cfg_getnsec(cfg, DOMAIN_BLOCK, i);
		struct domain_config *domain = &config->domains[i];
		const char *problem;

		domain->name = arena_strdup(config->arena, cfg_title(section));
		err = config_section_store(path, "domain", section,
					   config->arena, domain);
		problem = err ? NULL : config_domain_problem(config, domain);
		if (problem)
			err = config_complain(
				arena_printf(config->arena, "%s:%d", path,
					     section->line),
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
		return config_section_store(path, "service", NULL,
					    config->arena,
					    &config->services[0]);
	}
	for (unsigned i = 0; i < n && !err; i++) {
		cfg_t *section = cfg_getnsec(cfg, "service", i);
		const char *name = cfg_title(section);

		if (!is_service_name(name))
			return config_complain(
				arena_printf(config->arena, "%s:%d", path,
					     section->line),
				arena_printf(config->arena, "service %s",
					     log_text(name)),
				"has a title that is not of a-z 0-9 - "
				"_ . (and not g-, d-, t-)");
		config->services[i].name = arena_strdup(config->arena, name);
		err = config_section_store(path, "service", section,
					   config->arena, &config->services[i]);
		if (!err &&
		    !config_has_domains(config, &config->services[i].domains))
			err = config_complain(
				path, log_text(name),
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
		err = config_section_store(path, "tls-certificate", section,
					   config->arena,
					   &config->certificates[i]);
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
		err = config_section_store(path, "trust-domain", section,
					   config->arena, &config->trust[i]);
		if (!err && !config->trust[i].peers.n &&
		    !config->trust[i].names.n)
			err = config_complain(
				arena_printf(config->arena, "%s:%d", path,
					     section->line),
				arena_printf(config->arena, "trust-domain %s",
					     log_text(config->trust[i].name)),
				"has neither peers nor names: nobody is "
				"a member");
	}
	return err;
}

static enum err credentials_store(const char *path, cfg_t *cfg,
				  struct config *config)
{
	unsigned n = cfg ? cfg_size(cfg, "credential") : 0;
	enum err err = ERR_OK;

	if (n > CREDENTIALS_MAX)
		return config_complain(path, "credential",
				       "has more blocks than 32, which is the "
				       "most");
	config->n_credentials = n;
	config->credentials =
		arena_array(config->arena, n + 1, sizeof(*config->credentials));
	for (unsigned i = 0; i < n && !err; i++) {
		cfg_t *section = cfg_getnsec(cfg, "credential", i);
		struct credential_config *it = &config->credentials[i];
		const char *problem;

		it->realm = arena_strdup(config->arena, cfg_title(section));
		err = config_section_store(path, "credential", section,
					   config->arena, it);
		problem = err ? NULL : setting_check_quotable(it->realm);
		if (problem)
			err = config_complain(
				arena_printf(config->arena, "%s:%d", path,
					     section->line),
				arena_printf(config->arena, "credential %s",
					     log_text(it->realm)),
				problem);
	}
	return err;
}

enum err config_titled_store(const char *path, cfg_t *cfg,
			     struct config *config)
{
	enum err err = domains_store(path, cfg, config);

	if (!err)
		err = services_store(path, cfg, config);
	if (!err)
		err = certificates_store(path, cfg, config);
	if (!err)
		err = trust_store(path, cfg, config);
	if (!err)
		err = credentials_store(path, cfg, config);
	return err;
}
