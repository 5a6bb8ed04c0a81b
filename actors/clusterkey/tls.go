package clusterkey

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"time"
)

// peerName is what every node's certificate is issued to: what is proved is the
// possession of a secret, not which node it is.
const peerName = "node.rollcall"

// peerTLS makes a certificate for this process alone, signed by the authority that all
// holders of the first secret can be, and believes the authority of each secret.
func peerTLS(secrets []string, now time.Time) (*tls.Config, error) {
	pool := x509.NewCertPool()
	var own tls.Certificate
	for i, s := range secrets {
		seed, err := derive(s, "actors ca", ed25519.SeedSize)
		if err != nil {
			return nil, err
		}
		authority, err := newAuthority(ed25519.NewKeyFromSeed(seed), now)
		if err != nil {
			return nil, err
		}
		pool.AddCert(authority.cert)
		if i == 0 {
			if own, err = authority.issue(); err != nil {
				return nil, err
			}
		}
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{own},
		RootCAs:      pool, ServerName: peerName,
		ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}, nil
}

// authority signs certificates. Each holder of the secret has its own certificate of
// it; name and key are the same, so each verifies what the others sign.
type authority struct {
	cert *x509.Certificate
	key  ed25519.PrivateKey
}

func newAuthority(key ed25519.PrivateKey, now time.Time) (*authority, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Rollcall shared key"},
		// Wide margins: clocks of nodes differ, and a process may run for years.
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(20, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &authority{cert, key}, err
}

// issue makes a key and its certificate.
func (a *authority) issue() (tls.Certificate, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: peerName}, DNSNames: []string{peerName},
		NotBefore: a.cert.NotBefore, NotAfter: a.cert.NotAfter,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, a.cert, public, a.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}, nil
}
