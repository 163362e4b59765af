package main

import (
	"fmt"
	"io"

	"hatif/config"
	"hatif/dialplan"
	"hatif/internal/app"
	"hatif/internal/fault"
)

type checkCmd struct{}

// Run looks for mistakes as a start would, without touching anything.
func (checkCmd) Run(c *cli, out io.Writer) error {
	cfg, plan, err := compile(c.Config)
	if err != nil {
		return err
	}
	if err := cfg.Located(fault.Under(cfg.Web.ValidateFiles(), "web")); err != nil {
		return err
	}
	odd := cfg.Oddities()
	for _, w := range plan.Warnings() {
		odd = append(odd, cfg.Located(fault.Under(w, "contexts")))
	}
	for _, w := range odd {
		if _, err := fmt.Fprintf(out, "warning: %v\n", w); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(out, "%s is good: %s, %s, %s.\n",
		c.Config, count(len(cfg.Users), "user"), count(len(cfg.Queues), "queue"), count(len(cfg.Contexts.Contexts()), "context"))
	return err
}

// count is "1 queue" or "3 queues".
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

type explainCmd struct {
	From string `required:"" help:"The account that calls: 1001."`
	To   string `required:"" help:"What it dials: 0777."`
	Keys string `help:"The keys it presses on the way: 1."`
}

// Run prints the way of a call.
func (e explainCmd) Run(c *cli, out io.Writer) error {
	_, plan, err := compile(c.Config)
	if err != nil {
		return err
	}
	text, err := plan.Explain(e.From, e.To, e.Keys)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(out, text)
	return err
}

// compile reads the file and makes the plan of it, without the parts that only a running hatif has.
func compile(file string) (*config.Config, *dialplan.Plan, error) {
	cfg, err := config.Load(file)
	if err != nil {
		return nil, nil, err
	}
	plan, err := app.Compile(cfg)
	return cfg, plan, err
}
