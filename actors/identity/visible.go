package identity

import "unicode"

// isVisible reports whether people see something where the character is: letters,
// digits, punctuation and symbols, less those that have no shape.
func isVisible(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) &&
		!unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && // the Hangul fillers, and others
		!isBlank(r)
}

// isBlank reports whether the character is a letter or a symbol whose shape is empty.
func isBlank(r rune) bool {
	switch r {
	case '\u2800', // Braille pattern blank
		'\U0001d159',               // musical symbol null notehead
		'\U00013441', '\U00013442': // Egyptian hieroglyph full and half blank
		return true
	}
	return false
}

// reorders reports whether the character makes people read what follows it in another
// order than it is written: embeddings, overrides and isolates (UAX #9 §2). The
// marks, which Hebrew and Arabic names need, do not.
func reorders(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// breaksLines reports whether the character begins another line or paragraph.
func breaksLines(r rune) bool { return r == '\u2028' || r == '\u2029' }
