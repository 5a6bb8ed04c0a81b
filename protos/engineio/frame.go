package engineio

import (
	"encoding/base64"
	"unicode/utf8"
)

// base64Mark begins a text frame or a payload's packet that carries binary
// data as base64: in protocol 4 the data follows, in protocol 3 the type does.
const base64Mark = 'b'

// binaryMessage is the first byte of each binary frame in protocol 3.
const binaryMessage = byte(Message)

// DecodeText decodes the contents of a websocket text frame. The packet is
// binary if the frame holds base64, as frames of clients with forceBase64 do.
// It fails with [NotUTF8], [NoPacket], [UnknownType] or [NotBase64].
func (v Version) DecodeText(frame []byte) (Packet, error) {
	if !utf8.Valid(frame) {
		return Packet{}, NotUTF8
	}
	return v.decodeText(frame)
}

// decodeText is DecodeText for text that is known to be UTF-8.
func (v Version) decodeText(text []byte) (Packet, error) {
	if len(text) == 0 {
		return Packet{}, NoPacket
	}
	first, rest := text[0], text[1:]
	if first == base64Mark {
		return v.decodeBase64(rest)
	}
	t := Type(first - '0') // wraps for what is below '0', and is unknown then too
	if t > Noop {
		return Packet{}, UnknownType
	}
	return Packet{Type: t, Data: rest}, nil
}

func (v Version) decodeBase64(text []byte) (Packet, error) {
	if v == V3 {
		if len(text) == 0 || text[0] != '0'+binaryMessage {
			return Packet{}, UnknownType
		}
		text = text[1:]
	}
	data := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(data, text)
	if err != nil {
		return Packet{}, NotBase64
	}
	return Packet{Type: Message, Binary: true, Data: data[:n]}, nil
}

// DecodeBinary decodes the contents of a websocket binary frame, which is
// always a message. In protocol 3 the type precedes the data; it fails with
// [NotMessage] if it does not.
func (v Version) DecodeBinary(frame []byte) (Packet, error) {
	if v == V3 {
		if len(frame) == 0 || frame[0] != binaryMessage {
			return Packet{}, NotMessage
		}
		frame = frame[1:]
	}
	return Packet{Type: Message, Binary: true, Data: frame}, nil
}

// AppendText appends p to dst as the contents of a text frame. A binary packet
// becomes base64, for clients that asked for b64=1. Text is not checked: it
// must be UTF-8.
//
// With an empty message it appends the prefix of one, after which the layer
// above can append its text in place.
func (v Version) AppendText(dst []byte, p Packet) []byte {
	if !p.Binary {
		return append(append(dst, '0'+byte(p.Type)), p.Data...)
	}
	dst = append(dst, base64Mark)
	if v == V3 {
		dst = append(dst, '0'+binaryMessage)
	}
	return base64.StdEncoding.AppendEncode(dst, p.Data)
}

// TextOf returns the contents of a text frame that says what a binary frame says,
// for clients that asked for b64=1.
func (v Version) TextOf(frame []byte) []byte {
	p, err := v.DecodeBinary(frame)
	if err != nil {
		return nil // it is none
	}
	return v.AppendText(nil, p)
}

// AppendBinary appends p, a binary packet, to dst as the contents of a binary
// frame. In protocol 4 that is p.Data alone.
func (v Version) AppendBinary(dst []byte, p Packet) []byte {
	if v == V3 {
		dst = append(dst, binaryMessage)
	}
	return append(dst, p.Data...)
}
