package main

import (
	"fmt"
	"unicode/utf8"

	"github.com/rollcall/rollcall/web/gate"
)

// Operators says who may watch the nodes.
type Operators struct {
	AdminToken string `group:"operators" env:"ROLLCALL_ADMIN_TOKEN" placeholder:"SECRET" help:"Secret of at least 16 characters that opens the dashboard (/dash) and /metrics, and lets add and remove users, to who shows it, as Authorization: Bearer SECRET. Make one with: openssl rand -base64 32. Without it they are off, save in a local cluster that listens on this machine only."`
}

func (o *Operators) check() error {
	if n := utf8.RuneCountInString(o.AdminToken); o.AdminToken != "" && n < 16 {
		return fmt.Errorf("--admin-token has %d characters; it needs at least 16: make one with openssl rand -base64 32", n)
	}
	return nil
}

// gate returns the gate before what is for operators; private says that only this
// machine reaches the cluster.
func (o *Operators) gate(private bool) gate.Gate { return gate.New(private, o.AdminToken) }
