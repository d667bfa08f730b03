//go:build e2e

package meaning

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// appoint has a reload take place at a time, which is written in a form, and waits for it. On a busy machine the time may
// be over before it is read: then the next one is further away.
func (b *bench) appoint(form string) {
	const begun, over = "Reload complete", "in the past"
	for ahead := 2 * time.Second; ; ahead *= 2 {
		log := b.proc.Log()
		done, missed := strings.Count(log, begun), strings.Count(log, over)
		at := time.Now().UTC().Add(ahead)
		b.write("when", at.Format(form)+"Z\n", 0o644)
		late := "for " + at.AddDate(0, 0, 1).Local().Format("2006-01-02 15:04:05")
		b.until("a reload at a time", func() (bool, string) {
			log := b.proc.Log()
			return strings.Count(log, begun) > done || strings.Count(log, over) > missed ||
				strings.Contains(log, late) && !strings.Contains(log[strings.LastIndex(log, late):], "Reloading"), log
		})
		b.adverts(2)
		if strings.Count(b.proc.Log(), begun) > done {
			return
		}
	}
}

// reloadScenes are about when a reload takes place, and what it leaves in files.
func reloadScenes() []scene {
	one := fast("VI_1", 51, "priority 150")
	global := func(text string) string { return "global_defs {\n    " + text + "\n}\n" + one }
	const dated = "2006-01-02 15:04:05"
	return []scene{
		{
			name:    "a reload at a time",
			shows:   "global_defs: reload_time_file reload_file",
			conf:    global("reload_time_file /run/case/when\n    reload_file"),
			differs: map[string]string{secLog: notTouched},
			play: func(b *bench) {
				b.start()
				b.masters()
				b.write("when", "2199-01-01 10:00:00", 0o644)
				b.logged("Scheduling reload for 2199-01-01 10:00:00", 1)
				b.write("when", "2198-01-01 10:00:00\nmore", 0o644)
				b.logged("Reload time updated from 2199-01-01 10:00:00 to 2198-01-01 10:00:00", 1)
				b.must(b.remove("when"))
				b.logged("Cancelling reload scheduled for 2198-01-01 10:00:00", 1)
				b.write("when", "98-01-01 10:00:0", 0o644)
				b.logged("Invalid reload time", 1)
				b.write("when", "2020-01-01 10:00:00", 0o644)
				b.logged("is in the past - ignoring", 1)
				b.look("scheduled")
				b.appoint(dated)
				b.look("reloaded")
				b.stop()
			},
		},
		{
			name:    "a reload at a time of the day",
			shows:   "global_defs: reload_time_file reload_repeat",
			conf:    global("reload_time_file /run/case/when\n    reload_repeat"),
			differs: map[string]string{secLog: notTouched},
			play: func(b *bench) {
				b.start()
				b.masters()
				b.appoint("15:04:05")
				b.look("reloaded")
				b.must(b.remove("when"))
				b.appoint(dated)
				b.look("reloaded by a date")
				b.stop()
			},
		},
		{
			name:  "copies of configurations",
			shows: "global_defs: config_save_dir",
			conf:  global("config_save_dir /run/case/save"),
			differs: map[string]string{
				secLog:   notTouched,
				secFiles: "What the roles dump there before and after a reload",
			},
			play: func(b *bench) {
				b.start()
				b.masters()
				b.signal(syscall.SIGHUP)
				b.logged("Reload complete", 1)
				for n := range 2 {
					b.until(fmt.Sprintf("copy %d", n), func() (bool, string) {
						all, err := filepath.Glob(filepath.Join(b.run, "case/save", fmt.Sprintf("keepalived.conf.*.%d", n)))
						return len(all) > 0, fmt.Sprint(all, err)
					})
				}
				b.adverts(2)
				b.look("reloaded")
				b.stop()
			},
		},
	}
}
