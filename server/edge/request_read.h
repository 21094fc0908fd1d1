/*
 * request_read -- from a received request to a struct request
 * (server/request.h).
 */
#ifndef VOLENS_SERVER_EDGE_REQUEST_READ_H
#define VOLENS_SERVER_EDGE_REQUEST_READ_H

#include "server/request.h"

struct intake;

/** Fill from_key, where From was read. */
void request_find_key(struct intake *intake);
/** Our words for it, in the arena of the intake.  NULL: there is a reply. */
struct request *request_read(struct intake *intake);

#endif
