package voicemail

// LeavePrompts and ListenPrompts are what the two scripts say by name, numbers and dates apart: whoever checks
// the file finds out beforehand whether they exist in every language.
var (
	LeavePrompts = []string{
		"technical-problem", "not-valid",
		"voicemail/the-person-at", "voicemail/is-unavailable", "voicemail/is-on-the-phone", "voicemail/leave-a-message",
		"voicemail/mailbox-full", "voicemail/message-too-short", "voicemail/message-saved",
		"voicemail/review", "voicemail/review-urgent", "voicemail/review-operator",
		"voicemail/marked-urgent", "voicemail/no-longer-urgent",
	}
	ListenPrompts = append([]string{
		"goodbye", "not-allowed", "units/and",
		"voicemail/mailbox", "voicemail/password", "voicemail/login-incorrect", "voicemail/too-many-attempts",
		"voicemail/you-have", "voicemail/no-messages", "voicemail/no-more-messages",
		"voicemail/urgent-message", "voicemail/first-message", "voicemail/last-message", "voicemail/message-number",
		"voicemail/received", "voicemail/from", "voicemail/from-unknown", "voicemail/length", "voicemail/forwarded-by",
		"voicemail/menu-listen", "voicemail/menu-folders", "voicemail/menu-previous", "voicemail/menu-repeat",
		"voicemail/menu-next", "voicemail/menu-delete", "voicemail/menu-undelete", "voicemail/menu-forward",
		"voicemail/menu-save", "voicemail/menu-help-or-exit", "voicemail/menu-advanced", "voicemail/menu-options",
		"voicemail/menu-temporary", "voicemail/menu-forwarding",
		"voicemail/deleted", "voicemail/undeleted", "voicemail/message-deleted", "voicemail/saved-to-folder",
		"voicemail/forwarded", "voicemail/forward-to",
		"voicemail/no-such-mailbox", "voicemail/no-number-to-call", "voicemail/enter-number-to-dial",
		"voicemail/change-to-folder", "voicemail/save-to-folder", "voicemail/press", "voicemail/for-folder",
		"voicemail/cancel-with-hash", "voicemail/folder-empty",
		"voicemail/folder-new", "voicemail/folder-old", "voicemail/folder-work", "voicemail/folder-family",
		"voicemail/folder-friends", "voicemail/folder-5", "voicemail/folder-6", "voicemail/folder-7",
		"voicemail/folder-8", "voicemail/folder-9",
		"voicemail/record-unavailable", "voicemail/record-busy", "voicemail/record-name", "voicemail/record-temporary",
		"voicemail/temporary-active", "voicemail/temporary-removed", "voicemail/greeting-saved", "voicemail/not-recorded",
		"voicemail/new-password", "voicemail/new-password-again", "voicemail/passwords-differ",
		"voicemail/password-too-short", "voicemail/password-changed", "voicemail/password-not-changeable",
	}, LeavePrompts...)
)
