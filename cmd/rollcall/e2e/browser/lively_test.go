//go:build unix

package browser

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// screenshotsVariable names the environment variable that says where to put
// pictures of the page, for the README and for whoever changes its looks.
const screenshotsVariable = "ROLLCALL_SCREENSHOTS"

func TestALivelyRoomIsGroupedByUser(t *testing.T) {
	cluster, chrome := harness.Start(t, 4), startBrowser(t)
	const room = "Maths"

	people := []person{ // as the page sorts them: oneself, then by name
		{User: 1, Name: "John"}, {User: 8, Name: "Charlie"}, {User: 2, Name: "Mary"},
		{User: 9, Name: "Rowan"}, {User: 7, Name: "Sonia"}, {User: 5, Name: "Stephanie"},
	}
	devicesOn := [][]int{{2}, {1, 3}, {0, 1, 3}, {2}, {3, 0}, {1}} // the nodes of each
	for i := range people {
		people[i].Devices = make(map[string]string)
		for _, n := range devicesOn[i] {
			node := cluster.Nodes[n]
			people[i].Devices[join(t, node, room, people[i].User)] = node.Name
		}
	}

	p, john := chrome.enter(t, cluster.Nodes[0], room, 1)
	people[0].Devices[john.Socket] = john.Node
	p.awaitPeople(t, people...)

	if directory := os.Getenv(screenshotsVariable); directory != "" {
		if err := os.MkdirAll(directory, 0o755); err != nil {
			t.Fatal(err)
		}
		p.picture(t, filepath.Join(directory, "room-light.png"), "light", chromedp.EmulateViewport(1280, 800))
		p.picture(t, filepath.Join(directory, "room-dark-phone.png"), "dark", chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
	}
}

// picture writes what a window shows to a PNG file.
func (p *page) picture(t *testing.T, file, scheme string, window chromedp.Action[chromedp.Void]) {
	t.Helper()
	p.do(t,
		window,
		chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			// Still, since it is a still.
			_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{
					{Name: "prefers-color-scheme", Value: scheme},
					{Name: "prefers-reduced-motion", Value: "reduce"},
				},
			})
			return err
		}),
	)
	png, err := run(p, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		t.Fatal(err)
	}
}
