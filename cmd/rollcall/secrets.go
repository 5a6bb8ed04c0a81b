package main

import (
	"fmt"
	"log/slog"

	"github.com/rollcall/rollcall/cmd/rollcall/secret"
)

// fromFile fills the value of a flag from the file of its twin, flag-file, if that is
// given.
func fromFile(flag string, value *string, file string) (err error) {
	switch {
	case file == "":
		return nil
	case *value != "":
		return givenTwice(flag)
	}
	if *value, err = secret.Read(file); err != nil {
		return fmt.Errorf("%s-file: %w", flag, err)
	}
	return nil
}

func givenTwice(flag string) error {
	return fmt.Errorf("%s and %s-file are both given; leave one of them out", flag, flag)
}

// secretFiles are the files that secrets were read from.
func (s *Settings) secretFiles() []*string {
	return []*string{&s.ClusterKeyFile, &s.AdminTokenFile, &s.DatabaseURLFile, &s.RedisURLFile, &s.JWTSecretFile, &s.APIKeyFile}
}

// warnOfExposed logs which files with secrets others may read. What they hold is used
// all the same: it may be that only the operator can be meant.
func (s *Settings) warnOfExposed(log *slog.Logger) {
	files := []string{s.TLSKey, s.JWTIssuers}
	for _, file := range s.secretFiles() {
		files = append(files, *file)
	}
	for _, file := range files {
		if file == "" {
			continue
		}
		if said := secret.Exposed(file); said != "" {
			log.Warn("a secret is not kept well: " + said)
		}
	}
	for _, ours := range s.kept() {
		if said := secret.Exposed(ours); said != "" {
			log.Warn("what Rollcall keeps may be read: " + said)
		}
	}
}

// kept are the folder and the file of this machine's own. They are as they were found:
// what Rollcall makes, only its owner may read.
func (s Storage) kept() []string {
	if s.DatabaseURL != "" {
		return []string{s.Data}
	}
	return []string{s.Data, s.databaseURL()}
}

// withoutFiles returns the settings as nodes get them: with the secrets, and not with
// where these came from.
func (s Settings) withoutFiles() Settings {
	for _, file := range s.secretFiles() {
		*file = ""
	}
	return s
}
