package main

import (
	"fmt"
	"unicode/utf8"

	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/cmd/rollcall/secret"
	"github.com/rollcall/rollcall/protos/problem"
)

// readClusterKey takes the keys from their file, if there is one: with commas or line
// breaks between them.
func readClusterKey(keys *[]string, file string) error {
	switch {
	case file == "":
		return nil
	case len(*keys) > 0:
		return givenTwice("--cluster-key")
	}
	text, err := secret.ReadText(file, "the secret")
	if err != nil {
		return fmt.Errorf("--cluster-key-file: %w", err)
	}
	*keys = clusterkey.Split(text)
	return nil
}

// checkClusterKey says what is wrong with --cluster-key, and repeats no secret.
func checkClusterKey(keys []string) error {
	if len(keys) == 1 {
		if n := utf8.RuneCountInString(keys[0]); n < 16 {
			return fmt.Errorf("--cluster-key has %d characters; it needs at least 16: make one with openssl rand -base64 32", n)
		}
	}
	if err := clusterkey.Check(keys); err != nil {
		return fmt.Errorf("--cluster-key: %s", problem.MessageOf(err))
	}
	return nil
}
