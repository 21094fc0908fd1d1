/*
 * method -- the request methods that are told apart, by name.
 */
#ifndef VOLENS_SERVER_METHOD_H
#define VOLENS_SERVER_METHOD_H

/** In the order in which Allow names them. */
enum method {
	METHOD_UNKNOWN, /**< 501 */
	METHOD_ACK,
	METHOD_BYE,
	METHOD_CANCEL,
	METHOD_INFO,
	METHOD_INVITE,
	METHOD_MESSAGE,
	METHOD_NOTIFY,
	METHOD_OPTIONS,
	METHOD_PRACK,
	METHOD_PUBLISH,
	METHOD_REFER,
	METHOD_REGISTER,
	METHOD_SUBSCRIBE,
	METHOD_UPDATE
};

#endif
