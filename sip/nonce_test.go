package sip

import (
	"encoding/base64"
	"testing"
	"time"
)

func TestANonceThatWasTouchedIsForeign(t *testing.T) {
	n := newNonces(time.Minute)
	now := time.Now()
	nonce := n.fresh(now)
	if _, s := n.judge(nonce, now); s != nonceGood {
		t.Fatalf("an untouched nonce is %v", s)
	}
	raw, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		raw[i] ^= 1
		if _, s := n.judge(base64.RawURLEncoding.EncodeToString(raw), now); s != nonceForeign {
			t.Errorf("with byte %d changed it is %v", i, s)
		}
		raw[i] ^= 1
	}
	for _, text := range []string{"", "x", nonce + "A", nonce[:len(nonce)-1] + "!"} {
		if _, s := n.judge(text, now); s != nonceForeign {
			t.Errorf("%q is %v", text, s)
		}
	}
}

func TestNoncesAreNeverTheSame(t *testing.T) {
	n := newNonces(time.Minute)
	now := time.Now()
	if first, second := n.fresh(now), n.fresh(now); first == second {
		t.Error("two nonces of one moment are the same")
	}
}

func TestACountIsGoodOnceWithinTheWindow(t *testing.T) {
	for name, c := range map[string]struct {
		counts []uint32
		want   []bool
	}{
		"in order":          {[]uint32{1, 2, 3}, []bool{true, true, true}},
		"again":             {[]uint32{1, 1, 2, 2, 1}, []bool{true, false, true, false, false}},
		"overtaken":         {[]uint32{5, 3, 4, 3, 5}, []bool{true, true, true, false, false}},
		"edge":              {[]uint32{65, 2, 1}, []bool{true, true, false}},
		"never zero":        {[]uint32{0}, []bool{false}},
		"a leap":            {[]uint32{1, 1 << 31, 1, 1<<32 - 1, 1<<31 + 1}, []bool{true, true, false, true, false}},
		"far behind a leap": {[]uint32{200, 100, 137, 136}, []bool{true, false, true, false}},
	} {
		t.Run(name, func(t *testing.T) {
			counts := nonceCounts{limit: 10, life: time.Minute}
			for i, n := range c.counts {
				if got := counts.use(1, n, time.Now()); got != c.want[i] {
					t.Errorf("use %d, of count %d, is %v", i, n, got)
				}
			}
		})
	}
}

func TestCountsAreBoundedAndForgettingOpensNoDoor(t *testing.T) {
	const limit = 100
	counts := nonceCounts{limit: limit, life: time.Hour}
	now := time.Now()
	const used = 10 * limit
	for serial := uint64(1); serial <= used; serial++ {
		if !counts.use(serial, 1, now) {
			t.Fatalf("the first use of nonce %d was refused", serial)
		}
	}
	if n := len(counts.young) + len(counts.old); n > 2*limit {
		t.Errorf("%d nonces are remembered, want at most %d", n, 2*limit)
	}
	for serial := uint64(1); serial <= used; serial++ {
		if counts.use(serial, 1, now) {
			t.Fatalf("nonce %d could be used again", serial)
		}
	}
}

func TestCountsOfOldNoncesAreDropped(t *testing.T) {
	counts := nonceCounts{limit: 100, life: time.Minute}
	now := time.Now()
	counts.use(1, 1, now)
	counts.use(2, 1, now.Add(59*time.Second))
	if counts.use(1, 1, now.Add(59*time.Second)) {
		t.Error("a live nonce's count was good twice")
	}
	counts.use(3, 1, now.Add(time.Minute))
	if counts.use(2, 1, now.Add(100*time.Second)) {
		t.Error("a count was forgotten while its nonce lived")
	}
	counts.use(4, 1, now.Add(2*time.Minute))
	if _, kept := counts.old[1]; kept || len(counts.young)+len(counts.old) > 3 {
		t.Errorf("old counts are kept: %v, %v", counts.young, counts.old)
	}
	if counts.floor != 0 {
		t.Error("nonces went stale early although nothing was full")
	}
}
