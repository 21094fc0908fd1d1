/* Where a leg to a URI would go, found by one that is not sent. */
#include "server/daemon_private.h"

struct search_leg {
	struct leg leg; /**< first */
	struct leg_template template;
	struct hop_search *search;
	struct found_hops found;
	char *proxy;
};

static void search_leg_free(struct search_leg *it)
{
	free(it->proxy);
	free(it);
}

static void hop_add(struct found_hops *found, const struct hop *hop)
{
	struct found_hop *it = &found->hops[found->n++];
	enum protocol protocol = hop->protocol;

	it->peer.is_secure = protocol_is_secure(protocol);
	it->peer.is_stream = protocol_is_reliable(protocol);
	address_bytes(&hop->address, it->peer.address);
	address_host_format(&hop->address, it->address);
	it->port = address_port(&hop->address);
	it->transport = it->peer.is_secure   ? "tls"
			: it->peer.is_stream ? "tcp"
					     : "udp";
}

static void on_found(struct leg *leg, const struct leg_hops *hops)
{
	struct search_leg *it = (struct search_leg *)(void *)leg;

	for (size_t i = 0; i < hops->n && i < FOUND_HOPS_MAX; i++)
		hop_add(&it->found, &hops->hops[i]);
	snprintf(it->found.name, sizeof(it->found.name), "%s",
		 hops->server_name);
	if (hops->proxy)
		it->found.proxy = it->proxy = mem_strdup(hops->proxy);
}

static void on_ended(struct leg *leg)
{
	struct search_leg *it = (struct search_leg *)(void *)leg;

	it->found.status = it->found.n ? 0 : leg->status;
	it->search->done(it->search, &it->found);
	search_leg_free(it);
}

static bool never(struct leg *leg)
{
	(void)leg;
	return false;
}

void hops_find(void *arg, struct hop_search *search)
{
	struct daemon *daemon = arg;
	struct search_leg *it = mem_alloc(sizeof(*it));

	*it = (struct search_leg){.leg = {.request_uri = search->uri,
					  .call_id = "hops",
					  .cseq = 1,
					  .still_permitted = never,
					  .ended = on_ended,
					  .found = on_found},
				  .template = {.method = "MESSAGE",
					       .from = "<sip:hops@invalid>",
					       .from_tag = "hops"},
				  .search = search};
	it->leg.template = &it->template;
	search->finder = it;
	sip_send(daemon->sip, &it->leg);
}

void hops_forget(void *arg, struct hop_search *search)
{
	struct daemon *daemon = arg;
	struct search_leg *it = search->finder;

	sip_drop(daemon->sip, &it->leg);
	search_leg_free(it);
}

size_t hops_addresses(const struct leg_hops *hops, uint8_t (*ret)[16],
		      size_t most)
{
	size_t n = 0;

	for (size_t i = 0; !hops->proxy && i < hops->n && n < most; i++)
		address_bytes(&hops->hops[i].address, ret[n++]);
	return n;
}
