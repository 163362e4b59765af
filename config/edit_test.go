package config_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hatif/config"
	"hatif/internal/app"
)

var zed = config.Edit{User: "2003", Add: true, Set: config.Settings{
	{"name", "Zed Zaki"}, {"secret", "fresh"}, {"context", "agents"}, {"queue", config.Names{"arabic"}}, {"mailbox", config.Settings{{"pin", config.Digits("0042")}}},
}}

const flat = `{name: Zed Zaki, secret: fresh, context: agents, queue: arabic, mailbox: {pin: "0042"}}`

func TestAPersonIsAddedInTheWayOfTheirNeighbours(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"one line each": {
			"users:\n  \"2001\": {name: A}   # hers\n\n  # later\n  \"3001\": {name: B}\n",
			"users:\n  \"2001\": {name: A}   # hers\n  \"2003\": " + flat + "\n\n  # later\n  \"3001\": {name: B}\n"},
		"columns": {
			"users:\n  \"2001\": {name: A very long one, secret: x}\n  \"2002\": {name: Short,           secret: x}\n",
			"users:\n  \"2001\": {name: A very long one, secret: x}\n  \"2002\": {name: Short,           secret: x}\n  \"2003\": {name: Zed Zaki,        secret: fresh, context: agents, queue: arabic, mailbox: {pin: \"0042\"}}\n"},
		"lines of keys": {
			"users:\n    2001: # hers\n        name: A # x\n        mailbox:\n            pin: \"1\"\n    # of B\n    2101:\n        name: B\nx: 1\n",
			"users:\n    2001: # hers\n        name: A # x\n        mailbox:\n            pin: \"1\"\n    2003:\n        name: Zed Zaki\n        secret: fresh\n        context: agents\n        queue: arabic\n        mailbox: {pin: \"0042\"}\n    # of B\n    2101:\n        name: B\nx: 1\n"},
		"none smaller":       {"users:\n  '3001': {a: 1}\n", "users:\n  '3001': {a: 1}\n  '2003': " + flat + "\n"},
		"no last line end":   {"users:\n  \"2001\": {a: 1}", "users:\n  \"2001\": {a: 1}\n  \"2003\": " + flat},
		"windows":            {"a: 1 # x\r\nusers: # y\r\n  \"2001\": {a: 1} # z\r\nb: 2\r\n", "a: 1 # x\r\nusers: # y\r\n  \"2001\": {a: 1} # z\r\n  \"2003\": " + flat + "\r\nb: 2\r\n"},
		"a mark of Windows":  {"\ufeffusers:\n  \"2001\": {a: 1}\n", "\ufeffusers:\n  \"2001\": {a: 1}\n  \"2003\": " + flat + "\n"},
		"nobody yet":         {"users:   # nobody\n# next\nx: 1\n", "users:   # nobody\n  \"2003\": " + flat + "\n# next\nx: 1\n"},
		"null":               {"users: ~ # none\n", "users: {\"2003\": " + flat + "} # none\n"},
		"braces of nobody":   {"users: {}\n", "users: {\"2003\": " + flat + "}\n"},
		"wide braces":        {"users: { \"2001\": { a: 1 } }\n", "users: { \"2001\": { a: 1 }, \"2003\": { " + flat[1:len(flat)-1] + " } }\n"},
		"braces":             {"users: {\"2001\": {a: 1}, \"3001\": {}}\n", "users: {\"2001\": {a: 1}, \"2003\": " + flat + ", \"3001\": {}}\n"},
		"braces over lines":  {"users: {\n  \"2001\": {a: 1}, # x\n  \"3001\": {} # y\n}\n", "users: {\n  \"2001\": {a: 1}, # x\n  \"2003\": " + flat + ",\n  \"3001\": {} # y\n}\n"},
		"the last in braces": {"users: {\n  \"1\": {},\n  \"2001\": {a: 1} # x\n}\n", "users: {\n  \"1\": {},\n  \"2001\": {a: 1}, # x\n  \"2003\": " + flat + "\n}\n"},
		"a comma at the end": {"users: {\n  \"2001\": {a: 1}, # x\n}\n", "users: {\n  \"2001\": {a: 1}, # x\n  \"2003\": " + flat + ",\n}\n"},
		"no users":           {"x: 1\n", "x: 1\nusers:\n  \"2003\": " + flat + "\n"},
		"no users, no end":   {"x: 1", "x: 1\nusers:\n  \"2003\": " + flat},
		"all in braces":      {"{x: 1}\n", "{x: 1, users: {\"2003\": " + flat + "}}\n"},
		"beside an anchor":   {"users:\n  \"2001\": &x {a: 1}\n  \"2101\": *x\n", "users:\n  \"2001\": &x {a: 1}\n  \"2003\": " + flat + "\n  \"2101\": *x\n"},
		"arabic":             {"users:\n  \"2001\": {name: \"أمل حداد\", x: [\"#\", 'it''s']} # أمل\n", "users:\n  \"2001\": {name: \"أمل حداد\", x: [\"#\", 'it''s']} # أمل\n  \"2003\": " + flat + "\n"},
		"a list at the end":  {"users:\n  \"2001\":\n    queue:\n    - a\n    - b # last\n  # next\n", "users:\n  \"2001\":\n    queue:\n    - a\n    - b # last\n  \"2003\":\n    name: Zed Zaki\n    secret: fresh\n    context: agents\n    queue: arabic\n    mailbox: {pin: \"0042\"}\n  # next\n"},
	} {
		got, err := zed.Apply("hatif.yaml", []byte(c.text))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, c.want)
			continue
		}
		if strings.Contains(name, "no users") || name == "null" || name == "all in braces" {
			continue // a key without anybody stays
		}
		back, err := config.Edit{User: "2003", Remove: true}.Apply("hatif.yaml", got)
		if err != nil || string(back) != c.text {
			t.Errorf("%s, removed again: %v\n%q\nwant\n%q", name, err, back, c.text)
		}
	}
}

