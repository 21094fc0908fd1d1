# How often people are asked: RFC 4453 REQ 2, RFC 5360 section 5.1.1.

scenario "one owner asks one recipient once a day"
setting owner-limits 1
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
keep
answer sip:b@example.com 200
publish grant from sip:b@example.com by digest
expect respond 200
ask sip:a@example.com sip:two@relay.example -> sip:b@example.com
clock 23 h
advance 58 m
expect nothing sent
ask sip:c@example.com sip:two@relay.example -> sip:b@example.com
expect sent sip:b@example.com
expect has "sip:c@example.com asks"
answer sip:b@example.com 200
ask sip:a@example.com sip:two@relay.example -> sip:other@example.com
expect sent sip:other@example.com
answer sip:other@example.com 200
advance 3 m
expect sent sip:b@example.com
expect has "sip:a@example.com asks"
answer sip:b@example.com 200
expect nothing sent

scenario "one owner asks one recipient twice a week, also when they answer"
setting owner-limits 1
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
keep
answer sip:b@example.com 200
publish grant from sip:b@example.com by digest
clock 1 d
ask sip:a@example.com sip:two@relay.example -> sip:b@example.com
expect sent sip:b@example.com
keep
answer sip:b@example.com 200
publish grant from sip:b@example.com by digest
ask sip:a@example.com sip:three@relay.example -> sip:b@example.com
clock 5 d
advance 2 m
expect nothing sent
clock 1 d
advance 2 m
expect sent sip:b@example.com
answer sip:b@example.com 200

scenario "who never answers is left alone for longer each time, and after seven for half a year"
setting owner-limits 1
setting request-lifetime 31536000
ask sip:a@example.com sip:l1@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 200
ask sip:a@example.com sip:l2@relay.example -> sip:b@example.com
ask sip:a@example.com sip:l3@relay.example -> sip:b@example.com
ask sip:a@example.com sip:l4@relay.example -> sip:b@example.com
ask sip:a@example.com sip:l5@relay.example -> sip:b@example.com
ask sip:a@example.com sip:l6@relay.example -> sip:b@example.com
ask sip:a@example.com sip:l7@relay.example -> sip:b@example.com
ask sip:a@example.com sip:l8@relay.example -> sip:b@example.com
advance 1 h
expect nothing sent
clock 23 h
advance 1 m
expect sent sip:b@example.com
answer sip:b@example.com 200
# three days, and no third one in the week of the first
clock 5 d
advance 1 h
expect nothing sent
clock 23 h
advance 2 m
expect sent sip:b@example.com
answer sip:b@example.com 200
clock 6 d
advance 1 h
expect nothing sent
clock 1 d
advance 2 m
expect sent sip:b@example.com
answer sip:b@example.com 200
clock 13 d
advance 1 h
expect nothing sent
clock 1 d
advance 2 m
expect sent sip:b@example.com
answer sip:b@example.com 200
clock 29 d
advance 1 h
expect nothing sent
clock 1 d
advance 2 m
expect sent sip:b@example.com
answer sip:b@example.com 200
clock 59 d
advance 1 h
expect nothing sent
clock 1 d
advance 2 m
expect sent sip:b@example.com
answer sip:b@example.com 200
# the seventh was on day 118
clock 63 d
advance 1 h
expect nothing sent
clock 2 d
advance 2 m
expect sent sip:b@example.com
answer sip:b@example.com 200

scenario "an answer ends the pauses of who never answered"
setting owner-limits 1
ask sip:a@example.com sip:l1@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 200
ask sip:a@example.com sip:l2@relay.example -> sip:b@example.com
clock 1 d
advance 2 m
expect sent sip:b@example.com
keep
answer sip:b@example.com 200
publish deny from sip:b@example.com by nobody
expect respond 200
ask sip:a@example.com sip:l3@relay.example -> sip:b@example.com
clock 5 d
advance 23 h
expect nothing sent
advance 2 h
expect sent sip:b@example.com
answer sip:b@example.com 200

