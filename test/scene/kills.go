package main

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"holdfast/test/lab"
)

// settle waits until director 1 is master by its own word since a moment, not only
// by an address of its former life, and everything is as every step finds it, with
// nothing doubled.
func (w *world) settle(since time.Time) error {
	if _, err := w.capture.Wait(since, masterWait+takeover, "an advertisement of director1",
		lab.From(w.addr[0])); err != nil {
		return err
	}
	if err := w.onlyOn(0, masterWait+takeover); err != nil {
		return err
	}
	_, err := waitTables(w.both(), time.Now(), tableWait, wantTable("", "web1", "web2"))
	return err
}

func killRestart(w *world) error {
	v := w.startVisitor()
	err := w.d[0].Proc.KillTree()
	if err == nil {
		w.say("director1: SIGKILL to all processes of the daemon; address and table stay in its kernel")
		if n := vipCount(w.d[0]); n != 1 {
			err = fmt.Errorf("director1 has the address %d times after the kill", n)
		}
	}
	start := time.Now()
	if err == nil {
		err = w.d[0].Start()
	}
	if err == nil {
		err = lab.Throughout(2*time.Second, "nothing doubled on director1", func() (bool, string) {
			n := vipCount(w.d[0])
			t, err := table(w.d[0])
			return n >= 0 && n <= 1 && err == nil && undoubled(t), fmt.Sprint(n, t, err)
		})
	}
	if err == nil {
		err = w.settle(start)
	}
	if err == nil {
		err = v.answered()
	}
	visits := v.stop()
	if err != nil {
		return err
	}
	longest, failed := outage(visits)
	w.held("%s after the restart: address on director1 once, tables full, nothing doubled", ms(time.Since(start)))
	w.say("the client was without an answer for at most %s (%d requests failed)", ms(longest), failed)
	return alternate(w)
}

// undoubled reports whether every service and server is in the table once.
func undoubled(t []string) bool {
	seen := map[string]bool{}
	for _, l := range t {
		f := strings.Fields(l)
		key := strings.Join(f[:min(3, len(f))], " ")
		if f[0] == "-a" {
			key = strings.Join(f[:min(5, len(f))], " ")
		}
		if seen[key] {
			return false
		}
		seen[key] = true
	}
	return true
}

func killTakeoverRestart(w *world) error {
	killed := time.Now()
	if err := w.d[0].Proc.KillTree(); err != nil {
		return err
	}
	if err := w.takesOver(killed); err != nil {
		return err
	}
	w.say("the address of the dead master is still on director1: %d", vipCount(w.d[0]))
	start := time.Now()
	if err := w.d[0].Start(); err != nil {
		return err
	}
	at, err := w.lan.Events().Wait(w.d[0].Host, vip, false, start, 2*time.Second)
	if err != nil {
		return fmt.Errorf("the stale address: %w", err)
	}
	w.held("started again as backup, it removed the stale address after %s", ms(at.Sub(start)))
	if _, err := w.lan.Events().Wait(w.d[0].Host, vip, true, at, masterWait); err != nil {
		return err
	}
	if err := w.settle(at); err != nil {
		return err
	}
	w.held("it is master again, nothing doubled, no address where it does not belong")
	return w.served("director1")
}

func killChild(w *world) error {
	if err := w.killChecker(); err != nil {
		return fmt.Errorf("the checker process: %w", err)
	}
	if err := w.killVRRP(); err != nil {
		return fmt.Errorf("the vrrp process: %w", err)
	}
	return nil
}

// killRole kills one child of director 1 and waits for its successor; the other
// child must remain.
func (w *world) killRole(role, other string) error {
	d := w.d[0]
	victim, err := d.RolePid(role)
	if err != nil {
		return err
	}
	bystander, err := d.RolePid(other)
	if err != nil {
		return err
	}
	if kids := d.Proc.Children(); !slices.Contains(kids, victim) || !slices.Contains(kids, bystander) {
		return fmt.Errorf("children of the supervisor are %v, the pid files say %d and %d", kids, victim, bystander)
	}
	mark, start := d.Proc.LogSize(), time.Now()
	if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
		return err
	}
	err = lab.Eventually(5*time.Second, "a new "+role+" process", func() (bool, string) {
		pid, err := d.RolePid(role)
		return err == nil && pid != victim && lab.Alive(pid), fmt.Sprint(pid, err)
	})
	if err != nil {
		return err
	}
	took := time.Since(start)
	line, err := d.WaitLog(mark, "espawning", 2*time.Second)
	if err != nil {
		return err
	}
	w.held("%s process killed, its successor is there after %s; the supervisor says: %s", role, ms(took), line)
	now, err := d.RolePid(other)
	if err != nil || now != bystander || !lab.Alive(now) {
		return fmt.Errorf("the %s process was %d and is %d: %v", other, bystander, now, err)
	}
	return nil
}

func (w *world) killChecker() error {
	before := time.Now()
	if err := w.waitAdverts(0, 2); err != nil {
		return err
	}
	v := w.startVisitor()
	err := w.killRole("checkers", "vrrp")
	if err == nil {
		err = w.waitAdverts(0, 3)
	}
	if err == nil {
		_, err = waitTables(w.both(), time.Now(), tableWait, wantTable("", "web1", "web2"))
	}
	visits := v.stop()
	if err != nil {
		return err
	}
	_, failed := outage(visits)
	if isHoldfast(w.d[0]) && failed > 0 {
		return fmt.Errorf("%d of %d requests failed", failed, len(visits))
	}
	w.held("%d requests, %d failed; the table is full", len(visits), failed)
	if err := w.untouched(before); err != nil {
		return err
	}
	return w.regular(0, before)
}

func (w *world) killVRRP() error {
	want, err := table(w.d[0])
	if err != nil {
		return err
	}
	killed := time.Now()
	if err := w.killRole("vrrp", "checkers"); err != nil {
		return err
	}
	if err := lab.Throughout(2*time.Second, "the table of director1", func() (bool, string) {
		now, err := table(w.d[0])
		return err == nil && slices.Equal(now, want), fmt.Sprint(now, err)
	}); err != nil {
		return err
	}
	if err := w.settle(killed); err != nil {
		return err
	}
	w.held("the table did not change, and the address is where it belongs, once")
	return alternate(w)
}
