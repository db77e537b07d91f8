// Package msgpack turns JSON into MessagePack and back as the servers and emitters of a Socket.IO
// cluster do it: value for value, with the order of members. Both ways it goes from text to text,
// and makes no values in between, so that it keeps what JavaScript would lose: the digits of
// integers up to 64 bits, names that occur twice.
//
// It must not know packets, channels, or who reads what it writes.
//
// # The bytes
//
// npm notepack.io 3.0 (the adapter and the emitter for Redis) and npm @msgpack/msgpack 3 (those for
// PostgreSQL) choose the same bytes for the same value, and Encoder chooses them too: the shortest
// form of everything, and doubles for numbers that are no integers. Tests hold both against it, in
// the packages of the sinks. They differ beyond 2^53 alone, where neither can be right: notepack.io
// writes a rounded integer, and beyond 2^64 a wrong one, and @msgpack/msgpack a double. Encoder
// writes what is spelled as an integer of up to 64 bits as just that, and everything else as a
// double. Their decoders do differ: see Encoder.NoProto.
package msgpack

import "errors"

// maxDepth bounds how deep arrays and maps may stand in each other: as deep as in JSON that
// jsontext reads.
const maxDepth = 10_000

// Errors of what cannot be turned.
var (
	ErrJSON      = errors.New("not one JSON value in UTF-8")
	ErrBinary    = errors.New("it holds binary data, which JSON has no place for")
	ErrMalformed = errors.New("not MessagePack as Socket.IO's adapters write it")
	ErrDeep      = errors.New("nested too deep")
)

// The first bytes of MessagePack's values (the MessagePack specification, 2013). Those of arrays
// and maps of 16 bits follow on each other, as do those of 32.
const (
	fixMap, fixArray, fixString    = 0x80, 0x90, 0xa0
	null, no, yes                  = 0xc0, 0xc2, 0xc3
	bin8, bin32                    = 0xc4, 0xc6
	ext8, ext32                    = 0xc7, 0xc9
	float32s, float64s             = 0xca, 0xcb
	uint8s, uint16s, uint32s       = 0xcc, 0xcd, 0xce
	uint64s                        = 0xcf
	int8s, int16s, int32s, int64s  = 0xd0, 0xd1, 0xd2, 0xd3
	fixExt1, fixExt16              = 0xd4, 0xd8
	string8, string16, string32    = 0xd9, 0xda, 0xdb
	array16, array32, map16, map32 = 0xdc, 0xdd, 0xde, 0xdf
	negative                       = 0xe0
)
