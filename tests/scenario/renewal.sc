# What ends is asked about before, once, and ends if nobody answers.  Days pass by
# the wall clock; then the relay has the time to see it.

scenario "a grant is asked about before its end, and a yes begins a new term"
# RFC 5360 section 4.1; a yes lives 30 days here
service list
setting renew-before 1209600
ask any sip:list@relay.example -> sip:b@example.com
expect sent sip:b@example.com
expect lacks "ends by itself on"
keep
answer sip:b@example.com 200
publish grant from sip:b@example.com by digest
expect respond 200
clock 15 d
advance 11 m
expect nothing sent
clock 8 d
advance 11 m
expect sent sip:b@example.com
expect has "Every sender known by name may send you messages through the list sip:list@relay.example."
expect has "This ends by itself on "
expect has "Yes: it goes on for 30 days from your answer."
expect state any sip:list@relay.example -> sip:b@example.com granted
keep
answer sip:b@example.com 200
expect state any sip:list@relay.example -> sip:b@example.com granted
publish grant from sip:b@example.com by digest
expect respond 200 with Expires: 2592000
clock 15 d
advance 11 m
expect nothing sent
expect state any sip:list@relay.example -> sip:b@example.com granted
clock 8 d
advance 11 m
expect sent sip:b@example.com
expect state any sip:list@relay.example -> sip:b@example.com granted

scenario "without an answer it stays until its end, and nobody is asked again"
service list
setting renew-before 1209600
permission any sip:list@relay.example -> sip:b@example.com granted for 2592000
clock 23 d
advance 11 m
expect sent sip:b@example.com
answer sip:b@example.com 200
crash
start
clock 6 d
advance 11 m
expect nothing sent
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "still allowed"
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
answer sip:b@example.com 200
clock 2 d
advance 11 m
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 470
clock 60 d
advance 11 m
expect nothing sent
expect idle

scenario "a no to the question ends it at once"
service list
setting renew-before 1209600
permission any sip:list@relay.example -> sip:b@example.com granted for 2592000
clock 23 d
advance 11 m
expect sent sip:b@example.com
keep
publish deny from sip:b@example.com by nobody
expect respond 200
expect state any sip:list@relay.example -> sip:b@example.com denied
answer sip:b@example.com 200
expect state any sip:list@relay.example -> sip:b@example.com denied
clock 60 d
advance 11 m
expect nothing sent

scenario "a question that left is not asked again by the process after it"
service list
setting renew-before 1209600
permission any sip:list@relay.example -> sip:b@example.com granted for 2592000
clock 23 d
advance 11 m
expect sent sip:b@example.com
crash
start
clock 8 d
advance 11 m
expect nothing sent

scenario "what an import granted is renewed by its recipient"
service list
setting renew-before 1209600
permission any sip:list@relay.example -> sip:b@example.com imported for 2592000
clock 23 d
advance 11 m
expect sent sip:b@example.com
keep
answer sip:b@example.com 200
publish grant from sip:b@example.com by digest
expect respond 200
clock 15 d
advance 11 m
expect state any sip:list@relay.example -> sip:b@example.com granted
# who is not asked proves nothing by it
publish grant from sip:evil@example.com by digest
expect respond 401

scenario "the phone is off: the same question once more, until the end"
service list
setting renew-before 1209600
permission any sip:list@relay.example -> sip:b@example.com granted for 2592000
clock 23 d
advance 11 m
expect sent sip:b@example.com
answer sip:b@example.com 480
clock 1 d
advance 11 m
expect sent sip:b@example.com
answer sip:b@example.com 200
clock 5 d
advance 11 m
expect nothing sent
expect state any sip:list@relay.example -> sip:b@example.com granted

scenario "who cannot be asked keeps the grant until its end"
service list
setting renew-before 1209600
permission any sip:list@relay.example -> sip:b@example.com granted for 2592000
clock 23 d
advance 11 m
expect sent sip:b@example.com
answer sip:b@example.com 404
clock 6 d
advance 11 m
expect nothing sent
expect state any sip:list@relay.example -> sip:b@example.com granted
clock 2 d
advance 11 m
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 470
expect nothing sent

