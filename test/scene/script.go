package main

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
	"time"

	"holdfast/test/lab"
)

// script is the play, in order. Every step leaves the network as it found it:
// director 1 master, both tables full.
func script() []step {
	return []step{
		{name: "Both directors start", vital: true, do: (*world).begin},
		{name: "The client asks ten times", do: alternate},
		{name: "A web server dies and comes back", do: webDies},
		{name: "Director 1 dies and comes back", do: failover},
		{name: "With nopreempt it does not take the address back", do: nopreempt},
		{name: "Reload: persistence", do: persistence},
		{name: "Reload of broken files", do: brokenReload},
		{name: "HTTP_GET: a wrong page, a wrong status", do: httpGet},
		{name: "All web servers die: the sorry server", do: sorry},
		{name: "The daemon is killed and started again at once", do: killRestart},
		{name: "The daemon is killed, the other takes over, it starts again", do: killTakeoverRestart},
		{name: "One process of the daemon is killed", do: killChild},
		{name: "The service is stopped", do: stop},
	}
}

// begin starts everything and waits for the state every step begins with.
func (w *world) begin() error {
	if err := w.startWeb("web1", "web2", "sorry"); err != nil {
		return err
	}
	w.say("nginx answers on web1, web2 and sorry")
	start := time.Now()
	for _, d := range w.d {
		if err := d.Start(); err != nil {
			return err
		}
	}
	at, err := w.lan.Events().Wait(w.d[0].Host, vip, true, start, masterWait)
	if err != nil {
		return err
	}
	if err := w.onlyOn(0, time.Second); err != nil {
		return err
	}
	w.held("director1 is master: %v came to it %s after the start", vip, ms(at.Sub(start)))
	if _, err := w.d[0].WaitLog(0, "(VI_1) Entering MASTER STATE", time.Second); err != nil {
		return err
	}
	if _, err := w.d[1].WaitLog(0, "(VI_1) Entering BACKUP STATE", time.Second); err != nil {
		return err
	}
	took, err := waitTables(w.both(), start, tableWait, wantTable("", "web1", "web2"))
	if err != nil {
		return err
	}
	w.held("both tables are full %s after the start at the latest", ms(took))
	return w.showTable(w.d[0])
}

// restore brings back the state every step begins with, whatever happened.
func (w *world) restore() error {
	for i, d := range w.d {
		if d.Proc != nil {
			if err := d.Proc.KillTree(); err != nil {
				return err
			}
		}
		if n := vipCount(d); n > 0 {
			if err := d.DelAddr("eth0", netip.PrefixFrom(vip, 32)); err != nil {
				return err
			}
		}
		if _, err := d.Run("ipvsadm", "-C"); err != nil {
			return err
		}
		if err := errors.Join(d.PlugCable(), d.Configure(w.base[i])); err != nil {
			return err
		}
	}
	for name, p := range w.nginx {
		if err := p.KillTree(); err != nil {
			return err
		}
		delete(w.nginx, name)
	}
	w.heading("Starting over")
	return w.begin()
}

// startOver restores, also on a machine that stalls.
func (w *world) startOver() error {
	for again := 0; ; again++ {
		start, sizes := time.Now(), w.logSizes()
		err := w.restore()
		if err == nil || again == replays || w.doubtSince(start, sizes).none() {
			return err
		}
		w.failed(err)
	}
}

func alternate(w *world) error {
	order, count, err := w.visitTimes(10)
	if err != nil {
		return err
	}
	if count["web1"] != 5 || count["web2"] != 5 {
		return fmt.Errorf("answers came from %v", order)
	}
	for i := 2; i < len(order); i++ {
		if order[i] != order[i-2] {
			return fmt.Errorf("not in turn: %v", order)
		}
	}
	w.held("answered by %s", joined(order))
	return nil
}

