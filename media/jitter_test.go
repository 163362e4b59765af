package media

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// spoken is a voice-like test signal whose sample at any timestamp is known: a hum that repeats every fifty
// samples, with a breath that never does.
func spoken(timestamp uint32) int16 {
	t := float64(timestamp) / SampleRate
	breath := float64(timestamp*2654435761>>16) - 32768
	return int16(8000*math.Sin(2*math.Pi*160*t) + 4000*math.Sin(2*math.Pi*480*t) + breath/50)
}

// spokenPacket is n coded samples of it.
func spokenPacket(timestamp uint32, n int) []byte {
	s := make([]int16, n)
	for i := range s {
		s[i] = spoken(timestamp + uint32(i))
	}
	b := make([]byte, n)
	Encode(MuLaw, b, s)
	return b
}

// arrival is a packet on its way, due at a time in milliseconds.
type arrival struct {
	at        int
	seq       uint16
	timestamp uint32
	samples   int
}

// voicePackets is ms of packets of so many samples each, from a first timestamp on.
func voicePackets(first uint32, samples, ms int) []arrival {
	var all []arrival
	for i := 0; i*samples/8 < ms; i++ {
		all = append(all, arrival{at: i * samples / 8, seq: uint16(65500 + i), timestamp: first + uint32(i*samples), samples: samples})
	}
	return all
}

// listen delivers packets at their times and pulls a frame every 20 ms for as long, at phase ms.
func listen(j *Jitter, packets []arrival, ms, phase int) []int16 {
	slices.SortStableFunc(packets, func(a, b arrival) int { return a.at - b.at })
	var heard []int16
	for now := range ms {
		for len(packets) > 0 && packets[0].at <= now {
			p := packets[0]
			j.Put(1, p.seq, p.timestamp, MuLaw, spokenPacket(p.timestamp, p.samples))
			packets = packets[1:]
		}
		if now%20 == phase {
			var f Frame
			j.Next(&f)
			heard = append(heard, f.Linear()...)
		}
	}
	return heard
}

// delayOf finds by how many samples heard is behind what was spoken from first on, in a part of it;
// ok is false when it is not there unchanged.
func delayOf(heard []int16, first uint32, from, to int) (delay int, ok bool) {
	var want [FrameSamples]int16
	Decode(MuLaw, want[:], spokenPacket(first+uint32(from), FrameSamples))
	for delay := range 4000 {
		for i := from; i+delay < len(heard) && i < to; i += FrameSamples {
			Decode(MuLaw, want[:], spokenPacket(first+uint32(i), FrameSamples))
			end := min(i+delay+FrameSamples, len(heard))
			if !slices.Equal(heard[i+delay:end], want[:end-i-delay]) {
				break
			}
			if i+FrameSamples >= to {
				return delay, true
			}
		}
	}
	return 0, false
}

func TestAPunctualVoiceIsHeardUnchangedAndSoon(t *testing.T) {
	for _, samples := range []int{80, 160, 240, 480} {
		for _, phase := range []int{0, 7, 19} {
			var j Jitter
			heard := listen(&j, voicePackets(4294967000, samples, 2000), 2000, phase)
			// A long packet that arrives whole every 60 ms needs no more delay than a short one.
			delay, ok := delayOf(heard, 4294967000, 0, 12000)
			if !ok || delay > 2*FrameSamples || j.Stats() != (JitterStats{}) {
				t.Errorf("packets of %d samples, pulled at %d ms: delay %d (%v), %+v", samples, phase, delay, ok, j.Stats())
			}
		}
	}
}

func TestReorderedAndRepeatedPacketsAreHeardInOrderOnce(t *testing.T) {
	packets := voicePackets(0, 160, 2000)
	for i := 0; i+1 < len(packets); i += 2 { // each pair changes places
		packets[i].at, packets[i+1].at = packets[i+1].at, packets[i].at
	}
	for _, p := range slices.Clone(packets) {
		p.at += 15
		packets = append(packets, p)
	}
	j := Jitter{Min: 60 * ms, Max: 60 * ms}
	if _, ok := delayOf(listen(&j, packets, 2000, 3), 0, 0, 12000); !ok || j.Stats() != (JitterStats{}) {
		t.Errorf("not heard as it was spoken: %+v", j.Stats())
	}
}

func TestPacketsRepeatedMuchLaterAreNotTakenForLateOnes(t *testing.T) {
	packets := voicePackets(0, 160, 3000)
	for _, p := range slices.Clone(packets) {
		p.at += 70
		packets = append(packets, p)
	}
	var j Jitter
	delay, ok := delayOf(listen(&j, packets, 3000, 3), 0, 0, 20000)
	if !ok || delay > 2*FrameSamples || j.Stats() != (JitterStats{}) {
		t.Errorf("delay %d (%v), %+v", delay, ok, j.Stats())
	}
}

