package socketio

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
)

// Placeholder returns the JSON that stands for attachment number n, counted
// from 0, in the arguments of a binary event or ack.
func Placeholder(n int) json.RawMessage {
	placeholder := strconv.AppendInt([]byte(`{"_placeholder":true,"num":`), int64(n), 10)
	return append(placeholder, '}')
}

// checkPlaceholders says whether the placeholders in data, which is valid JSON,
// stand for n attachments, each exactly once. In a packet without attachments
// nothing is a placeholder.
func checkPlaceholders(data []byte, n int) error {
	if n == 0 {
		return nil
	}
	walk := placeholderWalk{data: data, attachments: n}
	walk.value(0)
	if walk.bad || len(walk.found) != n {
		return BadPlaceholder
	}
	return nil
}

// placeholderWalk goes over JSON once, whatever its shape: the time is linear
// in the size, and the depth is bounded ([MaxDepth]). Over anything
// else it ends too, within bounds, but what it finds means nothing.
type placeholderWalk struct {
	data        []byte
	attachments int      // how many there are
	found       []uint64 // the numbers seen so far; at most as many as there are attachments
	bad         bool     // a number is out of range, or was seen twice
}

// value walks over the value at or behind i and returns the index behind it.
func (w *placeholderWalk) value(i int) int {
	i = skipSpace(w.data, i)
	if i >= len(w.data) {
		return i
	}
	switch w.data[i] {
	case '{':
		return w.object(i)
	case '[':
		return w.array(i)
	}
	return valueEnd(w.data, i)
}

func (w *placeholderWalk) array(i int) int {
	for { // i is at '[' or ','
		i = skipSpace(w.data, w.value(i+1))
		if i >= len(w.data) || w.data[i] != ',' {
			return i + 1
		}
	}
}

// object walks over an object, and notes its number if it is a placeholder: if
// its member "_placeholder" is true. Of members with the same key the last
// counts, as in JavaScript.
func (w *placeholderWalk) object(i int) int {
	isPlaceholder := false
	var num []byte
	for { // i is at '{' or ','
		start := skipSpace(w.data, i+1)
		if start >= len(w.data) || w.data[start] != '"' {
			i = start // an empty object
			break
		}
		end := stringEnd(w.data, start)
		key := w.data[start:end]
		start = skipSpace(w.data, skipSpace(w.data, end)+1) // behind the colon
		i = w.value(start)
		value := w.data[min(start, len(w.data)):min(i, len(w.data))]
		if isKey(key, "_placeholder") {
			isPlaceholder = string(value) == "true"
		} else if isKey(key, "num") {
			num = value
		}
		if i = skipSpace(w.data, i); i >= len(w.data) || w.data[i] != ',' {
			break
		}
	}
	if isPlaceholder {
		w.note(num)
	}
	return i + 1
}

// note records a placeholder with the number that num is the JSON of.
func (w *placeholderWalk) note(num []byte) {
	digits := leadingDigits(num)
	n, fits := parseUint(num[:digits])
	if digits == 0 || digits != len(num) || !fits || n >= uint64(w.attachments) || slices.Contains(w.found, n) {
		w.bad = true
		return
	}
	w.found = append(w.found, n)
}

// isKey reports whether the JSON string quoted stands for key.
func isKey(quoted []byte, key string) bool {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return len(quoted) == len(key)+2 && string(quoted[1:len(quoted)-1]) == key
	}
	var unquoted string
	return json.Unmarshal(quoted, &unquoted) == nil && unquoted == key
}
