package supervisor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// mostLog is the size at which a log file is put aside, in bytes.
const mostLog = 32 << 20

// LogFile is a file that keeps what was written last: when it grows over 32 MiB
// it is renamed to path.old, in place of the one before, and a new one begun.
// It is for one goroutine at a time.
type LogFile struct {
	path string
	file *os.File
	size int64
	most int64
}

// OpenLogFile begins a new file at path, for its owner alone, making its folder if need be. A file
// that is there already becomes path.old.
func OpenLogFile(path string) (*LogFile, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	l := &LogFile{path: path, most: mostLog}
	return l, l.begin()
}

func (l *LogFile) begin() error {
	if err := os.Rename(l.path, l.path+".old"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	l.file, l.size = file, 0
	return nil
}

// Write appends p, which is never divided between two files.
func (l *LogFile) Write(p []byte) (int, error) {
	if l.size > 0 && l.size+int64(len(p)) > l.most {
		if err := errors.Join(l.file.Close(), l.begin()); err != nil {
			return 0, err
		}
	}
	n, err := l.file.Write(p)
	l.size += int64(n)
	return n, err
}

// Close closes the file.
func (l *LogFile) Close() error { return l.file.Close() }
