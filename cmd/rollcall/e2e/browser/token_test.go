//go:build unix

package browser

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/access/tokens"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// tokenSecret is what the nodes of these tests verify tokens by.
const tokenSecret = "a secret of 32 bytes, or more, for tests"

// tokenLeeway is how long after its end a token holds.
const tokenLeeway = time.Second

// Where everybody has to prove who they are. These tests share nodes and a browser, every
// test in a room of its own.
func TestRoomPageWithTokens(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cluster := harness.Start(t, 2, "--auth", "jwt", "--jwt-secret-file", file("secret", tokenSecret), "--jwt-leeway", tokenLeeway.String(),
		"--api-key-file", file("keys", "backend:all:"+backendKey), "--admin-token", adminToken)
	chrome := startBrowser(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *harness.Cluster, *browser)
	}{
		{"a token in the fragment lets in, and shows nowhere", tokenInTheFragment},
		{"another address with a token in the same tab is another user", tokenOfAnother},
		{"who has no token is asked for one", tokenAsked},
		{"who chooses a room shows a token", tokenChoosing},
		{"each refusal says why, and of whom the token is", tokenRefused},
		{"a token that expires is renewed in place", tokenRenewed},
		{"a token that has expired is asked for anew", tokenExpired},
		{"a user who is removed is told so, and may come in when added again", tokenOfNobody},
		{"a user whose tokens are revoked is told so, and asks nothing until there is another", tokenRevoked},
		{"who is closed or removed by others stays out until told otherwise", endedByOthers},
		{"a new token may not let one stay", tokenWithoutTheRoom},
		{"who may not list the room is told so, and sees it with a better token", tokenWithoutList},
		{"who may not write is told so", tokenWithoutWrite},
		{"one renames oneself with a token", tokenRename},
		{"what the profile says in plain fields is shown as text", profileShown},
		{"the dashboard inspects a room with the admin token", dashWithTokens},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, cluster, chrome) })
	}
}

// mint returns a token for a user, with rights by room, nil for those that all have.
func mint(t *testing.T, user string, holds time.Duration, rights map[string]string) string {
	t.Helper()
	return mintBy(t, tokenSecret, user, holds, rights)
}