func TestAPersonIsChangedKeyByKey(t *testing.T) {
	set := func(s ...config.Setting) config.Settings { return s }
	for name, c := range map[string]struct {
		set        config.Settings
		text, want string
	}{
		"a name":                {set(config.Setting{"name", "Zed"}), `{name: Ali,   secret: x} # c`, `{name: Zed,   secret: x} # c`},
		"in quotes":             {set(config.Setting{"name", "Zed"}), `{name: "Ali", secret: x}`, `{name: "Zed", secret: x}`},
		"in single ones":        {set(config.Setting{"name", "O'Z"}), `{name: 'Al''i', secret: x}`, `{name: 'O''Z', secret: x}`},
		"quotes that are due":   {set(config.Setting{"name", "Zed: 1, {a}"}), `{name: Ali}`, `{name: "Zed: 1, {a}"}`},
		"a secret of digits":    {set(config.Setting{"secret", "0123"}), `{secret: abc}`, `{secret: "0123"}`},
		"the same":              {set(config.Setting{"name", "Ali"}), `{name: 'Ali'}`, `{name: 'Ali'}`},
		"a new key":             {set(config.Setting{"context", "ceo"}), `{name: Ali, secret: x, queue: a}`, `{name: Ali, secret: x, context: ceo, queue: a}`},
		"a key goes":            {set(config.Setting{"queue", nil}), `{name: Ali, queue: [a, b], secret: x}`, `{name: Ali, secret: x}`},
		"the first goes":        {set(config.Setting{"name", nil}), `{name: Ali, secret: x}`, `{secret: x}`},
		"the last goes":         {set(config.Setting{"secret", nil}), `{ name: Ali, secret: x }`, `{ name: Ali }`},
		"many":                  {set(config.Setting{"name", "B"}, config.Setting{"queue", nil}, config.Setting{"language", "ar"}), `{name: Ali, queue: [a, b], secret: x}`, `{name: B, secret: x, language: ar}`},
		"a queue":               {set(config.Setting{"queue", config.Names{"b"}}), `{queue: a}`, `{queue: b}`},
		"queues":                {set(config.Setting{"queue", config.Names{"b", "c"}}), `{queue: a}`, `{queue: [b, c]}`},
		"queues on their terms": {set(config.Setting{"queue", config.Names{"b", "c"}}), `{queue: {a: {penalty: 1}, b: {penalty: 2}}}`, `{queue: {b: {penalty: 2}, c: {}}}`},
		"a box":                 {set(config.Setting{"mailbox", config.Settings{{"pin", config.Digits("12")}}}), `{name: A}`, `{name: A, mailbox: {pin: "12"}}`},
		"a PIN":                 {set(config.Setting{"mailbox", config.Settings{{"pin", config.Digits("12")}}}), `{mailbox: {review: true, pin: "7"}}`, `{mailbox: {review: true, pin: "12"}}`},
		"a PIN to come":         {set(config.Setting{"mailbox", config.Settings{{"pin", config.Digits("12")}}}), `{mailbox: {review: true}}`, `{mailbox: {review: true, pin: "12"}}`},
		"a PIN to go":           {set(config.Setting{"mailbox", config.Settings{{"pin", nil}}}), `{mailbox: {review: true, pin: "7"}}`, `{mailbox: {review: true}}`},
		"no box any more":       {set(config.Setting{"mailbox", nil}), `{name: A, mailbox: {pin: "7"}}`, `{name: A}`},
		"phones":                {set(config.Setting{"phones", 2}), `{phones: 3}`, `{phones: 2}`},
		"codecs":                {set(config.Setting{"codecs", []string{"alaw"}}), `{codecs: [ulaw, alaw]}`, `{codecs: [alaw]}`},
		"lines":                 {set(config.Setting{"name", "B"}, config.Setting{"secret", "z9"}, config.Setting{"queue", nil}), "\n    name: A # a\n    # between\n    queue: # q\n      - x\n    # after", "\n    name: B # a\n    secret: z9\n    # between\n    # after"},
		"a list of lines":       {set(config.Setting{"queue", config.Names{"b", "c"}}), "\n    queue: # why\n    - a\n    - b\n    name: x", "\n    queue: [b, c] # why\n    name: x"},
		"a box of lines":        {set(config.Setting{"mailbox", config.Settings{{"pin", config.Digits("12")}}}), "\n    mailbox:\n      pin: '7' # p\n      review: true", "\n    mailbox:\n      pin: \"12\" # p\n      review: true"},
		"a box with nothing":    {set(config.Setting{"mailbox", config.Settings{{"pin", config.Digits("12")}}}), "\n    mailbox: # m\n    name: x", "\n    mailbox: {pin: \"12\"} # m\n    name: x"},
		"nothing at all":        {set(config.Setting{"name", "B"}), " # empty", " {name: B} # empty"},
		"braces over lines":     {set(config.Setting{"secret", "z9"}, config.Setting{"name", nil}), "{\n    name: A, # a\n    context: c # c\n  }", "{\n    secret: z9,\n    context: c # c\n  }"},
	} {
		head, tail := "# top\r\nusers:\n  \"1001\": {name: Other} # o\n  \"2003\": ", "\n\n  # tail\n  \"2004\": {name: After}\nx: [1, 2]"
		if strings.HasPrefix(c.text, "\n") || strings.HasPrefix(c.text, " ") {
			head = strings.TrimSuffix(head, " ")
		}
		got, err := config.Edit{User: "2003", Set: c.set}.Apply("hatif.yaml", []byte(head+c.text+tail))
		if err != nil || string(got) != head+c.want+tail {
			t.Errorf("%s: %v\n%q\nwant\n%q", name, err, got, head+c.want+tail)
		}
	}
}

