package main

import (
	"crypto/md5" // what digest in keepalived.conf is made of
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"holdfast/test/lab"
)

func (w *world) editBoth(oldnew ...string) error {
	return errors.Join(w.d[0].Edit(oldnew...), w.d[1].Edit(oldnew...))
}

func (w *world) configureBase() error {
	return errors.Join(w.d[0].Configure(w.base[0]), w.d[1].Configure(w.base[1]))
}

func persistence(w *world) error {
	before := time.Now()
	if err := w.waitAdverts(0, 2); err != nil {
		return err
	}
	if err := w.editBoth("protocol TCP", "persistence_timeout 5\n    protocol TCP"); err != nil {
		return err
	}
	if err := w.reload(0, 1); err != nil {
		return err
	}
	took, err := waitTables(w.both(), time.Now(), 3*time.Second, wantTable("-p 5", "web1", "web2"))
	if err != nil {
		return err
	}
	w.held("SIGHUP with persistence_timeout 5: in both tables %s after the reload was complete", ms(took))
	order, count, err := w.visitTimes(10)
	if err != nil {
		return err
	}
	if len(count) != 1 {
		return fmt.Errorf("the client does not stick to one server: %v", order)
	}
	w.held("the client sticks to one server: %s", joined(order))
	if err := w.waitAdverts(0, 3); err != nil {
		return err
	}
	if err := w.steady(before); err != nil {
		return err
	}
	if err := w.configureBase(); err != nil {
		return err
	}
	if err := w.reload(0, 1); err != nil {
		return err
	}
	if _, err := waitTables(w.both(), time.Now(), 3*time.Second, wantTable("", "web1", "web2")); err != nil {
		return err
	}
	return alternate(w)
}

// steady checks that mastership stayed with director 1, unbroken, since. Of
// keepalived only mastership is asked.
func (w *world) steady(since time.Time) error {
	if !isHoldfast(w.d[0]) {
		worst, _ := lab.Regular(w.capture.Adverts(since, lab.From(w.addr[0])), time.Now(), advertInt, advertTolerance)
		w.skipped("keepalived on director1: advertisements at their second over a reload (seen: %s off)", ms(worst))
		return w.onlyOn(0, masterWait)
	}
	if err := w.untouched(since); err != nil {
		return err
	}
	w.held("the address did not move")
	return w.regular(0, since)
}

// position is how a diagnostic names its place: file, line, column.
var position = regexp.MustCompile(`keepalived\.conf:\d+:\d+: error: .+`)

// A breakage is a way to ruin a configuration file.
type breakage struct {
	name string
	ruin func(d *lab.Director, good string) error
	says *regexp.Regexp // what the log must have
}

func breakages() []breakage {
	return []breakage{
		{"a file cut in half", func(d *lab.Director, good string) error {
			return d.Configure(good[:strings.Index(good, "real_server")+20])
		}, position},
		{"a file that was emptied", func(d *lab.Director, good string) error {
			return d.Configure("")
		}, regexp.MustCompile(`keepalived\.conf: nothing to run: .+`)},
		{"an instance without virtual_router_id", func(d *lab.Director, good string) error {
			return d.Edit("    virtual_router_id 51\n", "")
		}, position},
		{"an interface that is not there", func(d *lab.Director, good string) error {
			return d.Edit("interface eth0", "interface eth7")
		}, position},
		{"a scheduler nobody has", func(d *lab.Director, good string) error {
			return d.Edit("lb_algo rr", "lb_algo rrr")
		}, position},
		{"no file at all", func(d *lab.Director, good string) error {
			return os.Remove(d.Config)
		}, regexp.MustCompile(`(?i)config files missing .*keepalived\.conf|keepalived\.conf.*no such file`)},
	}
}

func brokenReload(w *world) error {
	asked := w.asked("a broken file on SIGHUP leaves everything as it is (2.2.7 loses address and table)")
	for _, i := range asked {
		all := breakages()
		if w.quick {
			all = all[:2]
		}
		for _, b := range all {
			if err := w.survive(i, b); err != nil {
				return fmt.Errorf("%s on %s: %w", b.name, w.d[i].Name, err)
			}
		}
	}
	return nil
}

// survive reloads a ruined file on director i and checks that nothing changed.
func (w *world) survive(i int, b breakage) error {
	d := w.d[i]
	before := time.Now()
	if err := w.waitAdverts(0, 1); err != nil {
		return err
	}
	full, err := table(d)
	if err != nil {
		return err
	}
	if err := b.ruin(d, w.base[i]); err != nil {
		return err
	}
	v := w.startVisitor()
	mark := d.Proc.LogSize()
	err = d.Reload()
	if err == nil {
		err = lab.Eventually(5*time.Second, "an error in the log that matches "+b.says.String(), func() (bool, string) {
			return b.says.MatchString(d.Proc.LogSince(mark)), d.Proc.LogSince(mark)
		})
	}
	if err == nil {
		err = lab.Throughout(2500*time.Millisecond, "the table of "+d.Name, func() (bool, string) {
			now, err := table(d)
			return err == nil && slices.Equal(now, full), fmt.Sprint(now, err)
		})
	}
	visits := v.stop()
	if err != nil {
		return err
	}
	w.held("%s, SIGHUP on %s: %q", b.name, d.Name, b.says.FindString(d.Proc.LogSince(mark)))
	if _, failed := outage(visits); failed > 0 {
		return fmt.Errorf("%d of %d requests failed", failed, len(visits))
	}
	if err := w.untouched(before); err != nil {
		return err
	}
	w.held("address, table and mastership untouched, %d requests answered", len(visits))
	if isHoldfast(w.d[0]) {
		if err := w.regular(0, before); err != nil {
			return err
		}
	}
	if err := d.Configure(w.base[i]); err != nil {
		return err
	}
	return w.reload(i)
}

