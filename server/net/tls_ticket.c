/*
 * Keys of session tickets (RFC 5077, RFC 8446 section 4.6.1).  Who has a key
 * can read what was sent under its tickets with TLS 1.2, so keys live for
 * hours: the one before is still taken, but not given any more.
 */
#include "server/net/tls_private.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

#include "server/base/loop.h"
#include "server/base/random.h"

#define KEY_MS (6 * 3600 * INT64_C(1000))

enum ticket_answer {
	TICKET_ANSWER_FAILED = -1,
	TICKET_ANSWER_UNKNOWN, /* a whole handshake, then */
	TICKET_ANSWER_GOOD,
	TICKET_ANSWER_RENEW /* good, and gets a new one */
};

void net_tls_tickets_init(struct tls_tickets *tickets)
{
	pthread_mutex_init(&tickets->lock, NULL);
	random_bytes(&tickets->now, sizeof(tickets->now));
	tickets->before = tickets->now;
	tickets->made_ms = monotonic_now_ms();
}

void net_tls_tickets_release(struct tls_tickets *tickets)
{
	pthread_mutex_destroy(&tickets->lock);
	OPENSSL_cleanse(&tickets->now, sizeof(tickets->now));
	OPENSSL_cleanse(&tickets->before, sizeof(tickets->before));
}

static void keys_renew(struct tls_tickets *tickets)
{
	int64_t now_ms = monotonic_now_ms();

	if (now_ms - tickets->made_ms < KEY_MS)
		return;
	tickets->before = tickets->now;
	random_bytes(&tickets->now, sizeof(tickets->now));
	/* Both are too old: nobody has a ticket that is still good. */
	if (now_ms - tickets->made_ms >= 2 * KEY_MS)
		tickets->before = tickets->now;
	tickets->made_ms = now_ms;
}

static enum ticket_answer key_find(struct tls_tickets *tickets,
				   const unsigned char *name,
				   struct ticket_key *ret)
{
	enum ticket_answer answer = TICKET_ANSWER_UNKNOWN;

	pthread_mutex_lock(&tickets->lock);
	keys_renew(tickets);
	*ret = tickets->now;
	if (!name || memcmp(name, tickets->now.name, sizeof(ret->name)) == 0) {
		answer = TICKET_ANSWER_GOOD;
	} else if (memcmp(name, tickets->before.name, sizeof(ret->name)) == 0) {
		*ret = tickets->before;
		answer = TICKET_ANSWER_RENEW;
	}
	pthread_mutex_unlock(&tickets->lock);
	return answer;
}

static bool mac_set(EVP_MAC_CTX *mac, const struct ticket_key *key)
{
	char digest[] = "SHA256";
	uint8_t bytes[sizeof(key->mac)];
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, bytes,
						  sizeof(bytes)),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
						 0),
		OSSL_PARAM_construct_end()};

	memcpy(bytes, key->mac, sizeof(bytes));
	return EVP_MAC_CTX_set_params(mac, params) == 1;
}

/* Called by OpenSSL for each ticket. */
static int ticket_make(SSL *ssl, unsigned char *name, unsigned char *iv,
		       EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int is_new)
{
	struct tls_session *session = SSL_get_app_data(ssl);
	struct ticket_key key;
	enum ticket_answer answer =
		key_find(&session->set->tickets, is_new ? NULL : name, &key);
	int done;

	/* Nobody would look its certificate up again. */
	if (!is_new && net_tls_crl_is_over(session->set))
		answer = TICKET_ANSWER_UNKNOWN;
	if (answer == TICKET_ANSWER_UNKNOWN)
		return answer;
	if (is_new) {
		memcpy(name, key.name, sizeof(key.name));
		random_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc()));
		done = EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL,
					  key.aes, iv);
	} else {
		done = EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL,
					  key.aes, iv);
	}
	if (done != 1 || !mac_set(mac, &key))
		answer = TICKET_ANSWER_FAILED;
	OPENSSL_cleanse(&key, sizeof(key));
	return answer;
}

void net_tls_tickets_use(SSL_CTX *context)
{
	SSL_CTX_set_tlsext_ticket_key_evp_cb(context, ticket_make);
}
