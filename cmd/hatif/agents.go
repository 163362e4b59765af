package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"hatif/config"
	"hatif/internal/fault"
	"hatif/store"
)

type agentsCmd struct {
	Queue string `help:"Only agents of this queue; with --log-on and --log-off that queue alone."`

	LogOn   string `xor:"what" placeholder:"NUMBER" help:"This one serves their queues from now on."`
	LogOff  string `xor:"what" placeholder:"NUMBER" help:"This one serves them no more."`
	Pause   string `xor:"what" placeholder:"NUMBER" help:"This one takes no calls of queues for a while."`
	Unpause string `xor:"what" placeholder:"NUMBER" help:"This one takes them again."`
	Ready   string `xor:"what" placeholder:"NUMBER" help:"The wrap-up of this one is over."`
	Reason  string `help:"With --pause: why. One of the file's pause_reasons, if it has any."`
}

// orderPatience is how long a command waits for a running hatif to see it.
const orderPatience = 3 * time.Second

// Run lists the agents, beside a hatif that may be running, or leaves it an order.
func (a agentsCmd) Run(c *cli, out io.Writer, log *slog.Logger) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	if _, known := cfg.Queues[a.Queue]; a.Queue != "" && !known {
		return fmt.Errorf("there is no queue %q", a.Queue)
	}
	for _, o := range []struct{ user, action string }{
		{a.LogOn, store.OrderLogOn}, {a.LogOff, store.OrderLogOff}, {a.Pause, store.OrderPause},
		{a.Unpause, store.OrderUnpause}, {a.Ready, store.OrderReady},
	} {
		if o.user != "" {
			return a.order(cfg, out, log, o.user, o.action)
		}
	}
	if a.Reason != "" {
		return errors.New("--reason belongs to --pause")
	}
	return beside(cfg, log, false, func(ctx context.Context, db *store.DB) error {
		rows, err := db.Agents(ctx)
		if err != nil {
			return err
		}
		return a.list(out, cfg, rows)
	})
}

// order leaves it to the hatif that runs, and tells whether it was seen.
func (a agentsCmd) order(cfg *config.Config, out io.Writer, log *slog.Logger, user, action string) error {
	o := store.AgentOrder{ID: rand.Text(), Created: time.Now(), User: user, Action: action, Queue: a.Queue, Reason: a.Reason}
	u, known := cfg.Users[user]
	switch reasons := cfg.PauseReasons; {
	case !known:
		return fmt.Errorf("the file has no user %q%s", user, fault.DidYouMean(user, slices.Collect(maps.Keys(cfg.Users))))
	case u.Type == "user":
		return fmt.Errorf("user %s only calls (type: user) and is no agent", user)
	case action == store.OrderPause && len(reasons) > 0 && !slices.Contains(reasons, a.Reason):
		return fmt.Errorf("say why: --reason %s", strings.Join(reasons, ", --reason "))
	case action != store.OrderPause && a.Reason != "":
		return errors.New("--reason belongs to --pause")
	case action != store.OrderLogOn && action != store.OrderLogOff && a.Queue != "":
		return errors.New("--queue belongs to --log-on and --log-off: pauses and wrap-ups are the same in all queues")
	}
	return beside(cfg, log, true, func(ctx context.Context, db *store.DB) error {
		rows, err := db.Agents(ctx)
		if err != nil {
			return err
		}
		if len(serves(cfg, user, rowOf(rows, user))) == 0 && (action != store.OrderLogOn || a.Queue == "") {
			return fmt.Errorf("%s serves no queue", user)
		}
		if err := db.AddAgentOrder(ctx, o); err != nil {
			return err
		}
		for deadline := time.Now().Add(orderPatience); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
			left, err := db.AgentOrders(ctx)
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(left, func(other store.AgentOrder) bool { return other.ID == o.ID }) {
				_, err := fmt.Fprintf(out, "%s: %s.\n", user, action)
				return err
			}
		}
		_, err = fmt.Fprintf(out, "%s: %s, as soon as hatif runs.\n", user, action)
		return err
	})
}

// list writes the agents of the file, and who has logged on beside it.
func (a agentsCmd) list(out io.Writer, cfg *config.Config, rows []store.Agent) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "AGENT\tNAME\tSTATE\tSINCE\tREASON\tQUEUES")
	for _, number := range slices.Sorted(maps.Keys(cfg.Users)) {
		row := rowOf(rows, number)
		queues := serves(cfg, number, row)
		if len(queues) == 0 || a.Queue != "" && !slices.Contains(queues, a.Queue) && !slices.Contains(queues, "("+a.Queue+")") {
			continue
		}
		state, reason := row.State, row.PauseReason
		if state == "" {
			state = "-"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", number, strings.Map(printable, cfg.Users[number].Name), state,
			at(row.Since, cfg.Location), reason, strings.Join(queues, ", "))
	}
	return t.Flush()
}

// serves are the queues of somebody; those that they are logged off from stand in parentheses.
func serves(cfg *config.Config, user string, row store.Agent) []string {
	on := make(map[string]bool)
	for _, served := range cfg.Users[user].Queue {
		on[served.Queue] = !served.LoggedOff
	}
	for _, q := range row.Queues {
		_, theirs := on[q.Queue]
		if _, exists := cfg.Queues[q.Queue]; exists && (theirs || q.On) {
			on[q.Queue] = q.On
		}
	}
	names := slices.Sorted(maps.Keys(on))
	for i, name := range names {
		if !on[name] {
			names[i] = "(" + name + ")"
		}
	}
	return names
}

// rowOf is what is saved of somebody.
func rowOf(rows []store.Agent, user string) store.Agent {
	for _, row := range rows {
		if row.User == user {
			return row
		}
	}
	return store.Agent{}
}
