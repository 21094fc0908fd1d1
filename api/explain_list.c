#include "api/explain_list.h"

static enum list_role role_of(const struct exchange *exchange,
			      const struct list_image *list,
			      const struct explain_body *body)
{
	const struct identity sender = {IDENTITY_DIGEST, {body->sender, NULL}};
	char room[KIND_NAME_MAX + 1];

	return list_image_role(list, exchange->api->settings.index, &sender,
			       kinds_of_method(body->method, NULL, room),
			       exchange->now);
}

/** In the order in which the relay looks. */
static struct obstacle look(const struct exchange *exchange,
			    const struct list_image *list,
			    const struct explain_body *body)
{
	enum list_role role = body->sender ? role_of(exchange, list, body)
					   : LIST_ROLE_STRANGER;
	/* Who gets it is told to its owner alone. */
	int no_one = role == LIST_ROLE_OWNER ? 480 : 202;
	const struct list_member *member;

	if (strcmp(body->method, "MESSAGE") != 0)
		return (struct obstacle){404, "method",
					 "stored lists take MESSAGE only"};
	if (body->sender && !list_may_use(list->use, list->replies, role))
		return (struct obstacle){
			404, "list-use",
			"this sender may not use the list: see its owner, use "
			"and replies (volensctl list show)"};
	member = list_image_member(list, body->recipient);
	if (!member || strcmp(member->key, body->recipient) != 0)
		return (struct obstacle){no_one, "not-in-list",
					 "the recipient is not in the list"};
	if (body->sender && list_image_member(list, body->sender) == member)
		return (struct obstacle){
			no_one, "own-copy",
			"nobody gets what they send to a list themselves"};
	return (struct obstacle){0};
}

bool list_obstacle_find(const struct exchange *exchange,
			const struct explain_body *body, struct obstacle *ret)
{
	const struct list_table *lists = exchange->api->settings.lists;
	const struct list_image *list =
		lists ? list_table_get(lists, body->target) : NULL;

	if (!list)
		return false;
	*ret = look(exchange, list, body);
	list_image_release(list);
	return true;
}
