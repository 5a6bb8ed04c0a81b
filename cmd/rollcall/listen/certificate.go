package listen

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/filelock"
	"github.com/rollcall/rollcall/protos/problem"
)

const (
	certificateFile = "tls.pem"  // certificate and key in one file, so that they always fit
	certificateLock = "tls.lock" // held while the file is made, by whichever node is first

	lifetime    = 397 * 24 * time.Hour // browsers refuse certificates that live longer
	renewBefore = 7 * 24 * time.Hour
)

// TLSConfig returns the settings for serving HTTP/1.1 with a certificate.
// HTTP/2 is not offered: a websocket upgrade needs HTTP/1.1.
func TLSConfig(certificate tls.Certificate) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{certificate},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"http/1.1"},
	}
}

// LoadCertificate reads a certificate chain and its key from PEM files.
func LoadCertificate(certFile, keyFile string) (tls.Certificate, error) {
	certificate, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return tls.Certificate{}, problem.Wrap(err, problem.Invalid,
			"cannot use the certificate %s with the key %s; both must be PEM files that belong together", certFile, keyFile)
	}
	return certificate, nil
}

// SelfSigned returns the certificate kept in the folder dir (made if missing),
// for localhost and the name of this machine. It makes the certificate if there
// is none, and a new one if the old one cannot be read or expires within a week.
// Several nodes may call it at the same time; all get the same certificate. Who
// finds a good one writes nothing: the folder may be on a disk that is full, or that
// may only be read.
func SelfSigned(dir string, now time.Time) (_ tls.Certificate, err error) {
	defer func() {
		if err != nil {
			err = problem.Wrap(err, problem.Internal,
				"cannot keep a certificate in %s; make the folder writable, or use --tls off", dir)
		}
	}()
	path := filepath.Join(dir, certificateFile)
	if certificate, ok, err := kept(path, now); ok || err != nil {
		return certificate, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return tls.Certificate{}, err
	}
	lock, err := filelock.Wait(filepath.Join(dir, certificateLock))
	if err != nil {
		return tls.Certificate{}, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()

	if certificate, ok, err := kept(path, now); ok || err != nil { // made by another node meanwhile
		return certificate, err
	}
	content, err := signSelf(now)
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := replace(path, content); err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(content, content)
}

// kept returns the certificate in a file; ok is false if there is none that is still
// good for a while. The file is whole at any time: see replace.
func kept(path string, now time.Time) (certificate tls.Certificate, ok bool, err error) {
	content, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return certificate, false, err
	}
	certificate, err = tls.X509KeyPair(content, content)
	return certificate, err == nil && now.Before(certificate.Leaf.NotAfter.Add(-renewBefore)), nil
}

// signSelf returns a new certificate and its key in PEM.
func signSelf(now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	names := []string{"localhost"}
	if host, err := os.Hostname(); err == nil && host != "" && !slices.Contains(names, host) {
		names = append(names, host)
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Rollcall on " + names[len(names)-1]},
		DNSNames:     names,
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotBefore:    now.Add(-time.Hour), // for clocks that are behind
		NotAfter:     now.Add(lifetime - time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},

		BasicConstraintsValid: true, // not an authority: whoever trusts it trusts this machine only
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return append(
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...), nil
}

// replace puts content at path in one step: readers see the old file or the new
// one, never a part, even after a crash. Only the owner may read it.
func replace(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if _, err := f.Write(content); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("put the new certificate in place: %w", err)
	}
	return nil
}
