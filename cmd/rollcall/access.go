package main

import (
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rollcall/rollcall/actors/access/tokens"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/apikey"
)

// Modes of --auth.
const (
	authNone = "none"
	authJWT  = "jwt"
)

// usersAny is the mode of --users in which a token is enough.
const usersAny = "any"

// Access says who may come, and how they prove who they are.
type Access struct {
	Auth string `group:"access" env:"ROLLCALL_AUTH" placeholder:"MODE" help:"Who users are. none: whoever they say; anybody who reaches --listen may be anybody, and be in and list every room. jwt: whom a token vouches for, a JSON Web Token of --jwt-secret, --jwt-key, --jwks-url or --jwt-issuers. [none for a local cluster that listens on this machine only; else it must be said]"`

	Signing `embed:""`

	JWTKey     string        `group:"access" name:"jwt-key" env:"ROLLCALL_JWT_KEY" placeholder:"FILE" help:"Public key by which tokens are signed, in PEM, or a certificate: of RSA, ECDSA or Ed25519."`
	JWKSURL    string        `group:"access" name:"jwks-url" env:"ROLLCALL_JWKS_URL" placeholder:"URL" help:"Where the issuer publishes its keys (JSON Web Key Set), as https://example.eu.auth0.com/.well-known/jwks.json. They are fetched once a minute, and when a token names a new one; while the issuer is away the last ones serve. It needs --jwt-audience."`
	JWTRooms   string        `group:"access" name:"jwt-rooms" env:"ROLLCALL_JWT_ROOMS" placeholder:"RIGHTS" help:"Rights of tokens without the claim rooms: patterns of rooms, and of j (join), w (write), l (list) and d (disconnect others) those that hold there, as team-*:jwl, several with commas, or as in the claim: {\"team-*\": \"jwl\"}. [*:jwl]"`
	JWTLeeway  time.Duration `group:"access" name:"jwt-leeway" env:"ROLLCALL_JWT_LEEWAY" default:"30s" placeholder:"TIME" help:"By how much the clock of an issuer may be off; 0s to 10m. [${default}]"`
	JWTIssuers string        `group:"access" name:"jwt-issuers" env:"ROLLCALL_JWT_ISSUERS" placeholder:"FILE" help:"File that says several issuers, in place of the flags for one: a JSON list of objects, each with issuer, audience, one of secret, key (a file) and jwks_url, and perhaps user_claim and rooms."`

	KnownUsers string `group:"access" name:"users" env:"ROLLCALL_USERS" enum:"known,any" default:"known" placeholder:"WHO" help:"Which users may come with a token. known: who is in the user store. any: whoever a token vouches for; its claims name and profile are stored. [${default}]"`

	APIKey     []string `group:"access" name:"api-key" env:"ROLLCALL_API_KEY" placeholder:"KEY" help:"Key by which a backend uses the API, shown as Authorization: Bearer SECRET: name:scope:SECRET, of at least 16 characters, several with commas. Scopes are read, emit, close, users and all, several with +, as backend:read+emit:SECRET. Make a secret with: openssl rand -base64 32. [none]"`
	APIKeyFile string   `group:"access" name:"api-key-file" env:"ROLLCALL_API_KEY_FILE" placeholder:"FILE" help:"File that holds --api-key, one a line, as /run/secrets/rollcall_api_keys. Lines that begin with # say nothing."`
}

// Signing says how tokens of one issuer are signed, and what they say: what both who reads
// them and who makes them for trying must know.
type Signing struct {
	JWTSecret     string   `group:"access" name:"jwt-secret" env:"ROLLCALL_JWT_SECRET" placeholder:"SECRET" help:"Secret by which tokens are signed (HS256), of at least 32 bytes. Make one with: openssl rand -base64 32."`
	JWTSecretFile string   `group:"access" name:"jwt-secret-file" env:"ROLLCALL_JWT_SECRET_FILE" placeholder:"FILE" help:"File that holds --jwt-secret, as /run/secrets/rollcall_jwt_secret."`
	JWTIssuer     string   `group:"access" name:"jwt-issuer" env:"ROLLCALL_JWT_ISSUER" placeholder:"ISSUER" help:"What the claim iss of tokens must be, to the letter. [anything]"`
	JWTAudience   []string `group:"access" name:"jwt-audience" env:"ROLLCALL_JWT_AUDIENCE" placeholder:"AUDIENCE" help:"What the claim aud of tokens must have, one of several with commas; * for anything. [anything; with --jwks-url it must be said, as its keys also sign tokens for others]"`
	JWTUserClaim  string   `group:"access" name:"jwt-user-claim" env:"ROLLCALL_JWT_USER_CLAIM" default:"sub" placeholder:"CLAIM" help:"The claim of tokens that is the id_user. [${default}]"`
}

// check reads the secret if that is in a file.
func (s *Signing) check() error {
	return fromFile("--jwt-secret", &s.JWTSecret, s.JWTSecretFile)
}

// audience returns what tokens may be for; none for anything.
func (s *Signing) audience() []string {
	if slices.Contains(s.JWTAudience, "*") {
		return nil
	}
	return s.JWTAudience
}

// check finds what cannot work. Its errors repeat no secret.
func (a *Access) check() error {
	if !slices.Contains([]string{"", authNone, authJWT}, a.Auth) {
		return fmt.Errorf("--auth is %q; it must be %s or %s", a.Auth, authNone, authJWT)
	}
	if err := a.Signing.check(); err != nil {
		return err
	}
	if err := a.checkKeys(); err != nil {
		return err
	}
	if err := within("--jwt-leeway", a.JWTLeeway, 0, 10*time.Minute); err != nil {
		return err
	}
	if a.Auth != authJWT {
		return a.checkUnused()
	}
	issuers, err := a.issuers()
	if err != nil {
		return err
	}
	if err := tokens.Check(issuers); err != nil {
		return fmt.Errorf("--auth jwt: %s", problem.MessageOf(err))
	}
	return nil
}

