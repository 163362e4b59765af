package dialplan

import (
	"fmt"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"hatif/call"
)

// A text is a value of the file that may hold templates: "{{ .Language }}", "{{ .number }}". It is parsed
// when the plan is compiled, so that only what depends on the call is left to the call.
type text struct {
	raw      string
	template *template.Template // nil: raw is meant as it stands
	names    []string           // variables and values it reads
	only     string             // the text is exactly the value of this name; "" otherwise
}

// What a template or an expression can ask of every call. Variables begin with a small letter.
const (
	valueCall       = "Call"       // the conversation's id
	valueLanguage   = "Language"   // in force now
	valueCaller     = "Caller"     // the caller's number; after a transfer by the caller, that of whom they have left
	valueCallerName = "CallerName" // the name to it
	valueUser       = "User"       // the caller's account
	valueCalled     = "Called"     // what was dialled at first
	valueContext    = "Context"    // where the call is now
	valueExtension  = "Extension"  // the number that led here
	valueOutcome    = "Outcome"    // how the last dial or queue ended: "busy"

	valueTransferredBy = "TransferredBy" // who has sent the call here out of a conversation
	valueAgent         = "Agent"         // who spoke with the caller last; in a call that was owed, in the conversation that promised it
	valueQueue         = "Queue"         // the last queue entered; in a call that was owed, as for Agent
	valueAbout         = "About"         // the conversation's id; in a call that was owed, that of the one that promised it
)

var builtin = []string{
	valueCall, valueLanguage, valueCaller, valueCallerName, valueUser, valueCalled, valueContext,
	valueExtension, valueOutcome, valueTransferredBy, valueAgent, valueQueue, valueAbout,
}

// values is everything a template can ask of c now.
func values(c *call.Call) map[string]string {
	v := c.Vars()
	info, who := c.Caller().Info(), c.Leg.Info().Party()
	v[valueCall], v[valueLanguage] = c.ID, c.Language
	v[valueCaller], v[valueCallerName] = who.Number, who.Name
	v[valueUser], v[valueCalled] = info.User, info.Called
	if v[valueAbout] == "" { // it was not owed: see BeginOwed
		v[valueAbout] = c.ID
		c.Update(func(r *call.Record) { v[valueAgent], v[valueQueue] = r.Agent, r.Queue })
	}
	return v
}

// parseText reads raw. The error says what is wrong with it, without its place.
func parseText(raw string) (text, error) {
	t := text{raw: raw}
	if !strings.Contains(raw, "{{") {
		return t, nil
	}
	parsed, err := template.New("").Option("missingkey=zero").Parse(raw)
	if err != nil {
		t.template = unforeseen.template // one mistake is not to be told as two
		why := strings.TrimPrefix(err.Error(), "template: :1: ")
		if strings.Contains(why, "unclosed action") {
			why = "{{ without its }}"
		}
		return t, fmt.Errorf("%q is no template: %s", raw, why)
	}
	t.template = parsed
	for _, part := range parsed.Templates() {
		inspect(part.Root, func(ident []string) {
			switch {
			case len(ident) > 1:
				err = fmt.Errorf("%q: a value has no parts", "."+strings.Join(ident, "."))
			case !slices.Contains(t.names, ident[0]):
				t.names = append(t.names, ident[0])
			}
		})
	}
	if err != nil {
		return t, err
	}
	t.only = onlyField(parsed.Root)
	return t, nil
}

// in is the text for c as it is now.
func (t text) in(c *call.Call) (string, error) {
	if t.template == nil {
		return t.raw, nil
	}
	var b strings.Builder
	if err := t.template.Execute(&b, values(c)); err != nil {
		return "", fmt.Errorf("%q: %w", t.raw, err)
	}
	return b.String(), nil
}

// fixed reports whether the text is the same for every call.
func (t text) fixed() bool { return t.template == nil }

// onlyField is x when the whole template is "{{ .x }}".
func onlyField(root *parse.ListNode) string {
	if len(root.Nodes) != 1 {
		return ""
	}
	action, ok := root.Nodes[0].(*parse.ActionNode)
	if !ok || len(action.Pipe.Decl) > 0 || len(action.Pipe.Cmds) != 1 || len(action.Pipe.Cmds[0].Args) != 1 {
		return ""
	}
	f, ok := action.Pipe.Cmds[0].Args[0].(*parse.FieldNode)
	if !ok || len(f.Ident) != 1 {
		return ""
	}
	return f.Ident[0]
}

// inspect calls f for every field (.name or $.name) below n.
func inspect(n parse.Node, f func(ident []string)) {
	switch n := n.(type) {
	case *parse.FieldNode:
		f(n.Ident)
	case *parse.VariableNode:
		if n.Ident[0] == "$" && len(n.Ident) > 1 {
			f(n.Ident[1:])
		}
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, below := range n.Nodes {
			inspect(below, f)
		}
	case *parse.ActionNode:
		inspect(n.Pipe, f)
	case *parse.PipeNode:
		if n == nil {
			return
		}
		for _, command := range n.Cmds {
			inspect(command, f)
		}
	case *parse.CommandNode:
		for _, argument := range n.Args {
			inspect(argument, f)
		}
	case *parse.ChainNode:
		inspect(n.Node, f)
	case *parse.IfNode:
		inspectBranch(&n.BranchNode, f)
	case *parse.RangeNode:
		inspectBranch(&n.BranchNode, f)
	case *parse.WithNode:
		inspectBranch(&n.BranchNode, f)
	case *parse.TemplateNode:
		inspect(n.Pipe, f)
	}
}

func inspectBranch(n *parse.BranchNode, f func(ident []string)) {
	inspect(n.Pipe, f)
	inspect(n.List, f)
	inspect(n.ElseList, f)
}
