package identity

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// freshFor is how old a sealed message may be to be believed, and how far the clocks of
// nodes may be apart. An older one may have been kept by somebody, to be said again.
const freshFor = 2 * time.Minute

var errForeign = errors.New("a message of Redis was not published by a holder of the shared key")

// wrap returns a message as it is published: with a shared key, sealed with its time.
func (b *Bus) wrap(text []byte, now time.Time) []byte {
	if !b.Sealed() {
		return text
	}
	dated := strconv.AppendInt(nil, now.UnixMilli(), 10)
	return b.seal.Close(append(append(dated, ' '), text...))
}

// unwrap returns the message in what came. hint says that anybody may have published it,
// or published it again: it is a reason to look, and no more.
func (b *Bus) unwrap(payload string, now time.Time) (text string, hint bool, err error) {
	if !b.Sealed() {
		return payload, true, nil
	}
	dated, ok := b.seal.Open(payload)
	if !ok {
		return "", false, errForeign
	}
	date, text, _ := strings.Cut(dated, " ")
	at, err := strconv.ParseInt(date, 10, 64)
	age := now.Sub(time.UnixMilli(at))
	return text, age > freshFor || age < -freshFor, err
}
