package sip

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// phrases are the usual reason phrases (RFC 3261 §21 and the registry).
var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress",
	200: "OK", 202: "Accepted", 300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily",
	305: "Use Proxy", 380: "Alternative Service", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required",
	403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
	407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone", 413: "Request Entity Too Large",
	414: "Request-URI Too Long", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension",
	421: "Extension Required", 422: "Session Interval Too Small", 423: "Interval Too Brief",
	480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops",
	484: "Address Incomplete", 485: "Ambiguous", 486: "Busy Here", 487: "Request Terminated",
	488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending", 500: "Server Internal Error",
	501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Server Time-out",
	505: "Version Not Supported", 513: "Message Too Large", 600: "Busy Everywhere", 603: "Decline",
	604: "Does Not Exist Anywhere", 606: "Not Acceptable",
}

// statusText is the usual phrase of a status.
func statusText(code int) string {
	if text, ok := phrases[code]; ok {
		return text
	}
	return "Status " + strconv.Itoa(code)
}

// causes are the Q.850 causes that stand for a SIP refusal when the party names none (RFC 3398 §8.2.6.1; 488 and 606
// are 88, incompatible destination, as carriers do, and 487 the normal clearing that it is).
var causes = map[int]int{
	400: 41, 401: 21, 402: 21, 403: 21, 404: 1, 405: 63, 406: 79, 407: 21, 408: 102, 410: 22, 413: 127, 414: 127,
	415: 79, 416: 127, 420: 127, 421: 127, 422: 127, 423: 127, 480: 18, 481: 41, 482: 25, 483: 25, 484: 28, 485: 1,
	486: 17, 487: 16, 488: 88, 491: 41, 493: 127, 500: 41, 501: 79, 502: 38, 503: 41, 504: 102, 505: 127, 513: 127,
	600: 17, 603: 21, 604: 1, 606: 88,
}

// q850Of is the cause that stands for a status.
func q850Of(code int) int {
	switch cause, known := causes[code]; {
	case known:
		return cause
	case code < 300:
		return 16 // normal clearing
	case code < 400:
		return 23 // redirected
	default:
		return 31 // normal, unspecified: RFC 3398's word for the rest
	}
}

// reasonOf reads the Reason headers of a message (RFC 3326 §2). A Q.850 cause counts more than a SIP status, which is
// turned into one. ok is false when there is neither.
func reasonOf(m sip.Message) (q850 int, text string, ok bool) {
	for _, h := range values(m, "reason") {
		for _, value := range splitQuoted(h, ',') {
			protocol, cause, t := parseReason(value)
			switch {
			case cause <= 0:
			case strings.EqualFold(protocol, "Q.850") && cause < 128:
				return cause, t, true
			case strings.EqualFold(protocol, "SIP") && cause < 700 && !ok:
				q850, text, ok = q850Of(cause), t, true
				if cause == sip.StatusOK {
					q850 = AnsweredElsewhere.Q850 // RFC 3326 §3.1: 200 on a CANCEL is "completed elsewhere"
				}
			}
		}
	}
	return q850, text, ok
}

// parseReason takes one value apart: `Q.850;cause=16;text="Terminated"`.
func parseReason(value string) (protocol string, cause int, text string) {
	for i, param := range splitQuoted(value, ';') {
		param = strings.TrimSpace(param)
		if i == 0 {
			protocol = param
			continue
		}
		key, v, _ := strings.Cut(param, "=")
		v = strings.TrimSpace(v)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "cause":
			if n, err := strconv.ParseUint(v, 10, 16); err == nil {
				cause = int(n)
			}
		case "text":
			if len(v) >= 2 && v[0] == '"' && v[len(v)-1] == '"' {
				v = unquoteName(v[1 : len(v)-1])
			}
			text = v
		}
	}
	return protocol, cause, text
}

// splitQuoted cuts at a separator that stands outside quotes.
func splitQuoted(s string, sep byte) []string {
	var parts []string
	begin, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			parts = append(parts, s[begin:i])
			begin = i + 1
		}
	}
	return append(parts, s[begin:])
}

// reasonHeader says in a CANCEL, BYE or refusal why. "Answered elsewhere" goes out as the SIP status that phones know
// it by, everything else as its Q.850 cause.
func reasonHeader(end End) string {
	if end.Q850 == AnsweredElsewhere.Q850 {
		return `SIP;cause=200;text="` + quoteName(AnsweredElsewhere.Reason) + `"`
	}
	if end.Q850 <= 0 {
		return ""
	}
	value := "Q.850;cause=" + strconv.Itoa(end.Q850)
	if end.Reason != "" {
		value += `;text="` + quoteName(end.Reason) + `"`
	}
	return value
}

// endBy makes the End of a party's BYE or CANCEL.
func endBy(req *sip.Request, code int) End {
	end := End{Code: code, Q850: 16, By: ByParty}
	if q850, text, ok := reasonOf(req); ok {
		end.Q850, end.Reason = q850, text
	}
	return end
}

// refusedBy makes the error of a final response that is none of success.
func refusedBy(res *sip.Response) *Refused {
	r := &Refused{Code: res.StatusCode, Q850: q850Of(res.StatusCode), Reason: res.Reason}
	if q850, text, ok := reasonOf(res); ok {
		if r.Q850 = q850; text != "" {
			r.Reason = text
		}
	}
	if res.IsRedirection() {
		for _, h := range res.GetHeaders("contact") {
			if c, ok := h.(*sip.ContactHeader); ok {
				r.Contacts = append(r.Contacts, c.Address.String())
			}
		}
	}
	return r
}
