package dialplan

import (
	"context"
	"time"

	"hatif/call"
	"hatif/media"
	"hatif/queue"
)

// How long an agent may take to press the key, and how often they are asked. A machine that has picked up in their
// place keeps the caller waiting for no longer.
const (
	confirmWait  = 4 * time.Second
	confirmTries = 2
)

// briefer has agents hear whose call it is, in their own language, and asks them whether they take it.
func (p *Plan) briefer(c *call.Call) func(ctx context.Context, agent call.Leg, b queue.Briefing) error {
	return func(ctx context.Context, agent call.Leg, b queue.Briefing) error {
		language := p.services.language(agent.Info().User)
		var said speech
		for _, w := range b.Words {
			for _, name := range spell(w, language) {
				said.items = append(said.items, prompt{name: text{raw: name}, language: language})
			}
		}
		sound := func() media.Source { return said.source(c, p.services.Sounds) }
		if !b.Confirm {
			return call.Play(ctx, agent, sound())
		}
		_, err := call.Ask(ctx, agent, call.Question{
			Prompt: sound, FirstDigit: confirmWait, Keys: string(rune(yes)), Tries: confirmTries, AskAgain: true,
		})
		return err
	}
}
