// Package e2e drives the built hatif with phones that are not ours: baresip, linphone and SIPp, over loopback. It
// watches what each of them hears, what is recorded and what the call log says. There is no code here but tests,
// behind the build tag e2e; scripts/e2e (make e2e) installs the phones and runs them. What our own softphone can show
// is told in stories, which needs Go alone.
package e2e
