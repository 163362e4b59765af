package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
)

// same reports whether two trees are one.
func same(a, b any) bool { return reflect.DeepEqual(a, b) }

// flow writes a value in one line. padding stands within its braces; where width is not 0, its second key stands so many
// signs after the first.
func flow(value any, padding string, width int) string {
	switch v := value.(type) {
	case string:
		return plainText(v)
	case Digits:
		return quotedText(string(v))
	case int, bool:
		return fmt.Sprint(v)
	case Names:
		if len(v) == 1 {
			return plainText(v[0])
		}
		return flow([]string(v), padding, 0)
	case []string:
		items := make([]string, len(v))
		for i := range v {
			items[i] = plainText(v[i])
		}
		return "[" + strings.Join(items, ", ") + "]"
	case []Settings:
		items := make([]string, len(v))
		for i := range v {
			items[i] = flow(v[i], "", 0)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case Settings:
		if len(v) == 0 {
			return "{}"
		}
		var b strings.Builder
		for i, one := range v {
			switch i {
			case 0:
			case 1:
				b.WriteByte(',')
				b.WriteString(strings.Repeat(" ", max(1, width-utf8.RuneCountInString(b.String()))))
			default:
				b.WriteString(", ")
			}
			b.WriteString(key(one.Key, 0) + ": " + flow(one.Value, "", 0))
		}
		return "{" + padding + b.String() + padding + "}"
	}
	return "null"
}

// key writes a key: in the quotes given, or without where quote is 0 and it reads the same without.
func key(name string, quote byte) string {
	switch {
	case quote == '\'' && !strings.ContainsAny(name, "'\r\n\t"):
		return "'" + name + "'"
	case quote != 0:
		return quotedText(name)
	case strings.Trim(name, "0123456789") == "" && name != "" && name[0] != '0':
		return name // an account among others that stand without quotes
	}
	return plainText(name)
}

// plainText writes text without quotes where it reads the same without, also between braces.
func plainText(s string) string {
	var read map[string]any
	plain := s != "" && s == strings.TrimSpace(s) && !strings.ContainsAny(s, "\"'\\{}[],#&*!|>%@`:?\r\n\t") && s[0] != '-'
	if plain && yaml.Unmarshal([]byte("k: {k: "+s+"}"), &read) == nil {
		if below, ok := read["k"].(map[string]any); ok && below["k"] == s && !looksOtherwise(s) {
			return s
		}
	}
	return quotedText(s)
}

// looksOtherwise is text that other readers of YAML take for something else.
func looksOtherwise(s string) bool {
	switch strings.ToLower(s) {
	case "yes", "no", "on", "off", "y", "n", "true", "false", "null", "~":
		return true
	}
	return strings.Trim(s, "0123456789.+-_xXoOabcdefABCDEF") == "" && s[0] <= '9'
}

// quotedText writes text in double quotes. What JSON escapes, YAML reads.
func quotedText(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return `""` // a string is always written
	}
	return strings.TrimSuffix(b.String(), "\n")
}
