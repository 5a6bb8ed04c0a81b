//go:build unix

package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/access/tokens"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// What proves who somebody is shows nowhere: however it is sent, and whether it is believed
// or not.
func TestTokensShowNowhere(t *testing.T) {
	t.Parallel()
	const secret, key = "swordfish of all tokens, of 32 bytes", "swordfish-of-a-backend"
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cluster := harness.Start(t, 2, "--auth", "jwt", "--jwt-secret-file", file("secret", secret), "--api-key-file", file("keys", "backend:all:"+key),
		"--trace", "1", "--admin-token", operatorToken)
	var shown []string // what nobody is to see
	mint := func(user string, expires time.Duration, secret string) string {
		token, err := tokens.Mint(tokens.Minted{User: user, Issued: time.Now(), Expires: time.Now().Add(expires)}, []byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		for part := range strings.SplitSeq(token, ".") {
			if len(part) > 36 { // the header is that of all tokens
				shown = append(shown, part)
			}
		}
		return token
	}
	good, expired, forged := mint("1", time.Hour, secret), mint("1", -time.Hour, secret), mint("1", time.Hour, "another secret, of 32 bytes or more")
	ask := func(method, path, body string, headers ...string) (answer harness.Answer) {
		var err error
		for _, node := range cluster.Nodes {
			if answer, err = node.Do(method, path, body, headers...); err != nil {
				t.Fatal(err)
			}
			for _, part := range append(shown, key) {
				if strings.Contains(answer.Body, part) {
					t.Errorf("%s %.40s is answered with what was shown: %s", method, path, answer.Body)
				}
			}
		}
		return answer
	}
	for i, token := range []string{good, key, expired, forged, "x." + good, good + "x"} {
		bearer, query := "Authorization: Bearer "+token, url.QueryEscape(token)
		want := http.StatusOK
		if i > 1 {
			want = http.StatusUnauthorized
		}
		if got := ask(http.MethodGet, "/Maths/users", "", bearer); got.Status != want {
			t.Errorf("token %d: %d %s", i, got.Status, got.Body)
		}
		ask(http.MethodGet, "/Maths/users?token="+query, "", bearer)
		ask(http.MethodPut, "/users/1?token="+query, `{"name":"Ann"}`, bearer)
		ask(http.MethodGet, "/nothing?token="+query, "", bearer)
		ask(http.MethodGet, "/metrics?token="+query, "", bearer)
		ask(http.MethodGet, "/socket.io/?EIO=4&transport=websocket&room=Maths&id_user=1&token="+query, "", bearer) // which is no websocket
		opened := ask(http.MethodGet, "/socket.io/?EIO=4&transport=polling&room=Maths&id_user=1&token="+query, "", bearer)
		var session struct{ SID string }
		if err := json.Unmarshal([]byte(strings.TrimPrefix(opened.Body, "0")), &session); err != nil {
			t.Fatalf("%s: %v", opened.Body, err)
		}
		said, err := json.Marshal([]any{"token", token})
		if err != nil {
			t.Fatal(err)
		}
		at := "/socket.io/?EIO=4&transport=polling&sid=" + session.SID + "&token=" + query
		packets := "40{\"token\":\"" + token + "\"}\x1e42" + string(said) + "\x1e40/" + token + ",\x1e420" + string(said) + "\x1e4" + token
		ask(http.MethodPost, at, packets)
		ask(http.MethodGet, at, "")
	}

	listed, err := exec.Command("ps", "-A", "-ww", "-o", "args=").Output()
	if err != nil {
		t.Fatal(err)
	}
	operator := "Authorization: Bearer " + operatorToken
	seen := map[string]string{
		"a list of processes": string(listed),
		"/metrics":            ask(http.MethodGet, "/metrics", "", operator).Body,
		"the nodes":           ask(http.MethodGet, "/api/dash/nodes", "", operator).Body,
		"the actors":          ask(http.MethodGet, "/api/dash/actors", "", operator).Body,
		"the room":            ask(http.MethodGet, "/api/dash/rooms/Maths", "", operator).Body,
	}
	harness.Eventually(t, harness.Patience, func() error {
		seen["the traces"] = ask(http.MethodGet, "/api/dash/traces", "", operator).Body
		var list struct {
			Traces []struct {
				ID string `json:"trace_id"`
			}
		}
		if err := json.Unmarshal([]byte(seen["the traces"]), &list); err != nil {
			return err
		}
		for _, one := range list.Traces {
			seen["the trace "+one.ID] = ask(http.MethodGet, "/api/dash/traces/"+one.ID, "", operator).Body
		}
		return nil
	})
	all := ""
	for _, node := range cluster.Nodes {
		seen["the log of "+node.Name] = node.Output.String()
		all += node.Output.String()
	}
	for where, text := range seen {
		for _, part := range append(shown, secret, key) {
			if strings.Contains(text, part) {
				t.Errorf("%s shows %q", where, part)
			}
		}
		all += text
	}
	for _, traced := range []string{"GET /Maths/users", "PUT /users/1"} { // so that there was something to see
		if !strings.Contains(all, traced) {
			t.Errorf("nothing is seen of %s", traced)
		}
	}
}
