package dialplan

import (
	"hatif/call"
	"hatif/media"
	"hatif/prompts"
	"hatif/queue"
)

// announcer makes what a queue says to c's caller sound in their language.
func (p *Plan) announcer(c *call.Call) func(words ...queue.Word) media.Source {
	return func(words ...queue.Word) media.Source {
		var names []string
		for _, w := range words {
			names = append(names, spell(w, c.Language)...)
		}
		return saying(names).source(c, p.services.Sounds)
	}
}

// spell is the prompts of a word.
func spell(w queue.Word, language string) []string {
	switch {
	case w.Prompt != "":
		return []string{w.Prompt}
	case w.Digits != "":
		return prompts.Digits(w.Digits)
	case w.Minutes > 0:
		return prompts.Count(language, w.Minutes, prompts.Minute)
	case w.Lasting > 0:
		return prompts.Duration(language, w.Lasting)
	}
	return prompts.Number(language, w.Number)
}
