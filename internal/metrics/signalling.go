package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"hatif/sip"
)

// signalling is what SIP does: rate, errors and duration, and who is registered.
func signalling(s Sources) prometheus.Collector {
	r := new(reader)
	requests := r.counter("sip_requests_total", "SIP requests, by method. Received ones include retransmissions; sent ones do not, nor ACKs.", "direction", "method")
	responses := r.counter("sip_responses_total", "SIP responses, by what they answer and their class.", "direction", "method", "class")
	duration := r.histogram("sip_request_duration_seconds", "From a request's arrival to its final response: an INVITE's is how long it rang. Requests that were refused at once have none.", "method")
	malformed := r.counter("sip_malformed_total", "Packets that are no SIP message that can be read.")
	again := r.counter("sip_retransmissions_received_total", "Requests that had been received before: the network loses packets, or hatif is slow.")
	panics := r.counter("sip_panics_total", "SIP handlers that have failed by a mistake of hatif's.")
	overload := r.counter("sip_overload_total", "Requests refused because too many were being handled.")
	wrong := r.counter("sip_wrong_credentials_total", "Requests with wrong credentials.")
	banned := r.counter("sip_banned_requests_total", "Requests refused because their source is banned.")
	bans := r.gauge("sip_bans", "Bans in force.")
	dialogs := r.gauge("sip_dialogs", "Calls as SIP counts them: one for each party.")
	subscriptions := r.gauge("sip_subscriptions", "Lamps that are told of messages.")
	transactions := r.gauge("sip_transactions", "Requests in progress, or remembered for their retransmissions.")
	connections := r.gauge("sip_tcp_connections", "Open TCP connections.")
	phones := r.gauge("sip_registered_phones", "Phones that are registered.")
	users := r.gauge("sip_registered_users", "Users with at least one registered phone.")
	r.read = func(to *sheet) {
		now := s.SIP()
		for _, method := range keys(now.Requests) {
			to.put(requests, float64(now.Requests[method]), "received", method)
		}
		for _, method := range keys(now.Sent) {
			to.put(requests, float64(now.Sent[method]), "sent", method)
		}
		for a, n := range now.Answers {
			direction := "sent"
			if a.Received {
				direction = "received"
			}
			to.put(responses, float64(n), direction, a.Method, strconv.Itoa(a.Class)+"xx")
		}
		for _, method := range keys(now.Served) {
			t := now.Served[method]
			to.times(duration, t.Count, t.Sum, sip.TimeBounds[:], t.Buckets[:], method)
		}
		to.put(malformed, float64(now.Malformed))
		to.put(again, float64(now.Retransmissions))
		to.put(panics, float64(now.Panics))
		to.put(overload, float64(now.Overload))
		to.put(wrong, float64(now.Failures))
		to.put(banned, float64(now.Banned))
		to.put(bans, float64(now.Bans))
		to.put(dialogs, float64(now.Dialogs))
		to.put(subscriptions, float64(now.Subscriptions))
		to.put(transactions, float64(now.Transactions))
		to.put(connections, float64(now.Connections))
		known := s.Phones()
		to.put(phones, float64(known.Bindings))
		to.put(users, float64(known.Users))
	}
	return r
}