scenario "the text names what the row has"
service list
setting renew-before 1209600
permission sip:a@example.com sip:list@relay.example -> sip:b@example.com granted calls for 2592000
clock 23 d
advance 11 m
expect sent sip:b@example.com
expect has "sip:a@example.com may call you through the list sip:list@relay.example."

scenario "a grant of some days is not asked about"
service list
setting renew-before 1209600
permission any sip:list@relay.example -> sip:b@example.com granted for 500000
clock 7 d
advance 11 m
expect nothing sent

scenario "where a wider no stands nobody is asked"
# rules of RFC 5360 section 5.8: a no is never asked about at another's wish
service list
setting renew-before 1209600
permission sip:a@example.com sip:list@relay.example -> sip:b@example.com granted for 2592000
permission any sip:list@relay.example -> sip:b@example.com denied
clock 31 d
advance 11 m
expect nothing sent

scenario "those granted on one day are not asked at one time"
service list
setting renew-before 1209600
permission any sip:list@relay.example -> sip:u%d@example.com*40 granted for 2592000
clock 16 d
advance 11 m
expect nothing sent
clock 1 d
advance 11 m
expect sent 5
answer all 200
clock 1 d
advance 11 m
expect sent 7
answer all 200
clock 1 d
advance 11 m
expect sent 6
answer all 200
clock 1 d
advance 11 m
expect sent 5
answer all 200
clock 1 d
advance 11 m
expect sent 6
answer all 200
clock 1 d
advance 11 m
expect sent 8
answer all 200
clock 1 d
advance 11 m
expect sent 3
answer all 200
clock 7 d
advance 11 m
expect nothing sent

scenario "the limits of questions count for renewals"
# two at once, then one in ten minutes, and five a day
service list
setting renew-before 1209600
permission any sip:list@relay.example -> sip:b@example.com granted for 2592000
clock 19 d
advance 11 m
expect nothing sent
ask sip:x1@example.com sip:list@relay.example -> sip:b@example.com
answer all 200
ask sip:x2@example.com sip:list@relay.example -> sip:b@example.com
answer all 200
ask sip:x3@example.com sip:list@relay.example -> sip:b@example.com
advance 10 m
answer all 200
ask sip:x4@example.com sip:list@relay.example -> sip:b@example.com
advance 10 m
answer all 200
ask sip:x5@example.com sip:list@relay.example -> sip:b@example.com
advance 10 m
answer all 200
expect sent 5
clock 23 h
advance 11 m
expect nothing sent
clock 2 h
advance 11 m
expect sent sip:b@example.com
expect has "This ends by itself on "

scenario "a renewal without an answer is none of its owner's questions"
service list
setting owner-limits 1
setting renew-before 1209600
ask sip:a@example.com sip:list@relay.example -> sip:b@example.com
expect sent sip:b@example.com
keep
answer sip:b@example.com 200
publish grant from sip:b@example.com by digest
expect respond 200
clock 23 d
advance 11 m
expect sent sip:b@example.com
expect has "This ends by itself on "
answer sip:b@example.com 200
ask sip:a@example.com sip:two@relay.example -> sip:b@example.com
expect sent sip:b@example.com
expect has "sip:two@relay.example"
answer sip:b@example.com 200

scenario "renewals and questions take turns at a person"
service list
setting requests-per-day 1
setting request-interval 0
setting renew-before 1209600
permission sip:a@example.com sip:list@relay.example -> sip:b@example.com granted for 2592000
ask sip:a@example.com sip:one@relay.example -> sip:b@example.com
expect sent sip:b@example.com
answer sip:b@example.com 200
clock 23 d
ask sip:c@example.com sip:list@relay.example -> sip:b@example.com;user=phone
expect sent sip:b@example.com;user=phone
answer sip:b@example.com;user=phone 200
advance 11 m
expect nothing sent
clock 1 d
advance 11 m
expect sent sip:b@example.com
expect has "This ends by itself on "
