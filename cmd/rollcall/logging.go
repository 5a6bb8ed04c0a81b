package main

import (
	"io"
	"log/slog"
	"os"

	"github.com/lmittmann/tint"
	"github.com/mattn/go-isatty"
)

// Logging says what is logged, and how.
type Logging struct {
	LogLevel  string `group:"log" env:"ROLLCALL_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL" help:"Least important lines that are logged: debug, info, warn or error. [${default}]"`
	LogFormat string `group:"log" env:"ROLLCALL_LOG_FORMAT" enum:"text,json" default:"text" placeholder:"FORMAT" help:"text for people, json for programs. Colours are used on a terminal, unless NO_COLOR is set. [${default}]"`
}

// logger returns a logger that writes to w.
func (l Logging) logger(w io.Writer) *slog.Logger {
	var level slog.Level // of an enum, all of which slog knows
	if err := level.UnmarshalText([]byte(l.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	if l.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(tint.NewTextHandler(w, &tint.Options{
		Level:      level,
		TimeFormat: "15:04:05.000",
		NoColor:    !colourful(w),
	}))
}

// colourful tells whether w shows colours: it is a terminal, and the user has
// not asked for none (no-color.org).
func colourful(w io.Writer) bool { return os.Getenv("NO_COLOR") == "" && isTerminal(w) }

// isTerminal tells whether a person is at the other end of w, which is a reader or a
// writer.
func isTerminal(w any) bool {
	file, ok := w.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}
