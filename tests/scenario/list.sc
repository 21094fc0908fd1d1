# The list in the body: what is read, and what is refused.

scenario "a single part that is the list goes out with no body"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	content Content-Disposition recipient-list
	body application/resource-lists+xml <<
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">
<list><entry uri="sip:b@example.com"/></list></resource-lists>
>>
expect respond 202
expect sent sip:b@example.com
expect has "Content-Length: 0\r\n"
expect lacks "Content-Type"
expect lacks "Content-Disposition"

scenario "no list at all is 400"
# RFC 5365: there is nobody to send to
service list
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
expect respond 400 with Recipient List Missing
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	body text/plain "hello"
expect respond 400 with Recipient List Missing
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
expect respond 400 with Recipient List Missing
expect nothing sent

scenario "an empty list is 400"
service list
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list
expect respond 400 with Recipient List Empty

scenario "a list of a type we do not know is 415 and we say which we know"
# RFC 5363 section 4
service list
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	part "Content-Type: application/adrml+xml\r\nContent-Disposition: recipient-list\r\n" "<x/>"
expect respond 415 with Accept: application/resource-lists+xml
expect nothing sent

scenario "a list of an unknown type that may be ignored is ignored"
# RFC 3261 section 20.11: handling
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	part "Content-Type: application/adrml+xml\r\nContent-Disposition: recipient-list;handling=optional\r\n" "<secret/>"
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
expect lacks "<secret/>"

scenario "an encoded list is 415"
service list
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	part "Content-Type: application/resource-lists+xml\r\nContent-Disposition: recipient-list\r\nContent-Encoding: gzip\r\n" "xxxx"
expect respond 415 with Accept-Encoding: identity

scenario "bad XML is 400 and the phrase says why"
service list
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	xml "<resource-lists"
expect respond 400 with Not Well-Formed
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	xml "<html/>"
expect respond 400 with Is Not resource-lists
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	xml <<
<!DOCTYPE x [<!ENTITY a "b">]>
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"/>
>>
expect respond 400 with DOCTYPE
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	xml <<
<?xml version="1.0" encoding="ISO-8859-1"?>
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"/>
>>
expect respond 400 with UTF-8
expect nothing sent

scenario "references are refused: the list of RFC 5365 is flat"
service list
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	xml <<
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">
<list><entry-ref ref="resource-lists/users/x"/></list></resource-lists>
>>
expect respond 400 with entry-ref
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	xml <<
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">
<list><external anchor="http://127.0.0.1/x"/></list></resource-lists>
>>
expect respond 400 with external

scenario "lists in lists are flattened, foreign elements passed over"
# RFC 4826 section 3.1
service list
permission any sip:list@relay.example -> sip:u%d@example.com*4 granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	xml <<
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:f="urn:foreign">
<list name="one"><display-name>One</display-name>
<entry uri="sip:u0@example.com"><display-name>Zero</display-name></entry>
<list name="two"><entry uri="sip:u1@example.com"/>
<list><entry uri=" sip:u2@example.com "/></list></list>
<f:extra><entry uri="sip:stranger@example.com"/></f:extra></list>
<list><entry uri="sip:u3@example.com"/></list>
</resource-lists>
>>
expect respond 202
expect order sip:u0@example.com sip:u1@example.com sip:u2@example.com sip:u3@example.com
expect nothing sent

scenario "several lists are one"
# RFC 5363 section 4.1
service list
permission any sip:list@relay.example -> sip:u%d@example.com*3 granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:u0@example.com sip:u1@example.com
	text "hello"
	list sip:u1@example.com sip:u2@example.com
expect respond 202
expect order sip:u0@example.com sip:u1@example.com sip:u2@example.com
expect nothing sent

scenario "a recipient named twice gets one request"
# RFC 5363 section 4.1: comparison by the rules of the scheme
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com sip:b@EXAMPLE.COM sip:b@example.com:5060 sip:%62@example.com
expect respond 202
expect sent 1

scenario "too many recipients are 413, and duplicates do not count"
setting list-length 3
service list
permission any sip:list@relay.example -> sip:u%d@example.com*4 granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list-of 4 sip:u%d@example.com
expect respond 413 with Too Many Recipients
expect nothing sent
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:u0@example.com sip:u0@example.com sip:u1@example.com sip:u2@example.com
expect respond 202
expect sent 3