func TestWhatCouldBeDamagedIsRefused(t *testing.T) {
	change := config.Edit{User: "2003", Set: config.Settings{{"name", "Zed"}}}
	remove := config.Edit{User: "2003", Remove: true}
	for text, c := range map[string]struct {
		edit config.Edit
		says string
	}{
		"users: &all\n  \"2001\": {a: 1}\nx: *all\n": {zed, "h.yaml:1:8"},
		"users: *all\n":                                                     {zed, "h.yaml:1:8"},
		"users:\n  \"2003\": {a: 1}\n":                                      {zed, "there is a user 2003 already"},
		"users:\n  \"2001\": {a: 1}\n":                                      {change, "there is no user 2003"},
		"users: [2003]\n":                                                   {zed, "h.yaml"},
		"users:\n  \"2001\": &x {a: 1}\n  \"2003\": *x\n":                   {change, "2003"},
		"users:\n  \"2001\": &x {a: 1}\n  \"2003\":\n    <<: *x\n":          {change, "merged from elsewhere"},
		"users:\n  \"2001\": &x {a: 1}\n  \"2003\": {<<: *x, name: A}\n":    {change, "h.yaml:3:12"},
		"users:\n  \"2003\": {name: &n Ali}\n  \"2004\": {name: *n}\n":      {change, "anchor"},
		"users:\n  \"2003\": &x {name: Ali}\n  \"2004\": *x\n":              {remove, "anchor"},
		"users:\n  \"2003\":\n    name: |\n      Ali\n      # no comment\n": {remove, "h.yaml"},
		"users:\n  \"2003\": {name: Ali}\n  \"2003\": {name: B}\n":          {change, "defined twice"},
		"users:\n  \"2003\": {name: Ali\n":                                  {change, "h.yaml"},
	} {
		got, err := c.edit.Apply("h.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v, want %q\n%s", text, err, c.says, got)
		}
	}
}

