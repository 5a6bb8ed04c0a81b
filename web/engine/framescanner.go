package engine

import (
	"encoding/binary"
	"net"
)

// frameScanner is a connection that looks for what gorilla lets pass in the frames of
// a client: a close frame whose body has one byte, where a code has two (RFC 6455
// §5.5.1), which gorilla takes for one without a body. And it counts the frames.
type frameScanner struct {
	net.Conn
	header   []byte // of the frame under way, as far as it has come
	buffer   [maxFrameHeader]byte
	skip     uint64 // bytes of the frame's body that are yet to come
	closing  bool   // the client's close frame has come; what follows means nothing
	badClose bool
	frames   int // since they were taken
}

// maxFrameHeader is the length of the longest header of a frame: with a length of 64
// bits, and a mask.
const maxFrameHeader = 2 + 8 + 4

// Read reads from the client. It is called by one goroutine, which also asks for
// badClose.
func (s *frameScanner) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	s.look(p[:n])
	return n, err
}

// NetConn returns the connection below.
func (s *frameScanner) NetConn() net.Conn { return s.Conn }

func (s *frameScanner) look(b []byte) {
	for len(b) > 0 && !s.closing {
		if s.skip > 0 {
			n := min(s.skip, uint64(len(b)))
			b, s.skip = b[n:], s.skip-n
			continue
		}
		if s.header == nil {
			s.header = s.buffer[:0]
		}
		s.header, b = append(s.header, b[0]), b[1:]
		s.begin()
	}
}

// begin takes in a frame's header, if that is complete.
func (s *frameScanner) begin() {
	h := s.header
	if len(h) < 2 {
		return
	}
	size, extended := uint64(h[1]&0x7f), 0
	switch size {
	case 126:
		extended = 2
	case 127:
		extended = 8
	}
	length := 2 + extended
	if h[1]&0x80 != 0 {
		length += 4 // the mask
	}
	if len(h) < length {
		return
	}
	switch extended {
	case 2:
		size = uint64(binary.BigEndian.Uint16(h[2:]))
	case 8:
		size = binary.BigEndian.Uint64(h[2:])
	}
	const closeFrame = 8
	s.closing = h[0]&0x0f == closeFrame
	s.badClose = s.closing && size == 1
	s.header, s.skip = s.buffer[:0], size
	s.frames++
}

// takeFrames returns how many frames have begun since it was called last.
func (s *frameScanner) takeFrames() int {
	n := s.frames
	s.frames = 0
	return n
}
