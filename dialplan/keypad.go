package dialplan

import (
	"strings"
)

// menuKeys are those that a step can give a meaning to.
const menuKeys = "0123456789*#ABCD"

// A keypad is where single keys lead from a step; On is the key.
type keypad []Exit

// keypad reads the options of v that are keys.
func (c *compiler) keypad(v *value, s spot) keypad {
	var k keypad
	for _, f := range v.fields {
		if len(f.key) == 1 && strings.Contains(menuKeys, f.key) {
			k = append(k, Exit{On: f.key, To: c.steps(f.value, s), Waits: true})
		}
	}
	return k
}

// String is the keys: "123".
func (k keypad) String() string {
	var keys strings.Builder
	for _, e := range k {
		keys.WriteString(e.On)
	}
	return keys.String()
}

// on is where a key leads, which is one of these.
func (k keypad) on(key string) Step {
	for _, e := range k {
		if e.On == key {
			return e.To
		}
	}
	return nil
}
