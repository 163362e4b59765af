package dialplan

import (
	"strings"
	"testing"
)

func TestConditions(t *testing.T) {
	values := map[string]string{"rating": "4", "none": "", "name": "amal", "Language": "ar", "zero": "0", "no": "false", "long": "0777"}
	for raw, want := range map[string]bool{
		`rating < 5`:                             true,
		`rating < 4`:                             false,
		`.rating <= 4.0`:                         true,
		`rating > -1.5`:                          true,
		`rating >= 10`:                           false,
		`10 > rating`:                            true,
		`none < 5`:                               false,
		`none >= 0`:                              false,
		`unset == ""`:                            true,
		`none != ""`:                             false,
		`Language == "ar"`:                       true,
		`Language == 'ar' and rating == 4`:       true,
		`Language == "en" or name == "amal"`:     true,
		`not Language == "en"`:                   true,
		`not (rating < 5 or rating > 9)`:         false,
		`Language=="en"or rating<5 and zero==1`:  false,
		`(Language == "ar" or zero) and name`:    true,
		`zero`:                                   false,
		`no`:                                     false,
		`none`:                                   false,
		`name`:                                   true,
		`not not name`:                           true,
		`long == 777`:                            true,
		`long == "777"`:                          false,
		`name > "aaa"`:                           true,
		`"0"`:                                    true,
		`rating == 4 and rating == 4 and 1 == 1`: true,
	} {
		e, err := parseExpression(raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if got := e.holds(values); got != want {
			t.Errorf("%s is %v", raw, got)
		}
	}
}

func TestBrokenConditionsAreExplained(t *testing.T) {
	for raw, want := range map[string]string{
		``:            "ends where a number",
		`rating <`:    "ends where a number",
		`rating = 5`:  "write ==",
		`!rating`:     "write == or !=",
		`rating < 5)`: `"and, or, or the end" is expected`,
		`(rating`:     "ends where )",
		`rating 5`:    `instead of "5" at character 8`,
		`"open`:       "not closed",
		`a & b`:       "means nothing",
		`and`:         `instead of "and"`,
		`a ""`:        "is expected instead of",
		`1.2.3 == 1`:  `instead of "1.2.3"`,
		`- == 1`:      `instead of "-"`,
		strings.Repeat("(", 100) + "a" + strings.Repeat(")", 100): "nested deeper",
		strings.Repeat("not ", 100) + "a":                         "nested deeper",
	} {
		want = strings.ReplaceAll(want, `"and, or, or the end"`, "and, or, or the end")
		if _, err := parseExpression(raw); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20s: %v, want %q", raw, err, want)
		}
	}
}

func FuzzExpr(f *testing.F) {
	for _, seed := range []string{`rating < 5`, `not (a == "b" or .c >= -1.5)`, `"`, `a==''`, `((((`, `not not`, "a\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		e, err := parseExpression(raw)
		if err != nil {
			return
		}
		e.holds(nil)
		e.holds(map[string]string{"a": "1", "c": "x"})
		for _, name := range e.names {
			if !isName(name) {
				t.Fatalf("%q reads a variable %q", raw, name)
			}
		}
	})
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{`{{ .Language }}`, `{{`, `{{ .a.b }}`, `x{{ if .a }}y{{ else }}{{ .b }}{{ end }}`, `{{ range .a }}{{ end }}`, `{{ template "x" .c }}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		tx, err := parseText(raw)
		if err != nil {
			return
		}
		if tx.fixed() && (tx.only != "" || len(tx.names) > 0) {
			t.Fatalf("%q is fixed and reads %v", raw, tx.names)
		}
	})
}
