package socketio

import (
	"bytes"
	"encoding/json"
	"math"
)

// decode reads the text of a packet and how many attachments will follow it.
func (d *Decoder) decode(text []byte) (p Packet, attachments int, err error) {
	if len(text) == 0 {
		return Packet{}, 0, UnknownType
	}
	p.Type = Type(text[0] - '0') // wraps for what is below '0', and is unknown then too
	if p.Type > BinaryAck {
		return Packet{}, 0, UnknownType
	}
	text = text[1:]
	if p.Type.binary() {
		if attachments, text, err = d.cutAttachments(text); err != nil {
			return Packet{}, 0, err
		}
	}
	p.Namespace, p.Query, text = d.cutNamespace(text)
	if len(p.Namespace) > MaxNamespace {
		return Packet{}, 0, NamespaceTooLong
	}
	if p.ID, text = cutID(text); len(p.ID.Digits) > MaxID {
		return Packet{}, 0, IDTooLong
	}
	if p.Type == Connect || p.Type == Disconnect {
		p.ID = ID{} // means nothing here
	}
	text, p.Oversize = d.clip(p.Type, text)
	if len(text) > 0 {
		p.Data = text
	}
	if err := d.checkPayload(p, attachments); err != nil {
		return Packet{}, 0, err
	}
	return p, attachments, nil
}

// cutAttachments reads "<number>-" off text.
func (d *Decoder) cutAttachments(text []byte) (n int, rest []byte, err error) {
	digits := leadingDigits(text)
	if digits == 0 || digits == len(text) || text[digits] != '-' {
		return 0, nil, BadAttachmentCount
	}
	count, fits := parseUint(text[:digits])
	switch {
	case !fits || count > uint64(max(d.maxAttachments(), 0)):
		return 0, nil, TooManyAttachments
	case count == 0:
		return 0, nil, BadAttachmentCount
	}
	return int(count), text[digits+1:], nil
}

// cutNamespace reads "/<name>," off text, or nothing, which means "/".
func (d *Decoder) cutNamespace(text []byte) (namespace, query string, rest []byte) {
	if len(text) == 0 || text[0] != '/' {
		return "/", "", text
	}
	name, rest, _ := bytes.Cut(text, []byte{','})
	if d.Version == V4 {
		var q []byte
		name, q, _ = bytes.Cut(name, []byte{'?'})
		query = string(q)
	}
	return string(name), query, rest
}

// cutID reads an acknowledgement id off text, if there is one.
func cutID(text []byte) (id ID, rest []byte) {
	digits := leadingDigits(text)
	if digits == 0 {
		return ID{}, text
	}
	return ID{Digits: text[:digits:digits], Set: true}, text[digits:]
}

// checkPayload says whether p.Data is what such a packet carries.
func (d *Decoder) checkPayload(p Packet, attachments int) error {
	var first byte // of the payload; 0 if there is none
	if p.Data != nil {
		if first = p.Data[0]; first != '{' && first != '[' && first != '"' {
			return BadPayload
		}
		if err := checkShape(p.Data); err != nil {
			return err
		}
		if !json.Valid(p.Data) {
			return NotJSON
		}
	}
	ok := false
	switch p.Type {
	case Connect:
		ok = first == 0 && (d.Version == V4 || d.From == Client) || first == '{' && d.Version != V4
	case Disconnect:
		ok = first == 0
	case ConnectError:
		if d.From == Client {
			return NotForClients
		}
		ok = first == '"' && d.Version == V4 || first == '{' && d.Version != V4
	case Event, Ack:
		ok = first == 0 || first == '['
	case BinaryEvent, BinaryAck:
		ok = first == '['
	}
	if !ok {
		return BadPayload
	}
	if first != 0 && (p.Type == Event || p.Type == BinaryEvent) {
		if err := checkName(firstElement(p.Data)); err != nil {
			return err
		}
	}
	if p.Oversize > 0 {
		return nil
	}
	return checkPlaceholders(p.Data, attachments)
}

// leadingDigits returns how many decimal digits text begins with.
func leadingDigits(text []byte) int {
	for i, c := range text {
		if c < '0' || c > '9' {
			return i
		}
	}
	return len(text)
}

// parseUint returns the number that decimal digits stand for, and whether 64
// bits hold it.
func parseUint(digits []byte) (n uint64, fits bool) {
	for _, c := range digits {
		digit := uint64(c - '0')
		if n > (math.MaxUint64-digit)/10 {
			return 0, false
		}
		n = n*10 + digit
	}
	return n, true
}
