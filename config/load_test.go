package config_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hatif/config"
	"hatif/media"
	"hatif/queue"
)

const small = `
users:
  "2001": {name: Amal, secret: s1, context: agents, queue: arabic}
queues:
  arabic: {strategy: random}
contexts:
  agents:
    "100": echo
`

func TestTheSampleIsGoodAndItsSecretsAreFresh(t *testing.T) {
	first, err := config.Sample()
	if err != nil {
		t.Fatal(err)
	}
	second, err := config.Sample()
	if err != nil {
		t.Fatal(err)
	}
	a, err := config.Parse("hatif.yaml", []byte(first))
	if err != nil {
		t.Fatalf("the sample is not good:\n%v", err)
	}
	b, err := config.Parse("hatif.yaml", []byte(second))
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, cfg := range []*config.Config{a, b} {
		for number, u := range cfg.Users {
			if len(u.Secret) < 16 || seen[u.Secret] {
				t.Errorf("user %s has the secret %q: short, or used before", number, u.Secret)
			}
			seen[u.Secret] = true
		}
	}
	if strings.Contains(first, "<secret>") || strings.Contains(first, "<pin>") {
		t.Error("a placeholder is left in the sample")
	}
}

func TestWhatAnEntryLeavesOutComesFromTheDefaults(t *testing.T) {
	cfg, err := config.Parse("hatif.yaml", []byte(`
defaults: {user: {codecs: [alaw], context: agents}}
languages: [en]
users:
  "2001": {name: Amal, secret: s1}
  "2002": {name: Karim, secret: s2, codecs: [ulaw, alaw], type: peer, host: 192.0.2.7, language: en}
contexts: {agents: {"100": echo}}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := config.User{Name: "Amal", Secret: "s1", Type: "friend", Context: "agents", Codecs: []string{"alaw"}, Host: "dynamic"}
	if diff := cmp.Diff(want, cfg.Users["2001"]); diff != "" {
		t.Error(diff)
	}
	if laws := cfg.Users["2002"].Laws(); len(laws) != 2 || laws[0] != media.MuLaw || laws[1] != media.ALaw {
		t.Errorf("laws = %v, want µ-law before A-law", laws)
	}
	if cfg.RTP.Ports != (config.PortRange{First: 10000, Last: 20000}) || cfg.Store != "sqlite" {
		t.Errorf("defaults: ports %v, store %q", cfg.RTP.Ports, cfg.Store)
	}
}

func TestAUserServesQueuesOnTermsOfEach(t *testing.T) {
	ten := 10 * time.Second
	for written, want := range map[string]config.Serves{
		"arabic":           {{Queue: "arabic"}},
		"[french, arabic]": {{Queue: "french"}, {Queue: "arabic"}},
		"{french: , arabic: {penalty: 2, wrap_up: 10s, logged_off: true}}": {
			{Queue: "arabic", Membership: queue.Membership{Penalty: 2, WrapUp: &ten, LoggedOff: true}}, {Queue: "french"},
		},
	} {
		text := strings.Replace(small, "queue: arabic", "queue: "+written, 1)
		cfg, err := config.Parse("hatif.yaml", []byte(strings.Replace(text, "queues:", "queues:\n  french:", 1)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, cfg.Users["2001"].Queue); diff != "" {
			t.Errorf("%s: %s", written, diff)
		}
	}
}

func TestEachMistakeStandsAtItsPlace(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"no YAML", `contexts:`, "contexts: [", "hatif.yaml:6:"},
		{"an unknown section", `queues:`, "qeues:", `hatif.yaml:4:1: qeues: unknown key "qeues"`},
		{"an unknown key of a user", `secret: s1`, "sekret: s1", `hatif.yaml:3:24: users.2001: unknown key "sekret"`},
		{"an unknown key of a queue", `{strategy: random}`, "{stratgy: random}", `hatif.yaml:5:12: queues.arabic: unknown key "stratgy"`},
		{"a number where text is due", `name: Amal`, "name: [1]", `hatif.yaml:3:18: users.2001.name:`},
		{"a user defined twice", `queues:`, `  "2001": {name: Karim, secret: s2, context: agents}` + "\nqueues:", `hatif.yaml:4:3: users.2001: "2001" is defined twice`},
		{"a section written twice", `contexts:`, "queues: {}\ncontexts:", `hatif.yaml:6:1: queues: "queues" is defined twice`},
		{"a context that is not there", `context: agents`, "context: agnets", `hatif.yaml:3:45: users.2001.context: context "agnets" is not defined; did you mean "agents"?`},
		{"a queue that is not there", `queue: arabic`, "queue: arabik", `users.2001.queue: queue "arabik" is not defined; did you mean "arabic"?`},
		{"an option of a member that there is not", `queue: arabic`, "queue: {arabic: {penlty: 1}}", `hatif.yaml:3:70: users.2001: unknown key "penlty"; did you mean "penalty"?`},
		{"a queue that is there twice", `queue: arabic`, "queue: [arabic, arabic]", `hatif.yaml:3:53: users.2001.queue: queue "arabic" stands here twice`},
		{"an agent in no queue", `queue: arabic`, "queue: []", `users.2001.queue: user 2001 serves no queue`},
		{"terms that are not known", `queue: arabic`, "queue: {arabic: {penality: 1}}", `hatif.yaml:3:70: users.2001: unknown key "penality"`},
		{"a wrap-up below nothing", `queue: arabic`, "queue: {arabic: {wrap_up: -1s}}", `hatif.yaml:3:79: users.2001.queue.arabic.wrap_up: a time cannot be negative`},
		{"a reason that cannot be the name of a prompt", `queues:`, "pause_reasons: [lunch, Tea Time]\nqueues:", `hatif.yaml:4:24: pause_reasons.1: "Tea Time" cannot be a reason`},
		{"a reason that is there twice", `queues:`, "pause_reasons: [lunch, lunch]\nqueues:", `pause_reasons.1: "lunch" stands here twice`},
		{"more reasons than keys", `queues:`, "pause_reasons: [a, b, c, d, e, f, g, h, i, j]\nqueues:", `hatif.yaml:4:1: pause_reasons: 10 reasons: there are keys for 9`},
		{"misses below nothing", `strategy: random`, "max_misses: -1", `queues.arabic.max_misses: misses are counted from 1`},
		{"misses that lead to nothing", `strategy: random`, "on_misses: log_off", `queues.arabic.on_misses: log_off never happens: max_misses says`},
		{"misses that lead to what nobody can do", `strategy: random`, "max_misses: 2, on_misses: shout", `queues.arabic.on_misses: "shout" cannot be done to an agent`},
		{"no secret", `secret: s1, `, "", `hatif.yaml:3:3: users.2001.secret: user 2001 has no secret`},
		{"no secret of somebody who calls from a fixed address", `secret: s1`, "host: 192.0.2.7", `users.2001.secret: user 2001 has no secret`},
		{"a skill too high", `queue: arabic`, "queue: arabic, skills: {billing: 11}", `users.2001.skills.billing: the level of a skill is 1 to 10, not 11`},
		{"a skill with a name that none can have", `queue: arabic`, "queue: arabic, skills: [Billing dept]", `users.2001.skills.Billing dept: "Billing dept" cannot be the name of a skill`},
		{"an overflow to nowhere", `{strategy: random}`, "{overflow: {to: english, after: 20s}}", `hatif.yaml:5:27: queues.arabic.overflow.to: queue "english" is not defined`},
		{"an overflow to itself", `{strategy: random}`, "{overflow: {to: arabic, after: 20s}}", `queues.arabic.overflow.to: callers would go round in a circle: arabic, arabic`},
		{"an overflow in a circle", `arabic: {strategy: random}`, "arabic: {overflow: {to: b, length: 2}}\n  b: {overflow: {to: arabic, length: 2}}", `hatif.yaml:6:22: queues.b.overflow.to: callers would go round in a circle: b, arabic, b`},
		{"hours that never open", `{strategy: random}`, "{hours: {open: {daily: closed}}}", `hatif.yaml:5:20: queues.arabic.hours.open: these hours never open`},
		{"hours that cannot be read", `{strategy: random}`, "{hours: {open: {mon-fri: 9-5}}}", `hatif.yaml:5:36: queues.arabic.hours.open.mon-fri: "9-5" are no hours: "9" is no time of day`},
		{"a time zone that is none", `{strategy: random}`, "{hours: {timezone: Cairo, open: {daily: \"09:00-17:00\"}}}", `queues.arabic.hours.timezone: time zone "Cairo" is not known`},
		{"an announcement that cannot be", `{strategy: random}`, "{announce: {every: 30s, say: [weather]}}", `hatif.yaml:5:41: queues.arabic.announce.say.0: "weather" cannot be announced: position, wait`},
		{"a tier that no member has", `{strategy: random}`, "{tiers: [{after: 20s, penalty: 2}]}", `hatif.yaml:5:42: queues.arabic.tiers.0.penalty: no agent of queue arabic has the penalty 2: this tier opens nobody`},
		{"a member whom no tier opens", "queue: arabic}\nqueues:\n  arabic: {strategy: random}", "queue: {arabic: {penalty: 3}}}\n  \"2002\": {secret: s2, context: agents, queue: {arabic: {penalty: 2}}}\nqueues:\n  arabic: {tiers: [{after: 20s, penalty: 2}]}", `hatif.yaml:6:12: queues.arabic.tiers: user 2001 of penalty 3 is never rung: the last tier opens penalty 2`},
		{"tiers in disorder", `{strategy: random}`, "{tiers: [{after: 20s, penalty: 2}, {after: 10s, penalty: 3}]}", `queues.arabic.tiers.1.after: tiers open one after the other`},
		{"a delay that the strategy has no use for", `{strategy: random}`, "{strategy: random, ring_progressively_delay: 5s}", `queues.arabic.ring_progressively_delay: strategy "random" has no use for it`},
		{"a codec that is not known", `queue: arabic`, "codecs: [opus]", `users.2001.codecs.0: codec "opus" is not known: alaw, ulaw`},
		{"a type that is not known", `queue: arabic`, "type: fiend", `users.2001.type: type is "fiend"`},
		{"an agent who cannot be called", `queue: arabic`, "queue: arabic, type: user", `users.2001.queue: user 2001 only calls`},
		{"a host that is none", `queue: arabic`, "host: 'a b'", `users.2001.host`},
		{"a language that is not spoken", `queue: arabic`, "language: de", `users.2001.language: language "de" is not one of languages`},
		{"a PIN that is none", `queue: arabic`, "mailbox: {pin: 12ab}", `users.2001.mailbox.pin`},
		{"a strategy that is not known", `random`, "rundom", `hatif.yaml:5:22: queues.arabic.strategy: "rundom" is not a strategy`},
		{"a port range upside down", `queues:`, "rtp:\n  ports: 20000-10000\nqueues:", `hatif.yaml:5:10: rtp.ports: range "20000-10000" is too small`},
		{"a port where a range is due", `queues:`, "rtp: {ports: 10000}\nqueues:", `hatif.yaml:4:14: rtp.ports: "10000" is not a range`},
		{"a tab", `  arabic:`, "\tarabic:", `hatif.yaml:5:1: a tab stands here`},
		{"a line that is not below its neighbours", `queues:`, "mailboxes:\n  \"600\":\n    open_to:\n      - agents\n     - agents\nqueues:", `hatif.yaml:8:6: this does not belong here`},
		{"a quote that does not end", `"2001"`, `"2001`, `hatif.yaml:8:6: this does not belong here: is it exactly below its neighbours, and every quote before it closed?`},
		{"a list where keys are due", `{strategy: random}`, "[random]", `hatif.yaml:5:11: queues.arabic: this must be keys and values, not a list`},
		{"a number that stands twice", `"100": echo`, "\"100\": echo\n    \"100\": answer", `hatif.yaml:9:5: contexts.agents.100: "100" stands here twice`},
		{"an address that is none", `queue: arabic`, "host: 300.1.1.1", `users.2001.host: host is "300.1.1.1"`},
		{"less days for calls than for recordings", `queues:`, "keep_days: {recordings: 9, calls: 3}\nqueues:", `hatif.yaml:4:35: keep_days.calls: recordings are kept longer`},
		{"days below nothing", `queues:`, "keep_days: {recordings: -1}\nqueues:", `keep_days.recordings: recordings is -1: days are counted from 1`},
		{"a webhook without a secret", `queues:`, "webhooks:\n  crm: {url: https://x/}\nqueues:", `hatif.yaml:5:3: webhooks.crm.secret: a secret is whsec_`},
		{"an event that there is not", `queues:`, "webhooks:\n  crm:\n    url: https://x/\n    secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n    events: [call.endet]\nqueues:", `hatif.yaml:8:14: webhooks.crm.events.0: there is no event "call.endet"; did you mean "call.ended"`},
		{"a webhook's name that is none", `queues:`, "webhooks:\n  c/m: {url: https://x/, secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}\nqueues:", `hatif.yaml:5:3: webhooks.c/m: the name of a webhook is letters`},
		{"a webhook's key that is unknown", `queues:`, "webhooks:\n  crm: {url: https://x/, secrt: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}\nqueues:", `unknown key "secrt"`},
		{"a time zone that is not known", `queues:`, "timezone: Africa/Kairo\nqueues:", `hatif.yaml:4:11: timezone: time zone "Africa/Kairo" is not known`},
		{"a store that is none", `queues:`, "store: mysql\nqueues:", `hatif.yaml:4:8: store: store is "mysql"`},
		{"a listener that is none", `queues:`, "sip: {listen: [http://x]}\nqueues:", `sip.listen.0`},
		{"a country whose tones are not known", `queues:`, "country: xx\nqueues:", `hatif.yaml:4:10: country: the tones of country "xx" are not known: ae, de, eg`},
		{"guests without a context", `queues:`, "guests: everyone\nqueues:", `guests: context "everyone" is not defined`},
		{"two documents", `contexts:`, "---\ncontexts:", `more than one YAML document`},
		{"no mapping", small, "- a\n- b\n", `must be keys and values`},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(small, c.old, c.new, 1)
			if text == small {
				t.Fatalf("%q is not in the file", c.old)
			}
			_, err := config.Parse("hatif.yaml", []byte(text))
			if err == nil {
				t.Fatalf("nothing was found wrong with:\n%s", text)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error:\n%v\nwant: %s", err, c.want)
			}
		})
	}
}