func webDies(w *world) error {
	v := w.startVisitor()
	killed := time.Now()
	if err := w.killWeb("web1"); err != nil {
		v.stop()
		return err
	}
	w.say("nginx on web1 is killed")
	// The default of one retry a second later is in the second.
	limit := delayLoop + connectTimeout + time.Second
	took, err := waitTables(w.both(), killed, limit, wantTable("", "web2"))
	gone := time.Now()
	if err == nil {
		w.held("it left both tables within %s (allowed %s)", ms(took), ms(limit))
		err = v.more(10)
	}
	visits := v.stop()
	if err != nil {
		return err
	}
	if bad := failuresAfter(visits, gone); len(bad) > 0 {
		return fmt.Errorf("%d requests failed after it left, first: %w", len(bad), bad[0].err)
	}
	_, failed := outage(visits)
	w.held("of %d requests %d failed before it left, none after", len(visits), failed)
	back := time.Now()
	if err := w.startWeb("web1"); err != nil {
		return err
	}
	took, err = waitTables(w.both(), back, delayLoop+connectTimeout+2*time.Second, wantTable("", "web1", "web2"))
	if err != nil {
		return err
	}
	w.held("started again, it is in both tables after %s", ms(took))
	return alternate(w)
}

// die kills the daemon of director i with all its processes, and cuts its cable.
func (w *world) die(i int) (time.Time, error) {
	at := time.Now()
	if err := w.d[i].Proc.KillTree(); err != nil {
		return at, err
	}
	return at, w.d[i].CutCable()
}

// takesOver waits until director 2 has the address and checks how long that took.
func (w *world) takesOver(killed time.Time) error {
	at, err := w.lan.Events().Wait(w.d[1].Host, vip, true, killed, takeover+5*time.Second)
	if err != nil {
		return err
	}
	last := killed
	if list := w.capture.Adverts(killed.Add(-3*advertInt), lab.From(w.addr[0])); len(list) > 0 {
		last = list[len(list)-1].At
	}
	if took := at.Sub(last); took > takeover {
		return fmt.Errorf("%v came to director2 %s after the last advertisement of director1, allowed are %s", vip,
			ms(took), ms(takeover))
	}
	w.held("%v is on director2 %s after the kill, %s after the last advertisement (allowed %s)",
		vip, ms(at.Sub(killed)), ms(at.Sub(last)), ms(takeover))
	return nil
}

// comesBack starts the daemon of director 1 again, waits for the stale address to
// go and plugs the cable.
func (w *world) comesBack() (time.Time, error) {
	if err := w.d[0].Start(); err != nil {
		return time.Time{}, err
	}
	err := lab.Eventually(5*time.Second, "the stale address to leave director1", func() (bool, string) {
		return vipCount(w.d[0]) == 0, fmt.Sprint(vipCount(w.d[0]))
	})
	if err != nil {
		return time.Time{}, err
	}
	w.held("started again, it removed the address of its former life")
	return time.Now(), w.d[0].PlugCable()
}

func failover(w *world) error {
	v := w.startVisitor()
	killed, err := w.die(0)
	if err == nil {
		w.say("director1: SIGKILL to all processes of the daemon, cable cut")
		err = w.takesOver(killed)
	}
	if err == nil {
		err = v.answered()
	}
	visits := v.stop()
	if err != nil {
		return err
	}
	longest, failed := outage(visits)
	w.held("the client was without an answer for %s (%d requests failed)", ms(longest), failed)
	if err := w.served("director2"); err != nil {
		return err
	}
	plugged, err := w.comesBack()
	if err != nil {
		return err
	}
	at, err := w.lan.Events().Wait(w.d[0].Host, vip, true, plugged, masterWait)
	if err != nil {
		return err
	}
	if err := w.onlyOn(0, 2*time.Second); err != nil {
		return err
	}
	w.held("director1 took the address back %s after its cable was plugged", ms(at.Sub(plugged)))
	if _, err := waitTables(w.both(), time.Now(), tableWait, wantTable("", "web1", "web2")); err != nil {
		return err
	}
	return w.served("director1")
}

// served checks that the client gets answers from now on.
func (w *world) served(by string) error {
	var last visit
	err := lab.Eventually(3*time.Second, "an answer through "+by, func() (bool, string) {
		last = knock(w.client)
		return last.err == nil, fmt.Sprint(last.err)
	})
	if err != nil {
		return err
	}
	return alternate(w)
}

