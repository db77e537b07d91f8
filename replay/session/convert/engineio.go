package convert

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// The types of an Engine.IO packet, its first byte.
const (
	engineOpen    = '0'
	engineClose   = '1'
	engineMessage = '4'
	engineUpgrade = '5'
	engineHighest = '6'
)

// separator stands between the packets of one answer of Engine.IO 4.
const separator = "\x1e"

// splitPolling splits the body of a poll into Engine.IO packets. It is not ok where the body is not
// made of packets.
func splitPolling(body []byte) (packets [][]byte, ok bool) {
	switch {
	case len(body) == 0:
		return nil, true
	case body[0] <= 1:
		return splitBinary(body)
	case counted(body):
		return splitCounted(body)
	}
	packets = bytes.Split(body, []byte(separator))
	if len(packets) == 1 {
		packets = splitBare(body)
	}
	for _, p := range packets {
		if len(p) == 0 || p[0] != 'b' && (p[0] < engineOpen || p[0] > engineHighest) {
			return nil, false
		}
	}
	return packets, true
}

// splitBare splits packets of which a tool left the separators out: control characters do not get
// through everywhere. One packet ends where its JSON does.
func splitBare(body []byte) (packets [][]byte) {
	for len(body) > 0 {
		start := bytes.IndexAny(body, "{[")
		if start < 0 {
			break
		}
		dec := jsontext.NewDecoder(bytes.NewReader(body[start:]), lenient...)
		if dec.SkipValue() != nil {
			break
		}
		end := start + int(dec.InputOffset())
		if end < len(body) && (body[end] < engineOpen || body[end] > engineHighest) {
			break
		}
		packets, body = append(packets, body[:end]), body[end:]
	}
	if len(body) > 0 {
		packets = append(packets, body)
	}
	return packets
}

// counted tells whether a body begins as Engine.IO 3 has it: with the length of its first packet.
func counted(body []byte) bool {
	rest := bytes.TrimLeft(body, digits)
	return len(rest) < len(body) && len(rest) > 0 && rest[0] == ':'
}

// splitCounted splits `32:42["connection:ack",{"ok":true}]2:40`. JavaScript counts the units of
// UTF-16.
func splitCounted(body []byte) (packets [][]byte, ok bool) {
	for len(body) > 0 {
		count, rest, found := bytes.Cut(body, []byte(":"))
		n, err := strconv.Atoi(string(count))
		if !found || err != nil || n < 1 {
			return packets, false
		}
		end := afterUnits(rest, n)
		if end < 0 {
			return packets, false
		}
		packets, body = append(packets, rest[:end]), rest[end:]
	}
	return packets, true
}

// afterUnits is where so many units of UTF-16 end; -1 where there are fewer.
func afterUnits(text []byte, units int) int {
	at := 0
	for units > 0 && at < len(text) {
		r, size := utf8.DecodeRune(text[at:])
		at += size
		units--
		if r > 0xffff {
			units--
		}
	}
	if units != 0 {
		return -1
	}
	return at
}

// splitBinary splits what Engine.IO 3 sends to clients that take bytes: of each packet 0 for text
// or 1, the digits of its length as bytes, 255, and the packet.
func splitBinary(body []byte) (packets [][]byte, ok bool) {
	for len(body) > 0 {
		end := bytes.IndexByte(body, 0xff)
		if end < 2 || end > 12 || body[0] > 1 {
			return packets, false
		}
		n := 0
		for _, digit := range body[1:end] {
			if digit > 9 {
				return packets, false
			}
			n = n*10 + int(digit)
		}
		if n < 1 || n > len(body)-end-1 {
			return packets, false
		}
		packet := body[end+1 : end+1+n]
		if body[0] == 1 {
			packet = append([]byte("b"), packet...)
		}
		packets, body = append(packets, packet), body[end+1+n:]
	}
	return packets, true
}

// unmask is the Engine.IO packet that some tools write as base64; nil where the text is something
// else.
func unmask(text []byte) []byte {
	if len(text) < 4 || len(text)%4 != 0 {
		return nil
	}
	plain, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil || !utf8.Valid(plain) || len(plain) == 0 || plain[0] < engineOpen || plain[0] > engineHighest {
		return nil
	}
	if _, ok := parsePacket(plain[1:]); len(plain) > 1 && !ok && !isProbe(plain) {
		return nil
	}
	return plain
}

func isProbe(text []byte) bool { return string(text[1:]) == "probe" }
