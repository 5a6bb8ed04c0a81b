// Package apikey knows the keys by which backends use the API: each has a name, for
// people, and scopes. Of its secret only a hash is kept, and no error repeats any part of
// how a key is written, as the secret may stand at the wrong place.
package apikey

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"github.com/rollcall/rollcall/protos/problem"
)

// Bounds of keys.
const (
	MostKeys       = 1000 // a request is compared with each
	LongestName    = 63   // bytes
	ShortestSecret = 16   // bytes
	LongestSecret  = 512  // bytes
)

// Key is one key.
type Key struct {
	Name   string
	Scopes Scopes
	hash   [sha256.Size]byte // of its secret
}

// Keys are keys of which no two have the same name, or the same secret. The zero value is
// none.
type Keys []Key

// New reads keys, each as name:scope:secret, of which the scopes may be several with +
// between them. The error is [problem.Invalid], and says by its place, from 1, which key
// is meant.
func New(texts []string) (Keys, error) {
	var keys Keys
	if len(texts) > MostKeys {
		return nil, problem.New(problem.Invalid, "there are %d keys, and %d is the most", len(texts), MostKeys)
	}
	for i, text := range texts {
		key, err := parse(text)
		if err != nil {
			return nil, problem.New(problem.Invalid, "key %d: %s", i+1, problem.MessageOf(err))
		}
		for j, other := range keys {
			switch {
			case key.Name == other.Name:
				return nil, problem.New(problem.Invalid, "keys %d and %d have the same name: give each its own", j+1, i+1)
			case key.hash == other.hash:
				return nil, problem.New(problem.Invalid, "keys %d and %d have the same secret: make another with openssl rand -base64 32", j+1, i+1)
			}
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// Lines returns the keys in the text of a file, as [New] reads them: one a line. Empty
// lines say nothing, nor those that begin with #.
func Lines(text string) []string {
	var keys []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			keys = append(keys, line)
		}
	}
	return keys
}

func parse(text string) (Key, error) {
	name, rest, _ := strings.Cut(text, ":")
	scopes, secret, complete := strings.Cut(rest, ":")
	switch {
	case !complete:
		return Key{}, problem.New(problem.Invalid, "write it as name:scope:secret, as backend:read+emit:SECRET")
	case name == "" || len(name) > LongestName || strings.ContainsFunc(name, notInName):
		return Key{}, problem.New(problem.Invalid, "its name must have 1 to %d letters, digits, - and _", LongestName)
	case len(secret) < ShortestSecret || len(secret) > LongestSecret:
		return Key{}, problem.New(problem.Invalid, "its secret has %d characters, and must have %d to %d: make one with openssl rand -base64 32", len(secret), ShortestSecret, LongestSecret)
	case strings.ContainsFunc(strings.TrimRight(secret, "="), notInSecret):
		return Key{}, problem.New(problem.Invalid, "its secret may have letters, digits and -._~+/ only, and = at its end: make one with openssl rand -base64 32")
	}
	key := Key{Name: name, hash: sha256.Sum256([]byte(secret))}
	var err error
	key.Scopes, err = parseScopes(scopes)
	return key, err
}

func notInName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// notInSecret is what no bearer token has (RFC 6750 §2.1).
func notInSecret(r rune) bool { return notInName(r) && !strings.ContainsRune(".~+/", r) }

// Find returns the key of a secret. The time that it takes tells nothing of the secrets.
func (k Keys) Find(secret string) (Key, bool) {
	shown, at := sha256.Sum256([]byte(secret)), -1
	for i := range k {
		at = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(shown[:], k[i].hash[:]), i, at)
	}
	if at < 0 {
		return Key{}, false
	}
	return k[at], true
}
