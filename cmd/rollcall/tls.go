package main

import (
	"crypto/tls"
	"errors"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/listen"
)

// Modes of --tls.
const (
	tlsOff   = "off"
	tlsAuto  = "auto"
	tlsFiles = "files"
)

// tlsMode returns the mode to use: naming a certificate is enough to use it.
func (s *Settings) tlsMode() string {
	if s.TLS == tlsAuto && s.TLSCert != "" {
		return tlsFiles
	}
	return s.TLS
}

func (s *Settings) checkTLS() error {
	switch given := s.TLSCert != ""; {
	case given != (s.TLSKey != ""):
		return errors.New("--tls-cert and --tls-key belong together; give both or none")
	case given && s.TLS == tlsOff:
		return errors.New("--tls off uses no certificate; leave out --tls-cert and --tls-key, or choose --tls files")
	case !given && s.TLS == tlsFiles:
		return errors.New("--tls files needs a certificate; add --tls-cert and --tls-key, or choose --tls auto")
	}
	return nil
}

// tlsConfig returns how to serve TLS, or nil if it is off. In mode auto it makes
// the certificate if need be.
func (s *Settings) tlsConfig(now time.Time) (*tls.Config, error) {
	var certificate tls.Certificate
	var err error
	switch s.tlsMode() {
	case tlsOff:
		return nil, nil
	case tlsFiles:
		certificate, err = listen.LoadCertificate(s.TLSCert, s.TLSKey)
	default:
		certificate, err = listen.SelfSigned(s.Data, now)
	}
	if err != nil {
		return nil, err
	}
	return listen.TLSConfig(certificate), nil
}
