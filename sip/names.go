package sip

import (
	"slices"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// maxNames is how many names of ours a phone may teach us; more are not remembered.
const maxNames = 8

// names are the hosts by which accounts have reached us. Nobody tells us all of them: phones are configured with a name
// of the DNS, or an address of the router before us.
type names struct {
	mu     sync.Mutex
	byUser map[string][]string // guarded by mu
}

// learn takes the names in a request whose sender has proved to be an account.
func (n *names) learn(user string, req *sip.Request) {
	if user == "" {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	known := n.byUser[user]
	for _, host := range []string{req.Recipient.Host, req.To().Address.Host, req.From().Address.Host} {
		if host == "" || len(known) >= maxNames || named(known, host) {
			continue
		}
		if n.byUser == nil {
			n.byUser = make(map[string][]string)
		}
		known = append(known, strings.Clone(host))
		n.byUser[user] = known
	}
}

// of are the names that an account has used.
func (n *names) of(user string) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.byUser[user])
}

func named(hosts []string, host string) bool {
	return slices.ContainsFunc(hosts, func(h string) bool { return sameHost(h, host) })
}

// foreign reports whether a host that the party names is certainly not us. Of an account that has not sent a request
// since we started we do not know by what names it calls us.
func (d *Dialog) foreign(host string) bool {
	known := d.ua.names.of(d.account.User)
	if len(known) == 0 {
		return false
	}
	d.mu.Lock()
	peer := d.peer
	known = append(known, d.local.Address.Host, d.remote.Address.Host)
	d.mu.Unlock()
	ours, _ := d.ua.contactAddr(peer)
	known = append(known, ours, d.ua.config.Realm)
	for _, s := range d.ua.udp {
		known = append(known, s.at.Addr().String())
	}
	for _, l := range d.ua.listeners {
		known = append(known, addrPortOf(l.Addr()).Addr().String())
	}
	return !named(known, host)
}