scenario "a list over the bytes is 413, one too deep too"
setting list-bytes 2000
service list
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list-of 100 sip:user%d@example.com
expect respond 413 with Too Large
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	xml <<
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">
<list><list><list><list><list><list><list><list><list><list><list><list>
<list><list><list><list><list><list><list><list><list><list><list><list>
<list><list><list><list><list><list><list><list><list><list><list><list>
<entry uri="sip:b@example.com"/>
</list></list></list></list></list></list></list></list></list></list></list></list>
</list></list></list></list></list></list></list></list></list></list></list></list>
</list></list></list></list></list></list></list></list></list></list></list></list>
</resource-lists>
>>
expect respond 413 with Too Large

scenario "a body over the bytes is 413"
setting body-bytes 100
service list
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
expect respond 413

scenario "a broken multipart is 400"
service list
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	body "multipart/mixed;boundary=x" "--x\r\nContent-Type: text/plain\r\n\r\nhello"
expect respond 400 with Bad Multipart Body

scenario "hostile URIs are refused by name of the rule"
# RFC 3261 section 19.1.5, RFC 4453 REQ 14
service list
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com;maddr=192.0.2.1
expect respond 403 with maddr
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com;ttl=255
expect respond 403 with ttl
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@127.0.0.1
expect respond 403 with Address
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@[::ffff:10.0.0.1]
expect respond 403 with Address
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com:25
expect respond 403 with Port
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list tel:+15551234
expect respond 416
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list mailto:b@example.com
expect respond 416
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list "sip:b@example.com&#13;&#10;X:y"
expect respond 400 with Bad URI
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list "sip:@"
expect respond 400 with Bad URI
expect nothing sent

scenario "private addresses are fine where the operator says so"
setting allow-private-addresses 1
service list
permission any sip:list@relay.example -> sip:b@127.0.0.1:5070 granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@127.0.0.1:5070
expect respond 202
expect sent sip:b@127.0.0.1:5070

scenario "a list that names the relay itself is refused"
# it would come back; RFC 5393
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:list@RELAY.example
expect respond 403 with Names This Relay
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:relay.example
expect respond 403 with Names This Relay
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com sip:d-00112233445566778899aabbccddeeff@relay.example
expect respond 403 with Names This Relay
expect nothing sent

scenario "all other users of the relay's domain are people"
# RFC 3261 section 16.5: inside a domain the user part says who is meant
service list
permission any sip:list@relay.example -> sip:b@relay.example granted
permission any sip:list@relay.example -> sip:d-smith@relay.example granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@relay.example:5060 sip:d-smith@relay.example
expect respond 202
expect sent sip:b@relay.example:5060
expect sent sip:d-smith@relay.example

scenario "another port of the relay's host is another server"
# RFC 3261 section 19.1.4: a port makes another URI
service list
permission any sip:list@relay.example -> sip:b@relay.example:5070 granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@relay.example:5070
expect respond 202
expect sent sip:b@relay.example:5070

scenario "header components and the method of a list URI are ignored"
# RFC 5365 section 7.2, RFC 3261 section 19.1.5
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com;method=INVITE;transport=tcp?Subject=evil&amp;Route=%3Csip:x%3E
expect respond 202
expect sent sip:b@example.com;transport=tcp
expect lacks "evil"
expect lacks "INVITE"
expect lacks "Route"

scenario "a bad role is 400"
service list
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com,boss
expect respond 400 with copyControl

scenario "a permission document is not sent to a list"
# it would be a question in the name of another relay, to everybody
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	part "Content-Type: application/auth-policy+xml\r\n" "<x/>"
	list sip:b@example.com
expect respond 403 with Permission Document
expect nothing sent

scenario "a body that is encoded as a whole is 415"
service list
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	content Content-Encoding gzip
	list sip:b@example.com
expect respond 415 with Accept-Encoding: identity

scenario "a list may be declared binary, but not base64"
service list
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	part "Content-Type: application/resource-lists+xml\r\nContent-Disposition: recipient-list\r\nContent-Transfer-Encoding: binary\r\n" "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list><entry uri=\"sip:b@example.com\"/></list></resource-lists>"
expect respond 470
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	part "Content-Type: application/resource-lists+xml\r\nContent-Disposition: recipient-list\r\nContent-Transfer-Encoding: base64\r\n" "PHg+"
expect respond 415

