package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/protos/problem"
)

// ImportUsersCmd adds many users.
type ImportUsersCmd struct {
	File   string `arg:"" name:"file" help:"CSV, with or without the header id_user,name, which may also have profile; or JSON lines, {\"id_user\": \"…\", \"name\": \"…\", \"profile\": {…}}. In UTF-8. - is standard input."`
	Update bool   `help:"Change users who are there under another name, or with another profile, instead of refusing them."`
	storeFlags
	announcing
}

// Help is shown below the summary of the command.
func (c *ImportUsersCmd) Help() string {
	return `Who is there under the same name, and with the same profile, is left unchanged; a record without a profile says nothing of it. What is refused is printed with its line and the reason, and makes the exit code 1; the rest is imported nevertheless.

Examples:

    rollcall users import people.csv
    rollcall users list --json | rollcall users import - --database-url postgres://rollcall:secret@10.0.0.9/rollcall`
}

// Run prints what was refused, and how many were not.
func (c *ImportUsersCmd) Run(ctx context.Context, std streams) error {
	file, err := c.open(std.in)
	if err != nil {
		return err
	}
	defer file.Close()
	return c.withStore(ctx, std, func(store *identity.Store) error {
		var refused refusals
		records, err := recordsIn(c.File, file, refused.add)
		if err != nil {
			return err
		}
		done, err := store.Import(ctx, records, c.Update, refused.add)
		if err != nil {
			return fmt.Errorf("nothing was imported: %w", err)
		}
		changed, known := "", ""
		if done.Changed > 0 {
			changed = fmt.Sprintf("changed: %d, ", done.Changed)
		}
		if done.Last.Seq > 0 {
			known = "; " + c.announce(ctx, std, c.storeFlags, done.Last)
		}
		refused.print(std.err)
		_, err = fmt.Fprintf(std.out, "added: %d, renamed: %d, %sunchanged: %d, refused: %d%s\n",
			done.Added, done.Renamed, changed, done.Unchanged, refused.count, known)
		if err == nil && refused.count > 0 {
			err = fmt.Errorf("%d users were refused, the others are imported", refused.count)
		}
		return err
	})
}

// open returns the file. What is none is copied to one first: the import must not
// wait for who writes a pipe, as others who write to the store wait for the import.
func (c *ImportUsersCmd) open(in io.Reader) (io.ReadCloser, error) {
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return nil, problem.Wrap(err, problem.Invalid, "cannot read the users")
		}
		info, err := file.Stat()
		switch {
		case err == nil && info.Mode().IsRegular():
			return file, nil
		case err == nil && info.IsDir():
			return nil, errors.Join(problem.New(problem.Invalid, "cannot read the users: %s is a directory; name a file", c.File), file.Close())
		}
		defer file.Close()
		in = file
	}
	copied, err := os.CreateTemp("", "rollcall-users-*")
	if err != nil {
		return nil, fmt.Errorf("keep the users for the import: %w", err)
	}
	_, err = io.Copy(copied, in)
	if err == nil {
		_, err = copied.Seek(0, io.SeekStart)
	}
	err = errors.Join(err, os.Remove(copied.Name())) // it lives on until it is closed
	if err != nil {
		return nil, errors.Join(fmt.Errorf("keep the users for the import: %w", err), copied.Close())
	}
	return copied, nil
}

// mostRefusalsShown is how many refusals are printed. The rest is counted.
const mostRefusalsShown = 20

// refusals are the lines that could not be imported.
type refusals struct {
	count int
	first []refusal
}

type refusal struct {
	line int
	why  string
}

func (r *refusals) add(line int, why error) {
	if r.count++; len(r.first) < mostRefusalsShown {
		r.first = append(r.first, refusal{line, problem.MessageOf(why)})
	}
}

func (r *refusals) print(to io.Writer) {
	slices.SortStableFunc(r.first, func(a, b refusal) int { return cmp.Compare(a.line, b.line) })
	var text strings.Builder
	for _, one := range r.first {
		fmt.Fprintf(&text, "line %d: %s\n", one.line, one.why)
	}
	if more := r.count - len(r.first); more > 0 {
		fmt.Fprintf(&text, "and %d more\n", more)
	}
	_, _ = io.WriteString(to, text.String())
}
