package socketio

import "bytes"

// DefaultMaxAttachments is how many attachments a packet may have unless a
// [Decoder] says otherwise. The official parsers have the same limit.
const DefaultMaxAttachments = 10

// Peer is the side of a connection that a [Decoder] listens to.
type Peer byte

const (
	Client Peer = iota // may not send CONNECT_ERROR
	Server             // in version 5 must send a payload with CONNECT
)

// Decoder turns the messages of one connection into packets. The zero Decoder
// is ready to use: it reads version 5 from a client. It is not safe for
// concurrent use, and must not be used any more after it returned an error.
//
// The text must be valid UTF-8, which the layer below has checked. Packets
// alias the messages that they came from, so a message must not be changed
// after it was handed over. What awaits attachments is copied out of its text,
// which may be part of something larger.
type Decoder struct {
	Version        Version
	From           Peer
	MaxAttachments int // of one packet; 0 stands for DefaultMaxAttachments, less for none
	MaxBytes       int // of the attachments of one packet together; 0 stands for no limit

	// Longest returns how many bytes the text of an event may have, by its name as it is
	// written. Of what has more nothing is read but the name: see [Packet.Oversize]. nil
	// stands for no limit.
	Longest func(event []byte) int

	pending *pending // nil, as a rule: a connection that rests should cost little
}

// pending is a packet whose attachments are still under way.
type pending struct {
	packet  Packet
	missing int // attachments that are still to come; at least 1
	bytes   int // in those that have come
}

// Text decodes a text message. Without attachments it is a packet of its own;
// otherwise whole is false, and [Decoder.Binary] returns the packet with its
// last attachment.
func (d *Decoder) Text(message []byte) (p Packet, whole bool, err error) {
	if d.pending != nil {
		d.pending = nil
		return Packet{}, false, TextBetween
	}
	p, attachments, err := d.decode(message)
	if err != nil {
		return Packet{}, false, err
	}
	if attachments > 0 {
		p.Data, p.ID.Digits = bytes.Clone(p.Data), bytes.Clone(p.ID.Digits)
		d.pending = &pending{packet: p, missing: attachments}
		return Packet{}, false, nil
	}
	return p, true, nil
}

// Binary takes a binary message, the next attachment of the packet that
// [Decoder.Text] has begun; whole says whether it was the last.
func (d *Decoder) Binary(message []byte) (p Packet, whole bool, err error) {
	w := d.pending
	if w == nil {
		return Packet{}, false, UnexpectedBinary
	}
	if d.MaxBytes > 0 && len(message) > d.MaxBytes-w.bytes {
		d.pending = nil
		return Packet{}, false, AttachmentsTooLarge
	}
	// The slice grows with what arrives, never with what was announced.
	w.packet.Attachments = append(w.packet.Attachments, message)
	w.bytes += len(message)
	if w.missing--; w.missing > 0 {
		return Packet{}, false, nil
	}
	d.pending = nil
	return w.packet, true, nil
}

// Held returns how many bytes are held of a packet whose attachments are still under way;
// 0 if none is.
func (d *Decoder) Held() int {
	if d.pending == nil {
		return 0
	}
	return len(d.pending.packet.Data) + d.pending.bytes
}

func (d *Decoder) maxAttachments() int {
	if d.MaxAttachments == 0 {
		return DefaultMaxAttachments
	}
	return d.MaxAttachments
}
