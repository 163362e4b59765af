package config

import (
	"crypto/sha256"
	"time"

	"hatif/callback"
	"hatif/dialplan"
	"hatif/queue"
	"hatif/recorder"
	"hatif/sip"
	"hatif/transfer"
	"hatif/voicemail"
	"hatif/web"
	"hatif/webhook"
)

// A Config is one reading of the file.
type Config struct {
	SIP          sip.Config                  `yaml:"sip"`
	RTP          RTP                         `yaml:"rtp"`
	Web          web.Config                  `yaml:"web"`      // the console
	Webhooks     map[string]webhook.Config   `yaml:"webhooks"` // who is told of what happens
	Data         string                      `yaml:"data"`     // folder of the database, recordings, prompts; relative to the file
	Store        string                      `yaml:"store"`    // "sqlite", or a postgres:// address
	Timezone     string                      `yaml:"timezone"` // IANA name; "" is the machine's
	Country      string                      `yaml:"country"`  // whose tones callers hear: "eg"; "" those of ITU-T E.180
	Languages    []string                    `yaml:"languages"`
	Defaults     Defaults                    `yaml:"defaults"`
	Users        map[string]User             `yaml:"users"`
	Guests       string                      `yaml:"guests"`    // context of callers without an account; "" refuses them
	Mailboxes    map[string]voicemail.Config `yaml:"mailboxes"` // of departments; users have theirs with them
	Queues       map[string]queue.Config     `yaml:"queues"`
	PauseReasons []string                    `yaml:"pause_reasons"` // why agents may pause, in the order of the keys by which they say it
	Features     transfer.Config             `yaml:"features"`      // what people key in while they talk
	Feedback     callback.Config             `yaml:"feedback"`      // how calls that we owe are made
	Recordings   recorder.Config             `yaml:"recordings"`
	KeepDays     KeepDays                    `yaml:"keep_days"`
	KeepDisk     KeepDisk                    `yaml:"keep_disk"`
	Stop         Stop                        `yaml:"stop"`
	Contexts     dialplan.Config             `yaml:"contexts"`

	Location *time.Location    `yaml:"-"` // Timezone, found
	written  map[string]User   // Users without what Defaults say
	file     *file             // where everything stands; nil for a Config made in Go
	sum      [sha256.Size]byte // of the text that it was read from
}

// RTP is how audio travels.
type RTP struct {
	Ports        PortRange     `yaml:"ports"`         // "10000-20000"
	SilenceLimit time.Duration `yaml:"silence_limit"` // a party that sends nothing so long is hung up; 0: never
	InBandDigits bool          `yaml:"inband_digits"` // recognise keys in the audio of phones without RFC 4733
}

// KeepDays says for how many days things are kept; 0 is for ever.
type KeepDays struct {
	Recordings int `yaml:"recordings"`
	Calls      int `yaml:"calls"`
	Owed       int `yaml:"owed"`             // calls that were owed and are over
	Deleted    int `yaml:"deleted_messages"` // messages that somebody has deleted
	Events     int `yaml:"queue_events"`     // what happened in the queues
	Ratings    int `yaml:"ratings"`
	Requests   int `yaml:"requests"`   // numbers left to be called back that have been seen to
	Audit      int `yaml:"audit"`      // what was done in the console
	Told       int `yaml:"events"`     // what other programs are told
	Signalling int `yaml:"signalling"` // the SIP messages of calls
}

// KeepDisk says how much room things may take; 0 is as much as there is.
type KeepDisk struct {
	Recordings ByteSize `yaml:"recordings"` // "20GB": the oldest go first
}

// Stop is how hatif ends.
type Stop struct {
	Wait time.Duration `yaml:"wait"` // how long calls in progress may go on after SIGTERM
}

// Defaults are what entries leave out.
type Defaults struct {
	User    User             `yaml:"user"`
	Mailbox voicemail.Config `yaml:"mailbox"`
}

// Path is the file that c was read from, as it was named; "": c was made in Go.
func (c *Config) Path() string {
	if c.file == nil {
		return ""
	}
	return c.file.name
}

func defaults() Config {
	return Config{
		SIP:       sip.Config{Trace: true},
		RTP:       RTP{Ports: PortRange{First: 10000, Last: 20000}, SilenceLimit: time.Minute, InBandDigits: true},
		Data:      "./data",
		Store:     "sqlite",
		Languages: []string{"ar", "en", "fr"},
		Features:  transfer.Defaults(),
		KeepDays:  KeepDays{Owed: 90, Deleted: 7, Told: 30, Signalling: 7},
		Stop:      Stop{Wait: 5 * time.Minute},
		Defaults:  Defaults{User: User{Type: "friend", Host: "dynamic", Codecs: []string{"ulaw", "alaw"}}},
	}
}
