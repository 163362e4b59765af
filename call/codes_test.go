package call_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"hatif/call"
	"hatif/call/calltest"
)

// keyed has a matcher of codes take keys, where a blank is a pause longer than the gap; it returns the keys passed on,
// with the codes found in brackets.
func keyed(codes []string, keys string) string {
	m := call.Matcher{Codes: codes}
	var out strings.Builder
	pass := func(ds []call.Digit) {
		for _, d := range ds {
			out.WriteByte(d.Key)
		}
	}
	for _, k := range []byte(keys) {
		if k == ' ' {
			pass(m.Expire())
			continue
		}
		code, passed := m.Press(call.Digit{Key: k})
		pass(passed)
		if code != "" {
			out.WriteString("[" + string(code) + "]")
		}
	}
	pass(m.Expire())
	return out.String()
}

func TestKeysAreWithheldOnlyAsLongAsTheyCanBeACode(t *testing.T) {
	codes := []string{"*1", "*2", "#1", "*90"}
	for keys, want := range map[string]string{
		"": "", "123": "123", "*2": "[*2]", "*3": "*3", "**2": "*[*2]", "* 2": "*2", "*": "*", "##1": "#[#1]",
		"*9*1": "*9[*1]", "*91": "*91", "*90": "[*90]", "5*15": "5[*1]5", "*9 0": "*90", "*#*#1": "*#*[#1]", "*1#1": "[*1][#1]",
	} {
		if got := keyed(codes, keys); got != want {
			t.Errorf("keys %q give %q, want %q", keys, got, want)
		}
	}
	if got := keyed(nil, "*1#"); got != "*1#" {
		t.Errorf("without codes keys give %q", got)
	}
}

func TestNoKeyIsLostOrMovedWhateverIsPressed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		codes := []string{"*1", "*2", "#1", "*31", "#0*"}
		keys := rapid.StringMatching(`[*#0123 ]{0,24}`).Draw(t, "keys")
		got := keyed(codes, keys)
		if strings.NewReplacer("[", "", "]", "").Replace(got) != strings.ReplaceAll(keys, " ", "") {
			t.Fatalf("keys %q give %q", keys, got)
		}
	})
}

func TestTheOtherPartyNeverHearsAFeatureCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := calltest.Caller("1001", "2001"), calltest.Caller("2001", "")
		ended := make(chan call.End, 1)
		go func() {
			end, err := call.Bridge(t.Context(), a, b, call.BridgeOptions{Codes: func(l call.Leg) []string {
				if l == call.Leg(b) {
					return []string{"*1", "*2"}
				}
				return nil
			}})
			if err != nil {
				t.Error(err)
			}
			ended <- end
		}()
		a.Press("*2") // has no features: they are keys
		b.Press("7*")
		synctest.Wait()
		if a.Keys() != "7" || b.Keys() != "*2" {
			t.Errorf("a was played %q and b %q at once, want 7 and *2", a.Keys(), b.Keys())
		}
		time.Sleep(call.DefaultGap)
		synctest.Wait()
		if a.Keys() != "7*" {
			t.Errorf("a was played %q after the gap, want 7*", a.Keys())
		}
		b.Press("*")
		time.Sleep(call.DefaultGap - time.Millisecond)
		b.Press("2")
		if end := <-ended; end.By != call.Leg(b) || end.Asked != call.Code("*2") {
			t.Errorf("the bridge ended with %+v", end)
		}
		if a.Keys() != "7*" {
			t.Errorf("a was played %q, which has keys of a code in it", a.Keys())
		}
	})
}

func TestWhatIsWithheldWhenTheOtherKeysInACodeIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := calltest.Caller("1001", "2001"), calltest.Caller("2001", "")
		a.Press("*")
		time.AfterFunc(100*time.Millisecond, func() { b.Press("*2") })
		end, err := call.Bridge(t.Context(), a, b, call.BridgeOptions{Codes: func(call.Leg) []string { return []string{"*2"} }})
		if err != nil || end.By != call.Leg(b) || b.Keys() != "*" || a.Keys() != "" {
			t.Errorf("%+v, %v; b was played %q, a %q", end, err, b.Keys(), a.Keys())
		}
	})
}

func TestABridgeBeginsWithMusicForWhoeverIsOnHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := calltest.Caller("1001", "2001"), calltest.Caller("2001", "")
		b.Hold()
		<-b.Events()
		go call.Bridge(t.Context(), a, b, call.BridgeOptions{Music: music}) //nolint:errcheck // ended by the test
		synctest.Wait()
		if a.Hearing() != "music" || b.Hearing() != "voice 1001" {
			t.Errorf("a hears %q, b hears %q", a.Hearing(), b.Hearing())
		}
	})
}
