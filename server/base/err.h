/*
 * err -- the one error code of the whole program.
 *
 * Functions that can fail return it and write their outputs only on ERR_OK.
 * A foreign code (errno, SQLite, OpenSSL, c-ares) is translated in the function
 * that met it.  What a policy decides is a value, never an error.
 */
#ifndef VOLENS_BASE_ERR_H
#define VOLENS_BASE_ERR_H

/** Marks a function whose result must be looked at. */
#define MUST_CHECK __attribute__((warn_unused_result))

enum err {
	ERR_OK,		  /**< nothing went wrong */
	ERR_SYNTAX,	  /**< cannot be read: malformed text, XML, URI, JSON */
	ERR_CHARSET,	  /**< not UTF-8, or a NUL or control byte in it */
	ERR_TOO_LARGE,	  /**< over a limit of bytes, entries or depth */
	ERR_UNSUPPORTED,  /**< well formed, but a type we do not serve */
	ERR_SCHEME,	  /**< URI scheme that cannot be sent to */
	ERR_HOSTILE,	  /**< refused by rule: maddr, own URI, bad address */
	ERR_UNKNOWN,	  /**< no such thing here */
	ERR_EXISTS,	  /**< is there already */
	ERR_CONFLICT,	  /**< the state of the thing forbids it */
	ERR_PRECONDITION, /**< If-Match or SIP-If-Match does not match */
	ERR_AUTHENTICATE, /**< credentials are missing, stale or wrong */
	ERR_FORBIDDEN,	  /**< who asks is known, and may not */
	ERR_BUSY,	  /**< over a rate or a queue is full; try later */
	ERR_FULL,	  /**< the disk or the store is full */
	ERR_IO,		  /**< the store, a file or a socket failed */
	ERR_UNREACHABLE,  /**< no address, refused connection, network down */
	ERR_TIMEOUT,	  /**< no answer in time */
	ERR_UNVERIFIED,	  /**< a certificate does not prove who is expected */
	ERR_SHUTDOWN,	  /**< the process is stopping */
	ERR_COUNT	  /**< how many there are; not an error */
};

/** A short English text for a log line or a reason phrase.  Never NULL. */
const char *err_text(enum err err);

/** End the process with one line on standard error and exit code 1.  For what
 *  cannot go on and cannot be refused: no memory, no random numbers. */
_Noreturn void err_fatal(const char *what);

#endif
