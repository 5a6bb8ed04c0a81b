//go:build unix

package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// view is what a page shows, at one moment.
type view struct {
	Room    string   `json:"room"`
	State   string   `json:"state"`   // the word in the pill
	Refusal string   `json:"refusal"` // why a node does not let the page in
	Me      me       `json:"me"`
	People  []person `json:"people"` // in the order of the page, those in view
	Left    []string `json:"left"`   // those of them who linger

	Token  string `json:"token"`  // until when it holds
	Rights string `json:"rights"` // what it is said to let one do

	Counts    string            `json:"counts"`
	Notices   map[string]string `json:"notices"` // by name
	MyName    string            `json:"myName"`  // what is said of my name: saved, waiting, …
	Happened  []string          `json:"happened"`
	Announced string            `json:"announced"` // to screen readers
}

// me is what the page shows of its own user and socket; all zero until it knows.
type me struct {
	User   string `json:"user"`
	Name   string `json:"name"`
	Node   string `json:"node"`
	Socket string `json:"socket"`
}

// person is one user in the room.
type person struct {
	User    string            `json:"user"`
	Name    string            `json:"name"`
	Devices map[string]string `json:"devices"` // node by id_socket
}

// look is evaluated in the page, and gives a view.
const look = `(() => {
	const find = (id, root = document) => root.querySelectorAll('[data-testid' + id + ']');
	const text = (id) => find('="' + id + '"')[0]?.textContent.trim() ?? '';
	const rest = (element, prefix) => element.dataset.testid.slice(prefix.length);
	const words = (element) => element.textContent.replace(/\s+/g, ' ').trim();
	return {
		left: [...document.querySelectorAll('[data-left]')].map((person) => rest(person, 'person-')),
		token: words(find('="me-token"')[0] ?? new Text('')),
		rights: words(find('="me-rights"')[0] ?? new Text('')),
		counts: words(find('="counts"')[0] ?? new Text('')),
		notices: Object.fromEntries([...find('^="notice-"')].map((one) => [rest(one, 'notice-'), words(one)])),
		myName: words(find('="me-name-state"')[0] ?? new Text('')),
		happened: [...document.querySelectorAll('[data-testid="happenings"] li p')].map(words),
		announced: text('announcement'),
		room: text('room'),
		state: text('state'),
		refusal: document.querySelector('.reason p')?.textContent.trim() ?? '',
		me: { user: text('me-id-user'), name: text('me-name'), node: text('me-node'), socket: text('me-id-socket') },
		people: [...find('^="person-"')].map((person) => ({
			user: rest(person, 'person-'),
			name: person.dataset.name,
			devices: Object.fromEntries([...find('^="socket-"', person)].map((device) =>
				[rest(device, 'socket-'), device.dataset.node])),
		})),
	};
})()`

// view looks at the page.
func (p *page) view() (view, error) { return run(p, chromedp.Evaluate[view](look)) }

// awaits waits until the page shows what it must, and returns that view of it.
// fault says what is wrong with a view, in words that follow the page's address.
func (p *page) awaits(t *testing.T, fault func(view) error) view {
	t.Helper()
	var seen view
	harness.Eventually(t, harness.Patience, func() (err error) {
		if seen, err = p.view(); err != nil {
			return err
		}
		if err := fault(seen); err != nil {
			return fmt.Errorf("%s %w", p.address, err)
		}
		return nil
	})
	return seen
}
