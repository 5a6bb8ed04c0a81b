package tokens

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/protos/problem"
)

const secret = "a secret of thirty-two characters"

// now is the time of all tests here.
func now() time.Time { return time.Unix(1_800_000_000, 0) }

// said is the claims of a good token, and more.
func said(more jwt.MapClaims) jwt.MapClaims {
	all := jwt.MapClaims{"sub": "ann", "iss": "home", "aud": "rollcall", "iat": now().Unix(), "exp": now().Add(time.Hour).Unix()}
	for claim, value := range more {
		all[claim] = value
		if value == nil {
			delete(all, claim)
		}
	}
	return all
}

func signed(t testing.TB, method jwt.SigningMethod, key any, claims jwt.Claims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func verifierOf(t *testing.T, issuers ...Issuer) *Verifier {
	t.Helper()
	v, err := New(Config{Issuers: issuers, Leeway: 30 * time.Second, Logger: slog.New(slog.DiscardHandler), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// public returns a public key in PEM.
func public(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func rsaKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func ecKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestWhatATokenMustSay(t *testing.T) {
	v := verifierOf(t, Issuer{Name: "home", Audience: []string{"rollcall", "chat"}, Secret: []byte(secret)})
	for _, test := range []struct {
		name   string
		claims jwt.MapClaims
		want   problem.Name
	}{
		{"all", nil, ""},
		{"one of several audiences", jwt.MapClaims{"aud": []string{"x", "chat"}}, ""},
		{"expired within the leeway", jwt.MapClaims{"exp": now().Add(-29 * time.Second).Unix()}, ""},
		{"expired", jwt.MapClaims{"exp": now().Add(-31 * time.Second).Unix()}, problem.TokenExpired},
		{"for ever", jwt.MapClaims{"exp": nil}, problem.BadToken},
		{"until when in other letters", jwt.MapClaims{"exp": nil, "EXP": now().Add(time.Hour).Unix()}, problem.BadToken},
		{"not before, within the leeway", jwt.MapClaims{"nbf": now().Add(29 * time.Second).Unix()}, ""},
		{"not before", jwt.MapClaims{"nbf": now().Add(31 * time.Second).Unix()}, problem.BadToken},
		{"issued later, within the leeway", jwt.MapClaims{"iat": now().Add(29 * time.Second).Unix()}, ""},
		{"issued later: no revocation would reach it", jwt.MapClaims{"iat": now().Add(31 * time.Second).Unix()}, problem.BadToken},
		{"issued in milliseconds", jwt.MapClaims{"iat": now().UnixMilli()}, problem.BadToken},
		{"issued at no time", jwt.MapClaims{"iat": nil}, ""},
		{"another audience", jwt.MapClaims{"aud": "others"}, problem.BadToken},
		{"no audience", jwt.MapClaims{"aud": nil}, problem.BadToken},
		{"another issuer", jwt.MapClaims{"iss": "away"}, problem.BadToken},
		{"no issuer", jwt.MapClaims{"iss": nil}, problem.BadToken},
		{"no user", jwt.MapClaims{"sub": nil}, problem.BadToken},
		{"an empty user", jwt.MapClaims{"sub": ""}, problem.BadToken},
		{"a number that no user is", jwt.MapClaims{"sub": json.Number("-1")}, problem.BadToken},
		{"a user who is null", jwt.MapClaims{"sub": json.RawMessage("null")}, problem.BadToken},
		{"a user who is several", jwt.MapClaims{"sub": []string{"ann"}}, problem.BadToken},
		{"a user of half a character", jwt.MapClaims{"sub": json.RawMessage(`"ann\ud800"`)}, problem.BadToken},
		{"a date that is text", jwt.MapClaims{"exp": "tomorrow"}, problem.BadToken},
		{"rooms that are none", jwt.MapClaims{"rooms": "all"}, problem.BadToken},
		{"rooms that are null", jwt.MapClaims{"rooms": json.RawMessage("null")}, problem.BadToken},
		{"rights that are none", jwt.MapClaims{"rooms": map[string]string{"*": "x"}}, problem.BadToken},
		{"a name that is no text", jwt.MapClaims{"name": 1}, problem.BadToken},
	} {
		t.Run(test.name, func(t *testing.T) {
			token := signed(t, jwt.SigningMethodHS256, []byte(secret), said(test.claims))
			grant, err := v.Verify(t.Context(), token)
			if problem.NameOf(err) != test.want && (err != nil || test.want != "") {
				t.Fatalf("%v, want %q", err, test.want)
			}
			if err == nil && grant.User != "ann" {
				t.Errorf("it vouches for %q", grant.User)
			}
		})
	}
}

// Who may have claims of his own signed, by an issuer that signs for many, gains nothing by
// names that encoding/json would take for those that count.
func TestClaimsCountByTheirVeryNames(t *testing.T) {
	v := verifierOf(t, Issuer{Name: "home", Audience: []string{"rollcall"}, Secret: []byte(secret)})
	const good, past = `"sub":"ann","iss":"home","aud":"rollcall","exp":1800003600`, `"exp":1700000000`
	if _, err := v.Verify(t.Context(), signedText(t, "{"+good+"}")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ claim, own, alike string }{
		{`"iss":"home"`, `"iss":"away"`, `"ISS":"home"`}, {`"iss":"home"`, `"iss":"away"`, `"i\u017f\u017f":"home"`},
		{`"aud":"rollcall"`, `"aud":"others"`, `"AUD":"rollcall"`}, {`"aud":"rollcall"`, `"jti":"1"`, `"Aud":"rollcall"`},
		{`"exp":1800003600`, past, `"Exp":1800003600`}, {`"exp":1800003600`, `"jti":"1"`, `"EXP":1800003600`},
		{`"sub":"ann"`, `"jti":"1"`, `"SUB":"ann"`}, {`"sub":"ann"`, `"sub":"ann","nbf":1800003600`, `"nBf":1800000000`},
	} {
		t.Run(test.alike, func(t *testing.T) {
			rest := strings.Replace(good, test.claim, test.own, 1)
			for _, text := range []string{"{" + rest + "," + test.alike + "}", "{" + test.alike + "," + rest + "}"} {
				if grant, err := v.Verify(t.Context(), signedText(t, text)); problem.CodeOf(err) != problem.Unauthorized {
					t.Errorf("%s: %+v, %v", text, grant, err)
				}
			}
		})
	}
}

// signedText signs claims as they are written.
func signedText(t *testing.T, claims string) string {
	t.Helper()
	return signedWith(t, `{"alg":"HS256","typ":"JWT"}`, claims)
}

func signedWith(t *testing.T, header, claims string) string {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(header)) + "." + encode([]byte(claims))
	signature, err := jwt.SigningMethodHS256.Sign(text, []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + encode(signature)
}

func TestWhatATokenGrants(t *testing.T) {
	name := "Ann"
	for _, test := range []struct {
		name   string
		issuer Issuer
		claims jwt.MapClaims
		user   string
		room   access.Rights // in the room team-a
		called *string
	}{
		{"nothing said", Issuer{}, nil, "ann", access.Usual, nil},
		{"nothing said, by an issuer who grants little", Issuer{Rooms: access.Rooms{}}, nil, "ann", 0, nil},
		{"rooms", Issuer{}, jwt.MapClaims{"rooms": map[string]string{"team-*": "jld"}}, "ann", access.Join | access.List | access.Remove, nil},
		{"no rooms", Issuer{}, jwt.MapClaims{"rooms": map[string]string{}}, "ann", 0, nil},
		{"another claim", Issuer{User: "email"}, jwt.MapClaims{"email": "ann@example.com"}, "ann@example.com", access.Usual, nil},
		{"a number as sub", Issuer{}, jwt.MapClaims{"sub": 7}, "7", access.Usual, nil},
		{"a number", Issuer{User: "uid"}, jwt.MapClaims{"uid": int64(9007199254740993)}, "9007199254740993", access.Usual, nil},
		{"a name", Issuer{}, jwt.MapClaims{"name": name}, "ann", access.Usual, &name},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.issuer.Secret = []byte(secret)
			got, err := verifierOf(t, test.issuer).Verify(t.Context(), signed(t, jwt.SigningMethodHS256, []byte(secret), said(test.claims)))
			if err != nil {
				t.Fatal(err)
			}
			if got.User != test.user || got.Rooms.In("team-a") != test.room || !got.Expires.Equal(now().Add(time.Hour)) || !got.Issued.Equal(now()) {
				t.Errorf("%+v", got)
			}
			if (got.Name == nil) != (test.called == nil) || got.Name != nil && *got.Name != *test.called {
				t.Errorf("its name is %v", got.Name)
			}
		})
	}
}

func TestKeysOfEveryKind(t *testing.T) {
	rsa, ec := rsaKey(t), ecKey(t)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		method jwt.SigningMethod
		key    crypto.Signer
	}{
		{jwt.SigningMethodRS256, rsa}, {jwt.SigningMethodPS512, rsa}, {jwt.SigningMethodES256, ec}, {jwt.SigningMethodEdDSA, ed},
	} {
		t.Run(test.method.Alg(), func(t *testing.T) {
			v := verifierOf(t, Issuer{Key: public(t, test.key)})
			if _, err := v.Verify(t.Context(), signed(t, test.method, test.key, said(nil))); err != nil {
				t.Error(err)
			}
		})
	}
}

// Nothing that looks like a token, and was not signed by the issuer that it names, is
// believed; and what is said of it does not repeat it.
func TestForgeriesAreRefused(t *testing.T) {
	rsa, ec := rsaKey(t), ecKey(t)
	publicRSA := public(t, rsa)
	v := verifierOf(t,
		Issuer{Name: "home", Secret: []byte(secret)}, Issuer{Name: "rsa", Key: publicRSA}, Issuer{Name: "ec", Key: public(t, ec)})
	good := signed(t, jwt.SigningMethodHS256, []byte(secret), said(nil))
	head, rest, _ := strings.Cut(good, ".")
	body, signature, _ := strings.Cut(rest, ".")
	of := func(issuer string) jwt.MapClaims { return said(jwt.MapClaims{"iss": issuer}) }
	encode := base64.RawURLEncoding.EncodeToString
	for name, token := range map[string]string{
		"another secret":                    signed(t, jwt.SigningMethodHS256, []byte("another secret of so many characters"), said(nil)),
		"the issuer's key as a secret":      signed(t, jwt.SigningMethodHS256, publicRSA, of("rsa")),
		"the secret of another issuer":      signed(t, jwt.SigningMethodHS256, []byte(secret), of("rsa")),
		"the key of another issuer":         signed(t, jwt.SigningMethodRS256, rsa, of("home")),
		"a key of another kind":             signed(t, jwt.SigningMethodES256, ec, of("rsa")),
		"another algorithm for that secret": signed(t, jwt.SigningMethodHS512, []byte(secret), said(nil)),
		"alg none":                          signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, said(nil)),
		"alg none, for a public key":        signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, of("rsa")),
		"alg NoNe":                          encode([]byte(`{"alg":"NoNe"}`)) + "." + body + ".",
		"no signature":                      head + "." + body + ".",
		"claims of another token":           head + "." + encode([]byte(`{"sub":"root","iss":"home","exp":9999999999}`)) + "." + signature,
		"what it says is critical":          signedWith(t, `{"alg":"HS256","crit":["b64"],"b64":false}`, `{"sub":"ann","iss":"home","exp":9999999999}`),
		"two parts":                         head + "." + body,
		"four parts":                        good + "." + signature,
		"claims that are no object":         head + "." + encode([]byte(`[]`)) + "." + signature,
		"claims that are null":              signed(t, jwt.SigningMethodHS256, []byte(secret), jwt.MapClaims(nil)),
		"nothing":                           ".", "text": "hello", "a space": " " + good, "NUL": "\x00",
		"too long": good + strings.Repeat("x", access.LongestToken),
	} {
		t.Run(name, func(t *testing.T) {
			grant, err := v.Verify(t.Context(), token)
			if problem.CodeOf(err) != problem.Unauthorized || problem.NameOf(err) != problem.BadToken {
				t.Errorf("%+v, %v", grant, err)
			}
			if err != nil && len(token) > 10 && strings.Contains(err.Error(), token[:10]) {
				t.Errorf("it repeats the token: %v", err)
			}
		})
	}
	if _, err := v.Verify(context.Background(), ""); problem.NameOf(err) != problem.TokenRequired {
		t.Errorf("without a token: %v", err)
	}
	if _, err := v.Verify(context.Background(), good); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

func TestIssuersThatCannotWork(t *testing.T) {
	for name, issuers := range map[string][]Issuer{
		"none":                        nil,
		"no keys":                     {{}},
		"two kinds of keys":           {{Secret: []byte(secret), KeySet: "https://home.example/keys"}},
		"a short secret":              {{Secret: []byte("short")}},
		"an empty key":                {{Key: []byte{}}},
		"a private thing":             {{Key: []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")}},
		"no URL":                      {{KeySet: "home"}},
		"several, and one of no name": {{Name: "a", Secret: []byte(secret)}, {Secret: []byte(secret)}},
		"several of one name":         {{Name: "a", Secret: []byte(secret)}, {Name: "a", Secret: []byte(secret)}},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := New(Config{Issuers: issuers, Logger: slog.New(slog.DiscardHandler)})
			if problem.CodeOf(err) != problem.Invalid {
				t.Errorf("%v", err)
			}
			if v != nil {
				v.Close()
			}
		})
	}
}

func TestMintedTokensAreGood(t *testing.T) {
	token, err := Mint(Minted{
		Issuer: "home", Audience: "rollcall", User: "ann", Name: "Ann", Rooms: access.Rooms{{Pattern: "a*", Rights: access.Usual}},
		Issued: now(), Expires: now().Add(time.Minute),
	}, []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	grant, err := verifierOf(t, Issuer{Name: "home", Audience: []string{"rollcall"}, Secret: []byte(secret)}).Verify(t.Context(), token)
	if err != nil || grant.User != "ann" || *grant.Name != "Ann" || !grant.May(access.Usual, "abc") || grant.May(access.Join, "b") {
		t.Errorf("%+v, %v", grant, err)
	}
}

// What a token lacks is named, and what to do about it.
func TestARefusalNamesWhatIsWrong(t *testing.T) {
	v := verifierOf(t, Issuer{Name: "home", Audience: []string{"rollcall"}, Secret: []byte(secret)})
	by := func(claims jwt.MapClaims) string {
		return signed(t, jwt.SigningMethodHS256, []byte(secret), said(claims))
	}
	for _, test := range []struct{ name, token, says, not string }{
		{"none", "", "auth: {token}", "Authorization"},
		{"none, of v2", "", "?token=", "Authorization"},
		{"without its end", by(jwt.MapClaims{"exp": nil}), "(exp)", "aud"},
		{"without its audience", by(jwt.MapClaims{"aud": nil}), "(aud)", "exp"},
		{"for others", by(jwt.MapClaims{"aud": "others"}), "somebody else (aud)", "exp"},
		{"without its issuer", by(jwt.MapClaims{"iss": nil}), "who has issued it (iss)", "--jwt-issuer"},
		{"of an issuer with a slash", by(jwt.MapClaims{"iss": "home/"}), "--jwt-issuer must be the same to the letter", "exp"},
		{"with the name of its scheme", "Bearer " + by(nil), "without that", "JSON"},
		{"with that in small letters", "bearer " + by(nil), "without that", "JSON"},
		{"text", "nonsense", "no JSON Web Token", "Bearer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := v.Verify(t.Context(), test.token)
			if text := problem.MessageOf(err); !strings.Contains(text, test.says) || strings.Contains(text, test.not) {
				t.Errorf("%q, want %q and no %q", text, test.says, test.not)
			}
		})
	}
}

// Numbers that no date can be end in the past, or are far ahead: nothing breaks, and nobody is
// let in who would not be.
func TestDatesThatAreNone(t *testing.T) {
	v := verifierOf(t, Issuer{Secret: []byte(secret)})
	for _, date := range []string{"1e300", "-1e300", "1e19", "9223372036854775807", "-9223372036854775808", "-1", "0", "1e400", "NaN", `""`, `"NaN"`, "[]", "{}", "true", "null"} {
		for _, claims := range []string{`"exp":` + date, `"exp":1800003600,"nbf":` + date, `"exp":1800003600,"iat":` + date} {
			grant, err := v.Verify(t.Context(), signedText(t, `{"sub":"ann",`+claims+`}`))
			if err == nil && (now().After(grant.Expires) || grant.Issued.After(now().Add(30*time.Second))) {
				t.Errorf("%s: %+v", claims, grant)
			}
			if err != nil && problem.CodeOf(err) != problem.Unauthorized {
				t.Errorf("%s: %v", claims, err)
			}
		}
	}
}

func FuzzVerify(f *testing.F) {
	v, err := New(Config{Issuers: []Issuer{{Secret: []byte(secret)}}, Logger: slog.New(slog.DiscardHandler), Now: now})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(v.Close)
	good, err := Mint(Minted{User: "ann", Issued: now(), Expires: now().Add(time.Minute)}, []byte(secret))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		grant, err := v.Verify(t.Context(), token)
		if err == nil && grant.User != "ann" {
			t.Errorf("%q vouches for %+v", token, grant)
		}
	})
}
