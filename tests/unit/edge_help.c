#include "tests/unit/edge_help.h"

struct sip_fixture sip;

int fd; /* a stranger */

const char *user, *password; /* of credentials() */

void setup(void)
{
	sip_init(&sip);
	sip_account(&sip, "nora");
	sip_open(&sip);
	fd = sip_peer(&sip, 2, 0);
	user = "nora";
	password = "secret";
}

void teardown(void)
{
	close(fd);
	sip_close(&sip);
}

const char *ask_write(const struct ask *ask)
{
	static char bytes[8192];
	static int serial;
	char branch[32], to[256];

	snprintf(branch, sizeof(branch), "z9hG4bKt%d", ++serial);
	snprintf(to, sizeof(to), "<%s>", ask->uri);
	snprintf(bytes, sizeof(bytes),
		 "%s %s SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP client.example.com;rport;branch=%s\r\n"
		 "Max-Forwards: %d\r\n"
		 "From: %s;tag=f1\r\nTo: %s\r\nCall-ID: c1@client\r\n"
		 "User-Agent: some phone, of those that say who made them\r\n"
		 "CSeq: %d %s\r\n%sContent-Length: %zu\r\n\r\n%s",
		 ask->method, ask->uri, ask->branch ? ask->branch : branch,
		 ask->max_forwards ? ask->max_forwards : 70,
		 ask->from ? ask->from : "<sip:nora@" SIP_DOMAIN ">",
		 ask->to ? ask->to : to, ask->cseq ? ask->cseq : 1, ask->method,
		 ask->more ? ask->more : "", ask->body ? strlen(ask->body) : 0,
		 ask->body ? ask->body : "");
	return bytes;
}

const char *send_ask(int peer, const struct ask *ask)
{
	return sip_ask(&sip, peer, ask_write(ask));
}

const char *credentials(const char *challenge, const char *method,
			const char *uri, unsigned nc)
{
	static char value[1024];
	char ha1[DIGEST_HEX_MAX + 1], text[1024], ha2[65], response[65];
	const char *at = strstr(challenge, "nonce=\"") + 7;
	int len = (int)strcspn(at, "\"");
	uint8_t hash[HASH_LEN];

	digest_ha1(DIGEST_SHA256, view_of(user), VIEW(SIP_DOMAIN),
		   view_of(password), ha1);
	snprintf(text, sizeof(text), "%s:%s", method, uri);
	sha256(text, strlen(text), hash);
	hex_encode(hash, HASH_LEN, ha2);
	snprintf(text, sizeof(text), "%s:%.*s:%08x:c:auth:%s", ha1, len, at, nc,
		 ha2);
	sha256(text, strlen(text), hash);
	hex_encode(hash, HASH_LEN, response);
	snprintf(
		value, sizeof(value),
		"Proxy-Authorization: Digest username=\"%s\", "
		"realm=\"" SIP_DOMAIN
		"\", nonce=\"%.*s\", uri=\"%s\", qop=auth, "
		"nc=%08x, cnonce=\"c\", algorithm=SHA-256, response=\"%s\"\r\n",
		user, len, at, uri, nc, response);
	return value;
}

const char *challenge(void)
{
	const struct ask ask = {.method = "MESSAGE", .uri = LISTS};

	return sip_header(send_ask(fd, &ask), "Proxy-Authenticate");
}

const char trusted[] =
	"P-Asserted-Identity: \"Nora\" <sip:nora@" SIP_DOMAIN ">, "
	"<sip:two@b.c>, <tel:+4912>, <tel:+4913>\r\n";
