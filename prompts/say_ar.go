package prompts

import (
	"slices"
	"strconv"
	"time"
)

// arabic is standard Arabic. A number agrees with what it counts:
//
//	1, 2       the noun alone, singular or dual:            دقيقةٌ واحدة، دقيقتان
//	3 to 10    a number of the other gender, noun plural:   ثلاثُ دقائق، ثلاثةُ أيام
//	11 to 99   the noun singular and accusative:            إحدى عشرةَ دقيقةً
//	100 …      the noun singular and genitive:              مئةُ دقيقةٍ
//
// and each group of a long number follows the one before with "and": مئةٌ وثلاثةٌ وعشرون.
// The forms of a recorded number: "" at the end, "-and" with the "and" of what follows, "-of" before a
// noun, "f" before a feminine noun. 0 to 20, the tens, the hundreds, 1000 to 10000 and the hundreds of
// thousands are one recording each; units come before tens.
type arabic struct{}

var arabicIsMasculine = map[Unit]bool{Day: true, Caller: true}

func (a arabic) number(n int) []string {
	if n == 0 {
		return []string{num(0, "")}
	}
	return arabicGroups(n).names(false)
}

// count says n of something; see the table at arabic.
func (a arabic) count(n int, of Unit) []string {
	one, two := "units/"+string(of)+"-1", "units/"+string(of)+"-2"
	few, many, hundred := "units/"+string(of)+"s", "units/"+string(of)+"-acc", "units/"+string(of)
	feminine := "f"
	if arabicIsMasculine[of] {
		feminine = ""
	}
	rest := n % 100
	above := arabicGroups(n - rest)
	switch {
	case n == 0:
		return []string{num(0, ""), hundred}
	case rest == 0:
		return append(above.names(true), hundred)
	case n == 1:
		return []string{one}
	case n == 2:
		return []string{two}
	case rest <= 2:
		return append(append(above.names(true), hundred, "units/and"), []string{one, two}[rest-1])
	case rest <= 10:
		return append(above.open(), num(rest, feminine+"-of"), few)
	}
	return append(append(above.open(), arabicBelow100(rest, feminine)...), many)
}

// arabicBelow100 says 1 to 99, from 11 on in the gender wanted: "" or "f". Round tens have but one.
func arabicBelow100(n int, feminine string) []string {
	switch {
	case n <= 10, n%10 == 0:
		return []string{num(n, "")}
	case n < 20:
		return []string{num(n, feminine)}
	}
	return []string{num(n%10, feminine+"-and"), num(n-n%10, "")}
}

// groups are the parts of a number between which "and" is said. Each is some prompts, of which the last
// has the three forms "", "-and" and (for some) "-of".
type groups [][]string

// arabicGroups takes n apart, which is greater than 0 (0 has no groups).
func arabicGroups(n int) groups {
	var all groups
	add := func(names ...string) { all = append(all, names) }
	thousands, rest := n/1000, n%1000
	hundreds, below := thousands-thousands%100, thousands%100
	switch {
	case hundreds > 0 && below <= 2:
		add(num(hundreds*1000, ""))
	case hundreds > 0:
		add(num(hundreds, ""))
	}
	switch {
	case below == 0:
	case below <= 10:
		add(num(below*1000, ""))
	default:
		add(append(arabicBelow100(below, ""), "numbers/thousand-acc")...)
	}
	if h := rest - rest%100; h > 0 {
		add(num(h, ""))
	}
	if r := rest % 100; r > 0 {
		add(arabicBelow100(r, "")...)
	}
	return all
}

// names says the groups with "and" between them. A noun's case follows when before is true.
func (g groups) names(before bool) []string {
	var names []string
	for i, group := range g {
		last := len(group) - 1
		names = append(names, group[:last]...)
		switch {
		case i < len(g)-1:
			names = append(names, group[last]+"-and")
		case before && slices.Contains(arabicConstruct, group[last]):
			names = append(names, group[last]+"-of")
		default:
			names = append(names, group[last])
		}
	}
	return names
}

// open says the groups with an "and" after each, for what comes next.
func (g groups) open() []string {
	var names []string
	for _, group := range g {
		last := len(group) - 1
		names = append(append(names, group[:last]...), group[last]+"-and")
	}
	return names
}

// arabicConstruct are the prompts that change before a genitive noun: the dual loses its n, others their ending.
var arabicConstruct = []string{
	num(100, ""), num(200, ""), num(300, ""), num(400, ""), num(500, ""), num(600, ""), num(700, ""), num(800, ""),
	num(900, ""), num(2000, ""), "numbers/thousand-acc",
}

// join says "and" before every part but the first.
func (arabic) join(parts [][]string) []string {
	var names []string
	for i, p := range parts {
		if i > 0 {
			names = append(names, "units/and")
		}
		names = append(names, p...)
	}
	return names
}

// clock is said in twelve hours, counted with ordinals: الساعة الثالثة وخمس دقائق مساءً.
func (a arabic) clock(hour, minute int) []string {
	name := "time/hour-" + strconv.Itoa((hour+11)%12+1)
	half := "time/am"
	switch {
	case hour == 0 && minute == 0:
		return []string{name, "time/midnight"}
	case hour == 12:
		half = "time/noon"
	case hour > 12:
		half = "time/pm"
	}
	if minute == 0 {
		return []string{name, half}
	}
	names := append([]string{name + "-and"}, a.count(minute, Minute)...)
	return append(names, half)
}

// date is "Monday, the third of March, two thousand and twenty five", the day an ordinal.
func (arabic) date(t time.Time) []string {
	return append([]string{weekday(t), "date/day-" + strconv.Itoa(t.Day()), month(t)}, Number("ar", t.Year())...)
}

func (arabic) at() []string { return nil }
