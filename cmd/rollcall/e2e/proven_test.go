//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/issuer"
)

// proven is a cluster that asks for tokens, who issues these, and clients.
type proven struct {
	*harness.Cluster
	issuer           *issuer.Issuer
	official, python *clients.Agent
}

// startProven runs n nodes that believe a new issuer. What the test asks nodes for, it asks
// as a backend.
func startProven(t *testing.T, n int, algorithm string, flags ...string) *proven {
	t.Helper()
	p := &proven{issuer: issuer.Start(t, algorithm)}
	p.Cluster = harness.Start(t, n, p.issuer.Flags(append([]string{patientRoll, backendKey, "--admin-token", adminToken, "--jwt-leeway", "0s"}, flags...)...)...)
	for _, node := range p.Nodes {
		node.Bearer = backendSecret
	}
	p.official, p.python = clients.Start(t), clients.StartPython(t)
	return p
}

// kind is a way in which clients come.
type kind struct {
	version   clients.Version
	transport string
}

// kinds are all of them: those of each generation, and Python's, by each transport.
func kinds() (all []kind) {
	for _, version := range append(clients.Versions(), clients.Python) {
		for _, transport := range transportsOf(version) {
			all = append(all, kind{version, transport})
		}
	}
	return all
}

// hasCode reports whether a refusal has a code for programs there.
func (k kind) hasCode() bool { return !strings.HasPrefix(string(k.version), "2.") }

// comesBack reports whether such clients connect again by themselves when the server closes
// the connection. Python's take that for final where a poll tells them.
func (k kind) comesBack() bool { return k != kind{clients.Python, "polling"} }

// liar is the user that the queries name of whoever shows a token.
const liar = "10"

// shows connects a client with one token: in its auth payload, or in its query where there
// is none. It comes back by itself, with the same one.
func (p *proven) shows(k kind, url, room, token string) *clients.Client {
	o := p.options(k, url, room)
	if k.hasCode() {
		o.Extra["auth"] = map[string]any{"token": token}
	} else {
		o.Query["token"] = token
	}
	return p.agent(k).Connect(o)
}

// fetches connects a client that comes back by itself, each time with another token of a
// desk of the issuer.
func (p *proven) fetches(k kind, url, room, desk string) *clients.Client {
	o := p.options(k, url, room)
	o.Tokens = desk
	return p.agent(k).Connect(o)
}

func (p *proven) options(k kind, url, room string) clients.Options {
	return clients.Options{
		Version: k.version, URL: url, Query: map[string]any{"room": room, "id_user": liar},
		Extra: map[string]any{"transports": []string{k.transport}, "reconnection": true, "reconnectionDelay": 100, "reconnectionDelayMax": 500},
	}
}

func (p *proven) agent(k kind) *clients.Agent {
	if k.version == clients.Python {
		return p.python
	}
	return p.official
}

// all connects one client of each kind to the nodes in turn, each as users says.
func (p *proven) all(t *testing.T, room string, connect func(i int, k kind, url string) *clients.Client, user func(i int) string) (here []*attendee) {
	t.Helper()
	var connecting []*clients.Client
	for i, k := range kinds() {
		connecting = append(connecting, connect(i, k, p.Nodes[i%len(p.Nodes)].URL("")))
	}
	for i, client := range connecting {
		node := p.Nodes[i%len(p.Nodes)]
		here = append(here, seated(t, client, node, node, room, user(i)))
	}
	return here
}

// isClosing waits until a client was told that its connection is closed, and why, and was
// disconnected.
func isClosing(t testing.TB, client *clients.Client, code string) {
	t.Helper()
	var why struct{ Code, Error string }
	if event := client.AwaitEvent(t, harness.Patience, "closing"); !event.Arg(0, &why) || why.Code != code || why.Error == "" {
		t.Errorf("%v was told %v, want the code %s", client, event, code)
	}
	client.AwaitKind(t, harness.Patience, clients.Disconnected)
}

// isRefused waits until a client was refused, and why. Says is what people read of it.
func isRefused(t testing.TB, k kind, client *clients.Client, code, says string) {
	t.Helper()
	refused := client.AwaitKind(t, harness.Patience, clients.Refused)
	if k.hasCode() && refused.Code != code || !strings.Contains(refused.Message, says) {
		t.Errorf("%v is refused by %v, want the code %s, and %q", client, refused, code, says)
	}
}

// returns waits until an attendee has come back once, and takes its new id. Who does not come
// by itself is connected anew.
func (a *attendee) returns(t testing.TB, k kind, anew func() *clients.Client) {
	t.Helper()
	if !k.comesBack() {
		a.Client = anew()
		a.id = a.AwaitKind(t, harness.Patience, clients.Connected).ID
		a.AwaitEvent(t, harness.Patience, "handshake")
		return
	}
	harness.Eventually(t, harness.Patience, func() error {
		connects := a.Kinds(clients.Connected)
		if len(connects) < 2 || len(a.Events("handshake")) < 2 {
			return fmt.Errorf("%v has not come back: %v", a, a.Reports())
		}
		a.id = connects[1].ID
		return nil
	})
}

// renewed is what the event token is acknowledged with.
type renewed struct {
	OK      bool
	Code    string
	Expires time.Time
	Left    []string
}

// renews shows another token in place.
func (a *attendee) renews(t testing.TB, token string) (got renewed) {
	t.Helper()
	answer := a.EmitForAck(t, harness.Patience, "token", token)
	if len(answer) != 1 || json.Unmarshal(answer[0], &got) != nil {
		t.Fatalf("%v: a token is acknowledged with %s", a, answer)
	}
	return got
}

// staysAsItWas reports what is wrong with a client that was to notice nothing.
func (a *attendee) staysAsItWas(t testing.TB) {
	t.Helper()
	if n := len(a.Kinds(clients.Connected)); n != 1 || len(a.Kinds(clients.Disconnected)) > 0 || len(a.Events("closing")) > 0 {
		t.Errorf("%v was to stay, and saw %v", a, a.Reports())
	}
}
