package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// VersionCmd prints what this binary is.
type VersionCmd struct{}

// Run prints one line.
func (VersionCmd) Run(std streams) error {
	_, err := fmt.Fprintf(std.out, "rollcall %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version returns what operators are shown.
func version() string {
	info, _ := debug.ReadBuildInfo()
	return describeBuild(info)
}

// describeBuild returns the version, and the commit if the build knows it. Go
// writes both into the binary, so nothing has to be passed to the linker.
func describeBuild(info *debug.BuildInfo) string {
	if info == nil || info.Main.Version == "" {
		return "(unknown version)"
	}
	version := info.Main.Version
	var commit, changed string
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			commit = setting.Value[:min(12, len(setting.Value))]
		case setting.Key == "vcs.modified" && setting.Value == "true":
			changed = ", changed since"
		}
	}
	switch {
	case commit == "":
		return version
	case strings.Contains(version, commit): // made up from it, since no version was tagged
		return "commit " + commit + changed
	}
	return fmt.Sprintf("%s (commit %s%s)", version, commit, changed)
}
