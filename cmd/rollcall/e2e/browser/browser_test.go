//go:build unix

package browser

import (
	"context"
	"errors"
	"os/exec"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// browser is a running Chromium or Chrome.
type browser struct{ ctx context.Context }

// startBrowser runs a browser with a new profile, without a window, until the
// test ends. As root it runs without a sandbox (chromedp sees to that), which it
// refuses to have then.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	program, err := findBrowser()
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	// t.Context() would end the browser before the cleanups, in which the pages
	// have their last word.
	allocator, release := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithErrorf(t.Logf))
	t.Cleanup(func() {
		defer release()
		defer cancel()
		patient, done := context.WithTimeout(ctx, harness.Patience)
		defer done()
		if err := chromedp.Cancel(patient); err != nil {
			t.Errorf("close the browser: %v", err)
		}
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	return &browser{ctx: ctx}
}

// findBrowser returns the program of the first browser that is installed.
func findBrowser() (string, error) {
	for _, name := range []string{
		"chromium",
		"google-chrome",
		"/Applications/Chromium.app/Contents/MacOS/Chromium",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	} {
		if program, err := exec.LookPath(name); err == nil {
			return program, nil
		}
	}
	return "", errors.New("this test needs Chromium or Chrome (apt install chromium, brew install --cask google-chrome)")
}
