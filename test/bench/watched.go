package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"holdfast/internal/api"
	"holdfast/test/lab"
)

// A watch of a director is what a monitoring system does: its metrics are scraped as Prometheus does it, compressed,
// and its events followed. What that costs is what the director takes with it and without.
const metricsAddress = "127.0.0.1:9165"

// A watching is a column of the table: how often the same daemon is scraped, 0 for one that is left alone.
type watching struct {
	name  string
	every time.Duration
}

// watchings are the columns. Prometheus scrapes each 15 s where nobody has said how often.
func watchings() []watching {
	return []watching{{"alone", 0}, {"each 15 s", 15 * time.Second}, {"each second", time.Second}}
}

// watchedParts are the parts by name.
func watchedParts() map[string]func(options, func(result)) error {
	return map[string]func(options, func(result)) error{
		"watched-instances": watchedInstances, "watched-servers": watchedServers,
	}
}

// watchedInstances measures a master of a thousand virtual routers, and its backup.
func watchedInstances(o options, emit func(result)) error {
	c := crowd{n: 1000, interval: 1}
	for _, how := range watchings() {
		if err := watchedDuo(c, how, o, emit); err != nil {
			return fmt.Errorf("%v, %s: %w", c, how.name, err)
		}
	}
	return nil
}

func watchedDuo(c crowd, how watching, o options, emit func(result)) (err error) {
	p, err := newDuo(o.programs[0], c.config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	p.capture.Close()
	if err := c.plug(p); err != nil {
		return err
	}
	for _, d := range p.d {
		d.Options = how.options()
	}
	if _, err := c.gather(p); err != nil {
		return err
	}
	time.Sleep(settled + 7*time.Second) // the second burst of announcements is over
	for i, d := range p.d {
		w := observer{d: d, how: how, window: o.window, emit: emit,
			what: fmt.Sprintf("%d instances at %g s, %s", c.n, c.interval, [2]string{"master", "backup"}[i])}
		if err := w.observe(); err != nil {
			return err
		}
	}
	return nil
}

// watchedServers measures ten thousand real servers that are checked, in a table of the kernel.
func watchedServers(o options, emit func(result)) (err error) {
	f := farms[0]
	lan, end, err := newLAN()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	h, _, err := f.hosts(lan)
	if err != nil {
		return err
	}
	for _, how := range watchings() {
		if err := f.watched(lab.NewDirector(h, o.programs[0]), how, o, emit); err != nil {
			return fmt.Errorf("%v, %s: %w", f, how.name, err)
		}
	}
	return nil
}

func (f farm) watched(d *lab.Director, how watching, o options, emit func(result)) error {
	d.Options = how.options()
	if err := d.Configure(f.config(0)); err != nil {
		return err
	}
	table, err := f.open(d)
	if err != nil {
		return err
	}
	defer table.close()
	if _, err := table.until(d.Start, table.full(0)); err != nil {
		return err
	}
	// As in measureOne.
	time.Sleep(time.Duration(2*f.delay)*time.Second + settled)
	w := observer{d: d, how: how, window: o.window, emit: emit, what: f.String()}
	if err := w.observe(); err != nil {
		return err
	}
	return f.stop(d, table, func(string, float64, string) {})
}

func (w watching) options() []string {
	if w.every == 0 {
		return nil
	}
	return []string{"--metrics", metricsAddress}
}

// An observer measures a director for a while, as it is or watched.
type observer struct {
	d      *lab.Director
	how    watching
	what   string
	window time.Duration
	emit   func(result)
}

func (w *observer) tell(what string, value float64, unit string) {
	w.emit(result{What: w.what + ": " + what, Program: w.how.name, Value: value, Unit: unit})
}

func (w *observer) observe() error {
	stop := func() (scrapes, error) { return scrapes{}, nil }
	if w.how.every > 0 {
		var err error
		if stop, err = w.watch(); err != nil {
			return err
		}
		// What asking takes is there from the third answer on, and what the start took has gone.
		time.Sleep(3*settled + 2*w.how.every)
	}
	before, err := w.seconds()
	if err != nil {
		return errors.Join(err, second(stop()))
	}
	began := time.Now()
	memory, own, err := w.memory()
	span := time.Since(began).Seconds()
	after, cerr := w.seconds()
	got, serr := stop()
	if err := errors.Join(err, cerr, serr); err != nil {
		return err
	}
	all := 0.0
	for _, role := range roles {
		if _, is := after[role]; !is {
			continue
		}
		busy := 100 * (after[role] - before[role]) / span
		all += busy
		w.tell("processor, "+role, busy, "%")
	}
	w.tell("processor", all, "%")
	all = 0
	for _, role := range roles {
		if mb, is := memory[role]; is {
			all += mb
			w.tell("memory, "+role, mb, "MB")
		}
	}
	w.tell("memory (RSS of all processes)", all, "MB")
	all = 0
	for _, role := range roles {
		if mb, is := own[role]; is {
			all += mb
			w.tell("of that its own, "+role, mb, "MB")
		}
	}
	w.tell("of that its own, not the program's file", all, "MB")
	if w.how.every == 0 {
		return nil
	}
	got.tell(w.tell)
	return w.d.Do(w.plain)
}

func second(_ scrapes, err error) error { return err }

// roles are the processes of a director, by the names of their pid files.
var roles = []string{"parent", "vrrp", "checkers"}

// pids are the processes that there are.
func (w *observer) pids() map[string]int {
	all := map[string]int{}
	for _, role := range roles {
		if pid, err := w.d.RolePid(role); err == nil {
			all[role] = pid
		}
	}
	return all
}

// seconds is the processor time of each process.
func (w *observer) seconds() (map[string]float64, error) {
	all := map[string]float64{}
	for role, pid := range w.pids() {
		n, err := cpuOf(pid)
		if err != nil {
			return nil, err
		}
		all[role] = n
	}
	return all, nil
}

// memory is what each process has in the mean while nothing happens, and what of that no file has, in megabytes.
func (w *observer) memory() (all, own map[string]float64, err error) {
	all, own = map[string]float64{}, map[string]float64{}
	n := 0.0
	for end := time.Now().Add(w.window); time.Now().Before(end); n++ {
		time.Sleep(time.Second)
		for role, pid := range w.pids() {
			for line, sum := range map[string]map[string]float64{"VmRSS": all, "RssAnon": own} {
				kB, err := lab.Memory(line, pid)
				if err != nil {
					return nil, nil, err
				}
				sum[role] += float64(kB) / 1024
			}
		}
	}
	for role := range all {
		all[role] /= n
		own[role] /= n
	}
	return all, own, nil
}

// scrapes is what scraping met.
type scrapes struct {
	took   []float64    // milliseconds
	answer bytes.Buffer // the last one
	events int          // lines that a follower was sent
	failed []error      // of scrapes without an answer, as where a guest stood still for longer than a server waits
}

func (s *scrapes) tell(tell func(string, float64, string)) {
	tell("a scrape", median(s.took), "ms")
	tell("the longest of them", slices.Max(s.took), "ms")
	tell("its bytes", float64(s.answer.Len())/1e6, "MB")
	tell("scrapes that failed", float64(len(s.failed)), "")
}

// plainScrapes is how many scrapes the time of one that is not compressed is the median of.
const plainScrapes = 10

// plain tells what a scrape is that is not compressed, and of how many series.
func (w *observer) plain() error {
	var s scrapes
	for range plainScrapes {
		time.Sleep(time.Second) // longer than an answer is kept
		if err := s.once("identity"); err != nil {
			s.failed = append(s.failed, err)
		}
	}
	if len(s.took) == 0 {
		return errors.Join(s.failed...)
	}
	text := s.answer.Bytes()
	w.tell("series", float64(bytes.Count(text, []byte("\n"))-bytes.Count(text, []byte("\n#"))), "")
	w.tell("a scrape without compression", median(s.took), "ms")
	w.tell("the longest of those", slices.Max(s.took), "ms")
	w.tell("their bytes", float64(s.answer.Len())/1e6, "MB")
	return nil
}

// watch begins to scrape and to follow; the function it gives ends that.
func (w *observer) watch() (stop func() (scrapes, error), err error) {
	ctx, cancel := context.WithCancel(context.Background())
	var s scrapes
	var scrapeErr, followErr error
	var over sync.WaitGroup
	over.Go(func() { scrapeErr = w.d.Do(func() error { return s.scrape(ctx, w.how.every) }) })
	over.Go(func() {
		socket := api.Client{Path: filepath.Join(w.d.Dir, "holdfast_parent.sock")}
		err := socket.Follow(ctx, "/v1/events?follow", func([]byte) error { s.events++; return nil })
		if ctx.Err() == nil {
			followErr = fmt.Errorf("following events: %w", err)
		}
	})
	return func() (scrapes, error) {
		cancel()
		over.Wait()
		err := errors.Join(scrapeErr, followErr)
		if err == nil && (len(s.took) == 0 || s.events == 0) {
			err = fmt.Errorf("%d scrapes, %d lines of events: %w", len(s.took), s.events, errors.Join(s.failed...))
		}
		return s, err
	}, nil
}

// scrape scrapes until ctx ends, on the thread that it is called on: sockets are of its namespace.
func (s *scrapes) scrape(ctx context.Context, each time.Duration) error {
	every := time.NewTicker(each)
	defer every.Stop()
	for {
		if err := s.once("gzip"); err != nil {
			s.failed = append(s.failed, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
	}
}

// once scrapes, and keeps the answer as it came.
func (s *scrapes) once(coding string) error {
	began := time.Now()
	if err := s.read(coding); err != nil {
		return fmt.Errorf("scraping: %w", err)
	}
	s.took = append(s.took, milliseconds(time.Since(began)))
	return nil
}

func (s *scrapes) read(coding string) error {
	c, err := net.Dial("tcp", metricsAddress)
	if err != nil {
		return err
	}
	defer c.Close()
	ask := "GET /metrics HTTP/1.0\r\nHost: " + metricsAddress + "\r\nAccept-Encoding: " + coding + "\r\n\r\n"
	if _, err := io.WriteString(c, ask); err != nil {
		return err
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		return errors.New(r.Status)
	}
	s.answer.Reset()
	_, err = s.answer.ReadFrom(r.Body)
	return err
}

// inGuest reports whether a part needs IPVS, which is in a user-mode kernel.
func inGuest(part string) bool {
	return slices.Contains([]string{"ipvs", "carry", "watched-servers", "plain-service"}, part) ||
		strings.HasPrefix(part, "scale-")
}
