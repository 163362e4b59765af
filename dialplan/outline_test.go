package dialplan

import (
	"slices"
	"strings"
	"testing"
)

// flat is every step of an extension's picture, and the ways on: "menu welcome", "menu welcome: digit 1".
func flat(nodes []Node) (all []string) {
	for _, n := range nodes {
		if n.ID == 0 {
			continue
		}
		all = append(all, n.Text)
		for _, w := range n.Ways {
			for _, on := range w.On {
				all = append(all, n.Text+": "+on)
			}
			all = append(all, flat(w.Steps)...)
		}
	}
	return all
}

// Every step and every branch of the shipped file is in the picture once, at the extension where it is written.
func TestThePictureHasEveryBranchOfTheShippedFile(t *testing.T) {
	p := compiled(t, shipped(t), house())
	got := make(map[string][]string) // by context and extension
	for _, c := range p.Outline().Contexts {
		for _, e := range c.Extensions {
			name := e.Name
			if e.People {
				name = "people of may_call"
			}
			got[c.Name+","+name] = flat(e.Steps)
		}
	}
	want := make(map[string][]string)
	steps := 0
	for _, n := range everyContext(p) {
		for _, e := range n.written() {
			reached := make(map[Step]bool)
			walk(e.first, reached)
			for s := range reached {
				if p.places[s].ext != e {
					continue
				}
				steps++
				key := n.name + "," + e.String()
				want[key] = append(want[key], s.String())
				if exits := s.Exits(); len(exits) > 1 || len(exits) == 1 && exits[0].On != "" {
					for _, x := range exits {
						if _, isJump := s.(*jump); !isJump {
							want[key] = append(want[key], s.String()+": "+x.On)
						}
					}
				}
			}
		}
	}
	if steps < 40 {
		t.Fatalf("the shipped file has only %d steps", steps)
	}
	for key, all := range want {
		slices.Sort(all)
		drawn := slices.Sorted(slices.Values(got[key]))
		if !slices.Equal(all, drawn) {
			t.Errorf("%s has\n%s\nand the picture\n%s", key, strings.Join(all, "\n"), strings.Join(drawn, "\n"))
		}
	}
}

func TestThePictureSaysWhoMayDialWhatIsHeardAndWhereItLeads(t *testing.T) {
	o := compiled(t, shipped(t), house()).Outline()
	at := func(context, name string) ExtensionOutline {
		t.Helper()
		for _, c := range o.Contexts {
			for _, e := range c.Extensions {
				if c.Name == context && e.Name == name {
					return e
				}
			}
		}
		t.Fatalf("there is no %s,%s", context, name)
		return ExtensionOutline{}
	}
	if e := at("incoming", "0777"); !slices.Equal(e.DialledFrom, []string{"incoming"}) || len(e.Steps) != 1 || !slices.Equal(e.Steps[0].To, []Place{{"welcome", "start"}}) {
		t.Errorf("0777 is %+v", e)
	}
	menu := at("welcome", "start")
	if len(menu.DialledFrom) != 0 || !slices.Contains(menu.Steps[0].Prompts, Spoken{"ar", "welcome"}) || !slices.Contains(menu.Steps[0].Prompts, Spoken{"ar", "not-valid"}) {
		t.Errorf("the menu is %+v", menu)
	}
	if way := menu.Steps[0].Ways[0]; way.On[0] != "1" || len(way.Steps) != 3 || !slices.Equal(way.Steps[2].To, []Place{{"talk-to-an-agent", "start"}}) {
		t.Errorf("the first key leads %+v", way)
	}
	agent := at("talk-to-an-agent", "start").Steps
	line := agent[len(agent)-1]
	if slices.Sort(line.Queues); !slices.Equal(line.Queues, []string{"arabic", "english", "french"}) {
		t.Errorf("the queues are %q", line.Queues)
	}
	if e := at("staff", "2000"); !slices.Equal(e.DialledFrom, []string{"agents", "ceo", "complaints", "managers"}) {
		t.Errorf("2000 is dialled from %q", e.DialledFrom)
	}
	if people := at("agents", ""); !people.People || !slices.Equal(people.DialledFrom, []string{"agents"}) {
		t.Errorf("people are %+v", people)
	}
}

// A step that two branches share, and one that leads back, are drawn once.
func TestWhatIsDrawnAlreadyIsReferredTo(t *testing.T) {
	const file = `
  in:
    "1":
      - if: {when: Caller == "1001", then: {playback: welcome}}
      - playback: goodbye
`
	o := compiled(t, file, house()).Outline()
	steps := o.Contexts[0].Extensions[0].Steps
	yes, no := steps[0].Ways[0].Steps, steps[0].Ways[1].Steps
	if len(yes) != 2 || yes[1].Text != "playback goodbye" || len(no) != 1 || no[0].Again != yes[1].ID {
		t.Errorf("drawn as %+v", steps)
	}
}
