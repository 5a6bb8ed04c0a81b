package wsclient

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Opcodes of RFC 6455 §5.2.
const (
	opText  = 0x1
	opClose = 0x8
	opPing  = 0x9
	opPong  = 0xA
)

// longestMessage is what a frame from a server may carry, in bytes: more than
// any event, so that a broken length does not become a huge allocation.
const longestMessage = 1 << 20

// longestHeader is the size of the header of a frame from a server, which is not
// masked, in bytes.
const longestHeader = 10

// header is the beginning of a frame.
type header struct {
	op      byte
	size    int // of the header, in bytes
	payload int // bytes that follow it
}

// headerSize returns how long the header is that begins with these two bytes.
func headerSize(second byte) int {
	switch second & 0x7f {
	case 126:
		return 4
	case 127:
		return longestHeader
	default:
		return 2
	}
}

// parseHeader reads the header of a frame from a server; b holds at least
// headerSize(b[1]) bytes.
func parseHeader(b []byte) (header, error) {
	h := header{op: b[0] & 0x0f, size: headerSize(b[1])}
	var length uint64
	switch h.size {
	case 4:
		length = uint64(binary.BigEndian.Uint16(b[2:]))
	case longestHeader:
		length = binary.BigEndian.Uint64(b[2:])
	default:
		length = uint64(b[1] & 0x7f)
	}
	h.payload = int(min(length, longestMessage+1))
	switch {
	case b[0]&0x80 == 0 || h.op == 0:
		return h, errors.New("the server sent a fragment")
	case b[0]&0x70 != 0:
		return h, errors.New("the server sent a frame of an extension")
	case b[1]&0x80 != 0:
		return h, errors.New("the server masked a frame")
	case h.payload > longestMessage:
		return h, fmt.Errorf("the server sent a frame of %d bytes", length)
	case h.op >= opClose && h.payload > 125:
		return h, errors.New("the server sent a control frame that is too long")
	}
	return h, nil
}

// Fin is the bit of a frame's first byte that says that no more of its message follows
// (RFC 6455 §5.2).
const Fin = 0x80

// AppendFrame appends a frame as a client sends it, with that first byte: [Fin] or not,
// and what it is. Its masking key is zero, which the RFC allows and which leaves the
// payload as it is.
func AppendFrame(dst []byte, first byte, payload []byte) []byte {
	const masked = 0x80
	dst = append(dst, first)
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, masked|byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, masked|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, masked|127), uint64(n))
	}
	dst = append(dst, 0, 0, 0, 0)
	return append(dst, payload...)
}
