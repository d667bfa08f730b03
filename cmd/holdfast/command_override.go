package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/api"
	"holdfast/internal/overview"
	"holdfast/internal/state"
)

// statusLate is that something has not come about in the time that was given.
const statusLate = 4

const overrideHelp = "Only root, the user of the daemon and its --api-group may. It holds over reloads and\n" +
	"restarts, until its time is over, somebody ends it, or the machine boots; holdfast overrides lists what holds.\n\n"

const changeStatus = "Exit status:\n  0  done\n  1  refused; nothing has changed\n" +
	"  2  the daemon cannot be asked, or the command was called wrongly" + notRunningHelp

// lasting adds the option that says how long something holds.
func lasting(c *cobra.Command) *time.Duration {
	return c.Flags().Duration("for", 0, "end it after this time, such as 90s or 1h30m (0: somebody has to end it)")
}

// order has the daemon change something, and gives what it has changed. It says why when the daemon refuses.
func (a *asking) order(c *cobra.Command, o api.Order) ([]state.Override, error) {
	var told api.Changed
	err := a.send(c, http.MethodPost, "/v1/overrides", o, &told)
	for _, line := range told.Quorums {
		fmt.Fprintln(c.ErrOrStderr(), line)
	}
	return told.Overrides, err
}

// send asks for a change. An answer that it is refused is written, and err is the exit status.
func (a *asking) send(c *cobra.Command, method, what string, body, into any) error {
	code := 0
	raw, err := a.demand(c, func(d api.Client, raw *json.RawMessage) (err error) {
		code, err = d.Do(method, what, body, raw)
		return err
	}, into)
	if err != nil || code == http.StatusOK {
		return err
	}
	var refused struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal(raw, &refused); err != nil {
		return err
	}
	fmt.Fprintf(c.ErrOrStderr(), "%s: %s\n", c.CommandPath(), refused.Error)
	return status(statusNo)
}

// said writes what was changed.
func said(c *cobra.Command, all []state.Override) {
	for _, o := range all {
		name := o.Name
		if o.Service != "" {
			name += " of " + o.Service
		}
		text := o.Text
		if !o.Until.IsZero() {
			text += ", until " + o.Until.Local().Format(time.DateTime)
		}
		fmt.Fprintln(c.OutOrStdout(), strings.TrimSpace(o.Kind+" "+name)+": "+text)
	}
}

// ended writes what holds no longer.
func ended(c *cobra.Command, all []state.Override) {
	for _, o := range all {
		name := o.Name
		if o.Service != "" {
			name += " of " + o.Service
		}
		fmt.Fprintln(c.OutOrStdout(), strings.TrimSpace(o.Kind+" "+name)+": no longer "+o.Text)
	}
}

// named are the words SERVER [SERVICE].
func named(args []string) (server, service string) {
	if len(args) > 1 {
		service = args[1]
	}
	return args[0], service
}

func drainCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "drain SERVER [SERVICE]",
		Short: "let a real server have no new connections, and wait until it has none",
		Long: "The real server gets the weight 0 in the kernel's table and stays there with it, whatever its checks\n" +
			"say: its connections go on, and no new ones come, but for those of clients that persistence_timeout\n" +
			"keeps with it (net.ipv4.vs.expire_quiescent_template=1 sends these elsewhere too). It counts nothing for\n" +
			"the quorum. " +
			"SERVER is 10.0.0.11, 10.0.0.11:80 or a name of the log; SERVICE is the virtual server, else all that\nhave it.\n" +
			overrideHelp + changeStatus + "\n  4  with --wait: the time was over, and there were connections\n" +
			"With --check nothing is changed, and the status is 0 if each quorum holds without the server, else 1.",
		Args: cobra.RangeArgs(1, 2),
	}
	which, lasts := askingFlags(c), lasting(c)
	off := c.Flags().Bool("off", false, "end it, as holdfast undrain does")
	wait := c.Flags().Bool("wait", false, "wait until it has no active connections")
	timeout := c.Flags().Duration("timeout", 5*time.Minute, "with --wait, no longer than this")
	inactive := c.Flags().Bool("inactive", false, "with --wait, until it has no inactive ones either")
	check := c.Flags().Bool("check", false, "say whether the quorum holds without it, and change nothing")
	c.RunE = func(c *cobra.Command, args []string) error {
		server, service := named(args)
		switch {
		case *check:
			return which.wouldHold(c, server, service)
		case *off:
			return undrain(c, which, server, service)
		}
		o := api.Order{Verb: "drain", Name: server, Service: service, Seconds: lasts.Seconds()}
		all, err := which.order(c, o)
		if err != nil {
			return err
		}
		said(c, all)
		if *wait {
			return which.untilEmpty(c, all, *timeout, *inactive)
		}
		return nil
	}
	return c
}

