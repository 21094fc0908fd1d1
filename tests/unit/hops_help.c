#include "tests/unit/hops_help.h"

#include <check.h>

struct hops_script hops_script;

enum err resolver_new(struct loop *loop, const struct uri_rules *rules,
		      const char *nameserver, struct resolver **ret)
{
	static int token;

	(void)loop;
	(void)rules;
	(void)nameserver;
	*ret = (struct resolver *)(void *)&token;
	return ERR_OK;
}

void resolver_free(struct resolver *resolver)
{
	(void)resolver;
}

enum err resolver_start(struct resolver *resolver, const struct uri *uri,
			struct resolve *resolve)
{
	(void)resolver;
	snprintf(hops_script.asked, sizeof(hops_script.asked), "%.*s:%d",
		 (int)uri->host.len, uri->host.at, uri->port);
	memcpy(resolve->hops, hops_script.hops, sizeof(hops_script.hops));
	resolve->n_hops = hops_script.n;
	if (hops_script.err == ERR_BUSY)
		hops_script.waiting = resolve;
	return hops_script.err;
}

void resolver_forget(struct resolver *resolver, struct resolve *resolve)
{
	(void)resolver;
	ck_assert_ptr_eq(hops_script.waiting, resolve);
	hops_script.waiting = NULL;
}

void hops_reset(void)
{
	memset(&hops_script, 0, sizeof(hops_script));
}

void hops_add(const struct sip_fixture *sip, enum protocol protocol, int last,
	      int port)
{
	struct hop *hop = &hops_script.hops[hops_script.n++];

	hop->protocol = protocol;
	ck_assert(!address_parse(view_of(sip_host(sip, last)), port,
				 &hop->address));
}
