package media

import (
	"testing"
	"time"
)

func TestAVoiceThatNobodyPullsAnyMoreIsNotKept(t *testing.T) {
	b := newBench(t, Config{})
	alice := b.ring(PortOptions{Name: "voice 2001"}, terms{})
	v := alice.port.Voice().(*voice)
	if v.String() != "voice 2001" {
		t.Errorf("the voice is called %q", v.String())
	}
	var f Frame
	alice.say(160, 0x20)
	if v.wanted.Load() {
		t.Fatal("a voice is kept although nobody has pulled it")
	}
	for range 10 {
		if !v.Next(&f) {
			t.Fatal("the voice has ended")
		}
		alice.say(160, 0x20)
	}
	if f.Silent() {
		t.Error("the puller hears nothing")
	}
	alice.talk(2*time.Second, 0x20)
	if v.wanted.Load() {
		t.Error("the voice is still kept two seconds after the last pull")
	}
	v.Next(&f)
	alice.say(160, 0x20)
	if !v.wanted.Load() {
		t.Error("a puller that comes back is not served")
	}
	alice.port.Close()
	b.settle()
	if v.Next(&f) {
		t.Error("the voice of a closed port goes on")
	}
}

func TestAVoiceInUseByAnotherLoopIsNotWaitedFor(t *testing.T) {
	b := newBench(t, Config{})
	alice := b.ring(PortOptions{}, terms{})
	v := alice.port.Voice().(*voice)
	var f Frame
	v.Next(&f)
	alice.say(160, 0x20)
	v.busy.Store(true)
	if !v.Next(&f) || !f.Silent() {
		t.Error("a puller got at a buffer in use")
	}
	alice.say(160, 0x20)
	v.busy.Store(false)
	if v.unread != 1 {
		t.Errorf("%d packets were put, want the one from before", v.unread)
	}
}