func TestTheDelayGrowsWithTheJitterAndNoFurther(t *testing.T) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 5))
		packets := voicePackets(0, 160, 20000)
		for i := range packets {
			packets[i].at += rng.IntN(60)
		}
		var j Jitter
		heard := listen(&j, packets, 20000, 10)
		if delay, ok := delayOf(heard, 0, 16000, 150000); !ok || delay > 100*8 || j.Stats().Late > 3 {
			t.Errorf("after two seconds of 60 ms jitter: delay %d samples (%v), %+v", delay, ok, j.Stats())
		}
	}

	rng := rand.New(rand.NewPCG(5, 5))
	packets := voicePackets(0, 160, 20000)
	var bounded Jitter
	for i := range packets {
		packets[i].at += rng.IntN(1000)
	}
	listen(&bounded, packets, 20000, 10)
	if most := int32(samplesOf(jitterMax)); bounded.lead > most {
		t.Errorf("a second of jitter made a delay of %d samples, most is %d", bounded.lead, most)
	}
}

func TestDelayThatIsNoLongerNeededIsGivenUp(t *testing.T) {
	packets := voicePackets(0, 160, 12000)
	for i := range packets {
		if at := packets[i].at; at >= 1000 && at < 1080 {
			packets[i].at = 1080 // a hole in the network, once
		}
	}
	var j Jitter
	heard := listen(&j, packets, 12000, 10)
	first, ok1 := delayOf(heard, 0, 9600, 16000)
	last, ok2 := delayOf(heard, 0, 80000, 90000)
	if !ok1 || !ok2 || first < 60*8 || last > 50*8 {
		t.Errorf("delay %d (%v) after the hole and %d (%v) at the end", first, ok1, last, ok2)
	}
}

func TestAFixedDelayStaysAsItIs(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	packets := voicePackets(0, 160, 10000)
	for i := 1; i < len(packets); i++ {
		packets[i].at += rng.IntN(70)
	}
	j := Jitter{Min: 80 * ms, Max: 80 * ms}
	if delay, ok := delayOf(listen(&j, packets, 10000, 0), 0, 0, 70000); !ok || delay < 80*8 || delay > 100*8 {
		t.Errorf("delay %d samples (%v), want 80 ms", delay, ok)
	}
}

// energy is the mean square of samples.
func energy(s []int16) float64 {
	sum := 0.0
	for _, v := range s {
		sum += float64(v) * float64(v)
	}
	return sum / float64(max(len(s), 1))
}

func TestALostPacketIsConcealedByTheVoiceGoingOn(t *testing.T) {
	packets := voicePackets(0, 160, 2000)
	packets = slices.Delete(packets, 50, 51)
	var j Jitter
	heard := listen(&j, packets, 2000, 10)
	delay, _ := delayOf(heard, 0, 0, 7000)
	gap := heard[8000+delay : 8160+delay]
	if got, spokenThen := energy(gap), energy(heard[7000+delay:8000+delay]); got < spokenThen/3 || got > spokenThen*1.1 {
		t.Errorf("the gap has %.2f of the voice's energy", got/spokenThen)
	}
	// The test voice nearly repeats every 50 samples, so what conceals it should be nearly what was lost.
	diff := 0.0
	for i, v := range gap {
		diff += math.Pow(float64(v)-float64(spoken(8000+uint32(i))), 2)
	}
	if diff/160 > energy(gap)/3 {
		t.Errorf("what conceals is not in time with the voice: error %.2f of its energy", diff/160/energy(gap))
	}
	if j.Stats().Concealed != 1 {
		t.Errorf("%+v, want one frame concealed", j.Stats())
	}
}

func TestALongGapFadesToSilence(t *testing.T) {
	packets := slices.DeleteFunc(voicePackets(0, 160, 3000), func(p arrival) bool { return p.at >= 1000 && p.at < 2000 })
	var j Jitter
	heard := listen(&j, packets, 3000, 10)
	delay, _ := delayOf(heard, 0, 0, 7000)
	if e := energy(heard[8000+delay+480 : 16000+delay]); e != 0 {
		t.Errorf("after 60 ms of nothing there is still sound: %.0f", e)
	}
	if _, ok := delayOf(heard[:23000], 0, 16160, 20000); !ok {
		t.Error("the voice does not come back as it was spoken")
	}
}

