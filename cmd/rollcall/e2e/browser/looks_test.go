//go:build unix

package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// screenshotsVariable names the environment variable that says where to put
// pictures of the pages, for the README and for whoever changes their looks.
const screenshotsVariable = "ROLLCALL_SCREENSHOTS"

// looksWell examines a page in the state that it is in, light and dark, in a wide
// window and in the narrowest: it must be accessible (WCAG 2.2 AA and what axe
// holds to be good besides), and no wider than its window. If wanted, it takes
// pictures, named after the state. The window is wide and light afterwards.
func (p *page) looksWell(t *testing.T, state string) {
	t.Helper()
	for _, scheme := range []string{"dark", "light"} {
		for _, window := range []struct {
			name    string
			emulate chromedp.Action[chromedp.Void]
			audited string // in which colours; both, each in one window, are enough
		}{
			{"narrow", chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile), "dark"},
			{"wide", wide, "light"},
		} {
			name := fmt.Sprintf("%s-%s-%s", state, scheme, window.name)
			if scheme != window.audited && os.Getenv(screenshotsVariable) == "" {
				continue
			}
			p.do(t, window.emulate, still(scheme))
			p.fits(t, name)
			if scheme == window.audited {
				p.isAccessible(t, name)
			}
			p.picture(t, name)
		}
	}
}

// still shows the page in a colour scheme and without motion: what moves can
// neither be photographed nor have its contrast measured.
func still(scheme string) chromedp.Action[chromedp.Void] {
	return call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme},
			{Name: "prefers-reduced-motion", Value: "reduce"},
		},
	})
}

// violation is one of axe's.
type violation struct {
	Rule  string   `json:"rule"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}

// audit runs axe, which is in the page already, and gives the violations. First it
// lets what moves come to its end, except for what moves for ever.
const audit = `(async () => {
	const finite = document.getAnimations().filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime));
	await Promise.allSettled(finite.map((one) => one.finished));
	const { violations } = await axe.run(document, { resultTypes: ['violations'] });
	return violations.map(({ id, help, nodes }) => ({
		rule: id, help, nodes: nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary),
	}));
})()`

func (p *page) isAccessible(t *testing.T, name string) {
	t.Helper()
	// Into the page by the debugger's way: its policy stays as strict as it is.
	source, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "web", "ui", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("axe comes with the page's packages: run npm ci in web/ui: %v", err)
	}
	if _, err := run(p, chromedp.Evaluate[bool]("globalThis.axe !== undefined || (("+"() => {"+string(source)+"})(), true)")); err != nil {
		t.Fatalf("%s: load axe: %v", name, err)
	}
	violations, err := run(p, chromedp.Evaluate[[]violation](audit, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: run axe: %v", name, err)
	}
	for _, v := range violations {
		t.Errorf("%s: %s: %s\n\t%s", name, v.Rule, v.Help, strings.Join(v.Nodes, "\n\t"))
	}
}

// overflow is evaluated in the page, and says by what it is wider than its window.
const overflow = `(() => {
	const { scrollWidth, clientWidth } = document.documentElement;
	if (scrollWidth <= clientWidth) return '';
	const culprits = [...document.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > clientWidth + 1);
	return scrollWidth + ' pixels wide, its window ' + clientWidth + ': ' +
		culprits.slice(0, 5).map((one) => one.cloneNode().outerHTML + one.getBoundingClientRect().width).join(' ');
})()`

// fits waits until the page is no wider than its window, which may just have changed.
func (p *page) fits(t *testing.T, name string) {
	t.Helper()
	harness.Eventually(t, harness.Patience, func() error {
		tooWide, err := run(p, chromedp.Evaluate[string](overflow))
		if err == nil && tooWide != "" {
			err = fmt.Errorf("%s is %s", name, tooWide)
		}
		return err
	})
}

// picture writes what the window shows to a PNG file, if that is wanted.
func (p *page) picture(t *testing.T, name string) {
	t.Helper()
	directory := os.Getenv(screenshotsVariable)
	if directory == "" {
		return
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		t.Fatal(err)
	}
	png, err := run(p, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(directory, name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}
