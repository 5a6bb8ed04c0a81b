package engineio

import (
	"bytes"
	"encoding/base64"
	"unicode/utf8"
)

// separator joins the packets of a payload: U+001E, RECORD SEPARATOR.
const separator = 0x1e

const (
	// DefaultMaxBytes is the size of a payload, in bytes, that the official
	// servers admit when they are not told otherwise.
	DefaultMaxBytes = 1_000_000

	// DefaultMaxPackets bounds what decoding a payload allocates (40 bytes a
	// packet) and is far above what a client sends: it posts all that waited
	// while its last request was under way, in one payload.
	DefaultMaxPackets = 20_000
)

// Limits bounds a payload. A field that is zero stands for its default.
type Limits struct {
	Bytes   int // of the whole payload, separators included
	Packets int
}

func (l Limits) orDefault() Limits {
	if l.Bytes == 0 {
		l.Bytes = DefaultMaxBytes
	}
	if l.Packets == 0 {
		l.Packets = DefaultMaxPackets
	}
	return l
}

// DecodePayload decodes the body of a long-polling request or response of
// protocol 4: packets as in text frames, joined by U+001E, binary ones as "b"
// and base64. It returns all packets or none. It fails with [TooLarge],
// [TooManyPackets], or as [Version.DecodeText] does; a payload always has at
// least one packet.
func DecodePayload(body []byte, limits Limits) ([]Packet, error) {
	limits = limits.orDefault()
	if len(body) > limits.Bytes {
		return nil, TooLarge
	}
	if !utf8.Valid(body) {
		return nil, NotUTF8
	}
	count := bytes.Count(body, []byte{separator}) + 1
	if count > limits.Packets {
		return nil, TooManyPackets
	}
	packets := make([]Packet, 0, count)
	for text := range bytes.SplitSeq(body, []byte{separator}) {
		p, err := V4.decodeText(text)
		if err != nil {
			return nil, err
		}
		packets = append(packets, p)
	}
	return packets, nil
}

// CutPacket returns the first packet of a payload and what follows it, for whoever
// takes the packets one by one. The payload must be one that [DecodePayload] takes.
func CutPacket(payload []byte) (p Packet, rest []byte) {
	text, rest, _ := bytes.Cut(payload, []byte{separator})
	p, _ = V4.decodeText(text)
	return p, rest
}

// AppendFrame appends one more packet to a payload of protocol 4. It is given as
// the contents of a websocket frame. It fails with [HasSeparator], payload
// unchanged, for a text that a payload cannot carry.
func AppendFrame(payload, frame []byte, binary bool) ([]byte, error) {
	if !binary && bytes.IndexByte(frame, separator) >= 0 {
		return payload, HasSeparator
	}
	if len(payload) > 0 {
		payload = append(payload, separator)
	}
	if !binary {
		return append(payload, frame...), nil
	}
	return base64.StdEncoding.AppendEncode(append(payload, base64Mark), frame), nil
}
