package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/secret"
)

// files looks whether what the node keeps may be written by it, and read by nobody else.
func (n Node) files(context.Context) (found []Finding) {
	found = append(found, folder(n.Data).of("--data"))
	for _, file := range append([]string{n.TLSKey}, n.SecretFiles...) {
		if file == "" {
			continue
		}
		if said := secret.Exposed(file); said != "" {
			found = append(found, Finding{Check: "secrets", Level: Warning, Says: said})
		}
	}
	if n.TLSCert != "" {
		found = append(found, certificate(n.TLSCert, n.TLSKey, time.Now()).of("--tls-cert"))
	}
	return found
}

// folder looks whether a folder can be written to, or be made.
func folder(path string) Finding {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		above := filepath.Dir(path)
		if info, err := os.Stat(above); err == nil && info.IsDir() && !writable(above) {
			return wrong("choose another folder, or make this user its owner", "%s is not there, and this user may not make it", path)
		}
		return ok("%s is not there yet; it is made", path)
	case err != nil:
		return wrong("choose another folder, or make this user its owner", "%s cannot be looked at (%v)", path, err)
	case !info.IsDir():
		return wrong("choose a folder", "%s is a file", path)
	case !writable(path):
		return wrong("choose another folder, or make this user its owner", "this user may not write to %s", path)
	}
	if said := secret.Exposed(path); said != "" {
		return Finding{Level: Warning, Says: said}
	}
	return ok("%s is this user's", path)
}

// writable makes a file in a folder, and removes it.
func writable(folder string) bool {
	file, err := os.CreateTemp(folder, ".rollcall-doctor-*")
	if err != nil {
		return false
	}
	return errors.Join(file.Close(), os.Remove(file.Name())) == nil
}

// certificate looks whether clients will believe a certificate for a while.
func certificate(certFile, keyFile string, now time.Time) Finding {
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return wrong("both must be PEM files that belong together, and that this user may read", "%s and %s cannot be used", certFile, keyFile)
	}
	until := pair.Leaf.NotAfter
	switch left := until.Sub(now); {
	case now.Before(pair.Leaf.NotBefore):
		return wrong("look at the clock of this machine", "the certificate is valid from %s on", pair.Leaf.NotBefore.UTC().Format(time.DateTime))
	case left <= 0:
		return wrong("renew it, and restart the nodes", "the certificate has expired at %s", until.UTC().Format(time.DateTime))
	case left < 14*24*time.Hour:
		return warning("renew it, and restart the nodes", "the certificate expires at %s", until.UTC().Format(time.DateTime))
	}
	return ok("the certificate is valid until %s", until.UTC().Format(time.DateOnly))
}
