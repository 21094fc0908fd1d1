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

/* ---- a message on its way ------------------------------------------------ */

/** A peer of a random kind: of any spec, believed or not, told or not. */
static const struct trust_domain *roll_side(struct prng *prng,
					    struct trust_domain *ret)
{
	if (prng_once_in(prng, 3))
		return NULL;
	*ret = (struct trust_domain){
		.spec = (enum trust_spec)prng_below(prng, 4),
		.tell = (enum trust_tell)prng_below(prng, 3),
		.is_believed = prng_once_in(prng, 2),
		.is_in_responses = prng_once_in(prng, 2)};
	return ret;
}

#define VALUES 4
#define OWN "sip:own"

/** What a header field holds, and what the relay makes of it. */
struct values {
	enum uri_scheme scheme[VALUES];
	char text[VALUES][16];
	size_t n;
};

static void roll_values(struct prng *prng, struct values *ret)
{
	ret->n = prng_below(prng, VALUES + 1);
	for (size_t i = 0; i < ret->n; i++) {
		ret->scheme[i] = (enum uri_scheme)prng_below(prng, 4);
		snprintf(ret->text[i], sizeof(ret->text[i]), "%u:%u",
			 ret->scheme[i], prng_below(prng, 100));
	}
}

static size_t filter(const struct values *from, const char **ret)
{
	struct trust_values before = {false, false};
	size_t n = 0;

	for (size_t i = 0; i < from->n; i++) {
		if (trust_value_counts(&before, from->scheme[i]))
			ret[n++] = from->text[i];
	}
	return n;
}

static bool holds(const struct values *values, const char *text)
{
	for (size_t i = 0; i < values->n; i++) {
		if (strcmp(values->text[i], text) == 0)
			return true;
	}
	return false;
}

/** One message from one peer to another, as the edge treats it. */
struct passage {
	struct trust_domain sides[2];
	const struct trust_domain *from, *to;
	struct values asserted;
	unsigned privacy;
	bool none, is_response, is_authenticated, tells_outside;
	const char *method;
	const char *told[VALUES]; /**< that leaves */
	size_t n_told;
	bool is_preferred;
};

static void roll_passage(struct prng *prng, struct passage *ret)
{
	static const char *const methods[] = {"MESSAGE", "INVITE", "UPDATE",
					      "ACK",	 "CANCEL", "BYE"};

	memset(ret, 0, sizeof(*ret));
	ret->from = roll_side(prng, &ret->sides[0]);
	ret->to = roll_side(prng, &ret->sides[1]);
	roll_values(prng, &ret->asserted);
	ret->privacy = roll_privacy(prng, &ret->none);
	ret->is_response = prng_once_in(prng, 3);
	ret->is_authenticated = prng_once_in(prng, 2);
	ret->tells_outside = prng_once_in(prng, 2);
	ret->method = methods[prng_below(prng, 6)];
}

static enum identity_out send_on(struct passage *it, enum identity_in who)
{
	const struct trust_departure departure = {.to = it->to,
						  .method = it->method,
						  .privacy = it->privacy,
						  .tells_outside =
							  it->tells_outside};
	const struct trust_passage response = {
		.from = it->from,
		.to = it->to,
		.privacy = it->privacy,
		.is_authenticated = it->is_authenticated,
		.tells_outside = it->tells_outside};

	if (who == IDENTITY_IN_NOBODY)
		return IDENTITY_OUT_WITHHELD;
	if (!it->is_response)
		return trust_request_out(&departure);
	return trust_response_passes(&response) ? IDENTITY_OUT_ASSERTED
						: IDENTITY_OUT_WITHHELD;
}

static void pass(struct passage *it)
{
	const char *values[VALUES];
	const struct trust_arrival arrival = {
		.from = it->from,
		.method = it->method,
		.is_asserted = filter(&it->asserted, values) > 0,
		.is_authenticated = it->is_authenticated};
	enum identity_in who = it->is_response ? trust_response_in(&arrival)
					       : trust_request_in(&arrival);
	enum identity_out told = send_on(it, who);

	if (told == IDENTITY_OUT_WITHHELD)
		return;
	it->is_preferred = told == IDENTITY_OUT_PREFERRED;
	if (who == IDENTITY_IN_ASSERTED)
		it->n_told = filter(&it->asserted, it->told);
	else
		it->told[it->n_told++] = OWN;
}

/** By the words of RFC 3324: a member of the same trust domain. */
static bool model_is_told(const struct trust_domain *to)
{
	return to && to->spec != TRUST_NONE && to->tell != TRUST_TELL_NO;
}

static bool model_is_believed(const struct trust_domain *from)
{
	return from && from->spec != TRUST_NONE && from->is_believed;
}

static void run_passage(struct fixture *fixture)
{
	struct passage it;

	roll_passage(&fixture->prng, &it);
	pass(&it);
	for (size_t i = 0; i < it.n_told; i++)
		must(&fixture->prng,
		     strcmp(it.told[i], OWN) == 0
			     ? it.is_authenticated
			     : model_is_believed(it.from) &&
				       holds(&it.asserted, it.told[i]),
		     "what leaves was asserted by us, or by a believed peer");
	must(&fixture->prng, it.n_told <= 2, "at most a sip and a tel URI");
	if (it.n_told && !model_is_told(it.to))
		must(&fixture->prng,
		     it.none || (!it.privacy && it.tells_outside),
		     "nothing leaves to who is outside against Privacy");
	if (it.n_told && !it.is_response)
		must(&fixture->prng, strcmp(it.method, "CANCEL") != 0,
		     "nothing leaves in CANCEL");
	if (it.is_preferred)
		must(&fixture->prng, it.to->tell == TRUST_TELL_PREFERRED,
		     "a preference is for who does not count us in");
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
		run_passage(&fixture);
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
