package apikey

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/protos/problem"
)

const (
	secret  = "c2l4dGVlbiBvciBtb3Jl/+=="
	another = "YW5vdGhlciBzZWNyZXQ-_.~"
)

func TestAKeyIsFoundByItsSecret(t *testing.T) {
	keys, err := New([]string{"backend:read+emit:" + secret, "cron:all:" + another})
	if err != nil {
		t.Fatal(err)
	}
	for shown, want := range map[string]string{
		secret: "backend read+emit", another: "cron all",
		"": " ", "backend": " ", secret[:16]: " ", secret + "=": " ", strings.ToUpper(secret): " ", "backend:read+emit:" + secret: " ",
	} {
		key, ok := keys.Find(shown)
		if got := key.Name + " " + key.Scopes.String(); got != want || ok != (want != " ") {
			t.Errorf("%q is the key %q", shown, got)
		}
	}
	if _, ok := Keys(nil).Find(""); ok {
		t.Error("a key is found where there is none")
	}
	if text := fmt.Sprintf("%+v %#v", keys, keys); strings.Contains(text, secret) {
		t.Error("the secret is kept")
	}
}

func TestScopesOfAKey(t *testing.T) {
	for text, want := range map[string]Scopes{
		"read": Read, "emit": Emit, "close": Close, "users": Users, "all": All, "read+read": Read,
		"users+read": Read | Users, "read+emit+close+users": All, "read+all": All,
	} {
		keys, err := New([]string{"x:" + text + ":" + secret})
		if err != nil || keys[0].Scopes != want {
			t.Errorf("%s: %v, %v", text, keys, err)
		}
		again, err := parseScopes(want.String())
		if err != nil || again != want {
			t.Errorf("%s is written %s", text, want)
		}
	}
	for _, text := range []string{"", "+", "read+", "+read", "Read", "write", "read,emit", "read emit", " read"} {
		if keys, err := New([]string{"x:" + text + ":" + secret}); err == nil {
			t.Errorf("%q: %v", text, keys)
		}
	}
}

func TestWhatIsNoKeyIsExplained(t *testing.T) {
	good := "x:read:" + secret
	for _, test := range []struct {
		name string
		keys []string
		says string
	}{
		{"nothing", []string{""}, "key 1: write it as"},
		{"a secret alone", []string{secret}, "key 1: write it as"},
		{"no scope", []string{"x:" + secret}, "key 1: write it as"},
		{"no name", []string{":read:" + secret}, "1 to 63 letters"},
		{"a name of words", []string{"my backend:read:" + secret}, "1 to 63 letters"},
		{"a long name", []string{strings.Repeat("x", 64) + ":read:" + secret}, "1 to 63 letters"},
		{"a short secret", []string{good, "y:read:" + another[:15]}, "key 2: its secret has 15 characters"},
		{"a long secret", []string{"y:read:" + strings.Repeat("s", 513)}, "has 513 characters"},
		{"a secret with a colon", []string{"y:read:abcdefgh:abcdefgh"}, "letters, digits and"},
		{"a secret with a space", []string{"y:read:abcdefgh abcdefgh"}, "letters, digits and"},
		{"a secret with = inside", []string{"y:read:abcdefgh=abcdefgh"}, "letters, digits and"},
		{"a secret that is no ASCII", []string{"y:read:пароль пароль"}, "letters, digits and"},
		{"a wrong scope", []string{"y:write:" + secret}, "read, emit, close, users or all"},
		{"in the wrong order", []string{secret[:20] + ":x:read"}, "key 1: "},
		{"in another wrong order", []string{"x:" + secret + ":read"}, "key 1: "},
		{"a name twice", []string{good, "y:read:" + another, "x:all:" + another + "2"}, "keys 1 and 3 have the same name"},
		{"a secret twice", []string{good, "y:all:" + secret}, "keys 1 and 2 have the same secret"},
		{"too many", make([]string, MostKeys+1), "1000 is the most"},
	} {
		keys, err := New(test.keys)
		if problem.CodeOf(err) != problem.Invalid || !strings.Contains(err.Error(), test.says) || keys != nil {
			t.Errorf("%s: %v, %v", test.name, keys, err)
		} else if strings.Contains(err.Error(), secret[:8]) || strings.Contains(err.Error(), another[:8]) {
			t.Errorf("%s: the secret is in %v", test.name, err)
		}
	}
}

func TestTheKeysInAFile(t *testing.T) {
	text := "# of the school\n\n  backend:read:" + secret + "\r\n#old:all:x\n\t\ncron:all:" + another
	if got := Lines(text); len(got) != 2 || got[0] != "backend:read:"+secret || got[1] != "cron:all:"+another {
		t.Errorf("%q", got)
	}
}

// What is taken is found again, and only so; what is not taken is not repeated.
func FuzzKeys(f *testing.F) {
	for _, text := range []string{"", "x:read:" + secret, "x:read+all:" + another, secret, "# x\n\nx:read:" + secret + "\ny:emit:" + another, ":::", "x:read:" + secret + "\nx:read:" + secret} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		texts := Lines(text)
		keys, err := New(texts)
		if err != nil {
			for _, line := range texts {
				for part := range strings.SplitSeq(line, ":") {
					if len(part) >= ShortestSecret && strings.Contains(err.Error(), part) && !strings.Contains(wordsOfErrors, part) {
						t.Errorf("%q is in %v", part, err)
					}
				}
			}
			return
		}
		if len(keys) != len(texts) {
			t.Fatalf("%d keys of %d", len(keys), len(texts))
		}
		for i, line := range texts {
			shown := line[strings.LastIndexByte(line, ':')+1:]
			found, ok := keys.Find(shown)
			if !ok || found != keys[i] || found.Scopes == 0 || !strings.HasPrefix(line, found.Name+":") {
				t.Errorf("%q is found as %+v", line, found)
			}
			if _, ok := keys.Find(shown + "x"); ok && len(keys) == 1 {
				t.Errorf("%q is found by more than its secret", line)
			}
		}
	})
}

// wordsOfErrors are in errors whatever was given.
const wordsOfErrors = "keys 1 and 2 have the same name: give each its own secret: make another with openssl rand -base64 32 key 1: " +
	"write it as name:scope:secret, as backend:read+emit:SECRET its scopes must be read, emit, close, users or all, several with +, as read+emit"
