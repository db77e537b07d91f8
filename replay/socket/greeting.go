package socket

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// greeting is what the server says first.
type greeting struct {
	SID          string `json:"sid"`
	PingInterval int64  `json:"pingInterval"` // milliseconds
	PingTimeout  int64  `json:"pingTimeout"`  // milliseconds
	MaxPayload   int64  `json:"maxPayload"`   // bytes of one POST; 0: the server names no limit
}

// patience is how long the server may go without a ping before the link counts as dead.
func (g greeting) patience() time.Duration {
	return time.Duration(g.PingInterval+g.PingTimeout) * time.Millisecond
}

// The times of a server that names none, or none that a connection can live with, in milliseconds:
// those of Engine.IO.
const (
	usualInterval = 25_000
	usualTimeout  = 20_000
)

// longest bounds what a server may ask for: a year, in milliseconds.
const longest = 365 * 24 * 60 * 60 * 1000

var errNotEngine = errors.New("the server does not speak Engine.IO 4")

// What a server is that no connection can come of, for errors.Is.
var (
	// ErrHTTP2 is a server that opens no WebSocket here.
	ErrHTTP2 = errors.New("the server speaks HTTP/2 alone")
	// ErrSocketIO2 is a server of the protocol before this one.
	ErrSocketIO2 = errors.New("the server speaks Socket.IO 2 (Engine.IO 3), and deltatap speaks Socket.IO 3 and 4")
)

// parseGreeting reads the first packet: `0{"sid":"…","pingInterval":25000,"pingTimeout":20000,…}`.
// The official clients take numbers of any form, and none at all; so does it.
func parseGreeting(packet []byte) (greeting, error) {
	var raw struct {
		SID          string          `json:"sid"`
		PingInterval json.RawMessage `json:"pingInterval"`
		PingTimeout  json.RawMessage `json:"pingTimeout"`
		MaxPayload   json.RawMessage `json:"maxPayload"`
	}
	if isEngine3(packet) {
		return greeting{}, ErrSocketIO2
	}
	if len(packet) == 0 || packet[0] != engineOpen || json.Unmarshal(packet[1:], &raw) != nil || raw.SID == "" {
		return greeting{}, errNotEngine
	}
	return greeting{
		SID:          raw.SID,
		PingInterval: wholeNumber(raw.PingInterval, usualInterval),
		PingTimeout:  wholeNumber(raw.PingTimeout, usualTimeout),
		MaxPayload:   wholeNumber(raw.MaxPayload, 0),
	}, nil
}

// wholeNumber is a number of any form, also in quotes, rounded up; otherwise where it says nothing,
// or nothing positive.
func wholeNumber(raw json.RawMessage, otherwise int64) int64 {
	n, err := strconv.ParseFloat(string(bytes.Trim(raw, `" `)), 64)
	if (err != nil && !errors.Is(err, strconv.ErrRange)) || !(n > 0) {
		return otherwise
	}
	return int64(min(math.Ceil(n), longest))
}

// engine3 begins what a server of Engine.IO 3 answers to polling: each packet behind its length, in
// digits or in bytes.
var engine3 = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?s)^(?:[0-9]{1,6}:|\x00[\x00-\x09]{1,6}.)0\{`) // the dot is 0xff
})

func isEngine3(payload []byte) bool { return engine3().Match(payload) }
