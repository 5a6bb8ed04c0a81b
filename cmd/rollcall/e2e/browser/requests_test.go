//go:build unix

package browser

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// rollCalls are the requests of a page for a roll.
const rollCalls = "/api/rooms/*"

// hold keeps the requests to a path waiting, as a slow network would.
func hold(path string) chromedp.Action[chromedp.Void] {
	return call(fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: "*" + path}}})
}

// release lets go of what was held.
func release() chromedp.Action[chromedp.Void] { return call(fetch.Disable, cdp.Empty{}) }

// block lets requests to these paths fail, as a broken network would; to no path, none.
func block(paths ...string) chromedp.Action[chromedp.Void] {
	params := network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{}}
	for _, path := range paths {
		params.URLPatterns = append(params.URLPatterns, &network.BlockPattern{URLPattern: "*://*:*" + path, Block: true})
	}
	return call(network.SetBlockedURLs, params)
}

// call is a command of the browser's debugger as a step.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, command, params)
		return err
	})
}
