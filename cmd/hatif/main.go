// Command hatif is a call centre and PBX in one program. Without a command it runs; see `hatif --help`.
//
// The package holds flags, signals and exit codes and nothing else: what hatif does is in internal/app.
package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"

	"github.com/alecthomas/kong"

	"hatif/internal/app"
)

// cli is every command and flag. Exit codes: 0 done, 1 what was asked could not be done, 2 it was asked wrongly.
type cli struct {
	Config string `short:"c" default:"hatif.yaml" type:"path" help:"The file (${default})."`
	Log    string `enum:"text,json" default:"text" help:"How logs are written: text or json (${default})."`
	Debug  bool   `help:"Log more."`
	Pprof  string `placeholder:"HOST:PORT" help:"Serve Go profiles there, for engineers: 127.0.0.1:6060."`

	Run     runCmd     `cmd:"" default:"withargs" help:"Run the call centre; writes the file first if there is none."`
	Init    initCmd    `cmd:"" help:"Write the file with fresh secrets and stop."`
	Check   checkCmd   `cmd:"" help:"Look for mistakes in the file, prompts included."`
	Explain explainCmd `cmd:"" help:"Tell which way a call would take, without a phone."`
	Calls   callsCmd   `cmd:"" help:"List the call log, newest first."`

	Requests requestsCmd `cmd:"" help:"List the numbers that callers have left to be called back, or mark one."`
	Ratings  ratingsCmd  `cmd:"" help:"List what callers thought of their conversations, newest first."`
	Owed     owedCmd     `cmd:"" help:"List the calls that hatif owes, or cancel one."`
	Call     callCmd     `cmd:"" help:"Let hatif call somebody at a time, and run a context when they answer."`

	Agents   agentsCmd   `cmd:"" help:"List the agents of the queues and what they do, or log on, log off or pause one."`
	Stats    statsCmd    `cmd:"" help:"Show figures of queues and agents: offered, answered, service level, waits, times."`
	QueueLog queueLogCmd `cmd:"" help:"Write what happened in the queues, event by event, also as Asterisk's queue_log."`
	Simulate simulateCmd `cmd:"" help:"Foresee waits, service level and abandonment of a queue by its number of agents."`

	Password passwordCmd `cmd:"" help:"Give an account of the console a password for one log-on; who has no account gets one."`

	Hash        hashCmd          `cmd:"" help:"Make of a PIN what may stand in the file in its place."`
	ShowVersion kong.VersionFlag `name:"version" help:"Say which hatif this is."`

	Version versionCmd `cmd:"" help:"Say which hatif this is."`
}

func main() { os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr)) }

// Main runs one command line and returns the exit code; tests call it in place of the process.
func Main(args []string, stdout, stderr io.Writer) int {
	var c cli
	code := -1
	parser, err := kong.New(&c,
		kong.Name("hatif"),
		kong.Description("A call centre and PBX in one program."),
		kong.Vars{"version": "hatif " + version()},
		kong.Writers(stdout, stderr),
		kong.Exit(func(n int) { code = n }),
		kong.UsageOnError(),
		kong.BindTo(stdout, (*io.Writer)(nil)),
	)
	if err != nil {
		complain(stderr, "hatif: %v\n", err)
		return 1
	}
	command, err := parser.Parse(args)
	if code >= 0 { // --help has been answered
		return code
	}
	if err != nil {
		complain(stderr, "hatif: %v\nTry hatif --help.\n", err)
		return 2
	}
	if err := command.Run(&c, c.logger(stderr)); err != nil {
		complain(stderr, "hatif: %v\n", err)
		return 1
	}
	return 0
}

// complain says why the exit code is not 0.
func complain(stderr io.Writer, format string, err error) {
	fmt.Fprintf(stderr, format, err) //nolint:errcheck // with nobody to read it there is nobody to tell; the exit code stays
}

// logger writes for people, or JSON for machines.
func (c *cli) logger(w io.Writer) *slog.Logger {
	level := slog.LevelInfo
	if c.Debug {
		level = slog.LevelDebug
	}
	if c.Log == "json" {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(newConsole(w, level))
}

type versionCmd struct{}

func (versionCmd) Run(out io.Writer) error {
	_, err := fmt.Fprintln(out, "hatif", version())
	return err
}

// version is hatif's and Go's.
func version() string { return app.Version() + " " + runtime.Version() }