func TestANewStreamIsHeardAtOnce(t *testing.T) {
	for name, change := range map[string]func(j *Jitter, seq uint16, timestamp uint32){
		"another SSRC": func(j *Jitter, seq uint16, timestamp uint32) {
			j.Put(99, seq, timestamp, MuLaw, spokenPacket(timestamp, 160))
		},
		"a jump of the timestamps": func(j *Jitter, seq uint16, timestamp uint32) {
			j.Put(1, seq, timestamp, MuLaw, spokenPacket(timestamp, 160))
		},
	} {
		for _, jump := range []uint32{1 << 20, 1<<32 - 1<<20} {
			var j Jitter
			listen(&j, voicePackets(0, 160, 1000), 1000, 10)
			from := uint32(8000) + jump
			var heard []int16
			for i := range uint32(20) {
				change(&j, uint16(60+i), from+160*i)
				var f Frame
				j.Next(&f)
				heard = append(heard, f.Linear()...)
			}
			if _, ok := delayOf(heard, from, 1600, 2400); !ok {
				t.Errorf("%s by %d: the new stream is not heard", name, int32(jump))
			}
		}
	}
}

func TestAClockThatDriftsIsFollowed(t *testing.T) {
	for _, ppm := range []float64{-500, 500} {
		var packets []arrival
		for i := range 3000 { // a minute
			packets = append(packets, arrival{
				at: int(float64(20*i) * (1 + ppm/1e6)), seq: uint16(i), timestamp: uint32(160 * i), samples: 160,
			})
		}
		var j Jitter
		heard := listen(&j, packets, 60000, 10)
		last := heard[len(heard)-8000:]
		if e := energy(last); e < 1e7 {
			t.Errorf("%+.0f ppm: the voice is gone after a minute", ppm)
		}
		if share := float64(j.Stats().Concealed) / 3000; share > 0.03 {
			t.Errorf("%+.0f ppm: %.1f %% concealed", ppm, 100*share)
		}
		if behind := 480000 - int(j.play); behind > 200*8 {
			t.Errorf("%+.0f ppm: %d samples behind after a minute", ppm, behind)
		}
	}
}

func TestWhatNobodyHeardIsNotHeardLater(t *testing.T) {
	var j Jitter
	for i := range uint32(500) { // ten seconds forwarded elsewhere
		j.Put(1, uint16(i), 160*i, MuLaw, spokenPacket(160*i, 160))
		if behind := int(160*(i+1)) - int(int32(j.play)); behind > 220*8 {
			t.Fatalf("after %d packets the first frame pulled would be %d ms old", i, behind/8)
		}
	}
}

func TestTheLawMayChangeInTheMiddle(t *testing.T) {
	var j Jitter
	var heard []int16
	for i := range uint32(100) {
		law, b := MuLaw, spokenPacket(160*i, 160)
		if i >= 50 {
			law = ALaw
			Transcode(MuLaw, ALaw, b)
		}
		j.Put(1, uint16(i), 160*i, law, b)
		var f Frame
		j.Next(&f)
		heard = append(heard, f.Linear()...)
	}
	before, after := energy(heard[4000:7000]), energy(heard[9000:12000])
	if math.Abs(before/after-1) > 0.02 {
		t.Errorf("the voice has %.2f of its energy after the change", after/before)
	}
}

func TestOddPacketsHarmNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	var j Jitter
	var f Frame
	for range 20000 {
		b := make([]byte, rng.IntN(1500))
		j.Put(rng.Uint32N(2), uint16(rng.Uint32()), rng.Uint32(), Law(rng.IntN(2)), b)
		if rng.IntN(3) == 0 {
			j.Next(&f)
			_ = f.Linear()
		}
	}
}

func TestAJitterBufferIsSmallAndAllocatesNothing(t *testing.T) {
	if size := unsafe.Sizeof(Jitter{}); size > 4096 {
		t.Errorf("a buffer is %d bytes", size)
	}
	var j Jitter
	var f Frame
	payload, i := spokenPacket(0, 160), uint32(0)
	if n := testing.AllocsPerRun(1000, func() {
		if i++; i%10 != 0 {
			j.Put(1, uint16(i), 160*i, MuLaw, payload)
		}
		j.Next(&f)
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

func BenchmarkJitter(b *testing.B) {
	var j Jitter
	var f Frame
	payload := spokenPacket(0, 160)
	for i := uint32(0); b.Loop(); i++ {
		j.Put(1, uint16(i), 160*i, MuLaw, payload)
		j.Next(&f)
	}
}