// wouldHold says whether quorums would hold without a server.
func (a *asking) wouldHold(c *cobra.Command, server, service string) error {
	all, _, err := a.state(c)
	if err != nil {
		return err
	}
	found, holds := overview.Without(c.OutOrStdout(), all, server, service)
	if !found {
		fmt.Fprintf(c.ErrOrStderr(), "%s: there is no real server %s\n", c.CommandPath(), server)
	}
	if !found || !holds {
		return status(statusNo)
	}
	return nil
}

// untilEmpty waits until servers have no connections.
func (a *asking) untilEmpty(c *cobra.Command, servers []state.Override, limit time.Duration, inactive bool) error {
	begun := time.Now()
	for {
		var told struct {
			state.Head
			Servers []state.Server `json:"servers"`
		}
		if _, err := a.ask(c, "/v1/servers", &told); err != nil {
			return err
		}
		left := int64(0)
		for _, s := range told.Servers {
			for _, o := range servers {
				if o.Service == s.Service && o.Name == s.Name {
					left += connected(s, inactive)
				}
			}
		}
		if left == 0 && told.At.After(begun) {
			fmt.Fprintln(c.OutOrStdout(), "no connections are left")
			return nil
		}
		if time.Since(begun) > limit {
			fmt.Fprintf(c.ErrOrStderr(), "%s: after %s %d connections are left\n", c.CommandPath(), limit, left)
			return status(statusLate)
		}
		time.Sleep(min(time.Second, max(limit-time.Since(begun), time.Millisecond)))
	}
}

// connected is how many connections a server has; what is not in the table has none.
func connected(s state.Server, inactive bool) (n int64) {
	if s.Connections != nil {
		n = *s.Connections
	}
	if inactive && s.Inactive != nil {
		n += *s.Inactive
	}
	return n
}

func undrain(c *cobra.Command, which *asking, server, service string) error {
	all, err := which.order(c, api.Order{Verb: "ready", Name: server, Service: service})
	if err == nil {
		ended(c, all)
	}
	return err
}

func undrainCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "undrain SERVER [SERVICE]",
		Short: "end drain and maint of a real server",
		Long: "The real server has its weight again, if its checks find it up.\n\n" +
			changeStatus,
		Args: cobra.RangeArgs(1, 2),
	}
	which := askingFlags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		server, service := named(args)
		return undrain(c, which, server, service)
	}
	return c
}

func maintCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "maint SERVER [SERVICE]",
		Short: "take a real server out of the table",
		Long: "The real server is not in the kernel's table, whatever its checks say: its connections end. With\n" +
			"holdfast drain they go on; holdfast undrain ends both.\n" + overrideHelp + changeStatus,
		Args: cobra.RangeArgs(1, 2),
	}
	which, lasts := askingFlags(c), lasting(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		server, service := named(args)
		o := api.Order{Verb: "maint", Name: server, Service: service, Seconds: lasts.Seconds()}
		all, err := which.order(c, o)
		if err == nil {
			said(c, all)
		}
		return err
	}
	return c
}

func overridesCommand(term terminal) *cobra.Command {
	c := &cobra.Command{
		Use:   "overrides [clear [NAME]]",
		Short: "list what operators have changed beside the configuration, or end it",
		Long: "Lists what holds: who did it, since when, until when. With clear everything ends, or what a server,\n" +
			"instance or group of the name has.\n\n" + changeStatus,
		Args: cobra.MaximumNArgs(2),
	}
	which := askingFlags(c)
	format := formatsAs(c, "o", "text", "json")
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 0 && args[0] != "clear" {
			return fmt.Errorf("overrides %s: want clear, or nothing", args[0])
		}
		if len(args) > 0 {
			what := "/v1/overrides"
			if len(args) > 1 {
				what += "?name=" + url.QueryEscape(args[1])
			}
			var told api.Changed
			err := which.send(c, http.MethodDelete, what, nil, &told)
			if err == nil {
				ended(c, told.Overrides)
			}
			return err
		}
		var told struct {
			state.Head
			Overrides []state.Override `json:"overrides"`
		}
		raw, err := which.ask(c, "/v1/overrides", &told)
		switch {
		case err != nil:
			return err
		case *format == "json":
			return writeJSON(c, raw)
		}
		overview.Overrides(c.OutOrStdout(), told.Overrides, styleOf(term, told.Head, false))
		return nil
	}
	return c
}
