package main

import (
	"strings"
	"testing"
)

// Whoever reads the URL of a collector or a proxy quotes it when it makes no sense to
// him, with its password: such a URL does not get there.
func TestThePasswordOfACollectorIsNotTold(t *testing.T) {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "HTTPS_PROXY", "http_proxy"} {
		for url, fine := range map[string]bool{
			"":                                   true,
			"http://collector:4318":              true,
			"https://u:p%23@collector/v1/traces": true,
			"http://u:hunter2#@collector:4318":   false,
			"http://u:hunter2%@collector:4318":   false,
			"http://u:p@hunter2/x@collector":     false,
			"http://u:hunter2@collector:port":    false,
		} {
			err := checkCollector(func(asked string) string {
				if asked == name {
					return url
				}
				return ""
			})
			if (err == nil) != fine {
				t.Errorf("%s=%s: %v", name, url, err)
			}
			if err != nil && (strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), name)) {
				t.Errorf("%s=%s: %v", name, url, err)
			}
		}
	}
	if err := checkCollector(func(string) string { return "u:p@proxy:3128" }); err != nil {
		t.Errorf("a proxy without a scheme: %v", err)
	}
}