func nopreempt(w *world) error {
	d := w.d[0]
	if err := d.Edit("state MASTER", "state BACKUP\n    nopreempt"); err != nil {
		return err
	}
	if err := w.reload(0); err != nil {
		return err
	}
	if err := w.onlyOn(0, masterWait); err != nil {
		return err
	}
	killed, err := w.die(0)
	if err != nil {
		return err
	}
	if err := w.takesOver(killed); err != nil {
		return err
	}
	if _, err := w.comesBack(); err != nil {
		return err
	}
	const long = 6 * time.Second // more than the master down interval of director 1
	if err := lab.Throughout(long, "director2 staying master", func() (bool, string) {
		a, b := vipCount(w.d[0]), vipCount(w.d[1])
		return a == 0 && b == 1, fmt.Sprintf("%d times on director1, %d times on director2", a, b)
	}); err != nil {
		return err
	}
	w.held("director1 is back for %s and leaves the address where it is", ms(long))
	if err := d.Configure(w.base[0]); err != nil {
		return err
	}
	back := time.Now()
	if err := w.reload(0); err != nil {
		return err
	}
	at, err := w.lan.Events().Wait(d.Host, vip, true, back, masterWait)
	if err != nil {
		return err
	}
	w.held("nopreempt removed and reloaded: director1 took the address after %s", ms(at.Sub(back)))
	if err := w.onlyOn(0, 2*time.Second); err != nil {
		return err
	}
	_, err = waitTables(w.both(), time.Now(), tableWait, wantTable("", "web1", "web2"))
	return err
}

// reload sends SIGHUP and waits until the daemon says it took the configuration.
func (w *world) reload(is ...int) error {
	for _, i := range is {
		d := w.d[i]
		mark := d.Proc.LogSize()
		if err := d.Reload(); err != nil {
			return err
		}
		if _, err := d.WaitLog(mark, "Reload complete", 5*time.Second); err != nil {
			return err
		}
	}
	return nil
}

func stop(w *world) error {
	v := w.startVisitor()
	err := w.stopOne(0)
	if err == nil {
		err = v.answered()
	}
	visits := v.stop()
	if err != nil {
		return err
	}
	longest, failed := outage(visits)
	w.held("the client was without an answer for %s (%d requests failed)", ms(longest), failed)
	if err := w.served("director2"); err != nil {
		return err
	}
	return w.stopOne(1)
}

func (w *world) stopOne(i int) error {
	d := w.d[i]
	told := time.Now()
	if err := d.Proc.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	zero, err := w.capture.Wait(told, 5*time.Second, "an advertisement with priority 0", func(a lab.Advert) bool {
		return a.Src == w.addr[i] && a.Priority == 0
	})
	if err != nil {
		return err
	}
	w.held("%s: SIGTERM, priority 0 on the wire after %s", d.Name, ms(zero.At.Sub(told)))
	if i == 0 {
		at, err := w.lan.Events().Wait(w.d[1].Host, vip, true, told, 5*time.Second)
		if err != nil {
			return err
		}
		if limit := backupSkew + 100*time.Millisecond; at.Sub(zero.At) > limit {
			return fmt.Errorf("director2 took over %s after it, allowed are %s", ms(at.Sub(zero.At)), ms(limit))
		}
		w.held("director2 took over %s after it", ms(at.Sub(zero.At)))
	}
	code, took, err := d.Proc.Wait(told, 10*time.Second)
	if err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("%s: exit status %d", d.Name, code)
	}
	if isHoldfast(d) && took > time.Second {
		return fmt.Errorf("%s took %s to stop, allowed is a second", d.Name, ms(took))
	}
	left, err := table(d)
	if n := vipCount(d); err != nil || len(left) > 0 || n != 0 {
		return fmt.Errorf("%s left %v %d times and in the table %q: %v", d.Name, vip, n, left, err)
	}
	w.held("%s: exit status 0 after %s, address gone, table empty", d.Name, ms(took))
	return nil
}
