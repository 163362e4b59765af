package media

const (
	jitterFade = 3 // frames of concealment, then silence

	// The periods of a voice that concealment looks for, in samples: 200 Hz down to 50 Hz, and how many
	// samples must be alike. The idea is that of ITU-T G.711 Appendix I without its overlaps.
	lagMin   = 40
	lagMax   = 160
	lagMatch = 80
)

// conceal fills what is missing of the frame at play by repeating the last period of what was heard, fading.
// What it makes up stays in the ring, so that the next frame goes on from it.
func (j *Jitter) conceal(f *Frame) {
	j.stats.Concealed++
	if j.lag == 0 {
		j.lag = j.period()
	}
	table := decodeTable(j.law)
	var made [FrameSamples]int16
	var code [1]byte
	gap := 0 // samples in a row made up in this frame
	for i := range made {
		at := (j.play + uint32(i)) % jitterCap
		if j.has(j.play + uint32(i)) {
			made[i], gap = table[j.ring[at]], 0
			continue
		}
		if j.missed < jitterFade {
			before := int32(table[j.ring[(at-uint32(j.lag))%jitterCap]])
			made[i] = int16(before * int32(j.gain(gap)) / 256)
		}
		gap++
		Encode(j.law, code[:], made[i:i+1])
		j.ring[at] = code[0]
	}
	if gap > 0 {
		j.missed++
	} else {
		j.missed, j.lag = 0, 0
	}
	f.SetLinear(made[:])
}

// gain is how loud a made-up sample is beside the one it repeats, in 256ths: each frame falls to five
// eighths of the one before, and the last one to nothing.
func (j *Jitter) gain(into int) int {
	floor := 160
	if j.missed == jitterFade-1 {
		floor = 0
	}
	return 256 - (256-floor)*into/FrameSamples
}

// period finds the lag at which the last samples heard are most like those before them.
func (j *Jitter) period() int32 {
	table := decodeTable(j.law)
	var heard [lagMax + lagMatch]int32
	for i := range heard {
		heard[i] = int32(table[j.ring[(j.play-uint32(len(heard)-i))%jitterCap]])
	}
	last := heard[lagMax:]
	best, bestLag := 0.0, int32(lagMax)
	for lag := lagMin; lag <= lagMax; lag++ {
		var product, energy int64
		for i, s := range heard[lagMax-lag : lagMax-lag+lagMatch] {
			product += int64(s) * int64(last[i])
			energy += int64(s) * int64(s)
		}
		if product <= 0 {
			continue
		}
		if like := float64(product) * float64(product) / float64(energy+1); like > best {
			best, bestLag = like, int32(lag)
		}
	}
	return bestLag
}
