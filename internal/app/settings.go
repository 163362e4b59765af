package app

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"hatif/call"
	"hatif/call/sipleg"
	"hatif/config"
	"hatif/dialplan"
	"hatif/internal/fault"
	"hatif/prompts"
	"hatif/queue"
	"hatif/sip"
	"hatif/voicemail"
)

// settings are everything that a reading of the file decides and that may change while hatif runs.
// They never change themselves: a call keeps those it began with.
type settings struct {
	cfg      *config.Config
	sounds   *prompts.Library
	plan     *dialplan.Plan
	accounts map[string]sip.Account
	members  []queue.Member
}

// prepare makes settings of cfg: it finds every mistake that is left and touches nothing.
func (a *App) prepare(cfg *config.Config) (*settings, error) {
	if info, err := os.Stat(cfg.Data); err == nil && !info.IsDir() {
		return nil, cfg.Located(fault.Errorf([]string{"data"}, "%s is a file: name a folder that hatif may write to", cfg.Data))
	}
	sounds, err := prompts.Open(filepath.Join(cfg.Data, "prompts"))
	if err != nil {
		return nil, err
	}
	s := &settings{cfg: cfg, sounds: sounds, accounts: accounts(cfg), members: members(cfg)}
	services := services(cfg, sounds)
	services.Talks = a.talks
	if a.network != nil {
		services.Dialer, services.Recorder, services.Line, services.Agents = a.network, a.recorder, a.floor, a.floor
		services.Callbacks, services.Voicemail = a.book, a.office
		services.Switches = switches{a.floor, a.store}
	}
	s.plan, err = dialplan.Compile(cfg.Contexts, services)
	if err := errors.Join(s.checkCallBack(), s.checkMusic(), s.checkSpoken(), fault.Under(err, "contexts")); err != nil {
		return nil, cfg.Located(err)
	}
	if err := s.checkLanguages(); err != nil { // where a call can be in one, it was told above which prompts are missing
		return nil, cfg.Located(err)
	}
	return s, nil
}

// commit puts prepared settings in force. It cannot fail.
func (a *App) commit(s *settings) {
	a.announceBoxes(s.cfg)
	a.office.Apply(voicemail.Settings{Boxes: s.cfg.Boxes(), Sounds: s.sounds, Location: s.cfg.Location})
	before := a.settings.Swap(s)
	a.floor.Apply(s.cfg.Queues, s.members)
	a.dismiss(before, s.cfg)
	a.ua.SetAccounts(s.accounts)
	a.book.SetAtOnce(s.cfg.Feedback.AtOnce)
	a.hooks.Apply(s.cfg.Webhooks)
	for _, odd := range s.cfg.Oddities() {
		a.log.Warn("the file is odd", "what", odd)
	}
	for _, w := range s.plan.Warnings() {
		a.log.Warn("the file is odd", "what", s.cfg.Located(fault.Under(w, "contexts")))
	}
}

// dismiss forgets the agents who are in the file no more.
func (a *App) dismiss(before *settings, cfg *config.Config) {
	if before == nil {
		return
	}
	for number := range before.cfg.Users {
		if _, still := cfg.Users[number]; !still {
			a.floor.Dismiss(number)
		}
	}
}

// announceBoxes says what the mailboxes hold that cfg adds, before there are phones to show it: of the others we have
// heard at every change.
func (a *App) announceBoxes(cfg *config.Config) {
	var known map[string]voicemail.Box
	if before := a.settings.Load(); before != nil {
		known = before.cfg.Boxes()
	}
	for number := range cfg.Boxes() {
		if _, is := known[number]; !is {
			a.office.Announce(a.ctx, number)
		}
	}
}

// Compile finds every mistake that a start would find and touches nothing: it is prepare without commit. The plan
// can be explained and cannot serve.
func Compile(cfg *config.Config) (*dialplan.Plan, error) {
	s, err := new(App).prepare(cfg)
	if err != nil {
		return nil, err
	}
	return s.plan, nil
}

// services are what the dialplan knows of cfg, without the parts that only a running hatif has.
func services(cfg *config.Config, sounds *prompts.Library) dialplan.Services {
	s := dialplan.Services{
		Sounds: sounds, Users: make(map[string]dialplan.User),
		Country: cfg.Country, Guests: cfg.Guests, CallBack: cfg.Web.CallBack, Queues: cfg.Queues, Languages: cfg.Languages,
		Features: cfg.Features, Feedback: cfg.Feedback, Zone: cfg.Location,
		Mailboxes: cfg.Boxes(), Members: members(cfg), PauseReasons: cfg.PauseReasons,
	}
	for number, u := range cfg.Users {
		s.Users[number] = dialplan.User{
			Context: u.Context, Name: u.Name, Language: u.Language, Callable: u.Type != "user", Music: u.Music, Skills: u.Skills,
		}
	}
	return s
}

