package config_test

import (
	"fmt"
	"strings"
	"testing"

	"hatif/config"
)

// BenchmarkEdit adds somebody to a file of a thousand people.
func BenchmarkEdit(b *testing.B) {
	text, err := config.Sample()
	if err != nil {
		b.Fatal(err)
	}
	var more strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&more, "  \"7%03d\": {name: Person %d, secret: verysecret, context: agents, queue: arabic}\n", i, i)
	}
	text = strings.Replace(text, "\nusers:\n", "\nusers:\n"+more.String(), 1)
	for b.Loop() {
		if _, err := zed.Apply("hatif.yaml", []byte(text)); err != nil {
			b.Fatal(err)
		}
	}
}
