package app

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"text/tabwriter"

	"hatif/config"
	"hatif/web"
)

// Describe writes on one screen what somebody who has just started hatif needs: where phones log on, as whom, what
// to dial, and where data goes. Secrets are shown only when asked for: at the first start.
func (a *App) Describe(ctx context.Context, w io.Writer, file string, secrets bool) error {
	s := a.settings.Load()
	cfg := s.cfg
	var b strings.Builder
	fmt.Fprintf(&b, "\nhatif is ready.\n\n  Phones log on at  %s\n", strings.Join(a.reachable(), "\n                    "))
	fmt.Fprintf(&b, "  Dial              %s\n", strings.Join(s.numbers(), "\n                    "))
	fmt.Fprintf(&b, "  Settings          %s (save it and it takes effect)\n", file)
	fmt.Fprintf(&b, "  Data              %s\n", cfg.Data)
	fmt.Fprintf(&b, "  Recordings        %s\n", cfg.Recorder().Folder)
	fmt.Fprintf(&b, "  Call log          hatif calls\n")
	if err := a.describeConsole(ctx, &b); err != nil {
		return err
	}
	b.WriteByte('\n')
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  USER\tNAME\tSECRET\tGROUP\tQUEUE")
	for _, number := range slices.Sorted(maps.Keys(cfg.Users)) {
		u := cfg.Users[number]
		secret := u.Secret
		if !secrets {
			secret = "(in the file)"
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\n", number, u.Name, secret, u.Context, u.Queue)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// describeConsole tells where the console is and, as long as nobody can log on to it, makes an account for that.
func (a *App) describeConsole(ctx context.Context, b *strings.Builder) error {
	if a.console == nil {
		return nil
	}
	fmt.Fprintf(b, "  Console           %s\n", strings.Join(everywhere(a.console.Addr()), "\n                    "))
	account, password, err := web.FirstPassword(ctx, a.store)
	if err != nil {
		return fmt.Errorf("console: the first account: %w", err)
	}
	if password != "" {
		fmt.Fprintf(b, "                    log on once as %s with the password %s\n", account, password)
	}
	return nil
}

// numbers are what people can dial that is written out, with the groups that can: "0777 (incoming)". Codes of the phone
// come after numbers.
func (s *settings) numbers() []string {
	type line struct {
		numbers, groups []string
		code            bool
	}
	groups := make(map[string][]string)
	var order []string
	for _, context := range s.cfg.Contexts.Contexts() {
		if !slices.ContainsFunc(slices.Collect(maps.Values(s.cfg.Users)), func(u config.User) bool { return u.Context == context }) {
			continue
		}
		for _, number := range s.plan.Numbers(context) {
			if groups[number] == nil {
				order = append(order, number)
			}
			groups[number] = append(groups[number], context)
		}
	}
	var lines []*line
	for _, number := range order {
		code := strings.HasPrefix(number, "*") || strings.HasPrefix(number, "#")
		i := slices.IndexFunc(lines, func(l *line) bool { return l.code == code && slices.Equal(l.groups, groups[number]) })
		if i < 0 {
			i, lines = len(lines), append(lines, &line{groups: groups[number], code: code})
		}
		lines[i].numbers = append(lines[i].numbers, number)
	}
	slices.SortStableFunc(lines, func(a, b *line) int {
		switch {
		case a.code == b.code:
			return 0
		case b.code:
			return -1
		}
		return 1
	})
	list := make([]string, len(lines))
	for i, l := range lines {
		list[i] = fmt.Sprintf("%s (%s)", strings.Join(l.numbers, ", "), strings.Join(l.groups, ", "))
	}
	return list
}

// reachable are the addresses listened on, with those of this machine in the place of 0.0.0.0.
func (a *App) reachable() []string {
	var all []string
	for _, l := range a.Addrs() {
		all = append(all, everywhere(l)...)
	}
	return all
}

// everywhere is an address listened on, such as udp://0.0.0.0:5060, or those of this machine in its place.
func everywhere(l string) []string {
	scheme, hostPort, _ := strings.Cut(l, "://")
	ap, err := netip.ParseAddrPort(hostPort)
	if err != nil || !ap.Addr().IsUnspecified() {
		return []string{l}
	}
	var all []string
	for _, addr := range ownAddrs() {
		all = append(all, fmt.Sprintf("%s://%s", scheme, netip.AddrPortFrom(addr, ap.Port())))
	}
	return all
}

// ownAddrs are this machine's IPv4 addresses, the loopback last.
func ownAddrs() []netip.Addr {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	}
	var addrs []netip.Addr
	for _, f := range found {
		if p, err := netip.ParsePrefix(f.String()); err == nil && p.Addr().Is4() && !p.Addr().IsLinkLocalUnicast() {
			addrs = append(addrs, p.Addr())
		}
	}
	slices.SortStableFunc(addrs, func(x, y netip.Addr) int {
		switch {
		case x.IsLoopback() == y.IsLoopback():
			return x.Compare(y)
		case x.IsLoopback():
			return 1
		}
		return -1
	})
	return addrs
}