func accounts(cfg *config.Config) map[string]sip.Account {
	all := make(map[string]sip.Account)
	for number, u := range cfg.Users {
		account := sip.Account{
			User: number, Secret: u.Secret, DisplayName: u.Name, Host: u.Host, MaxContacts: u.Phones,
		}
		switch u.Type {
		case "user":
			account.Type = sip.User
		case "peer":
			account.Type = sip.Peer
		}
		account.Mailbox = cfg.Lamp(number)
		all[number] = account
	}
	return all
}

// members are the agents in the order of their numbers, which is the order of linear and rrmemory.
func members(cfg *config.Config) []queue.Member {
	var all []queue.Member
	for _, number := range slices.Sorted(maps.Keys(cfg.Users)) {
		for _, served := range cfg.Users[number].Queue {
			all = append(all, queue.Member{
				User: number, Queue: served.Queue, Name: cfg.Users[number].Name, Membership: served.Membership,
				Skills: cfg.Users[number].Skills,
			})
		}
	}
	return all
}

// music is the class that callers of the queue hear.
func (s *settings) music(queueName string) string {
	if class := s.cfg.Queues[queueName].Music; class != "" {
		return class
	}
	return "default"
}

// checkCallBack is the mistake of a context that cannot be run on somebody's phone.
func (s *settings) checkCallBack() error {
	if run := s.cfg.Web.CallBack; run != "" && s.plan != nil && !s.plan.Runs(run) {
		return fault.Errorf([]string{"web", "call_back"}, "%q is no context that can be run: use one of %s", run, strings.Join(s.plan.Runnable(), ", "))
	}
	return nil
}

func (s *settings) checkMusic() error {
	for _, name := range slices.Sorted(maps.Keys(s.cfg.Queues)) {
		if err := s.hasMusic(s.music(name), "queues", name, "music"); err != nil {
			return err
		}
	}
	for _, number := range slices.Sorted(maps.Keys(s.cfg.Users)) {
		if class := s.cfg.Users[number].Music; class != "" {
			if err := s.hasMusic(class, "users", number, "music"); err != nil {
				return err
			}
		}
	}
	return nil
}

// hasMusic is the mistake of naming a class that is not there.
func (s *settings) hasMusic(class string, path ...string) error {
	if slices.Contains(s.sounds.MusicClasses(), class) {
		return nil
	}
	return fault.Errorf(path,
		"there is no music %q: put %s into %s", class, class+".wav", filepath.Join(s.cfg.Data, "prompts", "music"))
}

// checkSpoken looks for what callers in line are told, in every language that they can be told it in.
func (s *settings) checkSpoken() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(s.cfg.Queues)) {
		s.cfg.Queues[name].Spoken(func(path []string, prompt string) {
			var missing []string
			for _, language := range s.cfg.Languages {
				if !s.sounds.Has(language, prompt) {
					missing = append(missing, language)
				}
			}
			if len(missing) > 0 {
				errs = append(errs, fault.Errorf(append([]string{"queues", name}, path...),
					"there is no prompt %q in %s", prompt, strings.Join(missing, ", ")))
			}
		})
	}
	return errors.Join(errs...)
}

// checkLanguages finds those in which nothing can be said at all.
func (s *settings) checkLanguages() error {
	var errs []error
	for i, language := range s.cfg.Languages {
		if !slices.ContainsFunc(s.sounds.Names(), func(name string) bool { return s.sounds.Has(language, name) }) {
			errs = append(errs, fault.Errorf([]string{"languages", strconv.Itoa(i)},
				"there is no prompt in the language %q: put some into %s", language, filepath.Join(s.cfg.Data, "prompts", language)))
		}
	}
	return errors.Join(errs...)
}

// language is the one a call begins in.
func (s *settings) language(own string) string {
	if own != "" {
		return own
	}
	return s.cfg.Languages[0]
}

// profile is what a leg needs to know of a user.
func (a *App) profile(user string) (sipleg.Profile, bool) {
	u, ok := a.settings.Load().cfg.Users[user]
	if !ok {
		return sipleg.Profile{}, false
	}
	return sipleg.Profile{
		Identity: call.Identity{Number: user, Name: u.Name},
		Context:  u.Context, Language: u.Language, Laws: u.Laws(),
	}, true
}

// guest is the profile of callers without an account.
func (a *App) guest() sipleg.Profile {
	return sipleg.Profile{Context: a.settings.Load().cfg.Guests}
}

// keepDays is what the file says now.
func (a *App) keepDays() config.KeepDays { return a.settings.Load().cfg.KeepDays }

func (a *App) keepDisk() config.KeepDisk { return a.settings.Load().cfg.KeepDisk }

func (a *App) shelf() shelf { return shelf{a.recorder, a.store} }
