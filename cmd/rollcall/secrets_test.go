package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/supervisor"
)

// secretFlag is a flag that has a twin, with a value of use.
type secretFlag struct {
	name, value string
	variables   []string // of the twin
	get         func(Settings) string
}

func secretFlags() []secretFlag {
	return []secretFlag{
		{"--cluster-key", "hunter2 hunter2 hunter2", []string{"ROLLCALL_CLUSTER_KEY_FILE"}, func(s Settings) string { return strings.Join(s.ClusterKey, ",") }},
		{"--admin-token", "hunter2 of the operators", []string{"ROLLCALL_ADMIN_TOKEN_FILE"}, func(s Settings) string { return s.AdminToken }},
		{"--jwt-secret", "hunter2 of all tokens, of 32 bytes", []string{"ROLLCALL_JWT_SECRET_FILE"}, func(s Settings) string { return s.JWTSecret }},
		{"--api-key", "hunter2:read+emit:hunter2-hunter2-hunter2", []string{"ROLLCALL_API_KEY_FILE"}, func(s Settings) string { return strings.Join(s.APIKey, ",") }},
		{"--database-url", "postgres://rollcall:hunter2@host/db", []string{"ROLLCALL_DATABASE_URL_FILE", "DATABASE_URL_FILE"}, func(s Settings) string { return s.DatabaseURL }},
		{"--redis-url", "redis://:hunter2@host:6379", []string{"ROLLCALL_REDIS_URL_FILE", "REDIS_URL_FILE"}, func(s Settings) string { return s.RedisURL }},
	}
}

// withAuth hides what the machine of the test has set, and has tokens asked for where that
// is what the flag is for.
func withAuth(t *testing.T, flag string) {
	t.Helper()
	withoutEnvironment(t)
	if flag == "--jwt-secret" {
		t.Setenv("ROLLCALL_AUTH", authJWT)
	}
}

