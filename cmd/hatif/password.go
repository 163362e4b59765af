package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"hatif/config"
	"hatif/store"
	"hatif/web"
)

type passwordCmd struct {
	Account string `arg:"" optional:"" default:"admin" help:"Whose (${default})."`
	New     bool   `help:"Make the account, an administrator's, if there is none of the name."`
}

// Run gives an account of the console a password that is good for one log-on, and logs it off everywhere.
func (p passwordCmd) Run(c *cli, out io.Writer, log *slog.Logger) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	return beside(cfg, log, true, func(ctx context.Context, db *store.DB) error {
		password, err := web.NewPassword(ctx, db, p.Account, p.New)
		if errors.Is(err, store.ErrNoAccount) {
			return fmt.Errorf("%w: --new makes it", err)
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s can log on to the console once with the password %s\n", p.Account, password)
		return err
	})
}
