# When legs start.

scenario "no more legs than Max-Breadth at a time"
# RFC 5393 section 5.3.3: the next begins when one ends
service list
permission any sip:list@relay.example -> sip:u%d@example.com*3 granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	max-breadth 2
	list-of 3 sip:u%d@example.com
expect respond 202
expect order sip:u0@example.com sip:u1@example.com
expect has "Max-Breadth: 1\r\n"
expect nothing sent
answer sip:u1@example.com 200
expect sent sip:u2@example.com
answer all 200
expect journal 0
expect idle

scenario "no more legs than the window of all"
setting legs-in-flight 3
service list
permission any sip:list@relay.example -> sip:u%d@example.com*5 granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list-of 5 sip:u%d@example.com
expect respond 202
expect in-flight 3
answer sip:u0@example.com 200
expect in-flight 3
answer all 200
expect sent 5
expect idle

scenario "a long list does not starve a short one"
setting legs-in-flight 4
service list
permission any sip:list@relay.example -> sip:u%d@example.com*100 granted
permission any sip:list@relay.example -> sip:x%d@example.com*3 granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list-of 100 sip:u%d@example.com
expect respond 202
expect sent 4
recv MESSAGE sip:list@relay.example from sip:z@example.com by digest
	list-of 3 sip:x%d@example.com
expect respond 202
answer sip:u0@example.com 200
answer sip:u1@example.com 200
answer sip:u2@example.com 200
answer sip:u3@example.com 200
expect order sip:u4@example.com sip:x0@example.com sip:u5@example.com sip:x1@example.com
answer all 200
expect sent 95
expect idle

scenario "one MESSAGE at a time for a recipient, in order"
# RFC 3428 section 8
service list
permission any sip:list@relay.example -> sip:b@example.com granted
permission any sip:list@relay.example -> sip:c@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "first"
	list sip:b@example.com
recv MESSAGE sip:list@relay.example from sip:z@example.com by digest
	text "second"
	list sip:%62@EXAMPLE.com sip:c@example.com
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "third"
	list sip:b@example.com
expect order sip:b@example.com sip:c@example.com
expect nothing sent
answer sip:b@example.com 200
expect sent sip:%62@EXAMPLE.com
expect body "second"
expect nothing sent
answer sip:%62@EXAMPLE.com 480
expect sent sip:b@example.com
expect body "third"
answer all 200
expect idle

scenario "who waits for a silent recipient comes back later, like the first"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com
more 9
expect in-flight 1
answer sip:b@example.com 408
expect sent 1
expect nothing sent
expect in-flight 0
expect deliveries 10 waiting
expect idle
advance 1 m
answer sip:b@example.com 200 always
expect sent 10
expect journal 0
expect deliveries 0

scenario "a no is a no also for those who come back later"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com
more 2
answer sip:b@example.com 408
expect sent 1
expect deliveries 3 waiting
permission any sip:list@relay.example -> sip:b@example.com denied
advance 1 m
expect nothing sent
expect deliveries 3 withdrawn
expect journal 0

scenario "not too many wait for one recipient"
setting requests 400
setting legs-in-flight 2000
service list
permission any sip:list@relay.example -> sip:b@example.com granted
permission any sip:list@relay.example -> sip:c@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com sip:c@example.com
more 199
expect in-flight 2
answer sip:c@example.com 200 always
answer sip:b@example.com 200 always
expect sent 258
expect deliveries 142 waiting
advance 1 m
answer sip:b@example.com 200 always
answer sip:c@example.com 200 always
expect sent 142
expect deliveries 0
expect idle

scenario "who crowds a slow recipient comes more and more seldom"
# looked at after 4, 8, 13 s and so on; 7305 s, and then 8222 s
setting retry-pause 4
setting requests 400
setting legs-in-flight 2000
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com
more 129
expect sent 1
expect deliveries 1 waiting
advance 125 m
expect nothing sent
answer sip:b@example.com 200 always
expect sent 128
advance 9 m
expect nothing sent
expect deliveries 1 waiting
advance 5 m
expect sent 1
answer sip:b@example.com 200 always
expect deliveries 0
expect idle

scenario "a waiting recipient holds nobody else up"
service list
permission any sip:list@relay.example -> sip:u%d@example.com*3 granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:u0@example.com
recv MESSAGE sip:list@relay.example from sip:z@example.com by digest
	max-breadth 1
	list-of 3 sip:u%d@example.com
expect order sip:u0@example.com sip:u1@example.com
answer sip:u1@example.com 200
expect sent sip:u2@example.com
answer sip:u2@example.com 200
expect nothing sent
answer sip:u0@example.com 200
expect sent sip:u0@example.com
answer all 200
expect idle

scenario "a deny stops a leg that waits for its turn"
# RFC 5360 section 5.8; in force for the next leg
service list
permission any sip:list@relay.example -> sip:b@example.com granted
permission any sip:list@relay.example -> sip:c@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	max-breadth 1
	list sip:b@example.com sip:c@example.com
expect respond 202
expect sent sip:b@example.com
permission any sip:list@relay.example -> sip:c@example.com denied
answer sip:b@example.com 200
expect nothing sent
expect deliveries 1 withdrawn
expect journal 0
expect idle

scenario "a deny stops a leg that is being resolved"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
edge hold
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 202
permission any sip:list@relay.example -> sip:b@example.com denied
edge release
expect nothing sent
expect deliveries 1 withdrawn
expect idle

scenario "a deny stops a leg that waits for its recipient"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "first"
	list sip:b@example.com
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "second"
	list sip:b@example.com
expect sent sip:b@example.com
permission any sip:list@relay.example -> sip:b@example.com denied
answer sip:b@example.com 200
expect nothing sent
expect deliveries 1 withdrawn
expect idle

scenario "3xx is never followed"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 302
expect nothing sent
expect deliveries 1 failed 302
expect idle

scenario "over the requests in work: 503"
setting requests 1
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 202
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 503 with Retry-After: 5
answer all 200
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 202

scenario "draining: what is in flight ends, the rest waits on disk"
service list
permission any sip:list@relay.example -> sip:u%d@example.com*3 granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	max-breadth 1
	text "hello"
	list-of 3 sip:u%d@example.com
expect respond 202
expect sent sip:u0@example.com
drain
answer sip:u0@example.com 200
expect nothing sent
expect journal 0
expect deliveries 2 waiting
expect idle
stop
start
expect order sip:u1@example.com
answer all 200
expect sent sip:u2@example.com
expect body "hello"
expect deliveries 0
expect idle

scenario "a recipient whose turn comes while draining waits on disk too"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "first"
	list sip:b@example.com
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "second"
	list sip:b@example.com
expect sent 1
drain
answer sip:b@example.com 200
expect nothing sent
expect deliveries 1 waiting
expect idle
stop
start
expect sent sip:b@example.com
expect body "second"
