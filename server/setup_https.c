/* REST: from the config to its certificates, and who may come by which name. */
#include "server/base/log.h"
#include "server/daemon_private.h"

static struct https_settings setup_https(const struct config *config,
					 struct arena *arena)
{
	size_t n;
	const struct certificate_files *files =
		setup_certificates(config, arena, &n);

	return (struct https_settings){
		.files = files,
		.n_files = n,
		.is_1_3_only = config->tls_version != 0,
	};
}

enum err https_load(const struct config *config, struct arena *arena,
		    struct https **ret, const char **ret_problem)
{
	struct https_settings settings = setup_https(config, arena);
	struct certificate_problem problem;
	enum err err;

	*ret = NULL;
	if (!config->http_tls)
		return ERR_OK;
	*ret_problem = "http { tls = yes } needs a certificate and its key, "
		       "in tls and in each tls-certificate";
	for (size_t i = 0; i < settings.n_files; i++) {
		if (!*settings.files[i].certificate || !*settings.files[i].key)
			return ERR_SYNTAX;
	}
	err = https_new(&settings, ret, &problem);
	if (err)
		*ret_problem = arena_strdup(arena, problem.text);
	return err;
}

void https_reload_files(struct daemon *daemon)
{
	struct certificate_problem problem;

	if (!daemon->https)
		return;
	if (https_reload(daemon->https, &problem))
		log_event(LOG_EVENT_HTTPS_NOT_RELOADED, NULL, "reason=%s",
			  log_text(problem.text));
	else
		log_event(LOG_EVENT_HTTPS_RELOADED, NULL, "certificates=%zu",
			  daemon->config->n_certificates + 1);
}

/** Those of `hosts`, and that of `public-url`. */
static const char **setup_hosts(const struct config *config,
				struct arena *arena, size_t *ret_n)
{
	const struct strings *from = &config->http_hosts;
	const char **hosts = arena_array(arena, from->n + 1, sizeof(*hosts));
	struct view url = origin_url_host(view_of(config->public_url));
	size_t n = 0;

	while (n < from->n) {
		struct view host = view_of(from->at[n]);

		if (host.len > 2 && host.at[0] == '[')
			host = view_head(view_from(host, 1), host.len - 2);
		hosts[n++] = view_copy(arena, host);
	}
	if (url.len)
		hosts[n++] = view_copy(arena, url);
	*ret_n = n;
	return hosts;
}

struct origin_rules setup_origin(const struct config *config,
				 struct arena *arena)
{
	const struct strings *from = &config->http_proxies;
	struct origin_rules rules = {.proxies = setup_networks(arena, from),
				     .n_proxies = from->n};

	rules.hosts = setup_hosts(config, arena, &rules.n_hosts);
	return rules;
}