scenario "all owners together: in turns, so that nobody waits for who asks more"
setting requests-per-day 2
setting request-interval 0
ask sip:a@example.com sip:l1@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 200
ask sip:a@example.com sip:l2@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 200
ask sip:a@example.com sip:l3@relay.example -> sip:b@example.com
ask sip:a@example.com sip:l4@relay.example -> sip:b@example.com
ask sip:a@example.com sip:l5@relay.example -> sip:b@example.com
ask sip:c@example.com sip:l6@relay.example -> sip:b@example.com
ask sip:c@example.com sip:l7@relay.example -> sip:b@example.com
expect nothing sent
clock 1 d
advance 2 m
expect sent sip:b@example.com
expect has "sip:c@example.com asks"
answer sip:b@example.com 200
expect sent sip:b@example.com
expect has "sip:a@example.com asks"
answer sip:b@example.com 200
expect nothing sent
clock 1 d
advance 2 m
expect sent sip:b@example.com
answer sip:b@example.com 200
expect sent sip:b@example.com
answer sip:b@example.com 200
expect state sip:c@example.com sip:l7@relay.example -> sip:b@example.com waiting
expect state sip:a@example.com sip:l5@relay.example -> sip:b@example.com pending
expect nothing sent

scenario "a question of a list is its owner's"
setting owner-limits 1
stored hikers sip:nora@example.com replies list
entries hikers sip:omar@example.org
expect sent sip:omar@example.org
answer sip:omar@example.org 200
stored climbers sip:nora@example.com
entries climbers sip:omar@example.org
ask sip:nora@example.com sip:other@relay.example -> sip:omar@example.org
advance 2 h
expect nothing sent
stored singers sip:pia@example.com
entries singers sip:omar@example.org
expect sent sip:omar@example.org
answer sip:omar@example.org 200

scenario "after a restart nobody is asked again"
setting owner-limits 1
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 200
ask sip:a@example.com sip:two@relay.example -> sip:b@example.com
crash
start
clock 23 h
advance 30 m
expect nothing sent
crash
start
advance 35 m
expect sent sip:b@example.com
answer sip:b@example.com 200
crash
start
clock 30 d
advance 1 h
expect nothing sent

scenario "a process that dies while it asks goes on with the same question, later"
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
crash
start
advance 9 m
expect nothing sent
crash
start
advance 2 m
expect sent sip:b@example.com
crash
start
advance 58 m
expect nothing sent
advance 3 m
expect sent sip:b@example.com
answer sip:b@example.com 200
expect state sip:a@example.com sip:one@relay.example -> sip:b@example.com waiting

scenario "what was asked counts, whether the permission was removed or not"
# rules of the store: the count of questions stays
setting owner-limits 1
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 200
unask sip:a@example.com sip:one@relay.example -> sip:b@example.com
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect nothing sent
clock 23 h
advance 58 m
expect nothing sent
advance 3 m
expect sent sip:b@example.com
answer sip:b@example.com 200
unask sip:a@example.com sip:one@relay.example -> sip:b@example.com
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
clock 5 d
advance 22 h
expect nothing sent

scenario "another spelling is no other recipient"
setting owner-limits 1
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 200
ask sip:a@example.com sip:two@relay.example -> sip:b@example.com;user=phone
ask sip:a@example.com sip:two@relay.example -> sip:b@example.com:5060
ask sip:a@example.com sip:two@relay.example -> sips:b@example.com
advance 2 h
expect nothing sent

scenario "a phone that is off: all tries are one question"
setting owner-limits 1
setting request-lifetime 2592000
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 480
advance 9 m
expect nothing sent
advance 2 m
expect sent sip:b@example.com
answer sip:b@example.com 480
advance 61 m
expect sent sip:b@example.com
answer sip:b@example.com 480
advance 4 h
expect sent sip:b@example.com
answer sip:b@example.com 480
advance 8 h
advance 2 m
expect sent sip:b@example.com
answer sip:b@example.com 480
advance 8 h
advance 2 m
expect sent sip:b@example.com
answer sip:b@example.com 480
# five tries were one of five questions a day
ask sip:c@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 200
advance 8 h
advance 2 m
expect sent sip:b@example.com
answer sip:b@example.com 200
expect state sip:a@example.com sip:one@relay.example -> sip:b@example.com waiting
# the next one of this owner: a day after the first try, and an unanswered one
ask sip:a@example.com sip:two@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 200

