package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"hatif/config"
	"hatif/internal/app"
)

type runCmd struct{}

// Run writes the file if there is none, starts, and serves until SIGTERM or SIGINT; a second one ends the calls that
// are still in progress. SIGHUP and a change of the file apply it.
func (runCmd) Run(c *cli, out io.Writer, log *slog.Logger) error {
	fresh, err := ensureFile(c.Config)
	if err != nil {
		return err
	}
	if fresh {
		if err := sayWritten(out, c.Config); err != nil {
			return err
		}
	}
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	if c.Pprof != "" {
		closeProfiles, err := serveProfiles(ctx, c.Pprof, log)
		if err != nil {
			return err
		}
		defer closeProfiles()
	}
	// From here on a signal ends hatif in order, even one that comes before it is ready.
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer close(signals) // after Stop, when nobody sends any more
	defer signal.Stop(signals)
	warnOfReaders(c.Config, log)
	leaveCore()
	a, err := app.New(ctx, cfg, log)
	if err != nil {
		return err
	}
	if err := a.Describe(ctx, out, c.Config, fresh); err != nil {
		return errors.Join(err, a.Close())
	}
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		config.Watch(ctx, c.Config, a.InForce, func() { a.ReloadAndTell(c.Config, "the file has changed") })
	}()
	go onSignals(ctx, signals, a, c.Config, log, stop)
	go giveBack(ctx)

	err = a.Run(ctx)
	stop()
	<-watched
	return err
}

// onSignals turns signals into calls of a until hatif is over.
func onSignals(ctx context.Context, signals <-chan os.Signal, a *app.App, file string, log *slog.Logger, stop func()) {
	for s := range signals {
		switch {
		case s == syscall.SIGHUP:
			a.ReloadAndTell(file, "SIGHUP")
		case ctx.Err() == nil:
			log.Info("stopping: no new calls; once more to end those in progress", "signal", s.String())
			stop()
		default:
			log.Info("ending the calls in progress", "signal", s.String())
			a.EndCalls()
		}
	}
}

// ensureFile writes the shipped file when there is none and reports whether it did.
func ensureFile(path string) (bool, error) {
	_, err := os.Stat(path)
	switch {
	case err == nil:
		return false, nil
	case !errors.Is(err, fs.ErrNotExist):
		return false, err
	}
	return true, config.WriteSample(path)
}

// leaveCore counts the media loop's core as one of the machine's: the engine adds a P of Go's scheduler for each of its
// loops, and as many for the rest as there are cores would be one more than can run. What a call needs at its beginning
// and its end are some fifty short pieces of work; with a P idle, Go wakes a thread for each of them, which on two cores
// costs a quarter of the whole. GOMAXPROCS in the environment is stronger.
func leaveCore() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(max(1, runtime.GOMAXPROCS(0)-1))
	}
}

// warnOfReaders tells when everybody on the machine can read the secrets in the file.
func warnOfReaders(path string, log *slog.Logger) {
	const others = 0o004
	if info, err := os.Stat(path); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&others != 0 {
		log.Warn("everybody on this machine can read the secrets in the file", "file", path, "remedy", "chmod o= "+path)
	}
}

type initCmd struct{}

// Run writes the shipped file; one that is there already is an error.
func (initCmd) Run(c *cli, out io.Writer) error {
	if err := config.WriteSample(c.Config); err != nil {
		return err
	}
	return sayWritten(out, c.Config)
}

func sayWritten(out io.Writer, path string) error {
	_, err := fmt.Fprintf(out, "%s is written, with fresh secrets.\n", path)
	return err
}
