package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/test/lab"
)

// service is the example's virtual server in the words of "ipvsadm -Sn".
const service = "-t 192.168.1.150:80"

// serverLine is the table's line of a machine of the scene.
func serverLine(name string) string {
	addr, _, _ := strings.Cut(lanAddrs[name], "/")
	return fmt.Sprintf("-a %s -r %s:80 -g -w 1", service, addr)
}

// wantTable is the whole table with these servers; extra goes to the service.
func wantTable(extra string, servers ...string) []string {
	lines := []string{strings.TrimSpace("-A " + service + " -s rr " + extra)}
	for _, s := range servers {
		lines = append(lines, serverLine(s))
	}
	slices.Sort(lines)
	return lines
}

// table reads a director's table, sorted; every line counts, so a doubled or a
// foreign entry shows.
func table(d *lab.Director) ([]string, error) {
	out, err := d.IPVSSave()
	if err != nil {
		return nil, err
	}
	var lines []string
	for l := range strings.Lines(out) {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	slices.Sort(lines)
	return lines, nil
}

// waitTables waits until the tables of all given directors are as wanted, and
// tells how long after since that was.
func waitTables(ds []*lab.Director, since time.Time, limit time.Duration, want []string) (time.Duration, error) {
	for _, d := range ds {
		err := lab.Eventually(time.Until(since.Add(limit)), "the table of "+d.Name+" to be\n"+strings.Join(want, "\n"),
			func() (bool, string) {
				got, err := table(d)
				if err != nil {
					return false, err.Error()
				}
				return slices.Equal(got, want), "\n" + strings.Join(got, "\n")
			})
		if err != nil {
			return 0, err
		}
	}
	return time.Since(since), nil
}

func (w *world) both() []*lab.Director { return w.d[:] }

// showTable prints the table as ipvsadm does.
func (w *world) showTable(d *lab.Director) error {
	out, err := d.IPVS()
	if err != nil {
		return err
	}
	w.say("ipvsadm -Ln on %s:\n%s", d.Name, out)
	return nil
}

// vipCount is how often the director has the virtual address.
func vipCount(d *lab.Director) int {
	n, err := d.CountAddr("eth0", vip)
	if err != nil {
		return -1
	}
	return n
}

// onlyOn waits until director i has the virtual address exactly once and the
// other not at all.
func (w *world) onlyOn(i int, limit time.Duration) error {
	return lab.Eventually(limit, fmt.Sprintf("%v to be on %s only", vip, w.d[i].Name), func() (bool, string) {
		a, b := vipCount(w.d[i]), vipCount(w.d[1-i])
		return a == 1 && b == 0, fmt.Sprintf("%d times on it, %d times on the other", a, b)
	})
}

// untouched checks that the virtual address neither came nor went anywhere since.
func (w *world) untouched(since time.Time) error {
	var errs []error
	for _, d := range w.d {
		for _, e := range w.lan.Events().Of(d.Host, vip, since) {
			errs = append(errs, fmt.Errorf("the address moved: %v", e))
		}
	}
	return errors.Join(errs...)
}

// advertTolerance is how much later or earlier than its interval an advertisement
// may come before it counts as late: a tenth, as the daemon's own watch has it.
const advertTolerance = advertInt / 10

// regular checks that director i, and nobody else, advertised without a gap since.
func (w *world) regular(i int, since time.Time) error {
	list := w.capture.Adverts(since, lab.From(w.addr[i]))
	worst, err := lab.Regular(list, time.Now(), advertInt, advertTolerance)
	if err != nil {
		return err
	}
	if others := w.capture.Adverts(since, lab.From(w.addr[1-i])); len(others) > 0 {
		return fmt.Errorf("%s advertised %d times, first %v", w.d[1-i].Name, len(others), others[0])
	}
	w.held("%d advertisements of %s in %s, none missed, at most %s off its second", len(list), w.d[i].Name,
		ms(time.Since(since)), ms(worst))
	return nil
}

// waitAdverts waits for n more advertisements of director i.
func (w *world) waitAdverts(i, n int) error {
	since := time.Now()
	return lab.Eventually(time.Duration(n+2)*advertInt+5*time.Second,
		fmt.Sprintf("%d advertisements of %s", n, w.d[i].Name), func() (bool, string) {
			got := len(w.capture.Adverts(since, lab.From(w.addr[i])))
			return got >= n, fmt.Sprint(got)
		})
}

// isHoldfast reports whether a director runs the program whose promises go beyond
// keepalived's.
func isHoldfast(d *lab.Director) bool { return d.Kind() != "keepalived" }

// asked lists the directors that run holdfast, and notes why the others are left
// out of a check.
func (w *world) asked(what string) []int {
	var out []int
	for i, d := range w.d {
		if isHoldfast(d) {
			out = append(out, i)
		} else {
			w.skipped("keepalived on %s: %s", d.Name, what)
		}
	}
	return out
}
