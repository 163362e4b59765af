package config_test

import (
	"testing"

	"hatif/config"
)

func TestSizesAreWrittenAsDisksAreSold(t *testing.T) {
	for text, want := range map[string]int64{"20GB": 20e9, "500 MB": 500e6, "1.5tb": 1.5e12, "0": 0, " 7KB ": 7e3} {
		var b config.ByteSize
		if err := b.UnmarshalText([]byte(text)); err != nil || int64(b) != want {
			t.Errorf("%q is %d, %v; want %d", text, b, err, want)
		}
	}
	for _, text := range []string{"", "20", "GB", "-1GB", "0GB", "NaNGB", "InfGB", "1e99GB", "20 apples", "2GiB"} {
		var b config.ByteSize
		if err := b.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is %d", text, b)
		}
	}
}
