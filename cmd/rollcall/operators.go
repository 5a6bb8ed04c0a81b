package main

import (
	"fmt"
	"net/url"
	"path/filepath"
	"unicode/utf8"

	"github.com/rollcall/rollcall/cmd/rollcall/secret"
	"github.com/rollcall/rollcall/web/apikey"
)

// Operators says who may watch the nodes.
type Operators struct {
	AdminToken     string `group:"operators" env:"ROLLCALL_ADMIN_TOKEN" placeholder:"SECRET" help:"Secret of at least 16 characters that opens the dashboard (/dash) and /metrics, and the API as a key with all scopes does, to who shows it, as Authorization: Bearer SECRET. Make one with: openssl rand -base64 32. Without it a local cluster, and a node that listens on this machine only, make one, keep it in the file admin-token of the data folder, and say how the dashboard is opened: cluster prints its URL with the token, and so does serve on a terminal; else the log names the file. Any other node has none of these."`
	AdminTokenFile string `group:"operators" env:"ROLLCALL_ADMIN_TOKEN_FILE" placeholder:"FILE" help:"File that holds --admin-token, as /run/secrets/rollcall_admin_token."`
}

// check finds a token of no use. Its errors do not repeat it.
func (o *Operators) check() error {
	if err := fromFile("--admin-token", &o.AdminToken, o.AdminTokenFile); err != nil {
		return err
	}
	if n := utf8.RuneCountInString(o.AdminToken); o.AdminToken != "" && n < 16 {
		return fmt.Errorf("--admin-token has %d characters; it needs at least 16: make one with openssl rand -base64 32", n)
	}
	return nil
}

// checkApart finds an admin token that is a key of a backend, too: it would be more than
// that is for.
func (s *Settings) checkApart() error {
	keys, err := apikey.New(s.APIKey)
	if err != nil {
		return err
	}
	if key, same := keys.Find(s.AdminToken); same {
		return fmt.Errorf("--admin-token is the secret of the API key %s, too: make another with openssl rand -base64 32", key.Name)
	}
	return nil
}

// madeToken is a token that nobody configured.
type madeToken struct {
	file  string // where it is kept
	lasts error  // why it is another one after the next start; nil if it lasts
}

// makeToken takes the token that is kept in the data folder, and makes one if there is
// none: whoever may open the dashboard is shown how, and nobody else. It returns nil if
// a token is configured, which wins.
func (s *Settings) makeToken() (*madeToken, error) {
	if s.AdminToken != "" {
		return nil, nil
	}
	made := &madeToken{file: filepath.Join(s.Data, "admin-token")}
	s.AdminToken, made.lasts = secret.Keep(made.file)
	if err := s.Operators.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", made.file, err)
	}
	return made, nil
}

// dashURL is where the dashboard is found, with its token if that is to be shown.
func dashURL(base, token string) string {
	if token == "" {
		return base + "/dash"
	}
	return base + "/dash?token=" + url.QueryEscape(token)
}
