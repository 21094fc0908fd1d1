/* The world around the relay: places, certificates, DNS, trust domains. */
#include "server/net/resolve.h"
#include "tests/props/asserted.h"

const char *const world_names[NAMES] = {"in.example", "out.example",
					"far.example"};

/* ---- DNS ----------------------------------------------------------------- */

struct resolver {
	int nothing;
};

enum err resolver_new(struct loop *loop, const struct uri_rules *rules,
		      const char *nameserver, struct resolver **ret)
{
	static struct resolver one;

	(void)loop;
	(void)rules;
	(void)nameserver;
	*ret = &one;
	return ERR_OK;
}

void resolver_free(struct resolver *resolver)
{
	(void)resolver;
}

void resolver_forget(struct resolver *resolver, struct resolve *resolve)
{
	(void)resolver;
	(void)resolve;
}

/* A name leads to several places, by any transport that the URI allows. */
enum err resolver_start(struct resolver *resolver, const struct uri *uri,
			struct resolve *resolve)
{
	struct prng *prng = &world.prng;
	unsigned n = 1 + prng_below(prng, 3);
	enum protocol protocol = PROTOCOL_UDP;
	struct view transport;
	bool is_said = uri->scheme == URI_SIPS;

	(void)resolver;
	if (is_said)
		protocol = PROTOCOL_TLS;
	else if (uri_param(uri, "transport", &transport))
		is_said = protocol_find(transport, &protocol);
	resolve->n_hops = 1;
	resolve->hops[0].protocol = protocol;
	if (!address_parse(uri->host,
			   uri->port ? uri->port : protocol_port(protocol),
			   &resolve->hops[0].address))
		return ERR_OK;
	for (resolve->n_hops = 0; resolve->n_hops < n; resolve->n_hops++) {
		struct hop *hop = &resolve->hops[resolve->n_hops];

		hop->protocol =
			is_said ? protocol : (enum protocol)prng_below(prng, 3);
		hop->address = world.places[prng_below(prng, PLACES)].address;
	}
	return ERR_OK;
}

/* ---- certificates -------------------------------------------------------- */

static enum err connect_to(void *arg, const struct peer *peer,
			   const char *server_name,
			   const char *const **ret_names)
{
	(void)arg;
	if (prng_once_in(&world.prng, 8))
		return ERR_UNREACHABLE;
	if (peer->protocol != PROTOCOL_TLS)
		return ERR_OK;
	for (size_t i = 0; i < PLACES; i++) {
		const struct place *place = &world.places[i];

		if (!address_equal(&place->address, &peer->address))
			continue;
		*ret_names = place->names;
		for (size_t j = 0; server_name && place->names[j]; j++) {
			if (strcmp(place->names[j], server_name) == 0)
				return ERR_OK;
		}
	}
	return ERR_UNVERIFIED;
}

static void sent(void *arg, const struct flow *flow, struct view message)
{
	struct parcel *parcel = arena_alloc(world.arena, sizeof(struct parcel));

	(void)arg;
	look(flow, message);
	*parcel = (struct parcel){
		.flow = *flow,
		.bytes = arena_copy(world.arena, message.at, message.len)};
	*world.parcels_end = parcel;
	world.parcels_end = &parcel->next;
}

/* ---- dice ---------------------------------------------------------------- */

/* Near one another, so that networks hold several. */
static void roll_place(struct place *place, unsigned i)
{
	struct prng *prng = &world.prng;
	size_t n = 0;

	memset(place, 0, sizeof(*place));
	place->is_v4 = prng_once_in(prng, 2);
	if (place->is_v4)
		snprintf(place->text, sizeof(place->text), "10.%u.%u.%u",
			 prng_below(prng, 2), 128 * prng_below(prng, 2), i + 1);
	else
		snprintf(place->text, sizeof(place->text), "[2001:db8:%s::%u]",
			 prng_once_in(prng, 2) ? "8000" : "1", i + 1);
	if (address_parse(view_of(place->text), 5060, &place->address))
		err_fatal("an address is read");
	address_bytes(&place->address, place->bytes);
	for (size_t j = 0; j < NAMES; j++) {
		if (prng_once_in(prng, 2))
			place->names[n++] = world_names[j];
	}
}

static void roll_network(struct block *block, size_t i)
{
	struct prng *prng = &world.prng;
	const struct place *place;
	char host[64], text[80];
	int most;

	block->place[i] = prng_below(prng, PLACES);
	place = &world.places[block->place[i]];
	most = place->is_v4 ? 32 : 128;
	block->bits[i] = most;
	if (prng_once_in(prng, 2)) /* about as wide as places are apart */
		block->bits[i] =
			(place->is_v4 ? 8 : 32) + (int)prng_below(prng, 17);
	else if (prng_once_in(prng, 3))
		block->bits[i] = (int)prng_below(prng, (unsigned)most + 1);
	address_host_format(&place->address, host);
	snprintf(text, sizeof(text), "%s/%d", host, block->bits[i]);
	must(prng, trust_network_parse(text, &block->networks[i]),
	     "a network is read");
}

static void roll_block(struct block *block)
{
	static const char *const odd[NAMES] = {"IN.example", "out.example",
					       "Far.Example"};
	struct prng *prng = &world.prng;

	*block = (struct block){
		.n_networks = prng_below(prng, 3),
		.n_names = prng_below(prng, 3),
		.n_users = prng_below(prng, NAMES),
		.spec = prng_once_in(prng, 8)
				? TRUST_NONE
				: (enum trust_spec)prng_below(prng, 3),
		.plain = (enum trust_plain)prng_below(prng, 3),
		.tell = (enum trust_tell)prng_below(prng, 3),
		.is_believed = !prng_once_in(prng, 4),
		.is_in_responses = prng_once_in(prng, 2)};
	if (prng_once_in(prng, 2)) /* what operators write mostly */
		block->plain = TRUST_PLAIN_YES;
	for (size_t i = 0; i < block->n_networks; i++)
		roll_network(block, i);
	for (size_t i = 0; i < block->n_names; i++)
		block->names[i] = odd[prng_below(prng, NAMES)];
}

static void set_trust(void)
{
	for (size_t i = 0; i < world.n_blocks; i++) {
		struct block *block = &world.blocks[i];

		world.domains[i] = (struct trust_domain){
			.name = "block",
			.peers = block->networks,
			.n_peers = block->n_networks,
			.names = block->names,
			.n_names = block->n_names,
			.users = world_names,
			.n_users = block->n_users,
			.spec = block->spec,
			.plain = block->plain,
			.tell = block->tell,
			.is_believed = block->is_believed,
			.is_in_responses = block->is_in_responses};
	}
	world.trust = (struct trust_domains){world.domains, world.n_blocks,
					     world.tells_outside};
}

void world_roll(void)
{
	for (unsigned i = 0; i < PLACES; i++)
		roll_place(&world.places[i], i);
	world.n_blocks = prng_once_in(&world.prng, 8)
				 ? 0
				 : 1 + prng_below(&world.prng, BLOCKS);
	for (size_t i = 0; i < world.n_blocks; i++)
		roll_block(&world.blocks[i]);
	world.tells_outside = prng_once_in(&world.prng, 2);
	world.proxy[0] = '\0';
	if (prng_once_in(&world.prng, 6))
		snprintf(world.proxy, sizeof(world.proxy), "sip:%s",
			 prng_once_in(&world.prng, 2) ? world_names[0]
						      : world.places[0].text);
	set_trust();
	world.parcels = NULL;
	world.parcels_end = &world.parcels;
	fake_network_set(
		&(struct fake_network){.sent = sent, .connect = connect_to});
}
