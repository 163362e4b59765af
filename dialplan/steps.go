package dialplan

// A stepKind is one entry of the dialplan's vocabulary. Its code is in step_<name>.go.
type stepKind struct {
	bare    bool // may stand as a word alone: `hangup`
	assigns bool // changes the call at once and goes on: may share a map with goto, `{language: ar, goto: x}`
	compile func(c *compiler, v *value, s spot) Step
}

var stepKinds map[string]stepKind

// init and not a composite literal at the variable: steps contain steps, which the compiler of one looks up here.
func init() {
	stepKinds = map[string]stepKind{
		"answer":           {compile: compileAnswer, bare: true},
		"ask":              {compile: compileAsk},
		"background":       {compile: compileBackground},
		"busy":             {compile: compileRefuse, bare: true},
		"congestion":       {compile: compileRefuse, bare: true},
		"dial":             {compile: compileDial},
		"echo":             {compile: compileEcho, bare: true},
		"goto":             {compile: compileGoto},
		"hangup":           {compile: compileHangup, bare: true},
		"if":               {compile: compileIf},
		"language":         {compile: compileLanguage, assigns: true},
		"log_off":          {compile: compileLogOff, bare: true},
		"log_on":           {compile: compileLogOn, bare: true},
		"menu":             {compile: compileMenu},
		"owe_call":         {compile: compileOweCall},
		"park":             {compile: compilePark},
		"pause":            {compile: compilePause, bare: true},
		"pickup":           {compile: compilePickup, bare: true},
		"playback":         {compile: compilePlayback},
		"queue":            {compile: compileQueue},
		"rate":             {compile: compileRate},
		"record":           {compile: compileRecord, assigns: true},
		"request_callback": {compile: compileRequestCallback},
		"retrieve":         {compile: compileRetrieve},
		"ringing":          {compile: compileRinging, bare: true},
		"say":              {compile: compileSay},
		"set":              {compile: compileSet, assigns: true},
		"switch":           {compile: compileSwitch},
		"switch_queue":     {compile: compileSwitchQueue},
		"voicemail":        {compile: compileVoicemail},
		"voicemail_menu":   {compile: compileVoicemailMenu, bare: true},
		"wait":             {compile: compileWait},
		"wait_exten":       {compile: compileWaitExten, bare: true},
		"wrap_up":          {compile: compileWrapUp},
	}
}

// stepNames lists the steps that allow holds for; all when it is nil.
func stepNames(allow func(stepKind) bool) []string {
	var names []string
	for name, k := range stepKinds {
		if allow == nil || allow(k) {
			names = append(names, name)
		}
	}
	return names
}
