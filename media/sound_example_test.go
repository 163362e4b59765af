package media_test

import (
	"fmt"
	"math"

	"hatif/media"
)

// A number is spoken by one source made of the sounds of its digits.
func ExampleSequence() {
	hum := make([]int16, media.SampleRate/10)
	for i := range hum {
		hum[i] = int16(5000 * math.Sin(float64(i)/10))
	}
	one, two := media.NewSound("digit 1", hum), media.NewSound("digit 2", hum)
	number := media.Sequence("number 12", one.Play(), media.Silence(media.FrameDuration), two.Play())

	frames := 0
	for f := (media.Frame{Want: media.ALaw}); number.Next(&f); {
		frames++ // f.Coded(media.ALaw) goes into a packet
	}
	fmt.Println(number, "lasts", frames, "frames")
	// Output: number 12 lasts 11 frames
}

// Three parties hear each other; whoever supervises can whisper to one of them.
func ExampleMixer() {
	room := media.NewMixer("conference 8000")
	agent := room.Join(media.Tone(media.ToneBusy, "fr"))
	chief := room.Join(media.Silence(0))
	chief.SpeakTo(agent)

	var f media.Frame
	fmt.Println(agent.Next(&f), f.Silent())
	fmt.Println(chief.Next(&f), f.Silent())
	// Output:
	// true true
	// true false
}
