package config

import (
	"fmt"
	"strconv"
	"strings"
)

// A ByteSize is so many bytes, written "20GB". The zero value is no limit.
type ByteSize int64

// units are powers of a thousand, as disks are sold.
var units = []struct {
	name  string
	bytes int64
}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}}

// UnmarshalText reads "20GB", "500 MB", "1.5TB" or 0.
func (b *ByteSize) UnmarshalText(text []byte) error {
	written := strings.TrimSpace(string(text))
	if written == "0" {
		*b = 0
		return nil
	}
	for _, u := range units {
		number, found := strings.CutSuffix(strings.ToUpper(written), u.name)
		if !found {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(n > 0) || n*float64(u.bytes) >= 1<<62 {
			break
		}
		*b = ByteSize(n * float64(u.bytes))
		return nil
	}
	return fmt.Errorf("%q is no size: write one like 20GB or 500MB", text)
}