func TestAQueueThatNobodyServesIsOdd(t *testing.T) {
	for served, want := range map[string]string{"arabic": "", "sales": `hatif.yaml:5:3: queues.arabic: nobody serves queue arabic: no user names it`} {
		text := strings.Replace(small, "queue: arabic", "language: en, queue: "+served, 1) + "languages: [en]\n"
		text = strings.Replace(text, "{strategy: random}", "{strategy: random}\n  sales: {}", 1)
		if want == "" {
			text = strings.Replace(text, "\n  sales: {}", "", 1)
		}
		cfg, err := config.Parse("hatif.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := errors.Join(cfg.Oddities()...); (got != nil) != (want != "") || got != nil && !strings.Contains(got.Error(), want) {
			t.Errorf("serving %s: %v, want %q", served, got, want)
		}
	}
}

func TestSkillsMayBeWrittenWithTheirLevelsOrByNameAlone(t *testing.T) {
	for written, want := range map[string]queue.Skills{
		"{billing: 3, vip: 1}": {"billing": 3, "vip": 1},
		"vip":                  {"vip": 1},
		"[vip, billing]":       {"vip": 1, "billing": 1},
	} {
		text := strings.Replace(small, "queue: arabic", "queue: arabic, language: en, skills: "+written, 1) + "languages: [en]\n"
		cfg, err := config.Parse("hatif.yaml", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		if diff := cmp.Diff(want, cfg.Users["2001"].Skills); diff != "" {
			t.Errorf("%s: %s", written, diff)
		}
	}
}

func TestAnEmptyFileIsAMistake(t *testing.T) {
	for _, text := range []string{"", "# nothing yet\n", "---\n", "null"} {
		if _, err := config.Parse("hatif.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "the file is empty") {
			t.Errorf("%q: %v, want that the file is empty", text, err)
		}
	}
}

func TestAllMistakesAreToldAtOnceInTheFilesOrder(t *testing.T) {
	_, err := config.Parse("f", []byte(`
users:
  "2001": {name: A, secret: s, context: nowhere}
  "2002": {name: B, context: agents}
queues:
  arabic: {strategy: x}
contexts: {agents: {}}
`))
	var es config.Errors
	if !errors.As(err, &es) || len(es) != 3 {
		t.Fatalf("errors:\n%v\nwant three", err)
	}
	for i, line := range []int{3, 4, 6} {
		if es[i].Line != line || es[i].Source == "" {
			t.Errorf("mistake %d is on line %d (%q), want line %d", i, es[i].Line, es[i].Source, line)
		}
	}
}

func TestAnUnquotedNumberIsFoundUnderItsDigits(t *testing.T) {
	cfg, err := config.Parse("f", []byte("users:\n  2001: {name: A, secret: s, context: agents}\ncontexts: {agents: {\"100\": echo}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := cfg.Users["2001"]; !ok {
		t.Errorf("users = %v, want 2001", cfg.Users)
	}
}

func TestDataIsBesideTheFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "hatif.yaml")
	if err := config.WriteSample(file); err != nil {
		t.Fatal(err)
	}
	if err := config.WriteSample(file); err == nil {
		t.Error("a file that was there was written over")
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v: secrets are for the owner alone", info.Mode(), err)
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Data != filepath.Join(dir, "data") || cfg.Recorder().Folder != filepath.Join(dir, "data", "recordings") {
		t.Errorf("data in %s, recordings in %s", cfg.Data, cfg.Recorder().Folder)
	}
}

func TestAChangedFileIsNoticedOnceAndAnUntouchedOneNever(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hatif.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(small)
	read, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	write("a: 2\n") // before the watch has begun
	changed := make(chan struct{}, 10)
	done := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer close(done)
		config.Watch(ctx, file, func() *config.Config { return read }, func() { changed <- struct{}{} })
	}()
	expect := func(what string) {
		t.Helper()
		select {
		case <-changed:
		case <-time.After(10 * time.Second):
			t.Fatalf("%s was not noticed", what)
		}
	}
	expect("a change between the reading and the watch")
	write("a: 3\n")
	expect("a rewritten file")
	other := file + ".new" // as editors do
	if err := os.WriteFile(other, []byte("a: 4\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, file); err != nil {
		t.Fatal(err)
	}
	expect("a replaced file")
	write("a: 4\n")
	write("a: 5\n")
	expect("the change after one that changed nothing")
	if len(changed) != 0 {
		t.Error("a change was noticed twice")
	}
	stop()
	<-done
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	if text, err := config.Sample(); err == nil {
		f.Add([]byte(text))
	}
	for _, s := range []string{"", "- 1", "a: &x [*x]", "users: {\"1\": {secret: {}}}", "contexts: {a: {b: {menu: {\"1\": {goto: a}}}}}", "queues: {q: null}", "users:\n  ? [a]\n  : b\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		hung := time.AfterFunc(10*time.Second, func() { panic(fmt.Sprintf("Parse hangs on %q", text)) })
		defer hung.Stop()
		cfg, err := config.Parse("fuzz.yaml", text)
		if (cfg == nil) == (err == nil) {
			t.Fatalf("Parse = %v, %v: want one of them", cfg, err)
		}
		var es config.Errors
		if errors.As(err, &es) {
			for _, e := range es {
				if e.Line < 0 || e.Msg == "" || e.File != "fuzz.yaml" {
					t.Fatalf("an error without place or text: %+v", e)
				}
			}
		}
	})
}

func TestWhoIsOnlyCalledAtAFixedAddressNeedsNoSecret(t *testing.T) {
	text := strings.Replace(small, "secret: s1, context: agents", "type: peer, host: 192.0.2.7", 1)
	if _, err := config.Parse("hatif.yaml", []byte(text)); err != nil {
		t.Error(err)
	}
	if _, err := config.Parse("hatif.yaml", []byte(strings.Replace(text, "192.0.2.7", "dynamic", 1))); err == nil {
		t.Error("a peer that has to log on needs no secret")
	}
}
