package queue

import (
	"errors"
	"fmt"
	"time"

	"hatif/call"
)

// ErrUnknown is returned for a queue that does not exist.
var ErrUnknown = errors.New("no such queue")

// Result is how a caller's visit to a queue ended, in a word that is stable: dialplans branch on it.
type Result string

const (
	Answered   Result = "answered"   // an agent took the call; the conversation is over
	TimedOut   Result = "timed out"  // max_wait passed
	Abandoned  Result = "abandoned"  // the caller hung up in line
	Full       Result = "full"       // refused: max_length callers in line
	Empty      Result = "empty"      // refused: no agent counts (join_when_empty)
	Closed     Result = "closed"     // refused: outside the hours, or closed by hand
	LeftEmpty  Result = "left empty" // no agent counts any more (leave_when_empty)
	ByKey      Result = "key"        // the caller pressed a key that leads elsewhere
	Removed    Result = "removed"    // the queue was taken out of the file
	Withdrawn  Result = "withdrawn"  // our side took the caller out of the line: a redirect, a shutdown
	ToBeCalled Result = "call back"  // the caller has hung up and is called when their turn comes

	// These are in events only: of a kept place, or of one that goes on.

	CalledBack  Result = "called back" // the caller of a kept place has answered, and stands in line again
	Returned    Result = "returned"    // they have called again, and taken their place
	Unreachable Result = "unreachable" // they could not be reached in all the tries
	Cancelled   Result = "cancelled"   // they are not to be called any more

	// Overflowed and Moved are how a caller leaves one queue for another. They are in events only: the visit goes on.
	Overflowed Result = "overflow"
	Moved      Result = "moved"  // the same, because somebody has said so
	Failed     Result = "failed" // an error of ours; there is no such queue
)

// An Outcome tells the dialplan how a visit to a queue went.
type Outcome struct {
	Result   Result
	Queue    string
	Agent    string        // the user who took the call; "" when nobody did
	Waited   time.Duration // in line, until connected or gone
	Talked   time.Duration // with Agent
	Position int           // place in line when joining, from 1; 0 when refused
	Key      string        // ByKey: which

	// End is how the conversation ended, when there was one that ServeOptions.Talk did not hold. When End.Asked is a
	// transfer, Left is the agent's leg, still up: whoever called Serve owns it now, hangs it up and reports it to the
	// call's record. The agent counts as talking until it has ended. Otherwise Left is nil.
	End  call.End
	Left call.Leg
}

// noteUnserved writes into the call's record how the visit ended when no agent took the call.
func noteUnserved(c *call.Call, out Outcome) {
	result, text := call.ResultNoAnswer, ""
	switch out.Result {
	case TimedOut:
		text = "nobody answered within " + seconds(out.Waited)
	case Abandoned:
		result, text = call.ResultAbandoned, "hung up after waiting "+seconds(out.Waited)
	case Full:
		result, text = call.ResultBusy, "queue "+out.Queue+" is full"
	case Empty:
		text = "queue " + out.Queue + " has no agents"
	case Closed:
		text = "queue " + out.Queue + " is closed"
	case ToBeCalled:
		result, text = call.ResultCallBack, "to be called back; waited "+seconds(out.Waited)
	case LeftEmpty:
		text = "queue " + out.Queue + " has no agents any more"
	case ByKey:
		text = "pressed " + out.Key + " after waiting " + seconds(out.Waited)
	case Removed:
		text = "queue " + out.Queue + " was removed"
	case Withdrawn:
		result, text = call.ResultAbandoned, "taken out of queue "+out.Queue+" after "+seconds(out.Waited)
	default:
		result, text = call.ResultFailed, "queue "+out.Queue+" failed"
	}
	c.Update(func(r *call.Record) { r.Result = result })
	c.Note(text)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
