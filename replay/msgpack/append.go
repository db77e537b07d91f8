package msgpack

import (
	"encoding/binary"
	"math"
)

// AppendArray appends the head of an array of n values, which the caller appends.
func AppendArray(dst []byte, n int) []byte { return appendCount(dst, n, fixArray, array16) }

// AppendMap appends the head of a map of n members, whose names and values the caller appends.
func AppendMap(dst []byte, n int) []byte { return appendCount(dst, n, fixMap, map16) }

func appendCount(dst []byte, n int, fix, wide byte) []byte {
	switch {
	case n < 16:
		return append(dst, fix|byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, wide), uint16(n))
	default:
		return binary.BigEndian.AppendUint32(append(dst, wide+1), uint32(n))
	}
}

// AppendString appends a string, which is UTF-8.
func AppendString(dst []byte, s string) []byte { return append(appendStringHead(dst, len(s)), s...) }

func appendStringHead(dst []byte, n int) []byte {
	switch {
	case n < 32:
		return append(dst, fixString|byte(n))
	case n <= math.MaxUint8:
		return append(dst, string8, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, string16), uint16(n))
	default:
		return binary.BigEndian.AppendUint32(append(dst, string32), uint32(n))
	}
}

// AppendUint appends an integer.
func AppendUint(dst []byte, n uint64) []byte {
	switch {
	case n < fixMap:
		return append(dst, byte(n))
	case n <= math.MaxUint8:
		return append(dst, uint8s, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, uint16s), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, uint32s), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, uint64s), n)
	}
}

func appendInt(dst []byte, n int64) []byte {
	switch {
	case n >= 0:
		return AppendUint(dst, uint64(n))
	case n >= -0x20:
		return append(dst, byte(n))
	case n >= math.MinInt8:
		return append(dst, int8s, byte(n))
	case n >= math.MinInt16:
		return binary.BigEndian.AppendUint16(append(dst, int16s), uint16(n))
	case n >= math.MinInt32:
		return binary.BigEndian.AppendUint32(append(dst, int32s), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, int64s), uint64(n))
	}
}
