package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/access/tokens"
	"github.com/rollcall/rollcall/cmd/rollcall/secret"
	"github.com/rollcall/rollcall/protos/problem"
)

// issuerInFile is one of --jwt-issuers.
type issuerInFile struct {
	Issuer    string          `json:"issuer"`
	Audience  oneOrMore       `json:"audience"`
	Secret    string          `json:"secret"`
	Key       string          `json:"key"` // a file
	KeySet    string          `json:"jwks_url"`
	UserClaim string          `json:"user_claim"`
	Rooms     json.RawMessage `json:"rooms"`
}

// oneOrMore is a text, or a list of texts.
type oneOrMore []string

// UnmarshalJSON reads either.
func (o *oneOrMore) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte(`"`)) {
		*o = make(oneOrMore, 1)
		return json.Unmarshal(text, &(*o)[0])
	}
	return json.Unmarshal(text, (*[]string)(o))
}

// readIssuers reads the file of --jwt-issuers. No error repeats what is in it, as secrets
// may be.
func readIssuers(file string) ([]tokens.Issuer, error) {
	text, err := readSecrets("--jwt-issuers", file, "the list of issuers")
	if err != nil {
		return nil, err
	}
	said, err := parseIssuers([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("--jwt-issuers: %s: %s", file, problem.MessageOf(err))
	}
	var issuers []tokens.Issuer
	for i, one := range said {
		issuer, err := one.issuer()
		if err != nil {
			return nil, fmt.Errorf("--jwt-issuers: %s: issuer %d: %s", file, i+1, problem.MessageOf(err))
		}
		issuers = append(issuers, issuer)
	}
	return issuers, nil
}

func parseIssuers(text []byte) ([]issuerInFile, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var issuers []issuerInFile
	err := decoder.Decode(&issuers)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) || len(issuers) == 0 {
			err = errors.New("empty, or followed by something")
		}
	}
	if err == nil {
		return issuers, nil
	}
	what, where := "it", ""
	if field, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown && len(field) < tokens.ShortestSecret { // so that it is none
		what = "it has the unknown field " + field + "; it"
	}
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) && mistyped.Field != "" {
		where = ", and what is wrong is " + mistyped.Field
	}
	return nil, problem.New(problem.Invalid, `%s must be a JSON list of objects with issuer, audience, one of secret, key and jwks_url, and perhaps user_claim and rooms, as [{"issuer": "https://example.org/", "audience": "rollcall", "jwks_url": "https://example.org/jwks.json"}]%s`, what, where)
}

func (i issuerInFile) issuer() (tokens.Issuer, error) {
	issuer := tokens.Issuer{Name: i.Issuer, Audience: i.Audience, KeySet: i.KeySet, User: i.UserClaim}
	if len(i.Audience) == 1 && i.Audience[0] == "*" {
		issuer.Audience = nil
	}
	if i.Secret != "" {
		issuer.Secret = []byte(i.Secret)
	}
	if i.KeySet != "" && len(i.Audience) == 0 {
		return issuer, problem.New(problem.Invalid, "jwks_url needs audience: the same keys sign tokens that are for other services. Say what the claim aud of yours is, or * if any will do")
	}
	if err := checkKeySet("jwks_url", i.KeySet); err != nil {
		return issuer, problem.New(problem.Invalid, "%v", err)
	}
	var err error
	if i.Rooms != nil {
		if issuer.Rooms, err = access.ParseRooms(i.Rooms); err != nil {
			return issuer, err
		}
	}
	if issuer.Key, err = readKey("key", i.Key); err != nil {
		return issuer, problem.New(problem.Invalid, "%v", err)
	}
	return issuer, nil
}

// parseRoomRights reads rights as the claim rooms has them, or as pattern:rights, several
// with commas. Nothing is nil.
func parseRoomRights(text string) (access.Rooms, error) {
	if text == "" {
		return nil, nil
	}
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		return access.ParseRooms([]byte(text))
	}
	return ruled(strings.Split(text, ","), ":", "")
}

// ruled reads pattern and rights with a text between them; rights that are not said are
// usual ones.
func ruled(texts []string, between, usual string) (access.Rooms, error) {
	said := make(map[string]string, len(texts))
	for _, text := range texts {
		pattern, rights := text, usual
		if at := strings.LastIndex(text, between); at >= 0 {
			pattern, rights = text[:at], text[at+len(between):]
		} else if usual == "" {
			return nil, problem.New(problem.Invalid, "write a pattern and rights, as team-*%sjwl", between)
		}
		if _, twice := said[pattern]; twice {
			return nil, problem.New(problem.Invalid, "rooms has the pattern %.60q twice", pattern)
		}
		said[pattern] = rights
	}
	object, err := json.Marshal(said)
	if err != nil {
		return nil, err
	}
	return access.ParseRooms(object)
}

// readSecrets reads a file with secrets, of several lines; what is what errors call them.
func readSecrets(flag, file, what string) (string, error) {
	text, err := secret.ReadText(file, what)
	if err != nil {
		return "", fmt.Errorf("%s: %s", flag, problem.MessageOf(err))
	}
	return text, nil
}
