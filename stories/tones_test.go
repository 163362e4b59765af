package stories_test

import (
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
	"hatif/media"
)

// tonesTaken are the keys that anybody could take out of what a call has heard.
func tonesTaken(c *hatiftest.Call) string {
	var keys []byte
	d := media.ToneDetector{Pressed: func(key byte, _ time.Duration) { keys = append(keys, key) }}
	for _, p := range c.Heard(0).Audio() {
		law := media.MuLaw
		if p.PayloadType == uint8(softphone.PCMA) {
			law = media.ALaw
		}
		samples := make([]int16, len(p.Payload))
		media.Decode(law, samples, p.Payload)
		d.Feed(samples)
	}
	d.Flush()
	return string(keys)
}

// I5, with C3: the codes of a phone that sends its keys as tones in the sound work, and are not heard. A key that is
// none of a code is heard once.
func TestCodesThatAreTonesAreNotHeardEither(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: switchroom})
	agentPhone := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", NoEvents: true})
	agentPhone.Register()
	colleague := pbx.Phone("2003")
	customer := pbx.Phone("1001").Dial("0777")
	agent := agentPhone.ExpectRing()
	agent.Answer()
	hearEachOther(t, customer, agent)
	agent.PressTones("5")
	customer.ExpectKeys("5")
	agent.PressTones("*1")
	agent.PressTones("*2")
	agent.ExpectPrompt("transfer")
	agent.PressTones("2003")
	c := colleague.ExpectRing()
	c.Answer()
	hearEachOther(t, agent, c)
	agent.Hangup()
	hearEachOther(t, customer, c)
	customer.Hangup()
	row := customer.ExpectRow()
	if keys, taken := customer.Heard(0).Keys(), tonesTaken(customer); keys != "5" || taken != "" {
		t.Errorf("the customer was sent the keys %q, and heard the tones %q", keys, taken)
	}
	if len(row.Recordings) != 1 || row.Agent != "2003" {
		t.Errorf("recordings %q, agent %s", row.Recordings, row.Agent)
	}
}
