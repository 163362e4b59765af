// Package stories holds hatif's system tests: each is a story of people with phones, told over real SIP and RTP with
// hatiftest, and named after the row of the mission that it proves. There is no code here but tests.
package stories
