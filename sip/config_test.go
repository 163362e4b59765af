package sip

import (
	"strings"
	"testing"
	"time"

	"hatif/internal/fault"
)

func TestEveryMistakeInTheOptionsIsNamed(t *testing.T) {
	for key, c := range map[string]Config{
		"listen.1":        {Listen: []string{"udp://0.0.0.0:5060", "tls://0.0.0.0:5061"}},
		"listen.0":        {Listen: []string{"udp://pbx.example.com:5060"}},
		"advertise":       {Advertise: "pbx.example.com:port"},
		"realm":           {Realm: `a"b`},
		"user_agent":      {UserAgent: "a\r\nb"},
		"min_se":          {MinSE: time.Minute},
		"session_expires": {SessionExpires: 2 * time.Minute, MinSE: 3 * time.Minute},
		"min_expiry":      {MinExpiry: 2 * time.Hour, MaxExpiry: time.Hour},
		"default_expiry":  {DefaultExpiry: -1},
		"max_contacts":    {MaxContacts: -1},
		"bans.failures":   {Bans: Bans{Failures: -1}},
		"bans.for":        {Bans: Bans{For: -1}},
		"bans.allow.1":    {Bans: Bans{Allow: []string{"10.0.0.0/8", "office"}}},
	} {
		faults := fault.All(c.Validate())
		if len(faults) != 1 || strings.Join(faults[0].Path, ".") != key {
			t.Errorf("%s: %v", key, faults)
		}
		if _, err := New(c, nil, testLog(t)); err == nil {
			t.Errorf("%s: New takes it", key)
		}
	}
	for _, c := range []Config{
		{}, {Listen: []string{"udp://0.0.0.0", "tcp://[::]:5060", "udp://:5070/"}, Advertise: "auto", Realm: "hatif"},
		{Advertise: "pbx.example.com:5060", MinSE: 90 * time.Second, SessionExpires: 90 * time.Second},
		{Advertise: "2001:db8::1"}, {Advertise: "[2001:db8::1]"}, {Advertise: "203.0.113.5"},
	} {
		if err := c.Validate(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
