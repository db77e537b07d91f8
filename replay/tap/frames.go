package tap

import "encoding/binary"

// maxMessage bounds a message that is looked at. A longer one passes all the same.
const maxMessage = 64 << 20

// The opcodes of WebSocket frames that carry messages (RFC 6455, section 5.2).
const (
	opContinuation = 0
	opText         = 1
	opControl      = 8 // and above
)

// frames sees the messages in one direction of a WebSocket, whatever pieces its bytes come in.
type frames struct {
	each func(message []byte, text, whole bool) // message is its own; what is too long is not whole

	head    []byte // of the frame that comes, as far as it has come
	left    uint64 // of its payload
	at      uint64 // how much of its payload has come
	mask    []byte // nil where there is none
	opcode  byte
	final   bool
	message []byte
	text    bool
	cut     bool // the message is too long
}

// feed takes the next bytes.
func (f *frames) feed(p []byte) {
	for len(p) > 0 {
		if f.left == 0 {
			f.head, p = append(f.head, p[0]), p[1:]
			if len(f.head) == headLen(f.head) {
				f.begin()
			}
			continue
		}
		n := min(uint64(len(p)), f.left)
		f.payload(p[:n])
		p = p[n:]
		if f.left == 0 {
			f.end()
		}
	}
}

// headLen is how long a frame's head is, as far as can be told from its first bytes.
func headLen(head []byte) int {
	if len(head) < 2 {
		return 2
	}
	n := 2
	switch head[1] & 0x7f {
	case 126:
		n += 2
	case 127:
		n += 8
	}
	if head[1]&0x80 != 0 {
		n += 4
	}
	return n
}

// begin reads the head.
func (f *frames) begin() {
	head := f.head
	f.final, f.opcode = head[0]&0x80 != 0, head[0]&0x0f
	f.left, f.at, f.mask = uint64(head[1]&0x7f), 0, nil
	rest := head[2:]
	switch f.left {
	case 126:
		f.left, rest = uint64(binary.BigEndian.Uint16(rest)), rest[2:]
	case 127:
		f.left, rest = binary.BigEndian.Uint64(rest), rest[8:]
	}
	if head[1]&0x80 != 0 {
		f.mask = append(f.mask, rest...)
	}
	f.head = f.head[:0]
	if f.opcode != opContinuation && f.opcode < opControl {
		f.message, f.cut, f.text = nil, false, f.opcode == opText
	}
	if f.left == 0 {
		f.end()
	}
}

func (f *frames) payload(p []byte) {
	if f.opcode < opControl {
		f.keep(p)
	}
	f.left -= uint64(len(p))
	f.at += uint64(len(p))
}

func (f *frames) keep(p []byte) {
	if f.cut = f.cut || len(f.message)+len(p) > maxMessage; f.cut {
		f.message = nil
		return
	}
	if f.message == nil && f.final && f.left <= maxMessage {
		f.message = make([]byte, 0, f.left)
	}
	start := len(f.message)
	f.message = append(f.message, p...)
	for i := range f.message[start:] {
		if f.mask == nil {
			break
		}
		f.message[start+i] ^= f.mask[(f.at+uint64(i))%4]
	}
}

func (f *frames) end() {
	if !f.final || f.opcode >= opControl {
		return
	}
	message := f.message
	f.message = nil
	f.each(message, f.text, !f.cut)
}
