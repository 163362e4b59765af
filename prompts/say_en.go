package prompts

import (
	"strconv"
	"time"
)

// english is British English: "one hundred and one", "a" never for "one". 0 to 99 and the hundreds are
// one recording each.
type english struct{}

func (english) number(n int) []string {
	if n < 1000 {
		return englishBelow1000(n)
	}
	thousands, rest := n/1000, n%1000
	names := englishBelow1000(thousands)
	switch {
	case rest == 0:
		return append(names, "numbers/thousand")
	case rest < 100:
		return append(names, "numbers/thousand-and", num(rest, ""))
	}
	return append(append(names, "numbers/thousand"), englishBelow1000(rest)...)
}

func englishBelow1000(n int) []string {
	switch {
	case n < 100:
		return []string{num(n, "")}
	case n%100 == 0:
		return []string{num(n, "")}
	}
	return []string{num(n-n%100, "-and"), num(n%100, "")}
}

func (e english) count(n int, of Unit) []string {
	if n == 1 {
		return append(e.number(n), "units/"+string(of))
	}
	return append(e.number(n), "units/"+string(of)+"s")
}

func (english) join(parts [][]string) []string { return joined(parts, "units/and") }

// clock is said in twelve hours: "twelve oh five a m"; noon and midnight have their names.
func (e english) clock(hour, minute int) []string {
	switch {
	case minute == 0 && hour == 0:
		return []string{"time/midnight"}
	case minute == 0 && hour == 12:
		return []string{"time/noon"}
	}
	half := "time/am"
	if hour >= 12 {
		half = "time/pm"
	}
	names := []string{num((hour+11)%12+1, "")}
	switch {
	case minute == 0:
	case minute < 10:
		names = append(names, "time/oh-"+strconv.Itoa(minute))
	default:
		names = append(names, num(minute, ""))
	}
	return append(names, half)
}

// date is "Monday the third of March twenty twenty five".
func (e english) date(t time.Time) []string {
	names := []string{weekday(t), "date/day-" + strconv.Itoa(t.Day()), month(t)}
	y := t.Year()
	if y%1000 >= 10 && y > 1000 && y < 10_000 && y%100 >= 10 {
		return append(names, num(y/100, ""), num(y%100, ""))
	}
	return append(names, Number("en", y)...)
}

func (english) at() []string { return []string{"time/at"} }
