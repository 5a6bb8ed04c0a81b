package membership

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"
	"unicode/utf8"

	"github.com/rollcall/rollcall/protos/problem"
)

const (
	minKeyLength = 16 // characters
	// peerName is what every node's certificate is issued to: what is proved is
	// the possession of the shared key, not which node it is.
	peerName = "node.rollcall"
)

// secrets is what the nodes of a cluster derive from the passphrase they share.
type secrets struct {
	gossip []byte      // AES-256 key of memberlist
	peers  *tls.Config // of both ends of a connection between actors
}

// deriveSecrets stretches nothing: a passphrase is expected to be random, and
// only its length is checked.
func deriveSecrets(passphrase string) (*secrets, error) {
	if n := utf8.RuneCountInString(passphrase); n < minKeyLength {
		return nil, problem.New(problem.Invalid, "The shared key has %d characters; it needs at least %d", n, minKeyLength)
	}
	gossip, err := hkdf.Key(sha256.New, []byte(passphrase), nil, "rollcall 1 gossip", 32)
	if err != nil {
		return nil, fmt.Errorf("derive gossip key: %w", err)
	}
	seed, err := hkdf.Key(sha256.New, []byte(passphrase), nil, "rollcall 1 actors ca", ed25519.SeedSize)
	if err != nil {
		return nil, fmt.Errorf("derive certificate authority: %w", err)
	}
	peers, err := peerTLS(ed25519.NewKeyFromSeed(seed), time.Now())
	if err != nil {
		return nil, fmt.Errorf("make peer certificate: %w", err)
	}
	return &secrets{gossip: gossip, peers: peers}, nil
}

// peerTLS makes a certificate for this process alone, signed by the authority
// that all holders of the key can be. Each of them has its own certificate of
// the authority; name and key are the same, so each verifies the others'.
func peerTLS(authority ed25519.PrivateKey, now time.Time) (*tls.Config, error) {
	// Wide margins: clocks of nodes differ, and a process may run for years.
	from, until := now.AddDate(-1, 0, 0), now.AddDate(20, 0, 0)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Rollcall shared key"},
		NotBefore: from, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, authority.Public(), authority)
	if err != nil {
		return nil, err
	}
	caCert, err := x509.ParseCertificate(caDER)
	if err != nil {
		return nil, err
	}

	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	leaf := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: peerName}, DNSNames: []string{peerName},
		NotBefore: from, NotAfter: until,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, caCert, public, authority)
	if err != nil {
		return nil, err
	}

	pool := x509.NewCertPool()
	pool.AddCert(caCert)
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{{Certificate: [][]byte{leafDER}, PrivateKey: private}},
		RootCAs:      pool, ServerName: peerName,
		ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}, nil
}
