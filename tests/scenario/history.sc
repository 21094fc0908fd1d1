# What the recipients learn of one another (RFC 5364, RFC 5365 section 7.2).

scenario "the list of RFC 5365 becomes the history of RFC 5364"
service blast
permission any sip:blast@relay.example -> sip:omar@example.org granted
permission any sip:blast@relay.example -> sip:pia@example.net granted
permission any sip:blast@relay.example -> sip:quin@example.org granted
permission any sip:blast@relay.example -> sip:rita@example.net granted
recv MESSAGE sip:blast@relay.example from "\"Nora\" <sip:nora@example.com>" by digest
	max-breadth 60
	text "Bridge is closed, meet at the mill."
	xml <<
<?xml version="1.0" encoding="UTF-8"?>
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"
                xmlns:c="urn:ietf:params:xml:ns:copycontrol">
  <list>
    <entry uri="sip:omar@example.org" c:copyControl="to"/>
    <entry uri="sip:pia@example.net" c:copyControl="to" c:anonymize="true"/>
    <entry uri="sip:quin@example.org" c:copyControl="cc"/>
    <entry uri="sip:rita@example.net"/>
  </list>
</resource-lists>
>>
expect respond 202
expect sent sip:omar@example.org
expect has "MESSAGE sip:omar@example.org SIP/2.0\r\nVia: SIP/2.0/TCP relay.example:5060;branch=z9hG4bK"
expect has ";rport\r\nMax-Forwards: 69\r\nMax-Breadth: 15\r\nFrom: \"Nora\" <sip:nora@example.com>;tag="
expect has "Trigger-Consent: sip:t-"
expect has "@relay.example ;target-uri=\"sip:blast@relay.example\"\r\n"
expect has "Content-Type: multipart/mixed;boundary="
expect body <<
--BOUNDARY
Content-Type: text/plain

Bridge is closed, meet at the mill.
--BOUNDARY
Content-Type: application/resource-lists+xml
Content-Disposition: recipient-list-history;handling=optional

<?xml version="1.0" encoding="UTF-8"?>
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"
                xmlns:c="urn:ietf:params:xml:ns:copycontrol">
  <list>
    <entry uri="sip:omar@example.org" c:copyControl="to"/>
    <entry uri="sip:anonymous@anonymous.invalid" c:copyControl="to" c:count="1"/>
    <entry uri="sip:quin@example.org" c:copyControl="cc"/>
  </list>
</resource-lists>

--BOUNDARY--
>>
expect sent sip:rita@example.net
expect lacks "pia"
expect sent sip:pia@example.net
expect lacks "rita"
expect sent sip:quin@example.org
expect lacks "rita"
expect nothing sent

scenario "bcc is the default and leaks nowhere"
# RFC 5364 section 3
service list
permission any sip:list@relay.example -> sip:b@example.com granted
permission any sip:list@relay.example -> sip:c@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b@example.com sip:c@example.com,bcc,anonymous
expect respond 202
expect sent sip:b@example.com
expect lacks "sip:c@"
expect lacks "recipient-list"
expect body "hello"
expect sent sip:c@example.com
expect lacks "sip:b@"
expect lacks "anonymous"

scenario "the strongest role counts, and anonymize when one asks for it"
service list
permission any sip:list@relay.example -> sip:u%d@example.com*3 granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:u0@example.com,bcc sip:u1@example.com,cc sip:u2@example.com,cc
	list sip:u0@example.com,to sip:u1@example.com,bcc sip:u2@example.com,to,anonymous
expect respond 202
expect sent sip:u0@example.com
expect has "<entry uri=\"sip:u0@example.com\" c:copyControl=\"to\"/>"
expect has "<entry uri=\"sip:u1@example.com\" c:copyControl=\"cc\"/>"
expect has "c:copyControl=\"to\" c:count=\"1\"/>"
expect lacks "u2"

scenario "anonymous entries of a role are counted together"
service list
permission any sip:list@relay.example -> sip:u%d@example.com*5 granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:u0@example.com,to,anonymous sip:u1@example.com,to,anonymous sip:u2@example.com,to,anonymous
	list sip:u3@example.com,cc,anonymous sip:u4@example.com,cc
expect respond 202
expect sent sip:u4@example.com
expect has "<entry uri=\"sip:anonymous@anonymous.invalid\" c:copyControl=\"to\" c:count=\"3\"/>"
expect has "<entry uri=\"sip:anonymous@anonymous.invalid\" c:copyControl=\"cc\" c:count=\"1\"/>"
expect lacks "u0"
expect lacks "u3"

