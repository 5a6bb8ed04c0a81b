//go:build unix

package identity

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity/internal/daemon"
	"github.com/rollcall/rollcall/actors/identity/redistest"
)

func publish(t *testing.T, url string, trust ...Trust) error {
	t.Helper()
	bus, err := NewBus(url, "test", trust...)
	actorstest.Must(t, err)
	defer func() { actorstest.Must(t, bus.Close()) }()
	return bus.Publish(t.Context(), Change{Seq: 1, User: "1", Version: 1})
}

// Heroku's URLs have a user whom its Redis does not know.
func TestTheUserThatHerokuWritesIsTheDefaultOne(t *testing.T) {
	server := redistest.Start(t, "--requirepass", "secret")
	actorstest.Must(t, publish(t, "redis://h:secret@"+server.Addr()))
	actorstest.Must(t, publish(t, "redis://default:secret@"+server.Addr()))
	if err := publish(t, "redis://stranger:secret@"+server.Addr()); err == nil {
		t.Error("any user may come with that password")
	}
}

func TestRedisBehindTLSIsBelievedByWhoIsTold(t *testing.T) {
	t.Parallel()
	certificate, key := selfSigned(t)
	port := strconv.Itoa(daemon.FreePort(t))
	redistest.Start(t, "--tls-port", port, "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no")
	url := "rediss://127.0.0.1:" + port
	// It may take too long to get that far, on a busy machine.
	actorstest.Eventually(t, "to be told how to have a certificate believed that nobody vouches for", func() bool {
		err := publish(t, url)
		return err != nil && strings.Contains(err.Error(), "--redis-ca") && strings.Contains(err.Error(), "--redis-insecure")
	})
	actorstest.Must(t, publish(t, url, Trust{CAFile: certificate}))
	actorstest.Must(t, publish(t, url, Trust{Insecure: true}))
	actorstest.Must(t, publish(t, url+"?skip_verify=true"))
	actorstest.Eventually(t, "to be told that the certificate is another host's", func() bool {
		err := publish(t, "rediss://localhost:"+port, Trust{CAFile: certificate})
		return err != nil && strings.Contains(err.Error(), "that the certificate names")
	})
}

// selfSigned makes a certificate for 127.0.0.1, in files.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	actorstest.Must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Redis"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	actorstest.Must(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	actorstest.Must(t, err)
	write := func(name, kind string, bytes []byte) string {
		file := filepath.Join(t.TempDir(), name)
		actorstest.Must(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600))
		return file
	}
	return write("certificate.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", pkcs8)
}

// What is published goes to the Redis that Sentinel names, also when that is another
// one than before.
func TestABusFollowsSentinel(t *testing.T) {
	t.Parallel()
	first := redistest.Start(t, "--repl-diskless-sync-delay", "0")
	host, port, err := net.SplitHostPort(first.Addr())
	actorstest.Must(t, err)
	second := redistest.Start(t, "--replicaof", host+" "+port)
	// Else Sentinel, which looks every ten seconds, would see that only by its second look.
	actorstest.Eventually(t, "the replica to follow", func() bool { return strings.Contains(ask(t, second, "ROLE"), "\r\nconnected\r\n") })
	sentinel := redistest.StartSentinel(t, first)
	nobody := "127.0.0.1:" + strconv.Itoa(daemon.FreePort(t))

	bus, err := NewBus("redis-sentinel://"+nobody+","+sentinel.Addr()+"/0?master=mymaster", "test")
	actorstest.Must(t, err)
	defer func() { actorstest.Must(t, bus.Close()) }()
	signals := make(chan signal, 1000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		bus.follow(t.Context(), noBeacon, signals)
	}()
	t.Cleanup(func() { <-done })
	awaitUp := func(what string) {
		t.Helper()
		for end := time.After(30 * time.Second); ; {
			select {
			case s := <-signals:
				if s.kind == up {
					return
				}
			case <-end:
				t.Fatalf("the bus is not up %s", what)
			}
		}
	}
	awaitUp("at first")
	awaitReplica(t, sentinel)
	first.Stop()
	awaitUp("after the failover")
	if role := ask(t, second, "ROLE"); !strings.Contains(role, "master") {
		t.Errorf("the second is %q", role)
	}
	actorstest.Must(t, bus.Publish(t.Context(), Change{Seq: 1, User: "1", Version: 1}))
}

// awaitReplica waits until Sentinel knows of a replica that could take over.
func awaitReplica(t *testing.T, sentinel *redistest.Server) {
	t.Helper()
	actorstest.Eventually(t, "Sentinel to know the replica", func() bool {
		return strings.Contains(ask(t, sentinel, "SENTINEL REPLICAS mymaster"), "master-link-status\r\n$2\r\nok")
	})
}

// ask sends a command, and returns what comes back at once, as it is.
func ask(t *testing.T, server *redistest.Server, command string) string {
	t.Helper()
	conn, err := net.Dial("tcp", server.Addr())
	actorstest.Must(t, err)
	defer conn.Close()
	actorstest.Must(t, conn.SetDeadline(time.Now().Add(time.Second)))
	_, err = conn.Write([]byte(command + "\r\n"))
	actorstest.Must(t, err)
	answer := make([]byte, 16<<10)
	n, err := conn.Read(answer)
	actorstest.Must(t, err)
	return string(answer[:n])
}
