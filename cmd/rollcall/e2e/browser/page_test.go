//go:build unix

package browser

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// page is an open page, in a window and, unless it is beside another one, with a profile
// of its own. Until it is closed, by the test or at its end, nothing may go wrong in it.
type page struct {
	ctx        context.Context
	address    string
	complaints *complaints
	closed     bool
}

// open opens a page, in a window in which some steps are done before.
func (b *browser) open(t *testing.T, address string, before ...chromedp.Action[chromedp.Void]) *page {
	t.Helper()
	return openIn(t, b.ctx, address, before, chromedp.WithNewBrowserContext())
}

// beside opens a page in the profile of this one, before which it must be closed.
func (p *page) beside(t *testing.T, address string) *page {
	t.Helper()
	return openIn(t, p.ctx, address, nil)
}

func openIn(t *testing.T, parent context.Context, address string, before []chromedp.Action[chromedp.Void], options ...chromedp.ContextOption) *page {
	t.Helper()
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	p := &page{address: address, complaints: &complaints{host: at.Host}}
	ctx, cancel := chromedp.NewContext(parent, append(options, chromedp.WithListener(p.complaints.hear))...)
	t.Cleanup(cancel)
	p.ctx = ctx
	if err := chromedp.Do(ctx); err != nil { // a deadline here would be one for the page's life
		t.Fatalf("open a window: %v", err)
	}
	t.Cleanup(func() { p.close(t) })
	p.do(t, wide, chromedp.Steps(before...), chromedp.Navigate(address))
	return p
}

// wide is the window that pages are opened in. Who is not in view is not in the page.
var wide = chromedp.EmulateViewport(1280, 720)

// enter opens the page of a room on a node, as a user, and waits until it is in.
func (b *browser) enter(t *testing.T, node *harness.Node, room, user string) (*page, me) {
	t.Helper()
	p := b.open(t, node.URL(roomPath(room, user)))
	return p, p.awaitLive(t, node.Name, room, user)
}

func roomPath(room, user string) string {
	return fmt.Sprintf("/ui/%s?id_user=%s", url.PathEscape(room), url.QueryEscape(user))
}

// awaitLive waits until the page is in a room, on a node, as a user, and returns
// who it says it is.
func (p *page) awaitLive(t *testing.T, node, room, user string) me {
	t.Helper()
	return p.awaits(t, func(seen view) error {
		if seen.State != "Live" || seen.Room != room || seen.Me.Node != node || seen.Me.User != user ||
			seen.Me.Socket == "" || seen.Me.Name == "" {
			return fmt.Errorf("is not in as user %s: %+v", user, seen)
		}
		return nil
	}).Me
}

// awaitPeople waits until the page shows these people, in this order.
func (p *page) awaitPeople(t *testing.T, want ...person) {
	t.Helper()
	p.awaits(t, func(seen view) error {
		if diff := cmp.Diff(want, seen.People); diff != "" {
			return fmt.Errorf("shows other people (-want +got):\n%s", diff)
		}
		return nil
	})
}

// rename gives the page's user a new name, as one does with mouse and keyboard,
// and returns when Enter was pressed.
func (p *page) rename(t *testing.T, name string) time.Time {
	t.Helper()
	p.do(t,
		chromedp.Click(testID("me-name")),
		// The old name is selected, so that typing replaces it.
		chromedp.WaitVisible(testID("me-name-input")+":focus"),
		chromedp.KeyEvent(name),
	)
	pressed := time.Now()
	p.do(t, chromedp.KeyEvent(kb.Enter))
	return pressed
}

func testID(id string) chromedp.CSS { return chromedp.CSS(fmt.Sprintf("[data-testid=%q]", id)) }

// close closes the page, and fails the test with whatever went wrong in it.
func (p *page) close(t *testing.T) {
	t.Helper()
	if p.closed {
		return
	}
	p.closed = true
	if _, err := p.view(); err != nil { // its answer comes after all complaints so far
		t.Errorf("%s before it was closed: %v", p.address, err)
	}
	if err := chromedp.Cancel(p.ctx); err != nil {
		t.Errorf("close %s: %v", p.address, err)
	}
	for _, complaint := range p.complaints.all() {
		t.Errorf("%s: %s", p.address, complaint)
	}
}

func (p *page) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if _, err := run(p, chromedp.Steps(steps...)); err != nil {
		t.Fatalf("%s: %v", p.address, err)
	}
}

// run runs an action in a page, and does not wait for ever.
func run[T any](p *page, action chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, harness.Patience)
	defer cancel()
	return chromedp.Run(ctx, action)
}
