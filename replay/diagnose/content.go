package diagnose

import (
	"bytes"
	"math/big"
	"sync"
	"time"

	"github.com/carebase/deltatap/replay/contract"
	"github.com/carebase/deltatap/replay/plan"
	"github.com/carebase/deltatap/replay/rawjson"
)

// content stands for what an item holds, as far as deltas and plans can both tell it: two items are
// alike where their contents are equal. Numbers are compared as numbers, instants as instants,
// members in any order, and googleSync, which deltas never carry filled, not at all. It is a hash:
// histories keep one for each state an item was in.
type content uint64

// none is the content of an item that is not there.
const none content = 0

// contentOf is the content of an item's JSON; none where that is nil.
func contentOf(raw []byte) content {
	if raw == nil {
		return none
	}
	return content(hashValue(bytes.Trim(raw, " \t\r\n"), item)) | 1
}

const (
	hashSeed  = 0x9e3779b97f4a7c15
	hashPrime = 0xff51afd7ed558ccd
)

func mix(h uint64) uint64 {
	h ^= h >> 32
	h *= hashPrime
	h ^= h >> 29
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>32
}

func hashBytes(h uint64, text []byte) uint64 {
	for len(text) >= 8 {
		v := uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
			uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
		h = mix(h ^ v)
		text = text[8:]
	}
	rest := uint64(len(text)) << 56 // so that a text is told from one with zero bytes behind it
	for i, c := range text {
		rest |= uint64(c) << (8 * i)
	}
	return mix(h ^ rest)
}

// depth is where a value stands in an item.
type depth uint8

const (
	item   depth = iota // it is the item
	nested              // it is a value below it
	listed              // it is in a list, whose instants package diff compares as texts
)

// below is where a member of a value stands.
func (d depth) below() depth { return max(d, nested) }

// hashValue hashes a valid JSON value by what it means.
func hashValue(raw []byte, at depth) uint64 {
	switch plan.KindOf(raw) {
	case plan.Object:
		return hashObject(raw, at)
	case plan.Array:
		h := uint64(hashSeed + 1)
		for _, e := range plan.Elements(raw) {
			h = mix(h ^ hashValue(e, listed)*hashPrime)
		}
		return mix(h + 1)
	case plan.String:
		return hashString(raw, at)
	case plan.Number:
		return hashNumber(raw)
	}
	return hashBytes(hashSeed+2, raw)
}

// memberRooms are for the members of the objects that are being hashed.
var memberRooms = sync.Pool{New: func() any { return new([]plan.Member) }}

// readMembers reads an object's members; freeMembers takes the room back.
func readMembers(raw []byte) *[]plan.Member {
	room := memberRooms.Get().(*[]plan.Member)
	*room = plan.Members((*room)[:0], raw)
	return room
}

func freeMembers(room *[]plan.Member) {
	clear(*room) // it must not keep the text
	memberRooms.Put(room)
}

func hashObject(raw []byte, at depth) uint64 {
	room := readMembers(raw)
	defer freeMembers(room)
	return hashMembers(*room, at)
}

// hashMembers adds members up, so that their order does not matter.
func hashMembers(members []plan.Member, at depth) uint64 {
	h := uint64(hashSeed + 3)
	for _, m := range members {
		if at == item && string(m.Name) == googleSync {
			continue
		}
		h += mix(hashBytes(hashSeed+4, m.Name) ^ hashValue(m.Value, at.below())*hashPrime)
	}
	return mix(h)
}

// readPayload is the content of a delta's payload, and when the item begins or is due by it, zero
// where it does not tell.
func readPayload(itemType string, raw []byte) (is content, start time.Time) {
	if raw == nil {
		return none, start
	}
	room := readMembers(raw)
	defer freeMembers(room)
	name := startNames[itemType]
	for _, m := range *room {
		if name != "" && string(m.Name) == name {
			start, _ = rawjson.ReadInstant(m.Value)
		}
	}
	return content(hashMembers(*room, item)) | 1, start
}

// startNames are the members that say when an item begins or is due.
var startNames = map[string]string{contract.TypeAppointment: "startLocal", contract.TypeBill: "dueDate"}

func hashString(raw []byte, at depth) uint64 {
	if when, ok := rawjson.ReadInstant(raw); ok && at != listed {
		return mix(mix(uint64(when.Unix())^hashSeed>>1) ^ uint64(when.Nanosecond()))
	}
	return hashBytes(hashSeed+5, rawjson.Unquote(raw))
}

// hashNumber hashes a number's digits and its power of ten: 1240, 1240.00 and 1.24e3 are one
// number.
func hashNumber(raw []byte) uint64 {
	mantissa, exponent := raw, []byte(nil)
	if e := bytes.IndexAny(raw, "eE"); e >= 0 {
		mantissa, exponent = raw[:e], raw[e+1:]
	}
	mantissa, negative := bytes.CutPrefix(mantissa, []byte("-"))
	whole, fraction, _ := bytes.Cut(mantissa, []byte("."))
	var room [40]byte
	digits := append(append(room[:0], whole...), fraction...)
	digits = bytes.TrimLeft(digits, "0")
	trimmed := bytes.TrimRight(digits, "0")
	shift := len(digits) - len(trimmed) - len(fraction)
	if len(trimmed) == 0 {
		return hashSeed + 6
	}
	h := hashBytes(hashSeed+7, trimmed) ^ hashPower(exponent, shift)
	if negative {
		h = mix(h + 1)
	}
	return h
}

// hashPower hashes the sum of an exponent, which may be empty or larger than any integer, and a
// shift.
func hashPower(exponent []byte, shift int) uint64 {
	if len(exponent) == 0 {
		return mix(uint64(shift))
	}
	var power big.Int
	power.SetString(string(bytes.TrimPrefix(exponent, []byte("+"))), 10)
	power.Add(&power, big.NewInt(int64(shift)))
	if power.IsInt64() {
		return mix(uint64(power.Int64()))
	}
	return hashBytes(hashSeed+8, power.Append(nil, 10))
}
