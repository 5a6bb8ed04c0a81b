package supervisor

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Ready returns when all nodes have answered /readyz with 200, each at its own
// URL, or with an error when ctx is done. slow is called about every ten
// seconds with the URLs that have not.
func Ready(ctx context.Context, urls []string, slow func(missing []string)) error {
	transport := &http.Transport{DisableKeepAlives: true}
	client := &http.Client{Transport: transport, Timeout: time.Second}
	poll := time.NewTicker(100 * time.Millisecond)
	defer poll.Stop()
	remind := time.NewTicker(10 * time.Second)
	defer remind.Stop()
	for {
		var missing []string
		for _, url := range urls {
			if !isReady(ctx, client, url) {
				missing = append(missing, url)
			}
		}
		urls = missing
		if len(urls) == 0 {
			return nil
		}
		select {
		case <-poll.C:
		case <-remind.C:
			slow(urls)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func isReady(ctx context.Context, client *http.Client, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 4<<10))
	return response.StatusCode == http.StatusOK
}
