// Package clusterkey is the secret that the nodes of a cluster share, and what they
// make of it: one key for each purpose, so that what is learned of one says nothing of
// another.
//
// There may be several secrets at a time, so that they can be replaced while the
// cluster runs. The first is used; all are accepted. To replace one, each node in turn
// is restarted with "old,new", then each with "new,old", then each with "new": at any
// moment each node accepts what every other one uses.
package clusterkey

import (
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rollcall/rollcall/protos/problem"
)

const (
	minLength = 16 // characters
	most      = 8  // secrets: each is tried on what none of them fits
)

// Ring is what is made of the secrets. A nil Ring is that of a cluster without any.
type Ring struct {
	secrets []string
	gossip  [][]byte
	peers   *tls.Config
}

// New returns the ring of these secrets, the first of which is used; nil without any.
// It stretches nothing: a secret is expected to be random, and only its length is
// checked. The error is [problem.Invalid], and repeats no secret.
func New(secrets []string) (*Ring, error) {
	if len(secrets) == 0 {
		return nil, nil
	}
	if err := Check(secrets); err != nil {
		return nil, err
	}
	r := &Ring{secrets: secrets}
	for _, s := range secrets {
		key, err := derive(s, "gossip", 32)
		if err != nil {
			return nil, err
		}
		r.gossip = append(r.gossip, key)
	}
	var err error
	if r.peers, err = peerTLS(secrets, time.Now()); err != nil {
		return nil, fmt.Errorf("make peer certificate: %w", err)
	}
	return r, nil
}

// Check returns what is wrong with the secrets, if anything.
func Check(secrets []string) error {
	for i, s := range secrets {
		switch n := utf8.RuneCountInString(s); {
		case n < minLength && len(secrets) == 1:
			return problem.New(problem.Invalid, "The shared key has %d characters; it needs at least %d", n, minLength)
		case n < minLength:
			return problem.New(problem.Invalid, "The shared key number %d of %d, set apart by commas, has %d characters; each needs at least %d",
				i+1, len(secrets), n, minLength)
		}
	}
	if len(secrets) > most {
		return problem.New(problem.Invalid, "There are %d shared keys; %d are enough to replace one by another", len(secrets), most)
	}
	return nil
}

// Split returns the secrets in a text, set apart by commas or lines, as a file has them.
func Split(text string) []string {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' })
	var secrets []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			secrets = append(secrets, p)
		}
	}
	return secrets
}

// Gossip returns AES-256 keys, the first of which encrypts.
func (r *Ring) Gossip() [][]byte {
	if r == nil {
		return nil
	}
	return r.gossip
}

// Peers returns how both ends of a connection between nodes prove to each other that
// they have a secret; nil without one.
func (r *Ring) Peers() *tls.Config {
	if r == nil {
		return nil
	}
	return r.peers
}

// derive makes a key for one purpose of a secret.
func derive(secret, purpose string, length int) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "rollcall 1 "+purpose, length)
	if err != nil {
		return nil, fmt.Errorf("derive the key for %s: %w", purpose, err)
	}
	return key, nil
}
