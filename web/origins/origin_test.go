package origins

import (
	"strings"
	"testing"
)

func TestOriginPatterns(t *testing.T) {
	for _, test := range []struct {
		pattern   string
		matches   []string
		strangers []string
	}{
		{"https://example.org",
			[]string{"https://example.org", "https://EXAMPLE.org", "https://example.org:443"},
			[]string{"http://example.org", "https://example.org:8443", "https://a.example.org", "https://evilexample.org", "https://example.org.evil.test", "null"}},
		{"https://Example.org:443", []string{"https://example.org"}, []string{"https://example.org:80"}},
		{"http://example.org:80", []string{"http://example.org"}, []string{"https://example.org"}},
		{"http://localhost:8080", []string{"http://localhost:8080"}, []string{"http://localhost", "http://localhost:80801"}},
		{"http://[::1]:8080", []string{"http://[::1]:8080"}, []string{"http://[::1]"}},
		{"https://*.example.org",
			[]string{"https://a.example.org", "https://a.b.example.org", "https://A.Example.org:443"},
			[]string{"https://example.org", "https://evilexample.org", "https://.example.org", "http://a.example.org", "https://a.example.org:8443", "https://a.example.org.evil.test"}},
		{"https://*.example.org:8443", []string{"https://a.example.org:8443"}, []string{"https://a.example.org"}},
		{"file://", []string{"file://"}, []string{"null", "file://host", "file:///etc"}},
		{"capacitor://localhost", []string{"capacitor://localhost"}, []string{"capacitor://elsewhere", "http://localhost", "ionic://localhost"}},
		{"chrome-extension://abcdefghijklmnop", []string{"chrome-extension://abcdefghijklmnop"}, []string{"chrome-extension://other"}},
	} {
		t.Run(test.pattern, func(t *testing.T) {
			if err := Check(test.pattern); err != nil {
				t.Fatal(err)
			}
			p, err := parsePattern(test.pattern)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range test.matches {
				if o, ok := parseOrigin(text); !ok || !p.matches(o) {
					t.Errorf("does not match %s", text)
				}
			}
			for _, text := range test.strangers {
				if o, ok := parseOrigin(text); ok && p.matches(o) {
					t.Errorf("matches %s", text)
				}
			}
		})
	}
}

func TestOriginsThatNoPageHas(t *testing.T) {
	for text, says := range map[string]string{
		"":                          "https://example.org",
		"example.org":               "https://example.org",
		"https:example.org":         "https://example.org",
		"https://example.org/":      "without a path",
		"https://example.org/app":   "without a path",
		"https://example.org?a=b":   "without a path",
		"https://me@example.org":    "without a user",
		"https://bücher.example":    "xn--",
		"https://":                  "host is missing",
		"https://:443":              "host is missing",
		"https://example.org:":      "port is missing",
		"https://example.org:0":     "1 to 65535",
		"https://example.org:0443":  "1 to 65535",
		"https://example.org:65536": "1 to 65535",
		"https://example.org:https": "scheme://host:port",
		"wss://example.org":         "https://example.org",
		"ws://example.org:8080":     "http://example.org:8080",
		"https://*":                 "* alone",
		"https://*example.org":      "https://*.example.org",
		"https://a.*.example.org":   "https://*.example.org",
		"https://*.*.example.org":   "https://*.example.org",
		"https://*.10.0.0.1":        "IP address",
		"https://*.":                "name of a host",
		"https://exam ple.org":      "scheme://host",
		"https://a..b":              "name of a host",
		"*://example.org":           "scheme://host",
	} {
		if err := Check(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
	for _, text := range []string{"*", "null"} {
		if err := Check(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzOrigin(f *testing.F) {
	for _, seed := range []string{"https://example.org:443", "https://*.example.org", "http://[::1]:1", "file://", "null", "https://a@b/?#"} {
		f.Add(seed, "https://a.example.org")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if p, err := parsePattern(pattern); err == nil {
			// Whatever is allowed matches something: itself, or what is below it.
			itself := p.origin
			if p.below {
				itself.host = "a." + itself.host
			}
			if !p.matches(itself) {
				t.Errorf("%q matches nothing", pattern)
			}
			if o, ok := parseOrigin(text); ok && p.matches(o) && p.below && !strings.HasSuffix(o.host, "."+p.host) {
				t.Errorf("%q matches %q", pattern, text)
			}
		}
	})
}
