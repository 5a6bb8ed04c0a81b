package socketio

import "bytes"

// What one packet may have beside its bytes, lest little of it costs much, here or at
// whoever it is passed on to. Applications do not get near.
const (
	// MaxDepth is how deep arrays and objects may nest, the packet's own array counted.
	// Parsers of other languages have the same limit, as System.Text.Json of .NET, or
	// fail when they recurse, as Python's: a packet must not break those who read it.
	MaxDepth = 64

	// MaxElements is how many elements the array of an event or answer may have, the
	// name of the event counted. Each costs 24 bytes and more, wherever it is passed.
	MaxElements = 1000

	// MaxNamespace is the length that the name of a namespace may have, in bytes.
	MaxNamespace = 256

	// MaxID is how many digits the id of an event may have, which its answer repeats.
	MaxID = 64
)

// checkShape says whether data nests too deep or has too many elements. It need not be
// valid JSON: this comes first, as it costs less than to see that it is.
func checkShape(data []byte) error {
	if bytes.Count(data, []byte{'['})+bytes.Count(data, []byte{'{'}) > MaxDepth && DepthOf(data) > MaxDepth {
		return TooDeep
	}
	if bytes.Count(data, []byte{','}) < MaxElements || data[0] != '[' {
		return nil
	}
	count := 0
	for range elements(data) {
		if count++; count > MaxElements {
			return TooManyElements
		}
	}
	return nil
}

// clipFrom is how many bytes an event has that is always read.
const clipFrom = 1024

// clip returns the payload of an event without its arguments, and how long it was, if it
// is too long to be looked into. Any other it returns as it is.
func (d *Decoder) clip(t Type, data []byte) (clipped []byte, oversize int) {
	if d.Longest == nil || len(data) <= clipFrom || t != Event && t != BinaryEvent || data[0] != '[' {
		return data, 0
	}
	start := skipSpace(data, 1)
	if start >= len(data) || data[start] != '"' {
		return data, 0
	}
	end := stringEnd(data, start)
	if end >= len(data) || len(data) <= d.Longest(data[start+1:end-1]) {
		return data, 0
	}
	return append(bytes.Clone(data[:end]), ']'), len(data)
}

// DepthOf returns how deep the arrays and objects of JSON nest, at the deepest place. It need
// not be valid JSON: 0 says nothing then.
func DepthOf(data []byte) int {
	depth, deepest := 0, 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i = stringEnd(data, i) - 1
		case '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth--
		}
	}
	return deepest
}
