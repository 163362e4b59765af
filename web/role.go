package web

import "slices"

// A Role says what an account may do.
type Role string

const (
	Administrator Role = "administrator" // everything
	Manager       Role = "manager"       // sees everything, changes what happens now
	Quality       Role = "quality"       // calls, recordings, ratings, complaints
	Agent         Role = "agent"         // their own calls and messages, callback requests, the board
)

// Roles are all of them, the strongest first.
func Roles() []Role { return []Role{Administrator, Manager, Quality, Agent} }

// A right is one thing that some roles may do.
type right string

const (
	seeBoard    right = "see the board"
	steer       right = "hang up calls, pause and log off agents"
	seeCalls    right = "see the call log"
	seeOwnCalls right = "see one's own calls"
	listen      right = "listen to recordings"
	// keepRecordings is for deleting them, too.
	keepRecordings right = "hold recordings, and delete them"

	seeRequests right = "see callback requests"
	callBack    right = "take callback requests"
	seeRatings  right = "see ratings"
	seeReports  right = "see reports of queues and agents"
	seeOwed     right = "see owed calls, cancel and hasten them"
	openBoxes   right = "open mailboxes"
	seeAudit    right = "see the audit log"
	admit       right = "change who may log on"
	changeFile  right = "change people and the configuration file"
	seeQueues   right = "see the settings of queues and the dialplan"
	// changeQueues writes only what stands below queues in the file, and shows nobody's secret.
	changeQueues right = "add and remove queues, change their settings"

	changePrompts right = "hear and replace prompts"
	seeSignalling right = "see the SIP messages of calls"
	seeSystem     right = "see the system's state and its log"
	repair        right = "remove registrations and lift bans"
)

var rights = map[Role][]right{
	Administrator: {seeBoard, steer, seeCalls, listen, keepRecordings, seeRequests, callBack, seeRatings, seeReports, seeOwed, openBoxes, seeAudit, admit, changeFile, seeQueues, changeQueues, changePrompts, seeSignalling, seeSystem, repair},
	Manager:       {seeBoard, steer, seeCalls, listen, keepRecordings, seeRequests, callBack, seeRatings, seeReports, seeOwed, openBoxes, seeQueues, changeQueues, seeSignalling, seeSystem},
	Quality:       {seeCalls, listen, seeRequests, seeRatings, openBoxes},
	Agent:         {seeBoard, seeOwnCalls, seeRequests, callBack, openBoxes},
}

func (r Role) known() bool { return slices.Contains(Roles(), r) }

func (r Role) may(what right) bool { return slices.Contains(rights[r], what) }
