/*
 * method -- the request methods that are told apart, by name.
 */
#ifndef VOLENS_SERVER_METHOD_H
#define VOLENS_SERVER_METHOD_H

enum method {
	METHOD_UNKNOWN, /**< 501 */
	METHOD_ACK,
	METHOD_CANCEL,
	METHOD_MESSAGE,
	METHOD_OPTIONS,
	METHOD_PUBLISH,
	METHOD_REGISTER,
	METHOD_OTHER /**< known, and served nowhere here: 405 */
};

#endif
