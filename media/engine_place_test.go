package media

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAPortGoesToTheLoopOfTheVoiceItHears(t *testing.T) {
	b := newBench(t, Config{Loops: 2})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	if alice.port.want == bob.port.want {
		t.Fatal("two loops, and both ports are on one")
	}
	near := b.ring(PortOptions{Near: bob.port}, terms{})
	if near.port.want != bob.port.want {
		t.Error("Near was not heeded")
	}
	bridge(alice, bob)
	if alice.port.at != bob.port.at {
		t.Fatal("the two are on different loops")
	}
	alice.say(160, 1)
	bob.say(160, 2)
	if a, c := alice.hears(), bob.hears(); len(a) != 1 || len(c) != 1 {
		t.Errorf("alice was sent %d packets, bob %d; want one each", len(a), len(c))
	}
}

func TestTheNextLoopIsBegunWhenTheFirstIsFull(t *testing.T) {
	b := newBench(t, Config{Loops: 3})
	b.engine.full = 4
	at := make(map[*loop]int)
	for range 4 {
		at[b.ring(PortOptions{}, terms{}).port.want]++
	}
	if first := b.engine.loops[0]; at[first] != 4 {
		t.Fatalf("few ports are spread over loops: %d of 4 are on the first", at[first])
	}
	for range 11 {
		at[b.ring(PortOptions{}, terms{}).port.want]++
	}
	for i, l := range b.engine.loops {
		if at[l] != 5 {
			t.Errorf("loop %d has %d of 15 ports", i, at[l])
		}
	}
}

func TestAllWhoHangTogetherMoveTogether(t *testing.T) {
	b := newBench(t, Config{Loops: 2})
	var left, right []*phone
	for range 4 {
		left, right = append(left, b.ring(PortOptions{}, terms{})), append(right, b.ring(PortOptions{}, terms{}))
	}
	bridge(left[0], left[1])
	left[2].port.Hear(left[0].port.Voice()) // listens in
	m := NewMixer("conference")
	for _, ph := range right {
		ph.port.Hear(m.Join(ph.port.Voice()))
	}
	b.run(100 * time.Millisecond)
	left[3].port.Hear(m.Join(left[3].port.Voice()))
	left[1].port.Hear(right[0].port.Voice()) // brings both groups together
	b.run(20 * time.Millisecond)
	at := right[0].port.at
	for i, ph := range append(slices.Clone(left), right...) {
		if ph.port.at != at || ph.port.want != at {
			t.Errorf("port %d was left behind", i)
		}
	}
	if total := b.engine.loops[0].wanted + b.engine.loops[1].wanted; total != 8 {
		t.Errorf("the loops count %d ports", total)
	}
	left[0].say(160, 5)
	if got := left[2].hears(); len(got) != 1 || got[0].Payload[0] != 5 {
		t.Errorf("who listens in hears %v", got)
	}
}

func TestAListenerThatStaysFindsTheVoiceThatComesBack(t *testing.T) {
	b := newBench(t, Config{Loops: 2})
	alice, bob := b.ring(PortOptions{}, terms{}), b.ring(PortOptions{}, terms{})
	bridge(alice, bob)
	home := alice.port.at
	for _, l := range b.engine.loops {
		if l == home {
			continue
		}
		for _, to := range []*loop{l, home} { // alone, as when two changes cross
			alice.port.mu.Lock()
			alice.port.want = to
			alice.port.at.post(alice.port)
			alice.port.mu.Unlock()
			b.settle()
			b.settle()
			if alice.port.at != to {
				t.Fatal("the port does not go where it is wanted")
			}
		}
	}
	alice.say(160, 5)
	if got := bob.hears(); len(got) != 1 {
		t.Errorf("bob was sent %d packets, want 1", len(got))
	}
}

