/*
 * handlers -- what each route does; one file per resource.
 */
#ifndef VOLENS_API_HANDLERS_H
#define VOLENS_API_HANDLERS_H

#include "api/call.h"

void permissions_list(struct call *call);
void permissions_post(struct call *call);
void permission_get(struct call *call);
void permission_patch(struct call *call);
void permission_history(struct call *call);
void permission_delete(struct call *call);

void users_list(struct call *call);
void users_post(struct call *call);
void user_get(struct call *call);
void user_patch(struct call *call);
void user_delete(struct call *call);

void deliveries_list(struct call *call);
void delivery_get(struct call *call);
void delivery_retry(struct call *call);
void delivery_delete(struct call *call);

void requests_list(struct call *call);
void request_get(struct call *call);
void request_recipients(struct call *call);

void explain_post(struct call *call);

void healthz_get(struct call *call);
void readyz_get(struct call *call);
void metrics_get(struct call *call);
void openapi_get(struct call *call);

#endif
