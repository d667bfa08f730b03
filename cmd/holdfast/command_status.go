package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/overview"
	"holdfast/internal/state"
)

const notRunningHelp = "\n  3  no daemon runs; what it has left is listed"

// statusCommand shows what the daemon does.
func statusCommand(term terminal) *cobra.Command {
	c := &cobra.Command{
		Use:        "status",
		SuggestFor: []string{"state", "stat", "info", "top"},
		Short:      "show what the running daemon does: states, addresses, services",
		Long: "Asks the daemon that runs on this host, by default the only one, for its virtual routers with their\n" +
			"state, priority, master and addresses, its sync groups, virtual servers, BFD sessions and BGP neighbors. With\n" +
			"-o wide also for real servers, checks, tracked objects and all addresses; -o json writes what docs/api.md\n" +
			"describes. With --watch it is written again every 2 seconds, or as many as are said, and on a terminal in the\n" +
			"same place. Everybody may ask.\n\nExit status:\n  0  it answered\n" +
			"  1  a part of it did not, and is shown as last known\n" +
			"  2  it cannot be asked, or status was called wrongly" + notRunningHelp,
	}
	which := askingFlags(c)
	format := formatsAs(c, "o", "text", "json", "wide")
	every := watchFlag(c)
	once := func(c *cobra.Command) error {
		what := "/v1/state"
		if *format == "text" { // shows no list of servers and checks, of which there may be thousands
			what += "?brief"
		}
		all, raw, err := which.stateAt(c, what)
		if err != nil {
			return err
		}
		if *format == "json" {
			err = writeJSON(c, raw)
		} else {
			overview.Status(c.OutOrStdout(), all, styleOf(term, all.Head, *format == "wide"))
		}
		if err == nil && !current(all.Head) {
			return status(statusNo)
		}
		return err
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		pause, err := every(args)
		if err == nil && pause > 0 {
			return watch(c, term, pause, once)
		}
		if err == nil {
			err = once(c)
		}
		return err
	}
	return c
}

// state asks for everything.
func (a *asking) state(c *cobra.Command) (*state.All, json.RawMessage, error) {
	return a.stateAt(c, "/v1/state")
}

func (a *asking) stateAt(c *cobra.Command, what string) (*state.All, json.RawMessage, error) {
	all := &state.All{}
	raw, err := a.ask(c, what, all)
	if err != nil {
		return nil, nil, err
	}
	return all, raw, nil
}

// current reports whether everything that was told is what is now.
func current(h state.Head) bool {
	for _, s := range h.Sources {
		if s.Problem != "" {
			return false
		}
	}
	return h.Problem == ""
}

func styleOf(term terminal, h state.Head, wide bool) overview.Style {
	return overview.Style{Color: term.color, Wide: wide, Now: h.At.Add(time.Duration(h.Age) * time.Millisecond)}
}

func writeJSON(c *cobra.Command, raw json.RawMessage) error {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.OutOrStdout(), b.String())
	return err
}

