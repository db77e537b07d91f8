// Package notepack turns JSON into MessagePack and back, as the official Socket.IO adapters do it (npm notepack.io): value for value,
// with the order of members. It keeps what JavaScript would lose, the digits of integers up to 64 bits, and reads JSON and MessagePack
// as text, without making values of it. It knows nothing of packets or Redis.
package notepack

import "errors"

// maxDepth bounds how deep arrays and maps may stand in each other.
const maxDepth = 200

// Errors of what cannot be turned.
var (
	ErrBinary    = errors.New("it holds binary data, which JSON has no place for")
	ErrMalformed = errors.New("not MessagePack of the official adapters'")
	ErrDeep      = errors.New("nested too deep")
)

// The first bytes of MessagePack's values (the MessagePack specification, 2013). Those of arrays and maps of 16 bits follow on
// each other, as do those of 32.
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