// secretFile returns a file that holds a text.
func secretFile(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSecretsAreReadFromFiles(t *testing.T) {
	for _, flag := range secretFlags() {
		t.Run(flag.name, func(t *testing.T) {
			file := secretFile(t, flag.value+"\n", 0o600)
			withAuth(t, flag.name)
			if got := flag.get(serveCmd(t, flag.name+"-file", file).Settings); got != flag.value {
				t.Errorf("the flag gives %q", got)
			}
			for _, variable := range flag.variables {
				withAuth(t, flag.name)
				t.Setenv(variable, file)
				if got := flag.get(clusterCmd(t).Settings); got != flag.value {
					t.Errorf("%s gives %q", variable, got)
				}
				unset(t, variable)
			}
		})
	}
}

func TestASecretThatCannotBeHadIsExplained(t *testing.T) {
	for _, flag := range secretFlags() {
		lines := "several lines"
		switch flag.name { // of which there may be several
		case "--cluster-key":
			lines = "number 2 of 2"
		case "--api-key":
			lines = "key 2"
		}
		for text, says := range map[string]string{"": "is empty", flag.value + "\nhunter3": lines} {
			withoutEnvironment(t)
			code, stdout, stderr := rollcall(t, "serve", flag.name+"-file", secretFile(t, text, 0o600))
			if code != exitUsage || !strings.Contains(stderr, flag.name) || !strings.Contains(stderr, says) || strings.Contains(stdout+stderr, "hunter") {
				t.Errorf("%s of %q: %d %s", flag.name, text, code, stderr)
			}
		}
		withoutEnvironment(t)
		code, _, stderr := rollcall(t, "serve", flag.name+"-file", "nowhere")
		if code != exitUsage || !strings.Contains(stderr, flag.name+"-file: there is no file nowhere") {
			t.Errorf("%s: %d %s", flag.name, code, stderr)
		}
		code, _, stderr = rollcall(t, "serve", flag.name, flag.value, flag.name+"-file", secretFile(t, flag.value, 0o600))
		if code != exitUsage || !strings.Contains(stderr, flag.name+" and "+flag.name+"-file are both given") || strings.Contains(stderr, "hunter") {
			t.Errorf("%s: %d %s", flag.name, code, stderr)
		}
	}
	// The commands on the store take the URL of the database in the same ways.
	withoutEnvironment(t)
	for _, command := range [][]string{{"db", "migrate"}, {"users", "list"}} {
		code, _, stderr := rollcall(t, append(command, "--database-url-file", "nowhere")...)
		if code == exitDone || !strings.Contains(stderr, "--database-url-file: there is no file nowhere") {
			t.Errorf("%v: %d %s", command, code, stderr)
		}
	}
}

// Neither the arguments of the nodes nor their files: all get what was in these.
func TestNodesGetSecretsByTheirEnvironmentAlone(t *testing.T) {
	withAuth(t, "--jwt-secret")
	var args []string
	for _, flag := range secretFlags() {
		if flag.name == "--redis-url" { // this one as a platform would set it
			t.Setenv("REDIS_URL_FILE", secretFile(t, flag.value, 0o600))
			continue
		}
		args = append(args, flag.name+"-file", secretFile(t, flag.value, 0o600))
	}
	cluster := clusterCmd(t, args...)
	for _, node := range cluster.children(supervisor.NewMerge(nil)) {
		if strings.Contains(strings.Join(node.Args, " "), "hunter2") {
			t.Errorf("the list of processes shows a secret: %q", node.Args)
		}
	}
	for _, variable := range cluster.childEnvironment() {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	node := serveCmd(t).Settings
	for _, flag := range secretFlags() {
		if got := flag.get(node); got != flag.value {
			t.Errorf("the node has %q for %s", got, flag.name)
		}
	}
	for _, file := range node.secretFiles() {
		if *file != "" {
			t.Errorf("the node reads %s", *file)
		}
	}
}

func TestSecretsThatOthersMayReadAreNamedOnceAndNotShown(t *testing.T) {
	withAuth(t, "--jwt-secret")
	var args, files []string
	for i, flag := range secretFlags() {
		mode := os.FileMode(0o644)
		if i == 0 {
			mode = 0o600
		}
		file := secretFile(t, flag.value, mode)
		args, files = append(args, flag.name+"-file", file), append(files, file)
	}
	settings := serveCmd(t, args...).Settings
	var logged bytes.Buffer
	settings.warnOfExposed(slog.New(slog.NewTextHandler(&logged, nil)))
	for i, file := range files {
		if told := strings.Count(logged.String(), "chmod 600 "+file); told != min(i, 1) {
			t.Errorf("%s is named %d times:\n%s", file, told, &logged)
		}
	}
	if strings.Contains(logged.String(), "hunter") {
		t.Errorf("a secret was logged:\n%s", &logged)
	}
}

func TestNodesOfSecretsSettingsStayAsTheyAre(t *testing.T) {
	settings := Settings{ClusterKeyFile: "k"}
	if got := settings.withoutFiles(); got.ClusterKeyFile != "" || settings.ClusterKeyFile != "k" {
		t.Errorf("%q, %q", got.ClusterKeyFile, settings.ClusterKeyFile)
	}
	if !slices.Contains(environment(settings.withoutFiles()), "ROLLCALL_CLUSTER_KEY_FILE=") {
		t.Error("a variable of the supervisor reaches the nodes")
	}
}

// A key is replaced node by node, by way of both.
func TestAFileMayHoldSeveralClusterKeys(t *testing.T) {
	withoutEnvironment(t)
	want := []string{"hunter2 hunter2 hunter2", "hunter3 hunter3 hunter3"}
	for _, text := range []string{strings.Join(want, "\n") + "\n", strings.Join(want, ","), strings.Join(want, "\r\n\r\n")} {
		if got := serveCmd(t, "--cluster-key-file", secretFile(t, text, 0o600)).ClusterKey; !slices.Equal(got, want) {
			t.Errorf("%q gives %q", text, got)
		}
	}
}

// The doctor takes the flags of serve, and reads each file once, as that does.
func TestTheDoctorTakesSecretsFromFiles(t *testing.T) {
	withoutEnvironment(t)
	file := secretFile(t, "swordfish of the cluster", 0o600)
	got := parsed(t, []string{"doctor", "--cluster-key-file", file, "--admin-token-file", file}).Doctor
	if !slices.Equal(got.ClusterKey, []string{"swordfish of the cluster"}) || got.AdminToken != "swordfish of the cluster" {
		t.Errorf("%q, %q", got.ClusterKey, got.AdminToken)
	}
	if _, _, err := parse([]string{"doctor", "--cluster-key", "something else entirely", "--cluster-key-file", file}, t.Output()); err == nil {
		t.Error("both are taken")
	}
}
