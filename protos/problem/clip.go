package problem

import "unicode/utf8"

// longestClip is how many bytes of a text are repeated at most.
const longestClip = 40

// Clip shortens what a client sent, or what an actor said, to what the text of an error
// should repeat of it.
func Clip(text string) string { return ClipTo(text, longestClip) }

// ClipTo shortens a text to so many bytes, or a few less, so that no character is cut in
// two; "…" says that there was more.
func ClipTo(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}
