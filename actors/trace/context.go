package trace

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"

	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/rollcall/rollcall/protos"
)

type (
	// ID names a trace.
	ID = oteltrace.TraceID
	// SpanID names a span in its trace.
	SpanID = oteltrace.SpanID
)

// Context is a span as others refer to it: a caller, or whoever works for it.
type Context struct {
	Trace   ID
	Span    SpanID
	Sampled bool
}

// Valid reports whether the context refers to anything.
func (c Context) Valid() bool { return c.Trace.IsValid() && c.Span.IsValid() }

// String returns the context as the header traceparent has it (W3C Trace Context
// §3.2): 00-<trace>-<span>-<flags>.
func (c Context) String() string {
	flags := "-00"
	if c.Sampled {
		flags = "-01"
	}
	return "00-" + c.Trace.String() + "-" + c.Span.String() + flags
}

const contextLength = len("00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")

// ParseContext reads the header traceparent. What is not valid is no context: the
// specification wants it to be ignored. A later version may add fields at the end.
func ParseContext(text string) Context {
	var (
		c       Context
		version [1]byte
		flags   [1]byte
	)
	ok := len(text) >= contextLength && text[2] == '-' && text[35] == '-' && text[52] == '-' &&
		parseHex(version[:], text[:2]) && version[0] != 0xff &&
		(len(text) == contextLength || version[0] > 0 && text[contextLength] == '-') &&
		parseHex(c.Trace[:], text[3:35]) && parseHex(c.Span[:], text[36:52]) && parseHex(flags[:], text[53:55])
	if !ok || !c.Valid() {
		return Context{}
	}
	c.Sampled = flags[0]&1 == 1
	return c
}

// parseHex decodes lower-case digits only, as the specification demands.
func parseHex(dst []byte, text string) bool {
	for i := range len(text) {
		if 'A' <= text[i] && text[i] <= 'F' {
			return false
		}
	}
	n, err := hex.Decode(dst, []byte(text))
	return err == nil && n == len(dst)
}

// ParseID reads the id of a trace: 32 hexadecimal digits.
func ParseID(text string) (ID, bool) {
	id, err := oteltrace.TraceIDFromHex(text)
	return id, err == nil
}

func newID() (id ID) {
	binary.BigEndian.PutUint64(id[:8], rand.Uint64())
	binary.BigEndian.PutUint64(id[8:], rand.Uint64()|1) // never zero
	return id
}

func newSpanID() (id SpanID) {
	binary.BigEndian.PutUint64(id[:], rand.Uint64()|1)
	return id
}

// Message returns the id as nodes send it.
func Message(id ID) *protos.TraceID {
	return &protos.TraceID{High: binary.BigEndian.Uint64(id[:8]), Low: binary.BigEndian.Uint64(id[8:])}
}

// IDOf returns the id that a node sent.
func IDOf(msg *protos.TraceID) (id ID) {
	binary.BigEndian.PutUint64(id[:8], msg.GetHigh())
	binary.BigEndian.PutUint64(id[8:], msg.GetLow())
	return id
}

// SpanIDOf returns the id of a span that a node sent.
func SpanIDOf(number uint64) (id SpanID) {
	binary.BigEndian.PutUint64(id[:], number)
	return id
}

func numberOf(id SpanID) uint64 { return binary.BigEndian.Uint64(id[:]) }
