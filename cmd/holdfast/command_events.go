package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/api"
	"holdfast/internal/chronicle"
	"holdfast/internal/overview"
	"holdfast/internal/state"
)

// How many events are written when nobody says how many.
const (
	usualEvents    = 1000
	usualFollowing = 10 // before those that are awaited
)

// again is how long to wait before a daemon that has gone is asked again.
const again = 500 * time.Millisecond

// eventsCommand writes what happened, and what happens.
func eventsCommand(term terminal) *cobra.Command {
	c := &cobra.Command{
		Use:        "events",
		SuggestFor: []string{"event", "history", "transitions", "log", "monitor"},
		Short:      "list what happened in the running daemon and why, or follow it",
		Long: "Lists transitions of virtual routers and sync groups with their reasons, servers and quorums that\n" +
			"went up or down, tracked objects, BFD sessions, two masters, repairs, reloads, and processes of the daemon\n" +
			"that began or ended: the latest 10,000 since its start, the oldest first. With --follow it waits for more.\n" +
			"When the daemon ends meanwhile, it says so on standard error and waits for the next one, whose events it\n" +
			"writes from the first on. Events that are lost because there are too many are told with their number. With\n" +
			"-o json each event is an object on a line of its own, as docs/api.md describes it.\n\nExit status:\n  0  told\n" +
			"  2  the daemon cannot be asked, or events was called wrongly" + notRunningHelp,
		Args: cobra.NoArgs,
	}
	l := &listing{color: term.color, which: askingFlags(c), format: formatsAs(c, "o", "text", "json")}
	f := c.Flags()
	f.BoolVarP(&l.follow, "follow", "f", false, "write events as they come")
	f.StringSliceVar(&l.abouts, "about", nil, "only those about: "+strings.Join(state.Abouts(), ", "))
	f.StringArrayVar(&l.names, "name", nil, "only those of this instance, server, service, ...")
	f.DurationVar(&l.since, "since", 0, "only those of the last time, like 10m")
	f.IntVarP(&l.count, "lines", "n", 0, "so many of the latest (default 1000, 10 before those that --follow waits for)")
	_ = c.RegisterFlagCompletionFunc("about", cobra.FixedCompletions(state.Abouts(), cobra.ShellCompDirectiveNoFileComp))
	c.RunE = func(c *cobra.Command, _ []string) error { return l.run(c) }
	return c
}

// A listing is which events are written, and how.
type listing struct {
	which         *asking
	format        *string
	color, follow bool
	abouts, names []string
	since         time.Duration
	count         int

	c    *cobra.Command
	pid  int    // of the daemon that was asked last
	last uint64 // serial of its event that was seen last
}

func (l *listing) run(c *cobra.Command) error {
	l.c = c
	for _, about := range l.abouts {
		if !slices.Contains(state.Abouts(), about) {
			return fmt.Errorf("--about %s: want %s", about, strings.Join(state.Abouts(), ", "))
		}
	}
	if l.count < 0 || l.since < 0 {
		return errors.New("--lines and --since are not less than 0")
	}
	limit := l.count
	switch {
	case c.Flags().Changed("lines"):
		limit = min(limit, chronicle.MaxEvents)
	case l.since > 0:
		limit = chronicle.MaxEvents
	case l.follow:
		limit = usualFollowing
	default:
		limit = usualEvents
	}
	var told state.Events
	q := l.query()
	q.Set("limit", strconv.Itoa(limit))
	if _, err := l.which.ask(c, "/v1/events?"+q.Encode(), &told); err != nil {
		return err
	}
	from := time.Now().Add(-l.since)
	for i := range told.Events {
		if e := &told.Events[i]; l.since == 0 || !e.At.Before(from) {
			if err := l.write(e, nil); err != nil {
				return err
			}
		}
	}
	if !l.follow {
		return nil
	}
	l.pid, l.last = told.PID, told.Last
	return l.goOn(c.Context())
}

func (l *listing) query() url.Values { return url.Values{"about": l.abouts, "name": l.names} }

// write writes an event; raw is how it came, if it came alone.
func (l *listing) write(e *state.Event, raw []byte) error {
	out := l.c.OutOrStdout()
	switch {
	case *l.format == "text":
		overview.Event(out, e, overview.Style{Color: l.color})
		return nil
	case raw == nil:
		text := json.NewEncoder(out)
		text.SetEscapeHTML(false)
		return text.Encode(e)
	}
	_, err := fmt.Fprintf(out, "%s\n", raw)
	return err
}

// goOn follows the daemon, and the next one when that ends.
func (l *listing) goOn(ctx context.Context) error {
	if ctx == nil {
		ctx = context.Background()
	}
	path, err := l.which.path()
	if err != nil {
		return err
	}
	gone := false
	for {
		q := l.query()
		q.Set("follow", "")
		q.Set("after", strconv.FormatUint(l.last, 10))
		began := false
		err := (api.Client{Path: path}).Follow(ctx, "/v1/events?"+q.Encode(), func(line []byte) error {
			if began {
				return l.take(line)
			}
			began = true
			return l.meet(line, &gone)
		})
		switch {
		case errors.Is(err, errAnother): // at once, from its first event on
			continue
		case began && !isLost(err), !began && !gone && !errors.Is(err, api.ErrNotRunning):
			return err
		case !gone:
			gone = true
			l.say("the daemon does not answer any more (%v); waiting for it", err)
		}
		if err := l.flush(); err != nil {
			return err
		}
		time.Sleep(again)
	}
}

// errWriting is that nobody reads what is written.
type errWriting struct{ error }

func isLost(err error) bool { return !errors.As(err, &errWriting{}) }

// errAnother is that another daemon answers than before.
var errAnother = errors.New("another daemon")

// meet takes the first line.
func (l *listing) meet(line []byte, gone *bool) error {
	var who state.Followed
	if err := json.Unmarshal(line, &who); err != nil {
		return err
	}
	if who.PID != l.pid {
		l.pid, l.last = who.PID, 0
		return errAnother
	}
	if *gone {
		*gone = false
		l.say("process %d answers", who.PID)
	}
	return l.wrote(l.flush())
}

// take takes another line.
func (l *listing) take(line []byte) error {
	var e state.Event
	if err := json.Unmarshal(line, &e); err != nil {
		return err
	}
	if e.Serial == 0 { // a heartbeat
		return nil
	}
	l.last = e.Serial
	if err := l.write(&e, line); err != nil {
		return l.wrote(err)
	}
	return l.wrote(l.flush())
}

func (l *listing) wrote(err error) error {
	if err != nil {
		return errWriting{err}
	}
	return nil
}

func (l *listing) say(format string, args ...any) {
	fmt.Fprintf(l.c.ErrOrStderr(), l.c.CommandPath()+": "+format+"\n", args...)
}

// flush has what is written seen at once.
func (l *listing) flush() error { return flushed(l.c) }

// flushed has what a command has written seen at once.
func flushed(c *cobra.Command) error {
	if f, is := c.OutOrStdout().(interface{ Flush() error }); is {
		return f.Flush()
	}
	return nil
}
