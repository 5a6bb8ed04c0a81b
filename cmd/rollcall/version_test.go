package main

import (
	"runtime/debug"
	"testing"
)

func TestABuildSaysWhichItIs(t *testing.T) {
	settings := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs.revision", Value: "8bfb0657a3df0123456789"}, {Key: "vcs.modified", Value: modified}}
	}
	tests := []struct {
		name string
		info *debug.BuildInfo
		want string
	}{
		{"not known", nil, "(unknown version)"},
		{"a release", &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, "v1.2.3"},
		{"a release of a commit", &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: settings("false")}, "v1.2.3 (commit 8bfb0657a3df)"},
		{"a commit", &debug.BuildInfo{Main: debug.Module{Version: "v0.0.0-20261124155431-8bfb0657a3df"}, Settings: settings("false")}, "commit 8bfb0657a3df"},
		{"changed since", &debug.BuildInfo{Main: debug.Module{Version: "v0.0.0-20261124155431-8bfb0657a3df+dirty"}, Settings: settings("true")}, "commit 8bfb0657a3df, changed since"},
	}
	for _, test := range tests {
		if got := describeBuild(test.info); got != test.want {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}
