package sip

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
)

// An AccountType says in which direction an account is used, in chan_sip's words.
type AccountType uint8

const (
	// Friend calls and is called. It is known by its credentials, whatever address it comes from,
	// and can be called once it has registered, or at its fixed Host.
	Friend AccountType = iota
	// User only calls. It has nowhere to be called at, so its REGISTER is refused with 403.
	User
	// Peer is only called. It registers like a friend; its INVITE is refused with 403.
	Peer
)

var accountTypes = [...]string{Friend: "friend", User: "user", Peer: "peer"}

// String is the word of the configuration file.
func (t AccountType) String() string {
	if int(t) < len(accountTypes) {
		return accountTypes[t]
	}
	return fmt.Sprintf("AccountType(%d)", uint8(t))
}

// MarshalText writes the word of the configuration file.
func (t AccountType) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads "friend", "user" or "peer".
func (t *AccountType) UnmarshalText(text []byte) error {
	for i, word := range accountTypes {
		if string(text) == word {
			*t = AccountType(i)
			return nil
		}
	}
	return fmt.Errorf("type %q is none of friend, user, peer", text)
}

// HostDynamic is the Host of an account that is found where it registered.
const HostDynamic = "dynamic"

// An Account is one user of the file as signalling sees it. The zero Account is a guest.
type Account struct {
	User        string // digest user name, address of record and caller number in one
	Secret      string // plain; an account without one can never log on
	DisplayName string
	Type        AccountType
	Host        string // HostDynamic or "" registers; "host" or "host:port" is fixed and callable at once, over UDP
	MaxContacts int    // phones that may be registered at one time; 0: the registrar's limit
	Mailbox     string // the voicemail box that the phone's lamp is for, or several: "2001,600"; "": none
}

// Dynamic reports whether the account is found where it registered.
func (a Account) Dynamic() bool { return a.Host == "" || a.Host == HostDynamic }

// boxes are the names in Mailbox.
func (a Account) boxes() []string {
	if a.Mailbox == "" {
		return nil
	}
	return strings.Split(a.Mailbox, ",")
}

// registers reports whether a REGISTER of the account is accepted.
func (a Account) registers() bool { return a.Dynamic() && a.Type != User }

// fixed is the binding of an account with a fixed host; false when it has none or is never called.
func (a Account) fixed() (Binding, bool) {
	if a.Dynamic() || a.Type == User {
		return Binding{}, false
	}
	b := Binding{User: a.User, URI: "sip:" + a.User + "@" + a.Host, Transport: "UDP", Target: a.Host}
	if _, _, err := net.SplitHostPort(a.Host); err != nil {
		b.Target = net.JoinHostPort(strings.Trim(a.Host, "[]"), "5060")
	}
	return b, true
}

// Accounts is who may log on. It is read without a lock on every request and swapped whole on a reload.
type Accounts struct {
	realm  string
	nobody secrets // stands in for an unknown user, so that it costs the same as a wrong secret
	table  atomic.Pointer[map[string]*knownAccount]
}

// secrets are the two HA1 of an account, in the hexadecimal form in which they are hashed again
// (RFC 7616 §3.4.2).
type secrets struct {
	md5    [2 * md5.Size]byte
	sha256 [2 * sha256.Size]byte
}

type knownAccount struct {
	Account
	secrets
}

// NewAccounts makes an empty table. realm is what phones are asked to log on to; the digests depend on it.
func NewAccounts(realm string) *Accounts {
	a := &Accounts{realm: realm}
	a.nobody = secretsOf("", realm, rand.Text())
	return a
}

// Set swaps the whole table. The map is copied; its keys do not matter, Account.User does.
func (a *Accounts) Set(accounts map[string]Account) {
	table := make(map[string]*knownAccount, len(accounts))
	for _, account := range accounts {
		table[account.User] = &knownAccount{Account: account, secrets: secretsOf(account.User, a.realm, account.Secret)}
	}
	a.table.Store(&table)
}

// Find returns the account of a user.
func (a *Accounts) Find(user string) (Account, bool) {
	if known := a.known(user); known != nil {
		return known.Account, true
	}
	return Account{}, false
}

func (a *Accounts) known(user string) *knownAccount {
	table := a.table.Load()
	if table == nil {
		return nil
	}
	return (*table)[user]
}

func (a *Accounts) all() map[string]*knownAccount {
	table := a.table.Load()
	if table == nil {
		return nil
	}
	return *table
}

func secretsOf(user, realm, secret string) (s secrets) {
	a1 := []byte(user + ":" + realm + ":" + secret)
	short, long := md5.Sum(a1), sha256.Sum256(a1)
	hex.Encode(s.md5[:], short[:])
	hex.Encode(s.sha256[:], long[:])
	return s
}