// whyCommand tells why something is in its state.
func whyCommand(term terminal) *cobra.Command {
	c := &cobra.Command{
		Use:        "why NAME",
		SuggestFor: []string{"reason", "describe"},
		Short:      "tell why an instance, service, server or BFD session is in its state",
		Long: "Tells of a vrrp_instance, a virtual server, a real server or a bfd_instance what its state comes from:\n" +
			"each condition, since when, the last attempt of each check and why it failed. NAME is as in the log, in the\n" +
			"configuration or in ipvsadm's list: VI_1, 10.0.0.1, 10.0.0.1:80, [10.0.0.1]:tcp:80, 10.0.0.1 80, FWM 7, or the\n" +
			"name of a group. All that it fits are told of; as JSON like /v1/state, with nothing else in its lists.\n\n" +
			"Exit status:\n  0  told\n" +
			"  1  the daemon has nothing of that name; what is near it is listed\n" +
			"  2  it cannot be asked, or why was called wrongly" + notRunningHelp,
		Args: cobra.MinimumNArgs(1),
	}
	which := askingFlags(c)
	format := formatsAs(c, "o", "text", "json")
	c.RunE = func(c *cobra.Command, args []string) error {
		all, _, err := which.state(c)
		if err != nil {
			return err
		}
		name := strings.Join(args, " ")
		found := false
		if *format == "json" {
			var some state.All
			some, found = overview.Select(all, name)
			raw, err := json.Marshal(some)
			if err == nil && found {
				err = writeJSON(c, raw)
			}
			if err != nil {
				return err
			}
		} else {
			found = overview.Why(c.OutOrStdout(), all, name, styleOf(term, all.Head, false))
		}
		if !found {
			hint := "holdfast status -o wide lists what it has"
			if near := overview.Near(all, name); len(near) > 0 {
				hint = "near it are: " + strings.Join(near, ", ")
			}
			fmt.Fprintf(c.ErrOrStderr(), "%s: the daemon has no instance, service, server or session %s; %s\n",
				c.CommandPath(), quotedWord(name), hint)
			return status(statusNo)
		}
		return nil
	}
	return c
}

// warningsCommand lists what is not as it should be.
func warningsCommand(term terminal) *cobra.Command {
	c := &cobra.Command{
		Use:        "warnings",
		SuggestFor: []string{"problems", "alerts", "errors"},
		Short:      "list everything that is not as it should be, nothing when all is well",
		Long: "Lists what is wrong with the running daemon: instances in FAULT, addresses that are missing or too many,\n" +
			"two masters, servers that are down and why, lost quorums, BFD sessions that are not up, a reload that was\n" +
			"refused, and findings about the configuration that runs.\n\nExit status:\n  0  all is well\n" +
			"  1  it is not\n  2  the daemon cannot be asked, or warnings was called wrongly" + notRunningHelp,
		Args: cobra.NoArgs,
	}
	which := askingFlags(c)
	format := formatsAs(c, "o", "text", "json")
	c.RunE = func(c *cobra.Command, _ []string) error {
		var told struct {
			state.Head
			Warnings []state.Warning `json:"warnings"`
		}
		raw, err := which.ask(c, "/v1/warnings", &told)
		switch {
		case err != nil:
			return err
		case *format == "json":
			err = writeJSON(c, raw)
		default:
			overview.Warnings(c.OutOrStdout(), told.Warnings, styleOf(term, told.Head, false))
		}
		if err == nil && len(told.Warnings) > 0 {
			return status(statusNo)
		}
		return err
	}
	return c
}

// readyCommand says whether the daemon has done what it is to do.
func readyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "ready",
		Short: "say whether the daemon is ready, for probes and scripts",
		Long: "The daemon is ready when its start is complete, every address that an instance wants is on its interface\n" +
			"and none that nobody wants, and all checks and tracked scripts have run.\n\nExit status:\n" +
			"  0  it is ready\n  1  it is not; the reasons are written, one line each\n" +
			"  2  it cannot be asked, or ready was called wrongly" + notRunningHelp,
		Args: cobra.NoArgs,
	}
	which := askingFlags(c)
	format := formatsAs(c, "o", "text", "json")
	c.RunE = func(c *cobra.Command, _ []string) error {
		var told state.Ready
		raw, err := which.ask(c, "/readyz", &told)
		if err != nil {
			return err
		}
		if *format == "json" {
			if err := writeJSON(c, raw); err != nil {
				return err
			}
		} else if told.OK {
			fmt.Fprintln(c.OutOrStdout(), "ready")
		} else {
			for _, r := range told.Reasons {
				fmt.Fprintln(c.OutOrStdout(), "not ready: "+r)
			}
		}
		if !told.OK {
			return status(statusNo)
		}
		return nil
	}
	return c
}