// checkKeys reads the keys of backends, if they are in a file, and finds what is wrong with
// them.
func (a *Access) checkKeys() error {
	if a.APIKeyFile != "" {
		if len(a.APIKey) > 0 {
			return givenTwice("--api-key")
		}
		text, err := readSecrets("--api-key-file", a.APIKeyFile, "the keys")
		if err != nil {
			return err
		}
		if a.APIKey = apikey.Lines(text); len(a.APIKey) == 0 {
			return fmt.Errorf("--api-key-file: %s has no key: write name:scope:SECRET on a line of its own", a.APIKeyFile)
		}
	}
	if _, err := apikey.New(a.APIKey); err != nil {
		return fmt.Errorf("--api-key: %s", problem.MessageOf(err))
	}
	return nil
}

// checkUnused finds what is said about tokens where nobody is asked for one: it was meant
// to keep somebody out.
func (a *Access) checkUnused() error {
	for flag, given := range map[string]bool{
		"--jwt-secret": a.JWTSecret != "", "--jwt-key": a.JWTKey != "", "--jwks-url": a.JWKSURL != "", "--jwt-issuers": a.JWTIssuers != "",
		"--jwt-issuer": a.JWTIssuer != "", "--jwt-audience": len(a.JWTAudience) > 0, "--jwt-rooms": a.JWTRooms != "",
		"--users any": a.KnownUsers == usersAny,
	} {
		if given {
			return fmt.Errorf("%s is for --auth jwt: say that, or leave it out", flag)
		}
	}
	return nil
}

// sayWho has --auth be said, unless everybody who comes is on this machine.
func (a *Access) sayWho(local bool) error {
	switch {
	case a.Auth != "":
		return nil
	case local:
		a.Auth = authNone
		return nil
	}
	return fmt.Errorf("say who users are: --auth jwt, with --jwt-secret, --jwt-key or --jwks-url, has them show a token; " +
		"--auth none believes whatever they say, so that whoever reaches --listen may be anybody")
}

// issuers returns whose tokens are believed.
func (a *Access) issuers() ([]tokens.Issuer, error) {
	if a.JWTIssuers != "" {
		if a.JWTSecret != "" || a.JWTKey != "" || a.JWKSURL != "" || a.JWTIssuer != "" || len(a.JWTAudience) > 0 || a.JWTRooms != "" {
			return nil, fmt.Errorf("--jwt-issuers says all about the issuers: leave out --jwt-secret, --jwt-key, --jwks-url, --jwt-issuer, --jwt-audience and --jwt-rooms")
		}
		return readIssuers(a.JWTIssuers)
	}
	sources := 0
	for _, given := range []bool{a.JWTSecret != "", a.JWTKey != "", a.JWKSURL != ""} {
		if given {
			sources++
		}
	}
	switch {
	case sources == 0:
		return nil, fmt.Errorf("--auth jwt needs to know how tokens are signed: give --jwt-secret, --jwt-key or --jwks-url, or several issuers by --jwt-issuers")
	case sources > 1:
		return nil, fmt.Errorf("give one of --jwt-secret, --jwt-key and --jwks-url; several issuers are said by --jwt-issuers")
	case a.JWKSURL != "" && len(a.JWTAudience) == 0:
		return nil, fmt.Errorf("--jwks-url needs --jwt-audience: the same keys sign tokens that are for other services. Say what the claim aud of yours is, or * if any will do")
	}
	issuer := tokens.Issuer{Name: a.JWTIssuer, Audience: a.audience(), KeySet: a.JWKSURL, User: a.JWTUserClaim}
	if a.JWTSecret != "" {
		issuer.Secret = []byte(a.JWTSecret)
	}
	if err := checkKeySet("--jwks-url", a.JWKSURL); err != nil {
		return nil, err
	}
	var err error
	if issuer.Rooms, err = parseRoomRights(a.JWTRooms); err != nil {
		return nil, fmt.Errorf("--jwt-rooms: %s", problem.MessageOf(err))
	}
	if issuer.Key, err = readKey("--jwt-key", a.JWTKey); err != nil {
		return nil, err
	}
	return []tokens.Issuer{issuer}, nil
}

// verifier returns who reads tokens, which Close must end; nil if nobody is asked for one.
func (a *Access) verifier(log *slog.Logger) (*tokens.Verifier, error) {
	if a.Auth != authJWT {
		return nil, nil
	}
	issuers, err := a.issuers()
	if err != nil {
		return nil, err
	}
	for _, i := range issuers {
		if strings.HasPrefix(i.KeySet, "http://") {
			log.Warn("the keys of tokens come over plain HTTP: whoever is on the way can make tokens", "jwks_url", i.KeySet)
		}
	}
	return tokens.New(tokens.Config{Issuers: issuers, Leeway: a.JWTLeeway, Logger: log})
}

// readKey reads a public key, nil for no file.
func readKey(flag, file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	key, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", flag, err)
	}
	return key, nil
}

// checkKeySet checks where keys are fetched; "" is nowhere.
func checkKeySet(flag, address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return fmt.Errorf("%s must be an address as https://example.org/.well-known/jwks.json", flag)
	case u.User != nil:
		return fmt.Errorf("%s has a user or a password in it: public keys need none, and addresses are logged", flag)
	}
	return nil
}
