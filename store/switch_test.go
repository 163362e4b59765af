package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSwitchesAreKeptUntilTheyAreForgotten(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		closed, open := Switch{Queue: "arabic", State: "closed", By: "3001", Changed: noon}, Switch{Queue: "english", State: "open", Changed: noon}
		for _, s := range []Switch{{Queue: "arabic", State: "open", Changed: noon}, closed, open} {
			if err := db.SaveSwitch(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		got, err := db.Switches(t.Context())
		if diff := cmp.Diff([]Switch{closed, open}, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
		if err := db.ForgetSwitch(t.Context(), "arabic"); err != nil {
			t.Fatal(err)
		}
		if got, err = db.Switches(t.Context()); err != nil || len(got) != 1 || got[0].Queue != "english" {
			t.Errorf("left %v, %v", got, err)
		}
	})
}
