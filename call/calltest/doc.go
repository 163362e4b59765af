// Package calltest is a telephone network without telephones: legs whose parties do what a test says, a
// Dialer that reaches them, and the conformance kit that holds fake and real legs to one contract.
//
// Nothing here needs a clock of its own: inside a testing/synctest bubble hours pass at once. It sends no
// packets and carries no audio; what a party heard is known by the names of the sources.
package calltest
