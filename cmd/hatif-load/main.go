// Command hatif-load calls a PBX with many phones at once, over real SIP and RTP, and says what it cost: set-up
// times, one-way latency of the sound, losses, and the processor time and memory of the process called.
//
// It judges from outside: whatever registers phones, plays something, takes a key and connects an agent can
// be the target. It neither starts nor configures it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// options are the command line.
type options struct {
	Target    string `default:"127.0.0.1:5060" help:"host:port of the PBX."`
	Transport string `default:"udp" enum:"udp,tcp" help:"udp or tcp."`
	Bind      string `default:"127.0.0.1" help:"Address of the phones."`
	Pid       int    `help:"Process of the target, whose processor time and memory are measured."`

	Scenario string `default:"call" enum:"call,direct,churn,register,wait" help:"call: callers dial --extension, press --press and talk to agents. direct: callers dial agents by number. churn: call, with many short calls after a while of talking, to tell set-up from talk. register: phones log on again and again. wait: callers dial --extension, hear music, say nothing and wait; --calls of them, several a phone."`

	Accounts     string        `type:"existingfile" help:"CSV file of accounts: user,secret,role (caller or agent)."`
	Callers      int           `default:"10" help:"Phones that call, each one call at a time."`
	Agents       int           `help:"Phones that answer. 0: as many as callers."`
	CallerUser   string        `default:"1%03d" help:"Pattern of the callers' users."`
	CallerSecret string        `default:"secret-1%03d" help:"Pattern of their secrets."`
	AgentUser    string        `default:"2%03d" help:"Pattern of the agents' users."`
	AgentSecret  string        `default:"secret-2%03d" help:"Pattern of their secrets."`
	First        int           `default:"1" help:"The number that the patterns begin with."`
	Algorithm    string        `help:"Digest algorithm: MD5 or SHA-256. Empty: the first that is offered."`
	FreshNonce   bool          `help:"Be challenged for every request, instead of counting on with the last nonce."`
	Codec        string        `default:"PCMU" enum:"PCMU,PCMA" help:"PCMU or PCMA."`
	Tick         time.Duration `default:"1ms" help:"How finely the calls are spread over a frame of 20 ms: finer is more like phones with clocks of their own, and costs the generator more."`
	Rate         float64       `default:"20" help:"New calls (or registrations) a second."`

	Extension   string        `default:"0777" help:"What callers dial."`
	Press       string        `default:"1" help:"Keys pressed after the answer; empty: none."`
	PressAfter  time.Duration `help:"Press so long after the answer. 0: as soon as something is heard."`
	AnswerAfter time.Duration `help:"How long agents let it ring."`
	Connect     time.Duration `default:"60s" help:"How long a caller waits for an agent's voice."`
	Hold        time.Duration `default:"20s" help:"How long they talk."`
	Spread      string        `default:"fixed" enum:"fixed,exp" help:"fixed, or exp: exponentially distributed around --hold."`
	Together    bool          `default:"true" negatable:"" help:"In a single wave of calls, begin to count --hold when all are talking, so that there is a time of nothing but talk."`

	Calls    int           `help:"Calls in all. 0: one for each caller, or as many as fit into --duration."`
	Duration time.Duration `help:"No new calls after this time. 0: until --calls are made."`
	Settle   time.Duration `default:"1s" help:"A second counts as talk only when nothing began or ended for so long before."`
	After    time.Duration `default:"3s" help:"How long to wait at the end before memory is read."`
	TalkCost float64       `help:"CPU-ms of a call-second, from another run, to tell the cost of set-up from that of talk."`
	Note     string        `help:"A remark for the report: recording on, features on."`
	JSON     bool          `name:"json" help:"Print the report as JSON."`
	Quiet    bool          `short:"q" help:"No progress."`
}

func main() {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the SIP library's remarks are not for who reads a table
	var o options
	kong.Parse(&o, kong.Name("hatif-load"), kong.Description("Call a PBX with many phones, and measure."), kong.UsageOnError())
	code, err := run(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "hatif-load:", err)
	}
	os.Exit(code)
}

// run returns the exit code: 0 when every call was as it should be, 1 otherwise.
func run(o options) (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() { // the second signal ends at once
		<-ctx.Done()
		stop()
	}()
	l, err := newLoad(o)
	if err != nil {
		return 1, err
	}
	err = errors.Join(l.run(ctx), l.close())
	if l.began.IsZero() { // nobody could log on: there is nothing to report
		return 1, err
	}
	report := l.report()
	if o.JSON {
		err = errors.Join(err, report.writeJSON(os.Stdout))
	} else {
		err = errors.Join(err, report.writeTable(os.Stdout))
	}
	if err != nil || !report.good() {
		return 1, err
	}
	return 0, nil
}
