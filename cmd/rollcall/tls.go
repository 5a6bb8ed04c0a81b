package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/listen"
	"github.com/rollcall/rollcall/web/plain"
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

// plainMode is what plain HTTP is answered; "" leaves it to the certificate.
type plainMode plain.Mode

// UnmarshalText checks a mode from the command line or the environment.
func (m *plainMode) UnmarshalText(text []byte) error {
	switch mode := plain.Mode(text); mode {
	case "", plain.Serve, plain.Redirect, plain.Refuse:
		*m = plainMode(mode)
		return nil
	}
	return fmt.Errorf("%q is none of refuse, redirect and serve", text)
}

// plainly returns what plain HTTP is answered. Whoever has a certificate that others
// believe wants to be spoken to by TLS.
func (s *Settings) plainly() plain.Mode {
	switch {
	case s.Plain != "":
		return plain.Mode(s.Plain)
	case s.tlsMode() == tlsFiles:
		return plain.Redirect
	}
	return plain.Serve
}

func (s *Settings) checkTLS() error {
	if s.TLS == tlsOff && s.plainly() != plain.Serve {
		return fmt.Errorf("--tls off leaves plain HTTP only, which --plain %s does not answer; leave one of them out", s.Plain)
	}
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