// What is done to ports in any order, on loops that run in any order, must come out as if there were one loop.
func TestWhoeverHearsAVoiceIsSentItWhateverHappenedBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBench(&rapidTB{TB: nil, t: t}, Config{Loops: 3})
		b.lazy = true
		var phones []*phone
		hears := map[*phone]*phone{}
		seated := map[*phone]bool{}
		mixers := []*Mixer{NewMixer("one"), NewMixer("two")}
		for range rapid.IntRange(2, 8).Draw(t, "phones") {
			phones = append(phones, b.ring(PortOptions{}, terms{}))
		}
		t.Repeat(map[string]func(*rapid.T){
			"hear": func(t *rapid.T) {
				p, q := rapid.SampledFrom(phones).Draw(t, "who"), rapid.SampledFrom(phones).Draw(t, "whom")
				p.port.Hear(q.port.Voice())
				hears[p], seated[p] = q, false
			},
			"seat": func(t *rapid.T) {
				p := rapid.SampledFrom(phones).Draw(t, "who")
				p.port.Hear(rapid.SampledFrom(mixers).Draw(t, "mixer").Join(nil))
				hears[p], seated[p] = nil, true
			},
			"music": func(t *rapid.T) {
				p := rapid.SampledFrom(phones).Draw(t, "who")
				p.port.Hear(&frames{name: "music"})
				hears[p], seated[p] = nil, false
			},
			"close": func(t *rapid.T) {
				i := rapid.IntRange(0, len(phones)-1).Draw(t, "who")
				p := phones[i]
				p.port.Close()
				phones[i] = b.ring(PortOptions{}, terms{})
				delete(hears, p)
				for r, q := range hears {
					if q == p {
						delete(hears, r)
					}
				}
			},
			"step": func(t *rapid.T) {
				b.now += 1e6
				b.engine.loops[rapid.IntRange(0, 2).Draw(t, "loop")].step(b.now)
			},
			"": func(t *rapid.T) {
				if !rapid.Bool().Draw(t, "look") {
					return
				}
				b.run(2 * time.Millisecond)
				for _, q := range phones {
					for _, p := range phones {
						p.hears()
					}
					q.say(160, 0x33)
					for _, p := range phones {
						n := 0
						for _, packet := range p.hears() {
							if packet.Payload[0] == 0x33 {
								n++
							}
						}
						if want := hears[p] == q; n > 1 || want != (n == 1) {
							t.Fatalf("%v hears %v: %v, and was sent %d packets of it", p.port.Voice(), q.port.Voice(), want, n)
						}
					}
				}
				for p, q := range hears {
					if q != nil && p.port.at != q.port.at {
						t.Fatalf("%v hears %v from another loop", p.port.Voice(), q.port.Voice())
					}
				}
				wanted := 0
				for _, l := range b.engine.loops {
					wanted += l.wanted
				}
				if wanted != len(phones) || b.engine.opened != len(phones) || b.net.open() != 2*len(phones) {
					t.Fatalf("%d phones: the loops count %d, the engine %d, %d sockets", len(phones), wanted, b.engine.opened, b.net.open())
				}
			},
		})
		for _, p := range phones {
			p.port.Close()
		}
		b.run(2 * time.Millisecond)
		if b.net.open() != 0 || len(b.engine.alive) != 0 || len(b.engine.mixers) != 0 {
			t.Fatalf("left over: %d sockets, %d ports, %d mixers", b.net.open(), len(b.engine.alive), len(b.engine.mixers))
		}
		if b.log.Len() > 0 {
			t.Fatal(b.log.String())
		}
	})
}

// rapidTB lets a bench be part of a property: what it needs of testing.TB rapid has.
type rapidTB struct {
	testing.TB
	t *rapid.T
}

func (r *rapidTB) Helper()           { r.t.Helper() }
func (r *rapidTB) Fatal(args ...any) { r.t.Fatal(args...) }

func TestPortsMoveBetweenRunningLoopsWithoutLosingTheirPackets(t *testing.T) {
	e, _ := running(t, Config{Loops: 4}, kernel())
	var callers []*caller
	for i := range 8 {
		callers = append(callers, call(t, e, PortOptions{Name: fmt.Sprint("voice ", i)}))
	}
	var all sync.WaitGroup
	for i := range callers { // everybody is connected with everybody in turn, from many goroutines at once
		all.Go(func() {
			for range 50 {
				for j := range callers {
					callers[i].port.Hear(callers[j].port.Voice())
				}
			}
		})
	}
	all.Wait()
	for i, c := range callers { // a ring: each hears the next
		c.port.Hear(callers[(i+1)%len(callers)].port.Voice())
	}
	if !within(t, 5*time.Second, func() bool {
		loops := make(map[*loop]bool)
		for _, c := range callers {
			c.port.mu.Lock()
			loops[c.port.at] = true
			idle := len(c.port.inbox) == 0
			c.port.mu.Unlock()
			if !idle {
				return false
			}
		}
		return len(loops) == 1
	}) {
		t.Fatal("the ports do not come together")
	}
	for _, c := range callers {
		c.port.Quality()
	}
	for i := range uint32(20) {
		for j, c := range callers {
			c.say(i<<8 | uint32(j))
		}
	}
	for j, c := range callers {
		for i := range uint32(20) {
			p, ok := c.next()
			if want := i<<8 | uint32((j+1)%len(callers)); !ok || binary.BigEndian.Uint32(p.Payload) != want {
				t.Fatalf("phone %d, packet %d: %v, payload %x, want %x", j, i, ok, p.Payload, want)
			}
		}
	}
}
