package listen

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestCertificateIsForThisMachine(t *testing.T) {
	now := time.Now()
	certificate, err := SelfSigned(filepath.Join(t.TempDir(), "new", "data"), now)
	if err != nil {
		t.Fatal(err)
	}
	leaf := certificate.Leaf
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	for _, name := range []string{"localhost", "127.0.0.1", "::1", host} {
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: now}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := leaf.NotAfter.Sub(leaf.NotBefore); got != 397*24*time.Hour {
		t.Errorf("valid for %v, want 397 days", got)
	}
}

func TestCertificateIsMadeOnceUnderARace(t *testing.T) {
	dir := t.TempDir()
	made := make([]tls.Certificate, 8)
	var racing sync.WaitGroup
	for i := range made {
		racing.Go(func() {
			var err error
			if made[i], err = SelfSigned(dir, time.Now()); err != nil {
				t.Error(err)
			}
		})
	}
	racing.Wait()
	for _, certificate := range made[1:] {
		if !bytes.Equal(certificate.Certificate[0], made[0].Certificate[0]) {
			t.Fatal("two nodes have different certificates")
		}
	}
}

func TestCertificateFileIsPrivateAndAlone(t *testing.T) {
	dir := t.TempDir()
	if _, err := SelfSigned(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, certificateFile))
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode %o, want 600", got)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 {
		t.Errorf("%v, want the certificate and its lock only", entries)
	}
}

func TestCertificateIsRenewedInTime(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	first, err := SelfSigned(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		when  time.Time
		fresh bool
	}{
		{"eight days before its end", first.Leaf.NotAfter.Add(-8 * 24 * time.Hour), false},
		{"six days before its end", first.Leaf.NotAfter.Add(-6 * 24 * time.Hour), true},
	} {
		got, err := SelfSigned(dir, test.when)
		if err != nil {
			t.Fatal(err)
		}
		if fresh := !got.Leaf.Equal(first.Leaf); fresh != test.fresh {
			t.Errorf("%s: renewed = %v", test.name, fresh)
		}
	}
}

func TestKeptCertificateNeedsNoFolderToWriteIn(t *testing.T) {
	dir := t.TempDir()
	first, err := SelfSigned(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(dir, certificateLock)
	if err := errors.Join(os.Remove(lock), os.Mkdir(lock, 0o700)); err != nil { // which even root cannot open for writing
		t.Fatal(err)
	}
	if got, err := SelfSigned(dir, time.Now()); err != nil || !got.Leaf.Equal(first.Leaf) {
		t.Errorf("the certificate is there, and is not used: %v", err)
	}
}

func TestBrokenCertificateIsReplaced(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, certificateFile), []byte("half a certif"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := SelfSigned(dir, time.Now()); err != nil {
		t.Error(err)
	}
}

func TestOwnCertificateIsLoaded(t *testing.T) {
	dir := t.TempDir()
	made, err := SelfSigned(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	both := filepath.Join(dir, certificateFile)
	loaded, err := LoadCertificate(both, both)
	if err != nil {
		t.Fatal(err)
	}
	if !loaded.Leaf.Equal(made.Leaf) {
		t.Error("another certificate")
	}

	lone := filepath.Join(dir, "lone.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.Certificate[0]})
	if err := os.WriteFile(lone, block, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadCertificate(lone, lone); problem.CodeOf(err) != problem.Invalid {
		t.Errorf("certificate without a key: %v", err)
	}
}
