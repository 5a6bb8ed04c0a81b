package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/protos/problem"
)

// longestRecord is how many bytes a line of a file of users may have, or a record of
// CSV: what is longer is no list of users, or a quote that never closes.
const longestRecord = 64 << 10

// recordsIn returns the users in a file of that name. What is none is told to refuse,
// by its line; an error ends the file. What is left open by the name, the first byte decides.
func recordsIn(name string, file io.Reader, refuse func(line int, why error)) (iter.Seq2[identity.Record, error], error) {
	in := bufio.NewReader(file)
	head, err := in.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, problem.Wrap(err, problem.Invalid, "cannot read the users")
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return nil, problem.New(problem.Invalid, "the file is UTF-16: save it as UTF-8")
	}
	if rest, found := bytes.CutPrefix(head, []byte("\xef\xbb\xbf")); found { // a byte order mark
		head = rest
		_, _ = in.Discard(3)
	}
	head = bytes.TrimLeft(head, " \t\r\n")
	isJSON := bytes.HasPrefix(head, []byte("{"))
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv":
		return csvRecords(in, refuse), nil
	case ".json", ".jsonl", ".ndjson":
		isJSON = true
	}
	if list, found := bytes.CutPrefix(head, []byte("[")); found && (isJSON || bytes.HasPrefix(bytes.TrimLeft(list, " \t\r\n"), []byte("{"))) {
		return nil, problem.New(problem.Invalid, "the file is one JSON array: write each user on a line of its own, as jq -c '.[]' does")
	}
	if isJSON {
		return jsonRecords(in, refuse), nil
	}
	return csvRecords(in, refuse), nil
}

// jsonRecords reads JSON lines. Fields besides id_user, name and profile do not matter.
func jsonRecords(in io.Reader, refuse func(line int, why error)) iter.Seq2[identity.Record, error] {
	return func(yield func(identity.Record, error) bool) {
		lines := bufio.NewScanner(in)
		lines.Buffer(nil, longestRecord)
		line := 0
		for lines.Scan() {
			line++
			if len(bytes.TrimSpace(lines.Bytes())) == 0 {
				continue
			}
			r, err := jsonRecord(lines.Bytes())
			if err != nil {
				refuse(line, err)
				continue
			}
			r.Line = line
			if !yield(r, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(identity.Record{}, unreadable(err, line+1))
		}
	}
}

func jsonRecord(text []byte) (r identity.Record, err error) {
	fields, err := identity.ParseFields(text)
	if err == nil {
		r.ID, err = fields.Text("id_user")
	}
	if err == nil {
		r.Name, err = fields.Text("name")
	}
	r.Profile = fields["profile"]
	return r, err
}

func unreadable(err error, line int) error {
	if errors.Is(err, bufio.ErrTooLong) {
		return problem.New(problem.Invalid, "what begins on line %d has more than %d bytes: is it a list of users, and does each quote close?", line, longestRecord)
	}
	return problem.Wrap(err, problem.Invalid, "cannot read the users from line %d on", line)
}

// csvRecords reads CSV (RFC 4180). With a header, the columns may be in any order, one
// of them may be profile, and others do not matter.
func csvRecords(in io.Reader, refuse func(line int, why error)) iter.Seq2[identity.Record, error] {
	return func(yield func(identity.Record, error) bool) {
		bounded := &boundedReader{in: in}
		reader := csv.NewReader(bounded)
		reader.FieldsPerRecord = -1 // checked here, where one can go on
		reader.ReuseRecord = true
		columns, next := csvColumns{width: 2, name: 1, profile: -1}, 1
		for first := true; ; first = false {
			fields, err := reader.Read()
			bounded.from = reader.InputOffset()
			bad, torn := errors.AsType[*csv.ParseError](err)
			switch {
			case errors.Is(err, io.EOF):
				return
			case torn:
				next = bad.Line + 1
				refuse(bad.StartLine, badCSV(bad))
				continue
			case err != nil:
				yield(identity.Record{}, unreadable(err, next))
				return
			}
			line, _ := reader.FieldPos(0)
			next = line + 1
			if first {
				header, found, err := csvHeader(fields)
				if err != nil {
					yield(identity.Record{}, err)
					return
				}
				if found {
					columns = header
					continue
				}
			}
			if len(fields) != columns.width {
				refuse(line, problem.New(problem.Invalid, "it has %d fields, not %d: write id_user,name, and quotes around a text with a comma", len(fields), columns.width))
				continue
			}
			r := identity.Record{Line: line, ID: fields[columns.id], Name: fields[columns.name]}
			if columns.profile >= 0 {
				r.Profile = json.RawMessage(fields[columns.profile])
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

func badCSV(err *csv.ParseError) error {
	if err.Line > err.StartLine {
		return problem.New(problem.Invalid, "it has a quote too few, so that all until line %d was left out", err.Line)
	}
	return problem.New(problem.Invalid, "it has a quote in the wrong place, or one too few")
}

// csvColumns says where the fields of a user are.
type csvColumns struct {
	width, id, name int
	profile         int // -1 for none
}

// csvHeader returns what the first record says if it is a header, and an error if it
// is one of another file.
func csvHeader(fields []string) (columns csvColumns, found bool, err error) {
	columns = csvColumns{
		width: len(fields), id: slices.Index(fields, "id_user"), name: slices.Index(fields, "name"),
		profile: slices.Index(fields, "profile"),
	}
	if columns.id >= 0 && columns.name >= 0 {
		return columns, true, nil
	}
	if slices.ContainsFunc(fields, func(f string) bool { return strings.EqualFold(f, "name") || strings.EqualFold(f, "id_user") }) {
		return columns, false, problem.New(problem.Invalid, "line 1 looks like a header, %.80q: it must name the columns id_user and name", strings.Join(fields, ","))
	}
	return columns, false, nil
}

// boundedReader fails when a record of CSV becomes too long, which csv.Reader would
// keep in memory whole.
type boundedReader struct {
	in   io.Reader
	read int64
	from int64 // where the record begins
	over bool
}

// Read reads on.
func (b *boundedReader) Read(p []byte) (int, error) {
	const ahead = 4096 // csv.Reader's buffer
	if b.over = b.over || b.read-b.from > longestRecord+ahead; b.over {
		return 0, bufio.ErrTooLong
	}
	n, err := b.in.Read(p)
	b.read += int64(n)
	return n, err
}