func mintBy(t *testing.T, secret, user string, holds time.Duration, rights map[string]string) string {
	t.Helper()
	minted := tokens.Minted{User: user, Issued: time.Now(), Expires: time.Now().Add(holds)}
	for pattern, letters := range rights {
		right, err := access.ParseRights(letters)
		if err != nil {
			t.Fatal(err)
		}
		minted.Rooms = append(minted.Rooms, access.Rule{Pattern: pattern, Rights: right})
	}
	token, err := tokens.Mint(minted, []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// withToken is the address of a room's page as rollcall token --url prints it.
func withToken(node *harness.Node, room, token string) string {
	return node.URL("/ui/" + url.PathEscape(room) + "#token=" + token)
}

func tokenInTheFragment(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "Maths"
	node := cluster.Nodes[0]
	token := mint(t, "1", time.Hour, map[string]string{room: "jwld"})
	payload := strings.Split(token, ".")[1]
	mary := connect(t, cluster.Nodes[1], url.Values{"room": {room}, "token": {mint(t, "2", time.Hour, nil)}})

	p := chrome.open(t, withToken(node, room, token))
	john := p.awaitLive(t, node.Name, room, "1")
	p.awaitPeople(t, alone(john), person{User: "2", Name: "Mary", Devices: map[string]string{mary.Socket: cluster.Nodes[1].Name}})
	p.awaits(t, func(seen view) error {
		if seen.Rights != "join, write, list and disconnect others" || !strings.Contains(seen.Token, "until ") {
			return fmt.Errorf("says of the token %q, %q", seen.Token, seen.Rights)
		}
		return nil
	})
	p.looksWell(t, "room-token")

	clean := func(when string) {
		t.Helper()
		shown, err := run(p, chromedp.Evaluate[string](`[location.href, document.referrer, document.title, document.cookie,
			document.documentElement.outerHTML, JSON.stringify(localStorage)].join('\n')`))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(shown, payload) {
			t.Errorf("%s the page shows the token", when)
		}
		if address, _, _ := strings.Cut(shown, "\n"); address != node.URL("/ui/"+room) {
			t.Errorf("%s the address is %s", when, address)
		}
	}
	clean("when it was opened")
	p.do(t, chromedp.Reload())
	p.awaitLive(t, node.Name, room, "1")
	clean("when it was loaded again")
	p.do(t, chromedp.Navigate(node.URL("/?choose")), chromedp.WaitVisible(testID("choose-mine")), chromedp.Evaluate[chromedp.Void](`history.back()`))
	p.awaitLive(t, node.Name, room, "1")
	clean("after going back")

	// It is of this tab, and goes by no address.
	addresses := p.complaints.asked()
	if !slices.ContainsFunc(addresses, func(one string) bool { return strings.Contains(one, "/socket.io/") }) ||
		!slices.ContainsFunc(addresses, func(one string) bool { return strings.Contains(one, "/api/rooms/") }) {
		t.Errorf("the page asked for %q, so that this shows little", addresses)
	}
	for _, address := range addresses {
		if strings.Contains(address, payload) {
			t.Error("the token is in the address of a request")
		}
	}
	for _, one := range cluster.Nodes {
		if strings.Contains(one.Output.String(), payload) {
			t.Errorf("%s logged the token", one.Name)
		}
	}
	p.refusedOnly(t, "403") // all users are not for users to see
}

func tokenOfAnother(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	node := cluster.Nodes[0]
	p := chrome.open(t, withToken(node, "another", mint(t, "1", time.Hour, nil)))
	p.awaitLive(t, node.Name, "another", "1")
	p.do(t, chromedp.Evaluate[chromedp.Void](`void (location.href = '`+withToken(node, "another", mint(t, "3", time.Hour, nil))+`')`))
	p.awaitLive(t, node.Name, "another", "3")

	p.do(t, chromedp.Click(chromedp.CSS("#other-token")), chromedp.WaitVisible(testID("token-form")))
	p.shows(t, mint(t, "4", time.Hour, nil))
	p.awaitLive(t, node.Name, "another", "4")
	p.refusedOnly(t, "401")
}

func tokenAsked(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "it's asked"
	node := cluster.Nodes[1]
	for _, path := range []string{"/ui/" + url.PathEscape(room), roomPath(room, "1")} {
		p := chrome.open(t, node.URL(path))
		seen := p.awaits(t, func(seen view) error {
			if seen.State != "Not in the room yet" || seen.Room != room || seen.Refusal != "" {
				return fmt.Errorf("does not ask: %+v", seen)
			}
			return nil
		})
		p.do(t, chromedp.WaitVisible(testID("token-form")))
		if command, err := run(p, chromedp.Evaluate[string](`document.querySelector('[data-testid="token-command"]').textContent`)); err != nil || command != `rollcall token --sub 1 --room 'it'\''s asked'` {
			t.Errorf("the command is %s, %v; %+v", command, err, seen)
		}
		if strings.Contains(path, "?") {
			p.looksWell(t, "room-token-asked")
		}
		p.shows(t, " "+withToken(node, room, mint(t, "2", time.Hour, nil))) // with what was around it
		p.awaitLive(t, node.Name, room, "2")
		p.refusedOnly(t, "401")
	}
}

func tokenChoosing(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	node := cluster.Nodes[0]
	for _, path := range []string{"/", "/?choose"} {
		p := chrome.open(t, node.URL(path))
		p.do(t, chromedp.WaitVisible(testID("token-form")))
		if said, err := run(p, chromedp.Evaluate[string](`document.querySelector('main').textContent`)); err != nil || strings.Contains(said, "could not be read") {
			t.Errorf("it says %q, %v", said, err)
		}
		if path != "/" {
			p.looksWell(t, "choose-token")
		}
		p.do(t, chromedp.Focus(testID("choose-room")), chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`), chromedp.KeyEvent("chosen"))
		p.shows(t, mint(t, "2", time.Hour, nil))
		p.awaitLive(t, node.Name, "chosen", "2")

		p.do(t, chromedp.Navigate(node.URL(path)), chromedp.WaitVisible(testID("choose-mine")))
		if path != "/" {
			p.looksWell(t, "choose-mine")
		}
		p.do(t, chromedp.Click(testID("choose-mine")))
		p.awaitLive(t, node.Name, "foo", "2")
		p.refusedOnly(t, "401", "403")
	}
}

func tokenRefused(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "refused"
	node := cluster.Nodes[0]
	p := chrome.open(t, withToken(node, room, mint(t, "4", time.Hour, nil)))
	p.awaitLive(t, node.Name, room, "4")
	for code, refusal := range map[string]struct{ token, says, user string }{
		"bad_token":     {mintBy(t, "another secret, of 32 bytes or more", "1", time.Hour, nil), "The token is not good", "1"},
		"no_token":      {"nonsense", "The token is not good", ""},
		"token_expired": {mint(t, "2", -time.Hour, nil), "The token has expired", "2"},
		"unknown_user":  {mint(t, "nobody@example.com", time.Hour, nil), `There is no user "nobody@example.com": add the user first`, ""},
		"no_right":      {mint(t, "3", time.Hour, map[string]string{"team-*": "jwl", room: "wl"}), `say "j" for it`, "3"},
	} {
		p.do(t, chromedp.Evaluate[chromedp.Void](`void (location.href = '`+withToken(node, room, refusal.token)+`')`))
		p.awaits(t, func(seen view) error {
			if seen.State != "Refused" || !strings.Contains(seen.Refusal, refusal.says) {
				return fmt.Errorf("does not say %q: %+v", refusal.says, seen)
			}
			return nil
		})
		who, err := run(p, chromedp.Evaluate[string](`document.querySelector('[data-testid="token-user"] b')?.textContent ?? ''`))
		if err != nil || who != refusal.user {
			t.Errorf("%s: the token is said to be of %q, %v, want %q", code, who, err, refusal.user)
		}
		command, err := run(p, chromedp.Evaluate[string](`document.querySelector('[data-testid="token-command"]').textContent`))
		if err != nil || strings.Contains(command, "nobody") {
			t.Errorf("%s: another token for who is not known is advised: %s, %v", code, command, err)
		}
		p.looksWell(t, "room-token-"+code)
		p.shows(t, mint(t, "4", time.Hour, nil))
		p.awaitPeople(t, alone(p.awaitLive(t, node.Name, room, "4")))
	}
}

func tokenRenewed(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "renewed"
	node := cluster.Nodes[0]
	p := chrome.open(t, withToken(node, room, mint(t, "1", 50*time.Second, nil)))
	john := p.awaitLive(t, node.Name, room, "1")
	p.awaitsNotice(t, "token", "Your token expires at", "in ")
	p.looksWell(t, "room-token-expiring")

	for token, problem := range map[string]string{
		mint(t, "2", time.Hour, nil):                                          "This token is of another user",
		mintBy(t, "another secret, of 32 bytes or more", "1", time.Hour, nil): "The token is not good",
	} {
		p.shows(t, token)
		p.awaitsNotice(t, "token", problem)
	}
	p.looksWell(t, "room-token-not-taken")

	p.shows(t, mint(t, "1", time.Hour, nil))
	p.awaitsNoNotice(t, "token")
	p.awaitPeople(t, alone(john)) // by the same socket
	if focused, err := run(p, chromedp.Evaluate[string](`document.activeElement.id`)); err != nil || focused != "other-token" {
		t.Errorf("the focus is on %q, %v", focused, err)
	}
	p.do(t, chromedp.Reload()) // the new one is kept
	p.awaitLive(t, node.Name, room, "1")
	p.awaitsNoNotice(t, "token")
}

func tokenExpired(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "expired"
	node := cluster.Nodes[1]
	p := chrome.open(t, withToken(node, room, mint(t, "1", 4*time.Second, nil)))
	p.awaitLive(t, node.Name, room, "1")
	p.awaits(t, func(seen view) error {
		if seen.State != "Refused" || !strings.Contains(seen.Refusal, "The token has expired: get a new one") {
			return fmt.Errorf("is not refused: %+v", seen)
		}
		return nil
	})
	p.shows(t, mint(t, "1", time.Hour, nil))
	p.awaitPeople(t, alone(p.awaitLive(t, node.Name, room, "1")))
}

func tokenWithoutTheRoom(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "left"
	node := cluster.Nodes[0]
	p := chrome.open(t, withToken(node, room, mint(t, "1", 50*time.Second, nil)))
	p.awaitLive(t, node.Name, room, "1")
	p.awaitsNotice(t, "token")
	p.shows(t, mint(t, "1", time.Hour, map[string]string{"elsewhere": "jwl"}))
	p.awaits(t, func(seen view) error {
		if seen.State != "Refused" || !strings.Contains(seen.Refusal, "does not let you be in this room") {
			return fmt.Errorf("is not refused: %+v", seen)
		}
		return nil
	})
}

func tokenWithoutList(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "unlisted"
	node := cluster.Nodes[0]
	mary := connect(t, cluster.Nodes[1], url.Values{"room": {room}, "token": {mint(t, "2", time.Hour, nil)}})
	p := chrome.open(t, withToken(node, room, mint(t, "1", 50*time.Second, map[string]string{room: "jw"})))
	john := p.awaitLive(t, node.Name, room, "1")
	p.do(t, chromedp.WaitVisible(testID("unlisted")))
	p.awaits(t, func(seen view) error {
		if len(seen.People) > 0 || seen.Rights != "join and write · not list" || !strings.Contains(seen.Counts, "not shown") {
			return fmt.Errorf("shows %+v", seen)
		}
		return nil
	})
	p.awaitsNoNotice(t, "roll")
	p.looksWell(t, "room-token-unlisted")

	p.shows(t, mint(t, "1", time.Hour, map[string]string{room: "jl"}))
	p.awaitPeople(t, alone(john), person{User: "2", Name: "Mary", Devices: map[string]string{mary.Socket: cluster.Nodes[1].Name}})
	mary.leave()
	p.awaitPeople(t, alone(john))
	p.refusedOnly(t, "403") // of the roll
}

func tokenWithoutWrite(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "read only"
	node := cluster.Nodes[0]
	p := chrome.open(t, withToken(node, room, mint(t, "1", time.Hour, map[string]string{"read *": "jl"})))
	p.awaitPeople(t, alone(p.awaitLive(t, node.Name, room, "1")))
	p.awaits(t, func(seen view) error {
		if seen.Rights != "join and list · not write" {
			return fmt.Errorf("says of the rights %q", seen.Rights)
		}
		return nil
	})
	p.looksWell(t, "room-token-no-write")
}

func tokenRename(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "renaming"
	a := chrome.open(t, withToken(cluster.Nodes[0], room, mint(t, "5", time.Hour, nil)))
	b := chrome.open(t, withToken(cluster.Nodes[1], room, mint(t, "6", time.Hour, nil)))
	a.awaitLive(t, cluster.Nodes[0].Name, room, "5")
	b.awaitLive(t, cluster.Nodes[1].Name, room, "6")
	a.rename(t, "Stephanie the First")
	b.awaitName(t, "5", "Stephanie the First")
	a.do(t, chromedp.WaitNotPresent(testID("switch-user"))) // who one is the token says
}

// shows pastes a token into the page's field, and sends it.
func (p *page) shows(t *testing.T, token string) {
	t.Helper()
	p.do(t,
		chromedp.WaitVisible(testID("token")),
		chromedp.Focus(testID("token")),
		chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`),
		chromedp.KeyEvent(token+"\r"),
	)
}

// refusedOnly forgets what the browser said of requests that were refused with these
// statuses, and fails the test with all else.
func (p *page) refusedOnly(t *testing.T, statuses ...string) {
	t.Helper()
	for _, complaint := range p.complaints.forget() {
		if !slices.ContainsFunc(statuses, func(status string) bool { return strings.Contains(complaint, "status of "+status) }) {
			t.Error(complaint)
		}
	}
}
