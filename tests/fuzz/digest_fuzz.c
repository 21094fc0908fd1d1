/* Values of Authorization and WWW-Authenticate. */
#include "server/base/digest.h"

#include "server/base/nonce.h"
#include "tests/fuzz/fuzz.h"

/* What is said to a challenge is read as it was meant. */
static void answer(const struct digest_offer *offer)
{
	struct digest_credentials credentials;
	char ha1[DIGEST_HEX_MAX + 1];
	struct text value;
	enum err err;

	if (!offer->algorithm_known)
		return;
	digest_ha1(offer->algorithm, VIEW("u"), offer->realm, VIEW("password"),
		   ha1);
	text_init(&value, NULL);
	err = digest_answer(
		&(struct digest_reply){.algorithm = offer->algorithm,
				       .ha1 = ha1,
				       .username = VIEW("u"),
				       .realm = offer->realm,
				       .nonce = offer->nonce,
				       .opaque = offer->opaque,
				       .cnonce = "c",
				       .nc = 1,
				       .qop = DIGEST_QOP_AUTH,
				       .method = VIEW("MESSAGE"),
				       .uri = VIEW("sip:a@b")},
		&value);
	FUZZ_CLAIM(err == ERR_OK);
	/* Longer than what is read, where they are. */
	if (!digest_parse(text_view(&value), &credentials)) {
		FUZZ_CLAIM(view_equal(credentials.realm, offer->realm));
		FUZZ_CLAIM(digest_verify(&credentials, ha1, VIEW("MESSAGE"),
					 VIEW_NONE));
	}
	text_release(&value);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct view text = {(const char *)at, len};
	struct digest_credentials credentials;
	char ha1[DIGEST_HEX_MAX + 1];
	struct nonce_book *book;
	struct digest_offer offer;

	if (!digest_offer_parse(text, &offer))
		answer(&offer);
	if (digest_parse(text, &credentials))
		return 0;
	FUZZ_CLAIM(credentials.nc.len == 0 || credentials.nc.len == 8);
	FUZZ_CLAIM(!credentials.qop.len || credentials.nc.len);
	digest_nc(&credentials);
	digest_ha1(credentials.algorithm, credentials.username,
		   credentials.realm, VIEW("password"), ha1);
	/* Nobody hits upon a response by chance. */
	FUZZ_CLAIM(!digest_verify(&credentials, ha1, VIEW("MESSAGE"),
				  VIEW("body")));
	book = nonce_book_new(60, 4);
	FUZZ_CLAIM(nonce_check(book, credentials.nonce, 1, 1) == NONCE_FOREIGN);
	nonce_used(book, credentials.nonce, 1, 1);
	nonce_book_free(book);
	return 0;
}
