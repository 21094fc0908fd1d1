/* Values of Authorization. */
#include "server/base/digest.h"

#include "server/base/nonce.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct view text = {(const char *)at, len};
	struct digest_credentials credentials;
	char ha1[DIGEST_HEX_MAX + 1];
	struct nonce_book *book;

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