var tcpCheck = regexp.MustCompile(`(?s)TCP_CHECK \{.*?\n        \}`)

// withHTTPGet replaces the checks of the servers, in order, by HTTP_GET with
// these lines in its url block.
func withHTTPGet(text string, urls ...string) string {
	i := -1
	return tcpCheck.ReplaceAllStringFunc(text, func(string) string {
		i++
		return "HTTP_GET {\n            url {\n                " + urls[i] +
			"\n            }\n            connect_timeout 1\n            delay_before_retry 1\n        }"
	})
}

func httpGet(w *world) error {
	sum := md5.Sum([]byte(lab.HealthPage))
	good := "path /health\n                digest " + hex.EncodeToString(sum[:])
	set := func(urls ...string) error {
		for i, d := range w.d {
			if err := d.Configure(withHTTPGet(w.base[i], urls...)); err != nil {
				return err
			}
		}
		return w.reload(0, 1)
	}
	full := wantTable("", "web1", "web2")
	if err := set(good, good); err != nil {
		return err
	}
	for _, d := range w.d {
		if err := lab.Throughout(2*delayLoop, "a full table on "+d.Name+" with healthy pages", func() (bool, string) {
			now, err := table(d)
			return err == nil && slices.Equal(now, full), fmt.Sprint(now, err)
		}); err != nil {
			return err
		}
	}
	w.held("HTTP_GET with the digest of the page: both servers stay")
	if err := w.wrongDigest(full); err != nil {
		return err
	}
	// One failing attempt and one retry, each after at most a pause.
	limit := delayLoop + 2*connectTimeout + 2*time.Second
	start := time.Now()
	if err := set("path /broken\n                status_code 200",
		"path /health\n                status_code 200"); err != nil {
		return err
	}
	took, err := waitTables(w.both(), start, limit, wantTable("", "web2"))
	if err != nil {
		return err
	}
	w.held("web1 answers 500 where 200 is asked: it left both tables after %s", ms(took))
	if err := w.configureBase(); err != nil {
		return err
	}
	if err := w.reload(0, 1); err != nil {
		return err
	}
	_, err = waitTables(w.both(), time.Now(), tableWait, full)
	return err
}

// wrongDigest lets web1 show another page for a while.
func (w *world) wrongDigest(full []string) error {
	if err := w.killWeb("web1"); err != nil {
		return err
	}
	start := time.Now()
	p, err := w.web["web1"].StartNginxHealth("ill\n", netip.MustParseAddrPort("0.0.0.0:80"))
	if err != nil {
		return err
	}
	w.nginx["web1"] = p
	took, err := waitTables(w.both(), start, delayLoop+2*connectTimeout+2*time.Second, wantTable("", "web2"))
	if err != nil {
		return err
	}
	w.held("web1 shows another page: it left both tables after %s", ms(took))
	if err := w.killWeb("web1"); err != nil {
		return err
	}
	start = time.Now()
	if err := w.startWeb("web1"); err != nil {
		return err
	}
	// One URL passes twice before the server is up again (semantics 10.4).
	if took, err = waitTables(w.both(), start, 2*delayLoop+3*time.Second, full); err != nil {
		return err
	}
	w.held("the right page again: it is back in both tables after %s", ms(took))
	return nil
}

func sorry(w *world) error {
	start := time.Now()
	if err := w.killWeb("web1", "web2"); err != nil {
		return err
	}
	took, err := waitTables(w.both(), start, delayLoop+connectTimeout+time.Second, wantTable("", "sorry"))
	if err != nil {
		return err
	}
	w.held("both web servers killed: only the sorry server is in both tables after %s", ms(took))
	if err := w.showTable(w.d[0]); err != nil {
		return err
	}
	order, count, err := w.visitTimes(4)
	if err != nil {
		return err
	}
	if count["sorry"] != 4 {
		return fmt.Errorf("answered by %v", order)
	}
	w.held("answered by %s", joined(order))
	start = time.Now()
	if err := w.startWeb("web1", "web2"); err != nil {
		return err
	}
	took, err = waitTables(w.both(), start, delayLoop+connectTimeout+2*time.Second, wantTable("", "web1", "web2"))
	if err != nil {
		return err
	}
	w.held("both are back and the sorry server has left after %s", ms(took))
	return alternate(w)
}
