package main

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/inflight"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/socketio"
)

// The table of limits is what the program says of itself: it has every limit, and the
// defaults that they have.
func TestTheTableOfLimitsIsTheProgram(t *testing.T) {
	text, err := os.ReadFile("../../docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	table := make(map[string]string)
	for _, row := range regexp.MustCompile("(?m)^\\| `(--[a-z-]+)` \\| `([^`]*)` \\|").FindAllStringSubmatch(string(text), -1) {
		if _, twice := table[row[1]]; twice {
			t.Errorf("%s is in the table twice", row[1])
		}
		table[row[1]] = row[2]
	}
	for _, field := range clientFlags(reflect.TypeOf(ServeCmd{})) {
		name, _, _ := strings.Cut(field.Tag.Get("env"), ",")
		flag := "--" + strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, "ROLLCALL_")), "_", "-")
		said, ok := table[flag]
		switch {
		case !ok && strings.Contains(field.Tag.Get("help"), "0 for any"):
			t.Errorf("%s is a limit, and not in docs/limits.md", flag)
		case ok && said != field.Tag.Get("default"):
			t.Errorf("%s is %s by default; docs/limits.md says %s", flag, field.Tag.Get("default"), said)
		}
		delete(table, flag)
	}
	for flag := range table {
		t.Errorf("docs/limits.md has %s, which is no flag for clients", flag)
	}
}

func TestTheTableOfFixedLimitsIsTheProgram(t *testing.T) {
	text, err := os.ReadFile("../../docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	for what, bound := range map[string]any{
		"nesting of a packet":                  socketio.MaxDepth,
		"elements of a packet":                 socketio.MaxElements,
		"attachments of a packet":              socketio.DefaultMaxAttachments,
		"bytes of a namespace's name":          socketio.MaxNamespace,
		"digits of an event's id":              socketio.MaxID,
		"packets of a payload":                 engineio.DefaultMaxPackets,
		"bytes of a message to a room":         actors.LongestMessage,
		"bytes of an event of any other name":  actors.LongestOther,
		"bytes of a room's name, an `id_user`": fmt.Sprintf("%d, %d", room.LongestName, identity.LongestID),
	} {
		if row := fmt.Sprintf("\n| %s | %v |", what, bound); !strings.Contains(string(text), row) {
			t.Errorf("docs/limits.md has no row %q", row)
		}
	}
	for _, said := range []string{
		fmt.Sprintf("\n%d MiB of large frames, polls and POSTs", inflight.Limit>>20),
		fmt.Sprintf("and %d KiB of each client", inflight.Free>>10),
	} {
		if !strings.Contains(string(text), said) {
			t.Errorf("docs/limits.md does not say %q", said)
		}
	}
}

// clientFlags returns the fields of settings that are flags about clients.
func clientFlags(settings reflect.Type) (flags []reflect.StructField) {
	for field := range settings.Fields() {
		if field.Anonymous {
			flags = append(flags, clientFlags(field.Type)...)
		} else if field.Tag.Get("group") == "clients" {
			flags = append(flags, field)
		}
	}
	return flags
}

// What a flag stands at is what a node takes that is told nothing.
func TestTheDefaultsOfFlagsAreThoseOfANode(t *testing.T) {
	withoutEnvironment(t)
	command, _, err := parse([]string{"serve"}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	of := make(map[string]string)
	for _, flag := range command.context.Flags() {
		of[flag.Name] = flag.Default
	}
	for name, want := range map[string]string{
		"roll-deadline":       actors.DefaultRollDeadline.String(),
		"max-rooms":           strconv.Itoa(actors.DefaultMaxRooms),
		"max-identity-change": strconv.Itoa(actors.DefaultMaxIdentityChange),
	} {
		if of[name] != want {
			t.Errorf("--%s is %s by default, and %s in package actors", name, of[name], want)
		}
	}
}
