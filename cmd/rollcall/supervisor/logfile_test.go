package supervisor

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLogFileKeepsTheNewest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "logs", "cluster.log")
	earlier, err := OpenLogFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, earlier, "earlier")
	if err := earlier.Close(); err != nil {
		t.Fatal(err)
	}

	l, err := OpenLogFile(path)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, path+".old", "earlier")
	l.most = 10
	write(t, l, "12345")
	write(t, l, "67890")
	expect(t, path, "1234567890")
	write(t, l, "longer than the most")
	expect(t, path, "longer than the most")
	expect(t, path+".old", "1234567890")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, l *LogFile, text string) {
	t.Helper()
	if n, err := l.Write([]byte(text)); n != len(text) || err != nil {
		t.Fatalf("Write = %d, %v", n, err)
	}
}

func expect(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", filepath.Base(path), got, err, want)
	}
}
