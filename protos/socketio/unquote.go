package socketio

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// ParseString returns the string that a JSON text is. It reports false for any other
// JSON, and for a string that is no Unicode text: with bytes that are not UTF-8, or
// with half of a surrogate pair (RFC 8259 §8.2). encoding/json replaces these by
// U+FFFD, and so makes one text of several.
func ParseString(text json.RawMessage) (string, bool) {
	var s *string // null leaves it nil
	if !utf8.Valid(text) || json.Unmarshal(text, &s) != nil || s == nil || hasLoneSurrogate(text) {
		return "", false
	}
	return *s, true
}

// hasLoneSurrogate looks at the escapes of a valid JSON string.
func hasLoneSurrogate(text []byte) bool {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 {
			return false
		}
		if text[i+1] != 'u' {
			text = text[i+2:]
			continue
		}
		unit := codeUnit(text[i:])
		text = text[i+6:]
		switch {
		case unit < 0xd800 || unit > 0xdfff:
		case unit > 0xdbff:
			return true // the second half comes first
		default:
			if second := codeUnit(text); second < 0xdc00 || second > 0xdfff {
				return true
			}
			text = text[6:]
		}
	}
}

// codeUnit returns what the escape \uXXXX at the beginning of text stands for; 0 if
// there is none.
func codeUnit(text []byte) uint64 {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0
	}
	unit, _ := strconv.ParseUint(string(text[2:6]), 16, 16)
	return unit
}
