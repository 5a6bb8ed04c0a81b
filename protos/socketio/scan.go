package socketio

import (
	"encoding/json"
	"iter"
)

// The functions here find their way through JSON that is known to be valid,
// without decoding or copying it. They stay within bounds whatever they get.

// elements yields the elements of a JSON array, as they are written there.
func elements(array []byte) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		for i := skipSpace(array, 0); ; { // i is at '[' or ','
			start := skipSpace(array, i+1)
			if start >= len(array) || array[start] == ']' {
				return
			}
			end := valueEnd(array, start)
			if !yield(array[start:end:end]) {
				return
			}
			if i = skipSpace(array, end); i >= len(array) || array[i] != ',' {
				return
			}
		}
	}
}

// firstElement returns the first element of a JSON array, nil if it is empty.
func firstElement(array []byte) json.RawMessage {
	for element := range elements(array) {
		return element
	}
	return nil
}

// valueEnd returns the index behind the value that begins at b[i].
func valueEnd(b []byte, i int) int {
	for depth := 0; i < len(b); {
		switch b[i] {
		case '"':
			if i = stringEnd(b, i); depth == 0 {
				return i
			}
			continue
		case '[', '{':
			depth++
		case ']', '}':
			if depth == 0 {
				return i // a number or a literal ends with what holds it
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return len(b)
}

// stringEnd returns the index behind the string that begins at b[i].
func stringEnd(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// skipSpace returns the index of the first byte from b[i] on that is not space.
func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}
