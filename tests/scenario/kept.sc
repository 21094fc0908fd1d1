# Accepted means kept.

scenario "202 only when it is on disk"
# RFC 5365 section 7.2
service list
permission any sip:list@relay.example -> sip:b@example.com granted
commit hold
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com
expect no respond
expect nothing sent
commit release
expect respond 202
expect sent sip:b@example.com
expect journal 1
answer all 200
expect journal 0
expect deliveries 0
expect idle

scenario "a full disk: 503, and nothing is sent"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
commit full
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 503 with Retry-After: 60
expect accepted 0
expect nothing sent
expect idle
commit well
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 202

scenario "a disk that fails or is behind: 503"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
commit broken
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 503 with Retry-After
commit busy
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 503 with Retry-After: 5
expect nothing sent

scenario "killed before the commit: nothing was accepted, nothing is sent"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
commit hold
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
crash
start
expect no respond
expect nothing sent
expect journal 0

scenario "killed after the commit, before the answer: it is sent"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
commit hold
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com
crash after commit
start
expect no respond
expect sent sip:b@example.com
expect body "hello"
again
expect respond 202
answer all 200
expect nothing sent
expect journal 0
expect idle

scenario "killed in flight: all of it again, for the disk has one row"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
permission any sip:list@relay.example -> sip:c@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:c@example.com
expect sent 2
answer sip:b@example.com 200
crash
start
expect order sip:b@example.com sip:c@example.com
expect nothing sent

scenario "killed in flight: the repeat has Call-ID, tag and CSeq of the first"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from "\"A\" <sip:a@example.com>" by digest
	expires 3600
	text "he\0llo"
	part "Content-Type: image/png\r\n" "\x89PNG\0\r\n"
	list sip:b@example.com,to
expect sent sip:b@example.com
remember
crash
start
expect sent sip:b@example.com
expect remembered
answer all 200
expect journal 0
crash
start
expect nothing sent

scenario "what was denied meanwhile is not sent after a restart"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
permission any sip:list@relay.example -> sip:c@example.com granted
edge hold
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:c@example.com
permission any sip:list@relay.example -> sip:b@example.com denied
crash
edge release
start
expect sent sip:c@example.com
expect nothing sent
answer all 200
expect deliveries 1 withdrawn
expect idle

scenario "what comes while old entries are taken up is not one of them"
service list
permission any sip:list@relay.example -> sip:u%d@example.com*2 granted
edge hold
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:u0@example.com
recv MESSAGE sip:list@relay.example from sip:b@example.com by digest
	list sip:u1@example.com
crash
edge release
start
expect sent 2
recv MESSAGE sip:list@relay.example from sip:b@example.com by digest
	list sip:u1@example.com
answer all 200
expect sent 1
expect idle

scenario "a repeat while it is on its way gets 202 and sends nothing"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 202
expect sent 1
again
expect respond 202
expect journal 1
expect accepted 1
answer all 200
expect nothing sent
expect journal 0

scenario "settling is tried until the disk takes it"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect sent sip:b@example.com
commit full
answer sip:b@example.com 404
advance 10 s
expect deliveries 0
commit well
advance 60 s
expect deliveries 1 failed 404
expect nothing sent
expect idle

scenario "very many are taken up again some at a time, and each once"
setting requests 200
service list
permission any sip:list@relay.example -> sip:b@example.com granted
permission any sip:list@relay.example -> sip:c@example.com granted
edge hold
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "old"
	list sip:b@example.com
more 89
expect journal 90
crash
edge release
start
recv MESSAGE sip:list@relay.example from sip:z@example.com by digest
	text "new"
	list sip:c@example.com
expect sent sip:c@example.com
answer sip:b@example.com 200 always
expect sent 90
expect journal 1
answer all 200
expect nothing sent
expect journal 0
expect idle

scenario "killed with several on their way to the disk"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
commit hold
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com
more 2
crash after commit
start
expect no respond
answer sip:b@example.com 200 always
expect sent 3
expect journal 0
expect idle

scenario "the disk fails while old entries are read: later"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
edge hold
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
crash
edge release
start broken
advance 10 s
expect nothing sent
commit well
advance 1 m
expect sent sip:b@example.com
answer all 200
expect journal 0
expect idle

scenario "an entry that cannot be read is said to have failed, once"
service list
permission any sip:list@relay.example -> sip:u%d@example.com*2 granted
edge hold
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:u0@example.com sip:u1@example.com
spoil message
crash
edge release
start
expect nothing sent
expect journal 0
expect deliveries 2 failed
expect idle
crash
start
expect deliveries 2 failed

scenario "nor can its recipients: it failed all the same"
service list
permission any sip:list@relay.example -> sip:u%d@example.com*2 granted
edge hold
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:u0@example.com sip:u1@example.com
spoil recipients
crash
edge release
start
expect nothing sent
expect journal 0
expect deliveries 1 failed
expect idle
