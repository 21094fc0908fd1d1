/* Files of TLS: opening them, and when what is in them ends. */
#include "server/net/tls_private.h"

#include <openssl/err.h>
#include <time.h>
#include <unistd.h>

#define CERTIFICATE_S                                                          \
	(30 * INT64_C(86400)) /* before its end: time for another */

enum err net_tls_fail(struct certificate_problem *problem, enum err err,
		      const char *file, const char *reason)
{
	const char *ours = ERR_reason_error_string(ERR_peek_last_error());

	snprintf(problem->text, sizeof(problem->text), "%s: %s%s%s", file,
		 reason, ours ? ": " : "", ours ? ours : "");
	ERR_clear_error();
	return err;
}

enum err net_tls_file(const char *path, bool is_key, BIO **ret,
		      struct certificate_problem *problem)
{
	int fd;
	enum err err = certificate_file_open(path, is_key, &fd, problem);

	*ret = err ? NULL : BIO_new_fd(fd, BIO_CLOSE);
	if (!err && !*ret) {
		close(fd);
		err = net_tls_fail(problem, ERR_IO, path, "cannot be read");
	}
	return err;
}

int64_t net_tls_seconds(const ASN1_TIME *time)
{
	struct tm tm;

	return time && ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm)
						       : 0;
}

/* What others renew in time is renewed long before the last quarter. */
void net_tls_note(struct tls_set *set, enum tls_dated kind, const char *file,
		  int64_t from, int64_t to)
{
	struct tls_end *end = &set->ends[kind];

	if (end->file && end->ends_at <= to)
		return;
	end->file = file;
	end->ends_at = to;
	end->warn_at = kind == TLS_DATED_CERTIFICATE ? to - CERTIFICATE_S
						     : to - (to - from) / 4;
}
