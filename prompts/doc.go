// Package prompts is what hatif says: recordings by language and name, and the grammar that puts digits,
// numbers, times, dates and durations together from them.
//
// A complete set in Arabic, English and French is inside the binary. It is spoken by a machine from the
// table in texts/*.yaml (go run ./scripts/prompts), so a company will want to replace some or all of it by
// its own voice. A prompt is replaced, or added, by dropping a WAV file into the folder given to Open:
//
//	<folder>/ar/welcome.wav            replaces the Arabic prompt "welcome"
//	<folder>/fr/voicemail/saved.wav    replaces the French prompt "voicemail/saved"
//	<folder>/en/company-hours.wav      adds the English prompt "company-hours"
//	<folder>/ar-EG/welcome.wav         is heard by callers whose language is ar-EG, who hear "ar" otherwise
//	<folder>/de/welcome.wav            begins a fourth language; what it lacks is heard in English
//	<folder>/music/default.wav         replaces the music on hold; another name is another class
//
// Any WAV file will do: PCM of 8 to 32 bits, floating point, µ-law, A-law, any common rate, mono or stereo.
// A file that cannot be played, or that has another format's ending, fails Open with its name and what is
// wrong with it, so that a mistake is found when the folder is read and not by a caller. Files that are not
// sound (a README, a hidden file) are left alone. A Library never changes: to take up changed files, Open
// again and use the new Library for new calls.
//
// The functions Digits, Number, Count, Duration, Time, Date and When are pure: they return the names of
// the prompts to be heard one after another, and Library.Say makes one sound of them.
//
// The package does not decide who hears what, does not record, and does not speak: there is no
// text-to-speech at run time. Tones (ringing, busy, beep) are media's.
package prompts
