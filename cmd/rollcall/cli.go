package main

import (
	"context"
	"io"
	"os"
	"reflect"
	"time"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"github.com/rollcall/rollcall/protos/problem"
)

// commandLine is all that can be asked of the program.
type commandLine struct {
	Serve   ServeCmd   `cmd:"" help:"Run one node."`
	Cluster ClusterCmd `cmd:"" help:"Run several nodes on this machine, and keep them running."`
	DB      DBCmd      `cmd:"" name:"db" help:"Look after the user store."`
	Doctor  DoctorCmd  `cmd:"" help:"Look for what would keep a node from working."`
	Token   TokenCmd   `cmd:"" help:"Print a token of a user, for trying --auth jwt."`
	Users   UsersCmd   `cmd:"" help:"Add, remove, list and import users."`
	Version VersionCmd `cmd:"" help:"Print the version."`
}

// command is what the arguments ask for, checked and ready to run.
type command struct{ context *kong.Context }

// parse reads the arguments and the environment. It returns no command if there
// is nothing left to do, because help was asked for and is printed.
func parse(args []string, stdout io.Writer) (_ *command, code int, err error) {
	exited := false
	parser, err := kong.New(&commandLine{},
		kong.Name("rollcall"),
		kong.Description("Who is in this room, and who are they? Rollcall answers exactly, on any node of a cluster, to stock Socket.IO clients."),
		kong.Writers(stdout, io.Discard),
		kong.Exit(func(c int) { exited, code = true, c }),
		kong.Vars{"name": defaultName(), "listen": defaultListen},
		kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(decodeDuration)),
		kong.TypeMapper(reflect.TypeFor[time.Time](), kong.MapperFunc(decodeMoment)),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
		kong.ExplicitGroups(helpGroups()),
	)
	if err != nil {
		return nil, 0, err // a mistake in a struct tag
	}
	for i, arg := range args {
		if !utf8.ValidString(arg) { // kong would make U+FFFD of the rest, and one text of several
			return nil, 0, problem.New(problem.Invalid, "argument %d is not valid UTF-8: %q", i+1, arg)
		}
	}
	parsed, err := parser.Parse(args)
	if exited {
		return nil, code, nil
	}
	if err != nil {
		return nil, 0, err
	}
	return &command{parsed}, 0, nil
}

func (c *command) run(ctx context.Context, stdout, stderr io.Writer) error {
	c.context.BindTo(ctx, (*context.Context)(nil))
	return c.context.Run(streams{os.Stdin, stdout, stderr})
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader // read by a node that watches for its supervisor's end, and by users import -
	out, err io.Writer
}

func helpGroups() []kong.Group {
	return []kong.Group{
		{Key: "local", Title: "The local cluster:"},
		{Key: "addresses", Title: "Name and addresses:"},
		{Key: "cluster", Title: "The cluster:"},
		{Key: "storage", Title: "Users and their changes:"},
		{Key: "tls", Title: "TLS:"},
		{Key: "access", Title: "Who may:"},
		{Key: "clients", Title: "Clients:"},
		{Key: "operators", Title: "Operators:"},
		{Key: "log", Title: "Log:"},
	}
}
