package clusterkey

import (
	"crypto/tls"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/protos/problem"
)

const (
	old     = "correct horse battery staple"
	fresh   = "another horse battery staple"
	unknown = "a third horse battery staple"
)

func ring(t *testing.T, secrets ...string) *Ring {
	t.Helper()
	r, err := New(secrets)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSecretsThatAreTooShortAreRefused(t *testing.T) {
	for _, secrets := range [][]string{{"short"}, {old, ""}, {"", old}, {old, "short"}, slices.Repeat([]string{old}, 9)} {
		_, err := New(secrets)
		if problem.CodeOf(err) != problem.Invalid || strings.Contains(err.Error(), old) {
			t.Errorf("%q: %v", secrets, err)
		}
	}
}

func TestSecretsInATextAreSetApart(t *testing.T) {
	for text, want := range map[string][]string{
		"":              nil,
		"\n":            nil,
		"a\n":           {"a"},
		"a, b":          {"a", "b"},
		"a\r\nb\n\n":    {"a", "b"},
		"correct horse": {"correct horse"},
	} {
		if diff := cmp.Diff(want, Split(text)); diff != "" {
			t.Errorf("%q (-want +got)\n%s", text, diff)
		}
	}
}

// steps are those by which one secret is replaced by another. Nodes of neighbouring
// steps run side by side.
func steps(t *testing.T) []*Ring {
	return []*Ring{ring(t, old), ring(t, old, fresh), ring(t, fresh, old), ring(t, fresh)}
}

func TestNeighboursInARotationBelieveEachOther(t *testing.T) {
	all := steps(t)
	for i, a := range all {
		for j, b := range all {
			near := i-j <= 1 && j-i <= 1
			if got := greet(t, a, b) == nil; got != near {
				t.Errorf("a connection from step %d to step %d: %t", i, j, got)
			}
			if got := slices.ContainsFunc(b.Gossip(), func(key []byte) bool { return slices.Equal(key, a.Gossip()[0]) }); near && !got {
				t.Errorf("step %d does not understand the gossip of step %d", j, i)
			}
			from, to := seal(t, a), seal(t, b)
			if text, ok := to.Open(string(from.Close([]byte("hello world")))); near && (!ok || text != "hello world") {
				t.Errorf("step %d does not believe what step %d has sealed", j, i)
			}
		}
	}
	if greet(t, ring(t, unknown), all[1]) == nil || greet(t, all[1], ring(t, unknown)) == nil {
		t.Error("a connection without the secret is believed")
	}
}

func seal(t *testing.T, r *Ring) *Seal {
	t.Helper()
	s, err := r.Seal("tests")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// greet makes a connection and returns why one of its ends did not like it.
func greet(t *testing.T, from, to *Ring) error {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", to.Peers())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	served := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			_, err = conn.Write([]byte{1})
			conn.Close()
		}
		served <- err
	}()
	conn, err := tls.Dial("tcp", l.Addr().String(), from.Peers())
	if err == nil {
		_, err = conn.Read(make([]byte, 1))
		conn.Close()
	}
	return errors.Join(err, <-served)
}

func TestOnlyHoldersOfTheSecretSeal(t *testing.T) {
	s := seal(t, ring(t, old, fresh))
	sealed := string(s.Close([]byte("text")))
	other, err := ring(t, old).Seal("something else")
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{
		"nothing":         "",
		"no seal":         "text",
		"another text":    strings.Replace(sealed, "text", "tect", 1),
		"another secret":  string(seal(t, ring(t, unknown)).Close([]byte("text"))),
		"another purpose": string(other.Close([]byte("text"))),
		"an empty seal":   " text",
		"half a seal":     sealed[5:],
	} {
		if _, ok := s.Open(text); ok {
			t.Errorf("%s is believed", what)
		}
	}
	if text, ok := s.Open(sealed); !ok || text != "text" {
		t.Errorf("what it sealed itself it opens as %q, %t", text, ok)
	}
}

func TestWithoutASecretTextsStayAsTheyAre(t *testing.T) {
	r := ring(t)
	s := seal(t, r)
	if text, ok := s.Open(string(s.Close([]byte("a b")))); !ok || text != "a b" {
		t.Errorf("%q, %t", text, ok)
	}
	if r.Peers() != nil || r.Gossip() != nil {
		t.Error("there are keys without a secret")
	}
}

func FuzzOpen(f *testing.F) {
	r, err := New([]string{old})
	if err != nil {
		f.Fatal(err)
	}
	s, err := r.Seal("tests")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("", "")
	f.Add("text", "AAAA text")
	f.Fuzz(func(t *testing.T, text, foreign string) {
		if got, ok := s.Open(string(s.Close([]byte(text)))); !ok || got != text {
			t.Errorf("%q comes back as %q, %t", text, got, ok)
		}
		if _, ok := s.Open(foreign); ok {
			t.Errorf("%q is believed", foreign)
		}
	})
}
