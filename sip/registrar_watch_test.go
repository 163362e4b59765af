package sip

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWatchersHearOfTheFirstAndTheLastPhone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal, Account{User: "2002"}, Account{User: "2003", Host: "127.0.0.7"})
		run(t, r)
		var mu sync.Mutex
		var heard []string
		newPhone(t, "2002", "127.0.0.1:5060").register(r, 60)
		r.Watch(func(user string, registered bool) {
			mu.Lock()
			defer mu.Unlock()
			heard = append(heard, fmt.Sprint(user, " ", registered))
		})
		expect := func(want ...string) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if diff := cmp.Diff(want, heard); diff != "" {
				t.Errorf("watchers heard (-want +got):\n%s", diff)
			}
			heard = nil
		}
		synctest.Wait()
		mu.Lock()
		if len(heard) != 2 || !strings.Contains(strings.Join(heard, ","), "2002 true") || !strings.Contains(strings.Join(heard, ","), "2003 true") {
			t.Errorf("at first a watcher hears %q, want who is there already", heard)
		}
		heard = nil
		mu.Unlock()

		desk, mobile := newPhone(t, "2001", "127.0.0.1:5070"), newPhone(t, "2001", "127.0.0.1:5080")
		desk.register(r, 300)
		mobile.register(r, 300)
		desk.register(r, 300)
		expect("2001 true")
		desk.register(r, 0)
		expect()
		time.Sleep(60*time.Second + Grace + sweepPause)
		expect("2002 false")
		mobile.register(r, 0)
		expect("2001 false")
		mobile.register(r, 300)
		expect("2001 true")
		r.Remove("2001")
		expect("2001 false")
		mobile.register(r, 300)
		r.SetAccounts(testAccounts(Account{User: "2003"}, Account{User: "2004", Host: "127.0.0.9"}))
		synctest.Wait()
		mu.Lock()
		last := strings.Join(heard, ",")
		mu.Unlock()
		for _, want := range []string{"2001 false", "2003 false", "2004 true"} {
			if !strings.Contains(last, want) {
				t.Errorf("after the accounts changed watchers heard %q, not %q", last, want)
			}
		}
	})
}

func TestAWatcherMayAskAndChangeTheRegistrar(t *testing.T) {
	r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal)
	var heard []bool
	r.Watch(func(user string, registered bool) {
		heard = append(heard, registered)
		if registered {
			r.Remove(user)
		} else if len(r.Contacts(user)) != 0 {
			t.Error("the phone is still there")
		}
	})
	newPhone(t, "2001", "127.0.0.1:5070").register(r, 300)
	if diff := cmp.Diff([]bool{true, false}, heard); diff != "" {
		t.Error(diff)
	}
}

func TestAnAdministratorRemovesOnePhoneOrAll(t *testing.T) {
	r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal)
	for i := range 3 {
		newPhone(t, "2001", fmt.Sprintf("127.0.0.1:%d", 5001+i)).register(r, 300)
	}
	if n := r.Remove("2001", "sip:2001@127.0.0.1:5002"); n != 1 || targets(r, "2001") != "udp 127.0.0.1:5003, udp 127.0.0.1:5001" {
		t.Errorf("%d removed, left %q", n, targets(r, "2001"))
	}
	if n := r.Remove("2001"); n != 2 || len(r.All()) != 0 {
		t.Errorf("%d removed, left %v", n, r.All())
	}
	if n := r.Remove("nobody"); n != 0 {
		t.Errorf("%d removed of nobody", n)
	}
}

func TestAllIsOrderedByUser(t *testing.T) {
	r, _ := newTestRegistrar(RegistrarConfig{}, nil, amal, Account{User: "1999"}, Account{User: "2000", Host: "127.0.0.7"})
	newPhone(t, "2001", "127.0.0.1:5001").register(r, 300)
	newPhone(t, "2001", "127.0.0.1:5002").register(r, 300)
	newPhone(t, "1999", "127.0.0.1:5003").register(r, 300)
	var got []string
	for _, b := range r.All() {
		got = append(got, b.User+" "+b.Target)
	}
	want := []string{"1999 127.0.0.1:5003", "2000 127.0.0.7:5060", "2001 127.0.0.1:5002", "2001 127.0.0.1:5001"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestARegisterThatMeetsAReloadBindsNothingForAnAccountThatIsGone(t *testing.T) {
	r, _ := newTestRegistrar(RegistrarConfig{}, nil, Account{User: "2002"})
	req := newPhone(t, "2001", "127.0.0.1:5070").request("Contact: <sip:2001@127.0.0.1:5070>")
	asked, err := parseRegistration(req)
	if err != nil {
		t.Fatal(err)
	}
	// Its credentials were right a moment ago.
	if _, _, err := r.apply(amal, asked, time.Now()); err == nil || len(r.Contacts("2001")) != 0 {
		t.Errorf("got %v and phones %v", err, r.Contacts("2001"))
	}
}

func TestManyPhonesAtOnceLoseNoBinding(t *testing.T) {
	var users []Account
	for i := range 50 {
		users = append(users, Account{User: fmt.Sprint(3000 + i)})
	}
	r, _ := newTestRegistrar(RegistrarConfig{}, nil, users...)
	up := make(map[string]bool)
	r.Watch(func(user string, registered bool) { up[user] = registered })
	var all sync.WaitGroup
	for i, u := range users {
		for j := range 3 {
			all.Go(func() {
				p := newPhone(t, u.User, fmt.Sprintf("127.0.0.1:%d", 6000+10*i+j))
				for n := range 5 {
					p.register(r, 300*(n%2)) // on, off, ...
				}
				p.register(r, 300)
			})
		}
	}
	all.Wait()
	for _, u := range users {
		if len(r.Contacts(u.User)) != 3 || !up[u.User] {
			t.Errorf("%s has %q, heard %v", u.User, targets(r, u.User), up[u.User])
		}
	}
}

// run keeps a registrar tidy until the test ends.
func run(t *testing.T, r *Registrar) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		done.Wait()
	})
}