scenario "the other spelling of the copy control namespace is read, not written"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	xml <<
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:cp="urn:ietf:params:xml:ns:copyControl">
<list><entry uri="sip:b@example.com" cp:copyControl="to"/></list></resource-lists>
>>
expect respond 202
expect sent sip:b@example.com
expect has "xmlns:c=\"urn:ietf:params:xml:ns:copycontrol\""
expect lacks "ns:copyControl"

scenario "copyControl in two namespaces: the stricter one holds, whatever their order"
service list
permission any sip:list@relay.example -> sip:u%d@example.com*4 granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	xml <<
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:a="urn:ietf:params:xml:ns:copycontrol" xmlns:b="urn:ietf:params:xml:ns:copyControl">
<list><entry uri="sip:u0@example.com" a:copyControl="to" b:copyControl="bcc"/>
<entry uri="sip:u1@example.com" b:copyControl="bcc" a:copyControl="to"/>
<entry uri="sip:u2@example.com" b:copyControl="to" a:copyControl="cc"/>
<entry uri="sip:u3@example.com" a:copyControl="to" a:anonymize="false" b:anonymize="true"/></list></resource-lists>
>>
expect respond 202
expect sent sip:u3@example.com
expect lacks "sip:u0@"
expect lacks "sip:u1@"
expect lacks "<entry uri=\"sip:u3@"
expect has "<entry uri=\"sip:u2@example.com\" c:copyControl=\"cc\"/>"
expect has "c:copyControl=\"to\" c:count=\"1\"/>"
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	xml <<
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:a="urn:ietf:params:xml:ns:copycontrol" xmlns:b="urn:ietf:params:xml:ns:copyControl">
<list><entry uri="sip:u0@example.com" a:copyControl="to" b:copyControl="nobody"/></list></resource-lists>
>>
expect respond 400 with Unknown copyControl

scenario "neither password nor headers of a URI are told to others"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
permission any sip:list@relay.example -> sip:c@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list sip:b:secret@example.com?Subject=x,to sip:c@example.com,to
expect respond 202
expect sent sip:c@example.com
expect has "<entry uri=\"sip:b@example.com\" c:copyControl=\"to\"/>"
expect lacks "secret"
expect lacks "Subject"

scenario "one part that is left is the body, with its own headers"
# RFC 5365 section 7.2: the wrapper MUST go
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	content MIME-Version 1.0
	part "Content-Type: text/html;\r\n charset=utf-8\r\nContent-Language: fr\r\nX-Other: no\r\nContent-Disposition: render\r\n" "<p>\0\r\n--b \xff bonjour</p>\n"
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
expect has "Content-Type: text/html; charset=utf-8\r\nContent-Language: fr\r\nContent-Disposition: render\r\nContent-Length: 24\r\n\r\n"
expect lacks "X-Other"
expect lacks "multipart"
expect body "<p>\0\r\n--b \xff bonjour</p>\n"

scenario "a part without a type is plain text"
# RFC 2046 section 5.2
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	part "" "hello"
	list sip:b@example.com
expect respond 202
expect sent sip:b@example.com
expect has "Content-Type: text/plain\r\n"
expect body "hello"

scenario "other parts go on as they came, octet for octet"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	content MIME-Version 1.0
	content Content-Language en
	text "one\0two\r\n"
	list sip:b@example.com
	part "Content-Type: application/pkcs7-mime;smime-type=signed-data\r\nContent-ID: <x@y>\r\n" "\x01\x02"
expect respond 202
expect sent sip:b@example.com
expect has "MIME-Version: 1.0\r\n"
expect has "Content-Language: en\r\n"
expect has "\r\nContent-Type: text/plain\r\n\r\none\0two\r\n\r\n--"
expect has "\r\nContent-Type: application/pkcs7-mime;smime-type=signed-data\r\nContent-ID: <x@y>\r\n\r\n\x01\x02\r\n--"
expect lacks "resource-lists"

scenario "a history for very many is left out"
service list
setting list-length 2000
permission any sip:list@relay.example -> sip:recipient-with-a-long-name-%d@example.com*1000 granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	text "hello"
	list-of 1000 sip:recipient-with-a-long-name-%d@example.com,to
expect respond 202
expect sent sip:recipient-with-a-long-name-0@example.com
expect body "hello"

scenario "with nothing but a list, the history is the body"
service list
permission any sip:list@relay.example -> sip:b@example.com granted
recv MESSAGE sip:list@relay.example from sip:a@example.com by digest
	list sip:b@example.com,to
expect respond 202
expect sent sip:b@example.com
expect has "Content-Type: application/resource-lists+xml\r\nContent-Disposition: recipient-list-history;handling=optional\r\nContent-Length"
expect lacks "multipart"
