package convert

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// identity is who asked, as far as the recording tells. Nothing of it goes into a session.
type identity struct {
	subject string // whom the token names
	secret  [sha256.Size]byte
	agent   string
	address string
}

// token takes a token: whom it names where it is a JWT, and a hash by which it is known again.
func (i *identity) token(text string) {
	text = strings.TrimSpace(text)
	if kind, rest, ok := strings.Cut(text, " "); ok && strings.EqualFold(kind, "bearer") {
		text = strings.TrimSpace(rest)
	}
	if text == "" {
		return
	}
	i.secret = sha256.Sum256([]byte(text))
	i.subject = subject(text)
}

// subject is whom a JWT names; empty where the text is none.
func subject(token string) (found string) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	claims, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return ""
	}
	_ = eachMember(claims, func(name string, value jsontext.Value) {
		switch name {
		case "sub":
			found = textOf(value)
		case "userId", "user_id", "uid", "id":
			if found == "" {
				found = textOf(value)
			}
		}
	})
	return found
}

// merge takes from another identity what this one does not tell.
func (i *identity) merge(of identity) {
	if i.subject == "" {
		i.subject = of.subject
	}
	if i.agent == "" {
		i.agent = of.agent
	}
	if i.address == "" {
		i.address = of.address
	}
	if i.secret == ([sha256.Size]byte{}) {
		i.secret = of.secret
	}
}

// alike tells whether two names may be one thing's: the empty one may be anybody's.
func alike(a, b string) bool { return a == "" || b == "" || a == b }

// clients are those whose connections and answers a recording holds.
type client struct {
	who       identity
	recipient string // of the plans that it read
	links     []*link
	answers   []*restAnswer
}

// takes tells whether a connection may be this client's.
func (c *client) takes(l *link) bool {
	const looked = 4 // a page has few sockets at a time
	for _, other := range c.links[max(len(c.links)-looked, 0):] {
		if apart(other, l) {
			return false
		}
	}
	return alike(c.who.subject, l.who.subject) && alike(c.who.address, l.who.address) && alike(c.who.agent, l.who.agent)
}

// reads tells whether an answer may be this client's. The program that reads plans may name itself
// otherwise than the one that opens sockets, on one phone.
func (c *client) reads(a *restAnswer) bool {
	return alike(c.who.subject, a.who.subject) && alike(c.who.address, a.who.address) && alike(c.recipient, a.recipient)
}

// deltas is how many messages with deltas came to the client.
func (c *client) deltas() (n int) {
	for _, l := range c.links {
		n += l.deltas
	}
	return n
}

// matters tells whether the client has anything that a session is made for.
func (c *client) matters() bool {
	for _, l := range c.links {
		if l.events > 0 {
			return true
		}
	}
	return c.recipient != ""
}

// String describes the client for somebody who has to choose.
func (c *client) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "connections: %d, messages with deltas: %d, answers: %d", len(c.links), c.deltas(), len(c.answers))
	for _, of := range []struct{ name, value string }{
		{"user", c.who.subject}, {"recipient", c.recipient}, {"address", c.who.address}, {"agent", c.who.agent},
	} {
		if of.value != "" {
			fmt.Fprintf(&b, ", %s %s", of.name, of.value)
		}
	}
	return b.String()
}

// mostClients bounds how many clients are told apart.
const mostClients = 64

// tellApart sorts connections and answers by their clients.
func tellApart(links []*link, answers []*restAnswer) (all []*client, unclear int) {
	named := recipientsBySecret(answers)
	for _, l := range links {
		recipient := named[l.who.secret]
		of := firstClient(all, func(c *client) bool { return c.takes(l) && alike(c.recipient, recipient) })
		switch {
		case of == nil && len(all) == mostClients:
			unclear++
			continue
		case of == nil:
			of = &client{}
			all = append(all, of)
		}
		of.who.merge(l.who)
		of.links = append(of.links, l)
		if of.recipient == "" {
			of.recipient = recipient
		}
	}
	for _, plans := range []bool{true, false} { // plans tell most of their reader
		for _, a := range answers {
			if plans != (a.recipient != "") {
				continue
			}
			if a.recipient == "" {
				a.recipient = named[a.who.secret]
			}
			var sure bool
			all, sure = giveAnswer(all, a)
			if !sure {
				unclear++
			}
		}
	}
	return all, unclear
}

// giveAnswer gives an answer to its client. It is not sure where it may be of several.
func giveAnswer(all []*client, a *restAnswer) (_ []*client, sure bool) {
	var may []*client
	for _, c := range all {
		if c.reads(a) {
			may = append(may, c)
		}
	}
	if len(may) > 1 {
		if same := firstClient(may, func(c *client) bool { return c.who.agent != "" && c.who.agent == a.who.agent }); same != nil && unique(may, a) {
			may = []*client{same}
		}
	}
	switch {
	case len(may) > 1, len(may) == 0 && len(all) == mostClients:
		return all, false
	case len(may) == 0:
		c := &client{who: a.who, recipient: a.recipient, answers: []*restAnswer{a}}
		return append(all, c), true
	}
	c := may[0]
	if c.recipient == "" {
		c.recipient = a.recipient
	}
	if c.who.subject == "" {
		c.who.subject = a.who.subject
	}
	if c.who.address == "" {
		c.who.address = a.who.address
	}
	c.answers = append(c.answers, a)
	return all, true
}

// unique tells whether exactly one of the clients names itself as an answer's reader does.
func unique(may []*client, a *restAnswer) bool {
	n := 0
	for _, c := range may {
		if c.who.agent == a.who.agent {
			n++
		}
	}
	return n == 1
}

func firstClient(all []*client, fits func(*client) bool) *client {
	for _, c := range all {
		if fits(c) {
			return c
		}
	}
	return nil
}

// recipientsBySecret tells of which recipient the plans are that were read with a token.
func recipientsBySecret(answers []*restAnswer) map[[sha256.Size]byte]string {
	named := map[[sha256.Size]byte]string{}
	for _, a := range answers {
		if a.recipient != "" && a.who.secret != ([sha256.Size]byte{}) {
			named[a.who.secret] = a.recipient
		}
	}
	return named
}
