/* The socket below OpenSSL: what was read before it began comes first. */
#include "server/net/tls_private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define RECORD_HANDSHAKE 22
#define CLIENT_HELLO 1
#define HELLO_MAX 16384 /* OpenSSL would make room for eight times as much */
#define RECORD_HEAD 5

static ssize_t receive(int fd, void *room, size_t size)
{
	ssize_t n;

	do
		n = recv(fd, room, size, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n;
}

static bool is_later(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK;
}

/*
 * A ClientHello, of a size that makes sense.  A head that is cut into several
 * records is legal (RFC 8446 section 5.1), but no client does it.
 */
static bool is_hello(const uint8_t first[TLS_FIRST_LEN])
{
	size_t record = (size_t)(first[3] << 8 | first[4]);
	size_t hello = (size_t)(first[6] << 16 | first[7] << 8 | first[8]);

	return first[0] == RECORD_HANDSHAKE && first[1] == 3 &&
	       record >= TLS_FIRST_LEN - RECORD_HEAD &&
	       first[RECORD_HEAD] == CLIENT_HELLO && hello <= HELLO_MAX;
}

enum err net_tls_first(struct tls_session *session)
{
	ssize_t n;

	if (session->server_name || session->n_first == TLS_FIRST_LEN)
		return ERR_OK;
	n = receive(session->fd, session->first + session->n_first,
		    TLS_FIRST_LEN - session->n_first);
	if (n < 0 && is_later())
		return ERR_BUSY;
	if (n <= 0)
		return ERR_UNREACHABLE;
	session->n_first += (size_t)n;
	if (session->n_first < TLS_FIRST_LEN)
		return ERR_BUSY;
	if (is_hello(session->first))
		return ERR_OK;
	session->problem = "no ClientHello, or one that is too long";
	return ERR_UNREACHABLE;
}

static int nothing_yet(struct tls_session *session, BIO *bio)
{
	BIO_set_retry_read(bio);
	session->is_dry = true;
	return -1;
}

/* As much as there is room for: several records at once.  What comes after less
 * than that the descriptor tells of. */
static int bio_read(BIO *bio, char *room, int size)
{
	struct tls_session *session = BIO_get_data(bio);
	size_t left = session->n_first - session->n_given;
	ssize_t n;

	BIO_clear_retry_flags(bio);
	if (left > 0 && size > 0) {
		left = left < (size_t)size ? left : (size_t)size;
		memcpy(room, session->first + session->n_given, left);
		session->n_given += left;
		return (int)left;
	}
	if (!session->may_receive)
		return nothing_yet(session, bio);
	n = receive(session->fd, room, (size_t)size);
	if (n < 0 && is_later())
		return nothing_yet(session, bio);
	session->may_receive = n == size;
	session->saw_end = n == 0;
	return (int)n;
}

static int bio_write(BIO *bio, const char *bytes, int len)
{
	struct tls_session *session = BIO_get_data(bio);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	do
		n = send(session->fd, bytes, (size_t)len,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && is_later())
		BIO_set_retry_write(bio);
	return (int)n;
}

static long bio_control(BIO *bio, int what, long number, void *value)
{
	const struct tls_session *session = BIO_get_data(bio);

	(void)number;
	(void)value;
	if (what == BIO_CTRL_EOF)
		return session->saw_end;
	return what == BIO_CTRL_FLUSH;
}

static BIO_METHOD *method;

static void method_make(void)
{
	method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(),
			      "volens socket");
	if (!method || !BIO_meth_set_read(method, bio_read) ||
	    !BIO_meth_set_write(method, bio_write) ||
	    !BIO_meth_set_ctrl(method, bio_control))
		err_fatal("OpenSSL has no memory");
}

BIO *net_tls_bio(struct tls_session *session)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	BIO *bio;

	pthread_once(&once, method_make);
	bio = BIO_new(method);
	if (!bio)
		return NULL;
	BIO_set_data(bio, session);
	BIO_set_init(bio, 1);
	return bio;
}
