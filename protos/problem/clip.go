package problem

import "unicode/utf8"

// longestClip is how many bytes of a text are repeated at most.
const longestClip = 40

// Clip shortens what a client sent, or what an actor said, to what the text of an error
// should repeat of it.
func Clip(s string) string {
	if len(s) <= longestClip {
		return s
	}
	most := longestClip
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}
