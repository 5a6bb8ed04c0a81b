package clusterkey

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// Seal says of texts that a holder of a secret wrote them, for one purpose. It does not
// hide them, and does not say when: who reads one must take no harm from an old one.
// A nil Seal, of a cluster without a secret, leaves texts as they are.
type Seal struct {
	keys [][]byte
}

// Seal returns the seal for a purpose; what is sealed for another one it does not open.
func (r *Ring) Seal(purpose string) (*Seal, error) {
	if r == nil {
		return nil, nil
	}
	s := new(Seal)
	for _, secret := range r.secrets {
		key, err := derive(secret, "seal "+purpose, sha256.Size)
		if err != nil {
			return nil, err
		}
		s.keys = append(s.keys, key)
	}
	return s, nil
}

// Close returns the text with the seal before it.
func (s *Seal) Close(text []byte) []byte {
	if s == nil {
		return text
	}
	sealed := base64.RawURLEncoding.AppendEncode(make([]byte, 0, sealed+len(text)), sum(s.keys[0], text))
	return append(append(sealed, ' '), text...)
}

// Open returns the text of what Close returned; false if no holder of a secret wrote it.
func (s *Seal) Open(text string) (string, bool) {
	if s == nil {
		return text, true
	}
	mark, text, found := strings.Cut(text, " ")
	given, err := base64.RawURLEncoding.DecodeString(mark)
	if !found || err != nil {
		return "", false
	}
	for _, key := range s.keys {
		if hmac.Equal(given, sum(key, []byte(text))) {
			return text, true
		}
	}
	return "", false
}

// sealed is how many bytes a seal adds.
const sealed = (sha256.Size*8+5)/6 + 1

func sum(key, text []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(text) // never fails
	return h.Sum(nil)
}
