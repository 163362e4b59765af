// Package studio records what somebody says on the phone, to be a prompt: a beep, what they say, and what they think of it.
//
// It does not know where the recording goes, nor whose phone it is.
package studio
