# Deliveries that are tried again.

scenario "silence is tried again with growing pauses, the same message under another CSeq"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com,to
expect sent sip:b@example.com
remember
answer sip:b@example.com 408
expect journal 0
expect deliveries 1 waiting 408
advance 23 s
expect nothing sent
advance 14 s
expect sent sip:b@example.com
expect try 2
answer sip:b@example.com 503
expect deliveries 1 waiting 503
advance 95 s
expect nothing sent
advance 50 s
expect sent sip:b@example.com
expect try 3
answer sip:b@example.com 200
expect deliveries 0
advance 1 h
expect nothing sent
expect idle

scenario "what fails while the queue is scanned is tried again in time"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect sent sip:b@example.com
commit hold
wake
answer sip:b@example.com 480
commit release
expect deliveries 1 waiting 480
advance 40 s
expect sent sip:b@example.com

scenario "Retry-After is the least"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 480 retry-after 1000
advance 999 s
expect nothing sent
advance 2 s
expect sent sip:b@example.com

scenario "only who failed is tried again"
service list
permission any sip:list@relay.example -> sip:u%d@example.com*4 granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list-of 4 sip:u%d@example.com
expect sent 4
answer sip:u1@example.com 500
answer sip:u2@example.com 404
answer sip:u3@example.com 603
answer sip:u0@example.com 200
expect deliveries 1 waiting 500
expect deliveries 1 failed 404
expect deliveries 1 failed 603
advance 40 s
expect sent sip:u1@example.com
expect body "hello"
expect nothing sent
answer sip:u1@example.com 200
expect deliveries 0 waiting
expect deliveries 2
expect idle

scenario "a retry that is refused for good is over"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
answer sip:b@example.com 480
advance 40 s
answer sip:b@example.com 404
expect deliveries 1 failed 404
advance 1 d
expect sent 2

scenario "no try after Expires"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	expires 100
	list sip:b@example.com
answer sip:b@example.com 480
advance 40 s
answer sip:b@example.com 480
expect deliveries 1 expired 480
expect sent 2
advance 1 d
expect nothing sent

scenario "Expires 0 is tried once"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	expires 0
	list sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 408
expect deliveries 1 expired 408
advance 1 d
expect nothing sent

scenario "Expires counts from Date"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	expires 3600
	header Date "Tue, 14 Nov 2023 21:13:30 GMT"
	list sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 408
expect deliveries 1 expired 408

scenario "without Expires the lifetime counts"
setting lifetime 60
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
answer sip:b@example.com 480
advance 40 s
answer sip:b@example.com 480
expect deliveries 1 expired 480

scenario "a retry is not sent once the permission is gone"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect sent 1
answer sip:b@example.com 480
permission any sip:list@relay.example -> sip:b@example.com denied
advance 40 s
expect nothing sent
expect deliveries 1 withdrawn
expect idle

scenario "a retry survives a restart, and one in flight too"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com
expect sent sip:b@example.com
remember
answer sip:b@example.com 480
crash
start
expect nothing sent
advance 40 s
expect sent sip:b@example.com
expect try 2
crash
start
expect sent sip:b@example.com
expect try 2
answer sip:b@example.com 200
expect deliveries 0
expect idle

scenario "what expired while nobody was there is not sent"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
permission any sip:list@relay.example -> sip:c@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	expires 100
	list sip:b@example.com sip:c@example.com
expect sent 2
answer sip:b@example.com 480
crash
advance 1 h
start
expect nothing sent
expect deliveries 2 expired

scenario "a step of the clock is noticed within a minute"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect sent 1
answer sip:b@example.com 480 retry-after 5000
clock 2 h
advance 61 s
expect sent sip:b@example.com

scenario "many deliveries that are due come in turns"
service list
setting list-length 2000
setting legs-in-flight 2000
permission any sip:list@relay.example -> sip:u%d@example.com*700 granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list-of 700 sip:u%d@example.com
answer all 480
expect sent 700
expect deliveries 700 waiting
advance 40 s
answer all 200
expect sent 700
expect deliveries 0
expect idle