scenario "a list inside another part is 415, and is never relayed"
# to take it out would change what was put together, or signed
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
	part "Content-Type: multipart/mixed;boundary=n\r\n" "--n\r\nc: text/xml\r\nContent-Disposition: recipient-list\r\n\r\n<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list><entry uri=\"sip:c@example.com\"/></list></resource-lists>\r\n--n--\r\n"
expect respond 415 with Recipient List Inside Another Part
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
	part "Content-Type: multipart/signed;boundary=n\r\n" "--n\r\nc: text/xml\r\nContent-Disposition: recipient-list\r\n\r\n<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list><entry uri=\"sip:c@example.com\"/></list></resource-lists>\r\n--n--\r\n"
expect respond 415 with Recipient List Inside Another Part
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
	part "Content-Type: multipart/related;boundary=n\r\n" "--n\r\nc: text/xml\r\nContent-Disposition: recipient-list\r\n\r\n<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list><entry uri=\"sip:c@example.com\"/></list></resource-lists>\r\n--n--\r\n"
expect respond 415 with Recipient List Inside Another Part
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
	part "Content-Type: message/rfc822\r\n" "Content-Disposition: recipient%2Dlist\r\n\r\n<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list><entry uri=\"sip:c@example.com\"/></list></resource-lists>"
expect respond 415 with Recipient List Inside Another Part
expect nothing sent

scenario "a message that is signed or related, with its list inside, is 415"
service list
permission any sip:list@relay.example -> sip:c@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	body "multipart/signed;boundary=n" "--n\r\nContent-Type: application/resource-lists+xml\r\nContent-Disposition: recipient-list\r\n\r\n<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list><entry uri=\"sip:c@example.com\"/></list></resource-lists>\r\n--n--\r\n"
expect respond 415 with Accept: application/resource-lists+xml, multipart/mixed
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	body "multipart/related;boundary=n" "--n\r\nContent-Type: application/resource-lists+xml\r\nContent-Disposition: recipient-list\r\n\r\n<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list><entry uri=\"sip:c@example.com\"/></list></resource-lists>\r\n--n--\r\n"
expect respond 415 with Accept: application/resource-lists+xml, multipart/mixed
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	body "multipart/alternative;boundary=n" "--n\r\nContent-Type: application/resource-lists+xml\r\nContent-Disposition: recipient-list\r\n\r\n<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list><entry uri=\"sip:c@example.com\"/></list></resource-lists>\r\n--n--\r\n"
expect respond 415 with Accept: application/resource-lists+xml, multipart/mixed
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	body "multipart/signed;boundary=n" "--n\r\nContent-Type: text/plain\r\n\r\nhello\r\n--n--\r\n"
expect respond 400 with Recipient List Missing
expect nothing sent

scenario "a list that does not say what it is for is a list"
service list
permission any sip:list@relay.example -> sip:c@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	part "Content-Type: application/resource-lists+xml\r\n" "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"><list><entry uri=\"sip:c@example.com\"/></list></resource-lists>"
expect respond 202
expect sent sip:c@example.com
expect body "hello"

scenario "parts inside that cannot be read are not relayed"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
	part "Content-Type: multipart/mixed;boundary=n\r\n" "--other--"
expect respond 400 with Bad Body Part
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
	part "Content-Type: multipart/mixed;boundary=n\r\nContent-Transfer-Encoding: base64\r\n" "LS1u"
expect respond 415 with Accept-Encoding: identity
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
	part "Content-Type: message/rfc822\r\n" "Subject: x\rContent-Disposition: recipient-list\r\n\r\nx"
expect respond 400 with Bad Body Part
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
	part "Content-Type: message/rfc822\r\n" "Content-Type: text/plain\r\nc: text/html\r\n\r\nx"
expect respond 400 with Repeated Header In Body Part
expect nothing sent

scenario "parts in parts: eight deep, and no deeper"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
	part "Content-Type: message/rfc822\r\n" "Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\n\r\nhello"
expect respond 202
expect sent sip:b@example.com
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com
	part "Content-Type: message/rfc822\r\n" "Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\n\r\nhello"
expect respond 413 with Too Many Body Parts

