package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"hatif/media"
)

// sound is what the media engine and the recorder do.
func sound(s Sources) prometheus.Collector {
	r := new(reader)
	ports := r.gauge("media_ports", "Parties whose sound is open: each takes one RTP port and one RTCP port.")
	most := r.gauge("media_ports_limit", "Parties that rtp.ports has room for; 0: the kernel chooses.")
	packets := r.counter("media_packets_total", "RTP and RTCP packets.", "direction")
	rejected := r.counter("media_packets_rejected_total", "Packets that were malformed, or from a stranger's address.")
	forwarded := r.counter("media_packets_forwarded_total", "RTP packets that were sent on as they arrived.")
	frames := r.counter("media_frames_total", "Frames of 20 ms that were made: prompts, music, mixes.")
	overrun := r.counter("media_ticks_skipped_total", "Turns of 20 ms that were left out because the machine did not keep up: they were heard.")
	lag := r.histogram("media_tick_lag_seconds", "How late the media loops come to what is due.")
	active := r.gauge("recordings_active", "Recordings that are being written.")
	begun := r.counter("recordings_total", "Recordings begun.")
	failed := r.counter("recordings_failed_total", "Recordings that could not be made or written, or whose file was removed meanwhile.")
	bytes := r.counter("recordings_written_bytes_total", "Sound written.")
	r.read = func(to *sheet) {
		now := s.Media()
		to.put(ports, float64(now.Ports))
		to.put(most, float64(now.MostPorts))
		to.put(packets, float64(now.PacketsReceived), "received")
		to.put(packets, float64(now.PacketsSent), "sent")
		to.put(rejected, float64(now.PacketsRejected))
		to.put(forwarded, float64(now.Forwarded))
		to.put(frames, float64(now.Pulled))
		to.put(overrun, float64(now.Late))
		to.times(lag, now.Lag.Count, now.Lag.Sum, media.LagBounds[:], now.Lag.Buckets[:])
		made := s.Recorder()
		to.put(active, float64(made.Active))
		to.put(begun, float64(made.Begun))
		to.put(failed, float64(made.Failed))
		to.put(bytes, float64(made.Bytes))
	}
	return r
}