scenario "finished deliveries are swept after their time"
setting keep-failed 3600
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
answer sip:b@example.com 404
expect deliveries 1 failed
advance 3 h
expect deliveries 0

scenario "writing down a retry is tried until the disk takes it"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
answer sip:b@example.com 480
advance 40 s
expect sent 2
commit full
answer sip:b@example.com 200
advance 2 m
expect nothing sent
expect deliveries 1 waiting
commit well
advance 2 m
expect nothing sent
expect deliveries 0
expect idle

scenario "a delivery that is dropped while it is in flight is over"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
answer sip:b@example.com 480
advance 40 s
expect in-flight 1
forget
answer sip:b@example.com 480
expect deliveries 0
expect idle
advance 1 d
expect sent 2

scenario "a retry whose message cannot be read has failed"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
answer sip:b@example.com 480
spoil message
advance 40 s
expect sent 1
expect deliveries 1 failed
expect idle

scenario "a retry waits for the recipient like any other, also while draining"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "first"
	list sip:b@example.com
answer sip:b@example.com 480
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "second"
	list sip:b@example.com
expect sent 2
advance 40 s
expect nothing sent
drain
answer sip:b@example.com 200
expect nothing sent
expect deliveries 1 waiting
expect idle
stop
start
expect sent sip:b@example.com
expect body "first"

scenario "a look that is wanted while one is out comes after it"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
answer sip:b@example.com 480
expect sent 1
commit hold
advance 40 s
wake
wake
commit release
expect sent 1
expect in-flight 1
answer all 200
expect idle

scenario "retries take a quarter of the window, new messages the rest"
service list
setting legs-in-flight 8
permission any sip:list@relay.example -> sip:u%d@example.com*10 granted
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list-of 10 sip:u%d@example.com
answer all 480
expect sent 10
advance 40 s
expect in-flight 2
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect in-flight 3
answer all 200
expect sent 11
expect deliveries 0
expect idle

scenario "a phone that answers 482 to a later try has not said no"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect sent sip:b@example.com
remember
answer sip:b@example.com 503
advance 40 s
expect sent sip:b@example.com
expect try 2
answer sip:b@example.com 482
expect deliveries 1 waiting 482
advance 200 s
expect sent sip:b@example.com
expect try 3
answer sip:b@example.com 200
expect deliveries 0

scenario "482 to the first try is a loop"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
answer sip:b@example.com 482
expect deliveries 1 failed 482

scenario "after a crash 482 may mean that it was there before"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect sent sip:b@example.com
remember
crash
start
expect sent sip:b@example.com
expect remembered
answer sip:b@example.com 482
expect deliveries 1 waiting 482
advance 40 s
expect sent sip:b@example.com
expect try 2

scenario "away is tried again where a registrar of ours says so"
setting retry-pause 10
service list
permission any sip:list@relay.example -> sip:b@192.0.2.7 granted
permission any sip:list@relay.example -> sip:c@192.0.2.7 granted
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@192.0.2.7 sip:c@192.0.2.7 sip:b@example.com
expect sent 3
answer sip:b@192.0.2.7 404
answer sip:c@192.0.2.7 430
answer sip:b@example.com 404
expect deliveries 2 waiting
expect deliveries 1 failed 404
advance 15 s
expect sent 2
answer sip:b@192.0.2.7 410
expect deliveries 1 failed 410
answer sip:c@192.0.2.7 200
expect deliveries 0 waiting

scenario "who wants credentials gets the message later"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
answer sip:b@example.com 407
expect deliveries 1 waiting 407
advance 40 s
answer sip:b@example.com 200
expect deliveries 0

scenario "typing is told now or never"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	part "Content-Type: application/im-iscomposing+xml\r\n" "<isComposing/>"
	list sip:b@example.com,to
expect sent sip:b@example.com
answer sip:b@example.com 480
expect deliveries 1 expired 480
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	part "Content-Type: message/cpim\r\n" "To: <sip:b@example.com>\r\n\r\nContent-Type: application/im-iscomposing+xml\r\n\r\n<isComposing/>"
	list sip:b@example.com,to
expect sent sip:b@example.com
answer sip:b@example.com 480
expect deliveries 2 expired 480
advance 1 d
expect nothing sent
