package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// An account is one user of the target.
type account struct{ user, secret string }

// accounts are the callers and the agents of a run.
type accounts struct{ callers, agents []account }

// findAccounts reads the accounts file, or else makes accounts by the patterns.
func findAccounts(o options) (accounts, error) {
	agents := o.Agents
	if agents == 0 {
		agents = o.Callers
	}
	if o.Accounts == "" {
		return accounts{
			callers: patterned(o.CallerUser, o.CallerSecret, o.First, o.Callers),
			agents:  patterned(o.AgentUser, o.AgentSecret, o.First, agents),
		}, nil
	}
	f, err := os.Open(o.Accounts)
	if err != nil {
		return accounts{}, err
	}
	all, err := readAccounts(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return accounts{}, fmt.Errorf("%s: %w", o.Accounts, err)
	}
	if len(all.callers) < o.Callers {
		return accounts{}, fmt.Errorf("%s has %d callers, not %d", o.Accounts, len(all.callers), o.Callers)
	}
	if o.Scenario != "register" && len(all.agents) == 0 {
		return accounts{}, fmt.Errorf("%s has no agents", o.Accounts)
	}
	all.callers = all.callers[:o.Callers]
	all.agents = all.agents[:min(agents, len(all.agents))]
	return all, nil
}

func patterned(user, secret string, first, n int) []account {
	all := make([]account, n)
	for i := range all {
		all[i] = account{user: number(user, first+i), secret: number(secret, first+i)}
	}
	return all
}

// number fills a pattern that has a place for a number.
func number(pattern string, n int) string {
	if !strings.Contains(pattern, "%") {
		return pattern
	}
	return fmt.Sprintf(pattern, n)
}

// readAccounts reads lines of user,secret,role; a first line with those words is a heading.
func readAccounts(r io.Reader) (accounts, error) {
	c := csv.NewReader(r)
	c.FieldsPerRecord = 3
	c.TrimLeadingSpace = true
	c.Comment = '#'
	var all accounts
	for {
		rec, err := c.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return accounts{}, err
		}
		a := account{user: rec[0], secret: rec[1]}
		line, _ := c.FieldPos(2)
		switch role := strings.TrimSpace(rec[2]); {
		case role == "caller":
			all.callers = append(all.callers, a)
		case role == "agent":
			all.agents = append(all.agents, a)
		case role == "role" && line == 1:
		default:
			return accounts{}, fmt.Errorf("line %d: role %q is neither caller nor agent", line, role)
		}
	}
}