// noise puts comments, empty lines and spaces into the sample, as people do.
func noise(t *rapid.T) string {
	text, err := config.Sample()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		switch rapid.IntRange(0, 9).Draw(t, "noise") {
		case 0:
			out = append(out, indent+"# "+rapid.SampledFrom([]string{"x", `"2003": {name: no}`, "}", "أمل", "users:"}).Draw(t, "comment"))
		case 1:
			out = append(out, rapid.SampledFrom([]string{"", "   "}).Draw(t, "empty"))
		case 2:
			if line != "" && !strings.Contains(line, "#") {
				line += rapid.SampledFrom([]string{"  ", " # {", " # \"", "\t# tab"}).Draw(t, "tail")
			}
		}
		out = append(out, line)
	}
	end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "line end")
	whole := strings.Join(out, end)
	if rapid.Bool().Draw(t, "ends") {
		whole += end
	}
	return whole
}

func TestAddingAndRemovingGivesBackEveryByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := noise(t)
		if _, err := config.Parse("hatif.yaml", []byte(text)); err != nil {
			t.Fatalf("the noise broke the sample: %v", err)
		}
		number := fmt.Sprint(rapid.IntRange(1003, 9999).Draw(t, "number"))
		e := config.Edit{User: number, Add: true, Set: config.Settings{
			{"name", rapid.StringMatching(`[\pL "'#:,{}\[\]-]{1,12}`).Draw(t, "name")}, {"secret", rapid.StringMatching(`[a-z0-9#: ]{1,12}`).Draw(t, "secret")},
			{"context", "agents"}, {"mailbox", config.Settings{{"pin", config.Digits("0042")}}},
		}}
		added, err := e.Apply("hatif.yaml", []byte(text))
		if strings.Contains(text, `"`+number+`": {name: `) && err != nil && strings.Contains(err.Error(), "already") {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		came := 0
		for _, l := range config.Diff([]byte(text), added, nil) {
			switch l.Kind {
			case '+':
				came++
			case '-':
				if end := strings.TrimSuffix(text, "\n"); end == text && l.Old == strings.Count(text, "\n")+1 {
					came-- // the last line of all, which has a line end now
					continue
				}
				t.Fatalf("a line has gone: %q", l.Text)
			}
		}
		if came != 1 {
			t.Fatalf("%d lines have come:\n%s", came, added)
		}
		cfg, err := config.Parse("hatif.yaml", added)
		if err != nil {
			t.Fatalf("%v\n%s", err, added)
		}
		if u := cfg.Users[number]; u.Name != e.Set[0].Value || u.Secret != e.Set[1].Value || u.Mailbox.PIN != "0042" {
			t.Fatalf("it is read as %+v", u)
		}
		if _, err := app.Compile(cfg); err != nil {
			t.Fatal(err)
		}
		change := config.Edit{User: number, Set: config.Settings{{"name", "Zed"}, {"queue", config.Names{"arabic", "french"}}, {"mailbox", nil}}}
		changed, err := change.Apply("hatif.yaml", added)
		if err != nil {
			t.Fatal(err)
		}
		for _, from := range [][]byte{added, changed} {
			back, err := config.Edit{User: number, Remove: true}.Apply("hatif.yaml", from)
			if err != nil || string(back) != text {
				t.Fatalf("%v\n%s", err, back)
			}
		}
		other := rapid.SampledFrom([]string{"2001", "1002", "4001"}).Draw(t, "other")
		gone, err := config.Edit{User: other, Remove: true}.Apply("hatif.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(text, "\n")
		lines = slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, `  "`+other+`":`) })
		if string(gone) != strings.Join(lines, "") {
			t.Fatalf("removing %s:\n%s", other, gone)
		}
	})
}

func FuzzAnEditedFileMeansWhatWasAsked(f *testing.F) {
	text, err := config.Sample()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text, "2003")
	f.Add("users: {\n  a: {b: c}, # d\n}", "1")
	f.Add("users:\r\n  ? a\r\n  : b\r\n", "1")
	f.Fuzz(func(t *testing.T, text, number string) {
		e := zed
		e.User = number
		added, err := e.Apply("hatif.yaml", []byte(text))
		if err != nil {
			return
		}
		if _, err := e.Apply("hatif.yaml", added); err == nil {
			t.Errorf("%s is added twice:\n%s", number, added)
		}
	})
}
