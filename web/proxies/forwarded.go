package proxies

import "strings"

// element is what one proxy says in a Forwarded header (RFC 7239 §4): pairs of a
// name in lower case and a value.
type element [][2]string

// by returns the value of a name, "" if it is not there.
func (e element) by(name string) string {
	for _, pair := range e {
		if pair[0] == name {
			return pair[1]
		}
	}
	return ""
}

// parseForwarded reads a Forwarded header. It is false for what RFC 7239 §4 does not
// allow: then nothing tells where one proxy's words end.
func parseForwarded(text string) (list []element, ok bool) {
	var current element
	for {
		text = strings.TrimLeft(text, " \t")
		if text != "" && text[0] != ',' && text[0] != ';' {
			var name, value string
			if name, value, text, ok = parsePair(text); !ok {
				return nil, false
			}
			current = append(current, [2]string{strings.ToLower(name), value})
			text = strings.TrimLeft(text, " \t")
		}
		switch {
		case text == "":
			return end(list, current), true
		case text[0] == ',':
			list, current = end(list, current), nil
		case text[0] != ';':
			return nil, false
		}
		text = text[1:]
	}
}

// end adds an element to a list, which may have empty ones (RFC 9110 §5.6.1).
func end(list []element, one element) []element {
	if len(one) == 0 {
		return list
	}
	return append(list, one)
}

// parsePair reads token "=" ( token / quoted-string ). Colons and brackets are taken
// unquoted, too, as many proxies write addresses so.
func parsePair(text string) (name, value, rest string, ok bool) {
	name, text, ok = strings.Cut(text, "=")
	if !ok || name == "" || strings.ContainsAny(name, " \t,;\"") {
		return "", "", "", false
	}
	if !strings.HasPrefix(text, `"`) {
		n := strings.IndexAny(text, " \t,;\"=")
		if n < 0 {
			n = len(text)
		}
		return name, text[:n], text[n:], n > 0
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return name, b.String(), text[i+1:], true
		case '\\':
			if i++; i == len(text) {
				return "", "", "", false
			}
		}
		b.WriteByte(text[i])
	}
	return "", "", "", false
}
