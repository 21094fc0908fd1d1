/*
 * Invariant 6 over the rules: random trust domains, peers and Privacy values.
 * Assertions are believed from, and told to, peers only; outside only where the
 * sender said none.  The model looks at addresses bit by bit.
 */
#include <arpa/inet.h>
#include <check.h>

#include "policies/privacy.h"
#include "policies/trust.h"
#include "tests/props/prng.h"

#define SEQUENCES 10000
#define DOMAINS 3
#define PEERS 3

struct fixture {
	struct prng prng;
	struct trust_network networks[DOMAINS][PEERS];
	struct trust_domain domains[DOMAINS];
	bool is_v4[DOMAINS][PEERS];
	int bits[DOMAINS][PEERS]; /**< as written, within its family */
};

static uint64_t seed;

/** Few different octets, so that addresses are often near each other. */
static void roll_address(struct prng *prng, bool v4, uint8_t ret[16])
{
	static const uint8_t octets[] = {0x00, 0x01, 0x80, 0xc0, 0xff};
	int first = v4 ? 12 : 0;

	memset(ret, 0, 16);
	if (v4)
		ret[10] = ret[11] = 0xff;
	for (int i = first; i < 16; i++)
		ret[i] = octets[prng_below(prng, 5)];
	if (!v4)
		ret[0] = 0x20; /* never looks like a mapped one */
}

static void address_text(const uint8_t address[16], bool v4, char *ret,
			 size_t size)
{
	if (v4)
		inet_ntop(AF_INET, address + 12, ret, (socklen_t)size);
	else
		inet_ntop(AF_INET6, address, ret, (socklen_t)size);
}

static void roll_network(struct fixture *fixture, int domain, int peer)
{
	bool v4 = prng_once_in(&fixture->prng, 2);
	int most = v4 ? 32 : 128;
	int bits = (int)prng_below(&fixture->prng, (unsigned)most + 1);
	uint8_t address[16];
	char host[64], text[80];

	roll_address(&fixture->prng, v4, address);
	address_text(address, v4, host, sizeof(host));
	if (bits == most && prng_once_in(&fixture->prng, 2))
		snprintf(text, sizeof(text), "%s", host);
	else
		snprintf(text, sizeof(text), "%s/%d", host, bits);
	must(&fixture->prng,
	     trust_network_parse(text, &fixture->networks[domain][peer]),
	     "a network is read");
	fixture->is_v4[domain][peer] = v4;
	fixture->bits[domain][peer] = bits;
}

static void roll_domains(struct fixture *fixture)
{
	static const char *const names[DOMAINS] = {"core", "edge", "far"};

	for (int i = 0; i < DOMAINS; i++) {
		for (int j = 0; j < PEERS; j++)
			roll_network(fixture, i, j);
		fixture->domains[i] =
			(struct trust_domain){.name = names[i],
					      .peers = fixture->networks[i],
					      .n_peers = PEERS,
					      .plain = TRUST_PLAIN_YES,
					      .tell = TRUST_TELL_YES,
					      .is_believed = true};
	}
}

static bool bit_of(const uint8_t address[16], int i)
{
	return (address[i / 8] >> (7 - i % 8)) & 1;
}

static bool model_holds(const struct fixture *fixture, int domain, int peer,
			const uint8_t address[16], bool v4)
{
	int base = v4 ? 96 : 0;

	if (fixture->is_v4[domain][peer] != v4)
		return false;
	for (int i = base; i < base + fixture->bits[domain][peer]; i++) {
		if (bit_of(fixture->networks[domain][peer].address, i) !=
		    bit_of(address, i))
			return false;
	}
	return true;
}

static const struct trust_domain *model_find(const struct fixture *fixture,
					     const uint8_t address[16], bool v4)
{
	for (int i = 0; i < DOMAINS; i++) {
		for (int j = 0; j < PEERS; j++) {
			if (model_holds(fixture, i, j, address, v4))
				return &fixture->domains[i];
		}
	}
	return NULL;
}

/** A Privacy header of random values; the model keeps only what matters. */
static unsigned roll_privacy(struct prng *prng, bool *ret_says_none)
{
	static const char *const values[] = {"id",	"user",	   "header",
					     "session", "history", "x-unknown"};
	unsigned n = prng_below(prng, 4), first = prng_below(prng, 6);
	unsigned privacy = 0;
	char text[64] = "";

	*ret_says_none = prng_once_in(prng, 4);
	if (*ret_says_none)
		n = 0;
	for (unsigned i = 0; i < n; i++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, "%s%s", i ? ";" : "",
			 values[(first + i) % 6]);
	}
	if (n && prng_once_in(prng, 3))
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 ";critical");
	if (*ret_says_none)
		snprintf(text, sizeof(text), "none");
	if (text[0]) /* else there is no such header */
		must(prng, privacy_parse(view_of(text), &privacy) == ERR_OK,
		     "privacy values are read");
	return privacy;
}

static void check_in(struct fixture *fixture, const struct trust_domain *from,
		     const char *method, bool may_hold_it)
{
	const struct trust_arrival request = {
		.from = from, .method = method, .is_asserted = 1};

	must(&fixture->prng,
	     (trust_request_in(&request) == IDENTITY_IN_ASSERTED) ==
		     (from && may_hold_it),
	     "assertions are believed from peers only");
}

static void check_out(struct fixture *fixture, const struct trust_domain *to,
		      unsigned privacy, bool none)
{
	const struct trust_departure request = {
		.to = to, .method = "MESSAGE", .privacy = privacy};

	must(&fixture->prng,
	     (trust_request_out(&request) == IDENTITY_OUT_ASSERTED) ==
		     (to || none),
	     "assertions leave to peers only, or where the sender said none");
}

static void run_sequence(unsigned sequence)
{
	static const char *const methods[] = {"MESSAGE", "PUBLISH", "INVITE",
					      "ACK", "CANCEL"};
	struct fixture fixture = {.prng = prng_of(seed, sequence)};

	roll_domains(&fixture);
	for (int i = 0; i < 20; i++) {
		bool v4 = prng_once_in(&fixture.prng, 2), none;
		unsigned method = prng_below(&fixture.prng, 5);
		unsigned privacy = roll_privacy(&fixture.prng, &none);
		const struct trust_domain *found;
		struct trust_peer peer = {.names = NULL};

		roll_address(&fixture.prng, v4, peer.address);
		found = trust_find(fixture.domains, DOMAINS, &peer);
		must(&fixture.prng,
		     found == model_find(&fixture, peer.address, v4),
		     "a peer is who is in one of the networks");
		check_in(&fixture, found, methods[method], method < 3);
		check_out(&fixture, found, privacy, none);
	}
}

START_TEST(assertions_stay_inside)
{
	unsigned n = prng_sequences(SEQUENCES);

	for (unsigned i = 0; prng_goes_on(i, n); i++)
		run_sequence(i);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trust");
	TCase *cases = tcase_create("properties");
	SRunner *runner = srunner_create(suite);
	int failed;

	seed = prng_seed("trust_prop");
	suite_add_tcase(suite, cases);
	tcase_set_timeout(cases, 300);
	tcase_add_test(cases, assertions_stay_inside);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
