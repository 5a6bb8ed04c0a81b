//go:build unix

package e2e

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/uptrace/bun/driver/sqliteshim"

	"github.com/rollcall/rollcall/cmd/rollcall/doctor"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// examine runs rollcall doctor, and returns its exit code and what it found.
func examine(t *testing.T, flags ...string) (int, []doctor.Finding) {
	t.Helper()
	process := harness.NewProcess(t, "rollcall doctor", append([]string{"doctor", "--auth", "none", "--json"}, flags...)...)
	process.Start()
	code := process.Exit(harness.Patience)
	if said := process.Output.String(); strings.Contains(said, "hunter2") || strings.Contains(said, harness.ClusterKey) {
		t.Errorf("a secret shows: %s", process.Output)
	}
	var found struct{ Findings []doctor.Finding }
	if err := json.NewDecoder(strings.NewReader(process.Output.String())).Decode(&found); err != nil {
		t.Fatalf("%v in %s", err, process.Output)
	}
	return code, found.Findings
}

// A third node is about to join a cluster, and something is not as it should be.
func TestTheDoctorSaysWhatKeepsANodeFromWorking(t *testing.T) {
	t.Parallel()
	cluster := harness.Start(t, 2)
	places := harness.LocalPlaces(t, 2)
	admin := redis.NewClient(&redis.Options{Addr: cluster.Redis.Addr()})
	t.Cleanup(func() { _ = admin.Close() })
	if err := admin.Do(t.Context(), "ACL", "SETUSER", "mute", "on", ">hunter2", "~*", "&*", "+@all", "-publish").Err(); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty.db")
	foreign := filepath.Join(t.TempDir(), "foreign.db")
	for file, statement := range map[string]string{empty: "CREATE TABLE something (id INTEGER)", foreign: "CREATE TABLE users (id INTEGER, email TEXT)"} {
		db, err := sql.Open(sqliteshim.ShimName, file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	other := filepath.Join(t.TempDir(), "other.db")
	harness.MakeStore(t, "--database-url", other)
	well := []string{
		"--name", "node-3", "--listen", places[0].Listen, "--actor", places[0].Actor, "--gossip", places[0].Gossip,
		"--join", cluster.Nodes[0].Gossip + "," + cluster.Nodes[1].Gossip,
		"--redis-url", cluster.Redis.URL(), "--database-url", cluster.Database(), "--data", filepath.Join(t.TempDir(), "data"),
	}
	for name, test := range map[string]struct {
		flags []string // which count last
		wrong string   // what is wrong, "" if nothing is
		says  string
	}{
		"all is well":                {nil, "", ""},
		"it runs already":            {[]string{"--name", "node-1", "--listen", cluster.Nodes[0].Addr, "--gossip", cluster.Nodes[0].Gossip}, "", ""},
		"another key":                {[]string{"--cluster-key", "hunter2 of another cluster"}, "peer " + cluster.Nodes[0].Gossip, "different shared keys"},
		"another cluster":            {[]string{"--cluster-name", "staging"}, "peer " + cluster.Nodes[1].Gossip, `"staging"`},
		"a name that is taken":       {[]string{"--name", "node-2"}, "peer " + cluster.Nodes[0].Gossip, `the name "node-2"`},
		"a port that is taken":       {[]string{"--listen", cluster.Nodes[0].Addr}, "--listen", "in use"},
		"no Redis":                   {[]string{"--redis-url", "redis://:hunter2@" + places[1].Actor}, "Redis", "does not answer"},
		"a Redis that refuses":       {[]string{"--redis-url", "redis://mute:hunter2@" + cluster.Redis.Addr()}, "Redis", "NOPERM"},
		"a database of its own":      {[]string{"--database-url", other}, "peer " + cluster.Nodes[0].Gossip, "same database"},
		"a database without tables":  {[]string{"--database-url", empty}, "database", "rollcall db migrate"},
		"another program's database": {[]string{"--database-url", foreign}, "database", "not Rollcall's"},
		"no database":                {[]string{"--database-url", "sqlite://" + filepath.Join(t.TempDir(), "nowhere.db")}, "database", "there is no file"},
	} {
		t.Run(name, func(t *testing.T) {
			flags := slices.Concat(well, test.flags)
			if !slices.Contains(flags, "--cluster-key") { // of which several may be given
				flags = append(flags, "--cluster-key", harness.ClusterKey)
			}
			code, found := examine(t, flags...)
			var all strings.Builder
			if err := doctor.Print(&all, found); err != nil {
				t.Fatal(err)
			}
			if (code == 0) != (test.wrong == "") || (doctor.Worst(found) == doctor.Wrong) != (test.wrong != "") {
				t.Errorf("exit code %d:\n%s", code, &all)
			}
			said := test.wrong == ""
			for _, f := range found {
				said = said || f.Level == doctor.Wrong && f.Check == test.wrong && strings.Contains(f.Says+f.Do, test.says)
			}
			if !said {
				t.Errorf("it does not say of %q that %q:\n%s", test.wrong, test.says, &all)
			}
			for _, member := range []string{"node-1", "node-2"} {
				if test.wrong == "" && name == "all is well" && !strings.Contains(all.String(), "actors of "+member) {
					t.Errorf("it did not look at %s:\n%s", member, &all)
				}
			}
		})
	}
	// Nobody noticed.
	harness.AwaitMembers(t, cluster.Nodes...)
	for _, node := range cluster.Nodes {
		for line := range strings.Lines(node.Output.String()) {
			if strings.Contains(line, " WRN ") && (strings.Contains(line, "visitor") || strings.Contains(line, "one cluster") || strings.Contains(line, "malformed message")) {
				t.Errorf("%s logged %s", node.Name, line)
			}
		}
	}
}

func TestTheDoctorPrintsALineForEachThing(t *testing.T) {
	t.Parallel()
	place := harness.LocalPlaces(t, 1)[0]
	process := harness.NewProcess(t, "rollcall doctor", "doctor", "--auth", "none", "--data", filepath.Join(t.TempDir(), "data"),
		"--listen", place.Listen, "--actor", place.Actor, "--gossip", place.Gossip)
	process.Start()
	if code := process.Exit(harness.Patience); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, line := range []string{
		fmt.Sprintf("ok       --listen    %s is free", place.Listen), "ok       peers       there is no --join", "ok       Redis       there is none", "open files  a process may have",
	} {
		if !strings.Contains(process.Output.String(), line) {
			t.Errorf("it does not say %q:\n%s", line, process.Output)
		}
	}
}
