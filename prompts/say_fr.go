package prompts

import (
	"slices"
	"strconv"
	"time"
)

// french is the French of France: soixante-dix, quatre-vingts. 0 to 99 and the hundreds are one recording
// each. What is counted here begins with a consonant, except hours, which are recorded with their number
// for the liaison.
type french struct{}

// frenchFeminine end in "un" and agree: une minute, vingt et une minutes.
var frenchFeminine = []int{1, 21, 31, 41, 51, 61, 81}

// frenchMute end in six, huit or dix, whose last consonant is silent before another one: six minutes.
var frenchMute = []int{6, 8, 10, 18, 26, 28, 36, 38, 46, 48, 56, 58, 66, 68, 70, 78, 86, 88, 90, 98}

var frenchIsFeminine = map[Unit]bool{Second: true, Minute: true, Hour: true}

func (f french) number(n int) []string { return f.say(n, "") }

// say ends in the given form: "" alone, "-of" before a masculine noun, "f" before a feminine one.
func (french) say(n int, form string) []string {
	var names []string
	if thousands := n / 1000; thousands == 1 {
		names = []string{"numbers/thousand"}
	} else if thousands > 1 {
		names = append(frenchBelow1000(thousands, "-of"), "numbers/thousand")
	}
	if n%1000 == 0 && n > 0 {
		return names
	}
	return append(names, frenchBelow1000(n%1000, form)...)
}

func frenchBelow1000(n int, form string) []string {
	var names []string
	if n >= 100 {
		names = []string{num(n-n%100, "")}
		if n%100 == 0 {
			return names
		}
		n %= 100
	}
	switch {
	case form == "f" && slices.Contains(frenchFeminine, n):
		return append(names, num(n, "f"))
	case form != "" && slices.Contains(frenchMute, n):
		return append(names, num(n, "-of"))
	}
	return append(names, num(n, ""))
}

// count is singular for 0 and 1: "zéro minute".
func (f french) count(n int, of Unit) []string {
	if of == Hour && n < 24 {
		return []string{frenchHour(n)}
	}
	form, word := "-of", "units/"+string(of)
	if frenchIsFeminine[of] {
		form = "f"
	}
	if n > 1 {
		word += "s"
	}
	return append(f.say(n, form), word)
}

func frenchHour(n int) string { return "time/hour-" + strconv.Itoa(n) }

func (french) join(parts [][]string) []string { return joined(parts, "units/and") }

// clock is said in twenty-four hours: "quinze heures cinq"; noon and midnight have their names.
func (french) clock(hour, minute int) []string {
	switch {
	case minute == 0 && hour == 0:
		return []string{"time/midnight"}
	case minute == 0 && hour == 12:
		return []string{"time/noon"}
	case minute == 0:
		return []string{frenchHour(hour)}
	}
	names := []string{frenchHour(hour)}
	if slices.Contains(frenchFeminine, minute) {
		return append(names, num(minute, "f"))
	}
	return append(names, num(minute, ""))
}

// date is "lundi trois mars deux mille vingt-cinq"; the first is "premier".
func (french) date(t time.Time) []string {
	day := num(t.Day(), "")
	if t.Day() == 1 {
		day = "date/day-1"
	}
	return append([]string{weekday(t), day, month(t)}, Number("fr", t.Year())...)
}

func (french) at() []string { return []string{"time/at"} }
