package config

import (
	"errors"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"hatif/internal/fault"
	"hatif/media"
	"hatif/queue"
	"hatif/voicemail"
)

// A User is a person and their phones. What an entry leaves out comes from defaults.user.
type User struct {
	Name     string            `yaml:"name"`
	Secret   string            `yaml:"secret"`
	Type     string            `yaml:"type"`     // friend: calls and is called; user: only calls; peer: only is called
	Context  string            `yaml:"context"`  // what they may dial
	Queue    Serves            `yaml:"queue"`    // the queues they serve
	Skills   queue.Skills      `yaml:"skills"`   // what they know; calls may require it
	Language string            `yaml:"language"` // prompts they hear; "" is the first of languages
	Codecs   []string          `yaml:"codecs"`   // in order of preference: ulaw, alaw
	Host     string            `yaml:"host"`     // "dynamic", or where the phone is: "192.0.2.7" or "192.0.2.7:5062"
	Phones   int               `yaml:"phones"`   // how many phones may share the user; 0 is sip.max_contacts
	Music    string            `yaml:"music"`    // the class that those hear whom they put on hold; "" is the queue's, or default
	Mailbox  *voicemail.Config `yaml:"mailbox"`  // where messages for them go; nil: they have none
}

// merge fills what u leaves out from d.
func (u User) merge(d User) User {
	for _, p := range []struct{ own, other *string }{
		{&u.Type, &d.Type}, {&u.Context, &d.Context}, {&u.Language, &d.Language}, {&u.Host, &d.Host}, {&u.Secret, &d.Secret}, {&u.Music, &d.Music},
	} {
		if *p.own == "" {
			*p.own = *p.other
		}
	}
	if u.Codecs == nil { // an empty list is a mistake, not the default
		u.Codecs = d.Codecs
	}
	if u.Queue == nil {
		u.Queue = d.Queue
	}
	if u.Skills == nil && len(u.Queue) > 0 {
		u.Skills = d.Skills
	}
	if u.Phones == 0 {
		u.Phones = d.Phones
	}
	if u.Mailbox == nil {
		u.Mailbox = d.Mailbox
	}
	return u
}

// Laws are the user's codecs as media names them.
func (u User) Laws() []media.Law {
	var laws []media.Law
	for _, name := range u.Codecs {
		if law, ok := codecs[name]; ok {
			laws = append(laws, law)
		}
	}
	return laws
}

var codecs = map[string]media.Law{"ulaw": media.MuLaw, "alaw": media.ALaw}

// checkUser finds the mistakes of one merged entry that need no other part of the file.
func checkUser(number string, u User) error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fault.Errorf([]string{"users", number, key}, format, args...))
	}
	if !isAccount(number) {
		errs = append(errs, fault.Errorf([]string{"users", number}, "%q cannot be dialled: a user is named by digits, or letters, digits, dots, dashes", number))
	}
	if u.Secret == "" && (u.Type != "peer" || u.Host == "dynamic") { // one that is only called, at a fixed address, never logs on
		bad("secret", "user %s has no secret: no phone could log on", number)
	}
	if strings.ContainsFunc(u.Name, unicode.IsControl) {
		bad("name", "name %q holds a line end or another sign that cannot be shown: write it in one line", u.Name)
	}
	if types := []string{"friend", "user", "peer"}; !slices.Contains(types, u.Type) {
		bad("type", "type is %q: friend (calls and is called), user (only calls) or peer (only is called)%s", u.Type, fault.DidYouMean(u.Type, types))
	}
	if u.Context == "" && u.Type != "peer" {
		bad("context", "user %s has no context: nothing says what they may dial", number)
	}
	if len(u.Codecs) == 0 {
		bad("codecs", "the list of codecs is empty: no phone could speak; name one, or take the key away")
	}
	for i, c := range u.Codecs {
		if slices.Contains(u.Codecs[:i], c) {
			errs = append(errs, fault.Errorf([]string{"users", number, "codecs", strconv.Itoa(i)}, "%q stands here twice", c))
		}
		if _, ok := codecs[c]; !ok {
			errs = append(errs, fault.Errorf([]string{"users", number, "codecs", strconv.Itoa(i)},
				"codec %q is not known: %s%s", c, strings.Join(slices.Sorted(maps.Keys(codecs)), ", "), fault.DidYouMean(c, slices.Collect(maps.Keys(codecs)))))
		}
	}
	if u.Host != "dynamic" && !isHost(u.Host) {
		bad("host", "host is %q: dynamic, or an address such as 192.0.2.7 or 192.0.2.7:5060", u.Host)
	}
	if u.Phones < 0 {
		bad("phones", "phones is %d: at least 1", u.Phones)
	}
	return errors.Join(errs...)
}

func isAccount(s string) bool {
	return s != "" && strings.Trim(s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_") == ""
}

func isHost(s string) bool {
	if host, port, err := net.SplitHostPort(s); err == nil {
		n, err := strconv.Atoi(port)
		return err == nil && n > 0 && n < 65536 && isHost(host)
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	numbers := strings.Trim(s, "0123456789.") == "" // an address that is none, and no name either
	return isAccount(s) && strings.Contains(s, ".") && !numbers
}
