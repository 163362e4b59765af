package webhook

import (
	"strings"
	"testing"
	"time"
)

func TestMistakesOfAWebhookAreNamed(t *testing.T) {
	good := Config{URL: "https://crm.example/hatif", Secret: secret}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Config){
		`url: "" is no address`:                    func(c *Config) { c.URL = "" },
		`url: "ftp://x/" is no address`:            func(c *Config) { c.URL = "ftp://x/?password=y" },
		`url: "https://x/" is no address`:          func(c *Config) { c.URL = "https://me:password@x/" },
		`secret: a secret is whsec_`:               func(c *Config) { c.Secret = "" },
		`old_secret: a secret is whsec_`:           func(c *Config) { c.OldSecret = "whsec_c2hvcnQ=" },
		`events.1: there is no event "call.endet"`: func(c *Config) { c.Events = []string{"call.ended", "call.endet"} },
		`timeout: a receiver cannot be given`:      func(c *Config) { c.Timeout = time.Hour },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "password") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// The example of the reference libraries.
func TestASignatureIsTheStandards(t *testing.T) {
	key, err := keyOf(secret)
	if err != nil {
		t.Fatal(err)
	}
	got := sign([][]byte{key}, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("the signature is %s", got)
	}
}