scenario "asked once more without an answer: when the pause is over, as another question"
setting owner-limits 1
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
keep
answer sip:b@example.com 200
expect state sip:a@example.com sip:one@relay.example -> sip:b@example.com waiting
reask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect state sip:a@example.com sip:one@relay.example -> sip:b@example.com pending
expect nothing sent
# twice is not two
reask sip:a@example.com sip:one@relay.example -> sip:b@example.com
clock 23 h
advance 58 m
expect nothing sent
advance 3 m
expect sent sip:b@example.com
answer sip:b@example.com 200
expect state sip:a@example.com sip:one@relay.example -> sip:b@example.com waiting
# two a week, also for who asks once more
clock 2 d
reask sip:a@example.com sip:one@relay.example -> sip:b@example.com
clock 3 d
advance 1 h
expect nothing sent
clock 1 d
advance 2 m
expect sent sip:b@example.com
answer sip:b@example.com 200

scenario "asked once more: at once, where the limits have room"
setting owner-limits 1
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 200
clock 1 d
advance 2 m
reask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 404
expect state sip:a@example.com sip:one@relay.example -> sip:b@example.com error
clock 6 d
advance 2 m
reask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 200
expect state sip:a@example.com sip:one@relay.example -> sip:b@example.com waiting

scenario "asked once more: the first question still takes a no"
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
keep
answer sip:b@example.com 200
reask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 200
publish deny from sip:b@example.com by nobody
expect respond 200
expect state sip:a@example.com sip:one@relay.example -> sip:b@example.com denied
reask sip:a@example.com sip:one@relay.example -> sip:b@example.com refused
expect state sip:a@example.com sip:one@relay.example -> sip:b@example.com denied
advance 30 m
expect nothing sent

scenario "asked once more: a no before the second question keeps it back"
setting owner-limits 1
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
keep
answer sip:b@example.com 200
reask sip:a@example.com sip:one@relay.example -> sip:b@example.com
publish deny from sip:b@example.com by nobody
expect respond 200
clock 2 d
advance 1 h
expect nothing sent
expect state sip:a@example.com sip:one@relay.example -> sip:b@example.com denied

scenario "asked once more: the first question still takes a yes"
setting owner-limits 1
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
keep
answer sip:b@example.com 200
reask sip:a@example.com sip:one@relay.example -> sip:b@example.com
publish grant from sip:b@example.com by digest
expect respond 200
expect state sip:a@example.com sip:one@relay.example -> sip:b@example.com granted
reask sip:a@example.com sip:one@relay.example -> sip:b@example.com refused
clock 2 d
advance 1 h
expect nothing sent

scenario "asked once more while it is tried: the tries go on as they were"
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 480
reask sip:a@example.com sip:one@relay.example -> sip:b@example.com
advance 9 m
expect nothing sent
advance 2 m
expect sent sip:b@example.com
answer sip:b@example.com 200

scenario "asked once more: after a crash it is not asked twice"
setting owner-limits 1
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 200
reask sip:a@example.com sip:one@relay.example -> sip:b@example.com
crash
start
advance 1 h
expect nothing sent
clock 23 h
advance 2 m
expect sent sip:b@example.com
answer sip:b@example.com 200
crash
start
clock 1 d
advance 1 h
expect nothing sent

scenario "a question that waited for a limit has its whole lifetime of tries"
setting owner-limits 1
setting request-lifetime 86400
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 200
ask sip:a@example.com sip:two@relay.example -> sip:b@example.com
clock 1 d
advance 2 m
expect sent sip:b@example.com
answer sip:b@example.com 480
expect state sip:a@example.com sip:two@relay.example -> sip:b@example.com pending
advance 11 m
expect sent sip:b@example.com
answer sip:b@example.com 200
expect state sip:a@example.com sip:two@relay.example -> sip:b@example.com waiting

scenario "turns are a person's, by whatever name they are asked"
setting requests-per-day 1
setting request-interval 0
ask sip:a@example.com sip:l1@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 200
ask sip:a@example.com sip:l2@relay.example -> sip:b@example.com
ask sip:a@example.com sip:l3@relay.example -> sip:b@example.com
ask sip:c@example.com sip:l4@relay.example -> sip:b@example.com;user=phone
expect nothing sent
clock 1 d
advance 2 m
expect sent sip:b@example.com;user=phone
answer sip:b@example.com;user=phone 200
expect nothing sent
