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
	if (!config->http_tls && !config->page_tls)
		return ERR_OK;
	*ret_problem =
		"tls = yes of http or page needs a certificate and its key, "
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

const char *setup_https_listen(const struct config *config)
{
	return config->http_tls ? config->http_listen : config->page_listen;
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

/** The settings of a listener, by which @p url is reached. */
struct origin_config {
	const struct strings *hosts, *proxies;
	const char *url;
};

/** Those of `hosts`, and that of `public-url`. */
static const char **setup_hosts(const struct origin_config *from,
				struct arena *arena, size_t *ret_n)
{
	const char **hosts =
		arena_array(arena, from->hosts->n + 1, sizeof(*hosts));
	struct view host = origin_url_host(view_of(from->url));
	size_t n = 0;

	while (n < from->hosts->n) {
		struct view name = view_of(from->hosts->at[n]);

		if (name.len > 2 && name.at[0] == '[')
			name = view_head(view_from(name, 1), name.len - 2);
		hosts[n++] = view_copy(arena, name);
	}
	if (host.len)
		hosts[n++] = view_copy(arena, host);
	*ret_n = n;
	return hosts;
}

static struct origin_rules setup_origin_of(const struct origin_config *from,
					   struct arena *arena)
{
	struct origin_rules rules = {
		.proxies = setup_networks(arena, from->proxies),
		.n_proxies = from->proxies->n};

	rules.hosts = setup_hosts(from, arena, &rules.n_hosts);
	return rules;
}

struct origin_rules setup_origin(const struct config *config,
				 struct arena *arena)
{
	return setup_origin_of(&(struct origin_config){&config->http_hosts,
						       &config->http_proxies,
						       config->public_url},
			       arena);
}

static struct origin_rules setup_page_origin(const struct config *config,
					     struct arena *arena)
{
	return setup_origin_of(&(struct origin_config){&config->page_hosts,
						       &config->page_proxies,
						       config->page_url},
			       arena);
}

const char *setup_page_url(const struct config *config, struct arena *arena)
{
	size_t len = strlen(config->page_url);

	if (!*config->page_listen)
		return NULL;
	if (!len)
		return arena_printf(arena, "%s://%s",
				    config->page_tls ? "https" : "http",
				    config->page_listen);
	while (len && config->page_url[len - 1] == '/')
		len--;
	return view_copy(arena, (struct view){config->page_url, len});
}

struct page_settings setup_page(const struct config *config,
				struct https *https, struct arena *arena)
{
	return (struct page_settings){
		.listen = config->page_listen,
		.https = config->page_tls ? https : NULL,
		.origin = setup_page_origin(config, arena),
		.public_url = setup_page_url(config, arena),
		.has_sign_in = config->page_sign_in != 0,
		.takes_md5 = config->md5 != MD5_NEVER,
		.wording = &config->wording,
	};
}
