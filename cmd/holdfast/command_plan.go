package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"

	"github.com/spf13/cobra"

	"holdfast/internal/api"
	"holdfast/internal/overview"
	"holdfast/internal/state"
)

// statusWouldChange is the exit status of plan --exit-code when something would change.
const statusWouldChange = 2

// planFlags are the values of the options of plan.
type planFlags struct {
	which                         *asking
	running, allowEmpty, exitCode bool
	format                        *string
}

// planCommand tells what a reload would do to the daemon that runs.
func planCommand(term terminal) *cobra.Command {
	c := &cobra.Command{
		Use:        "plan [FILE]",
		SuggestFor: []string{"preview", "dry-run", "simulate"},
		Short:      "tell what a reload would do to the running daemon, and change nothing",
		Long: "Asks the running daemon what a reload with FILE would do, or with --running one with the file it was\n" +
			"started with, as it is now. The daemon itself reads the file, where it is and with its options and\n" +
			"environment, and all its processes prepare it as for a reload, and forget it: so the verdict is that of the\n" +
			"reload. Told are why it would be refused, findings that are new, virtual routers that start anew or change\n" +
			"their master, addresses, virtual and real servers that come and go, the share of clients that an lb_algo mh\n" +
			"moves, and every statement that differs, without passwords. For root, the user of the daemon and its\n" +
			"--api-group.\n\n" +
			"Exit status:\n  0  told; with --exit-code: nothing would change\n  1  the reload would be refused, or the daemon " +
			"cannot be asked, or plan was called wrongly\n  2  with --exit-code: something would change" + notRunningHelp,
	}
	f := planFlags{which: askingFlags(c)}
	c.Flags().BoolVar(&f.running, "running", false, "the file that the daemon was started with")
	c.Flags().BoolVar(&f.allowEmpty, "allow-empty", false,
		"a file with nothing to run is meant, as with holdfast reload --allow-empty")
	c.Flags().BoolVar(&f.exitCode, "exit-code", false, "end with 2 if something would change")
	f.format = formatsAs(c, "o", "text", "json")
	// Status 2 is a change here, and nothing else.
	wrong := func(c *cobra.Command, err error) error {
		complain(c, err)
		return status(statusNo)
	}
	c.SetFlagErrorFunc(wrong)
	checked := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		if err := checked(c, args); err != nil {
			return wrong(c, err)
		}
		return nil
	}
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		err := f.run(c, args, term)
		var told status
		if err == nil || errors.As(err, &told) {
			return err
		}
		return wrong(c, err)
	}
	return c
}

func (f *planFlags) run(c *cobra.Command, args []string, term terminal) error {
	switch {
	case f.running && len(args) > 0, !f.running && len(args) != 1:
		return errors.New("want one FILE, or --running for the file that the daemon was started with")
	case !f.running && args[0] == "-":
		return errors.New("the daemon reads the file itself: give the name of one, not -")
	}
	query := url.Values{}
	if !f.running {
		file, err := filepath.Abs(args[0])
		if err != nil {
			return err
		}
		query.Set("file", file)
	}
	if f.allowEmpty {
		query.Set("allow_empty", "")
	}
	var plan state.Plan
	raw, err := f.which.demand(c, func(d api.Client, raw *json.RawMessage) error {
		code, err := d.Post("/v1/plan?"+query.Encode(), raw)
		if err == nil && code != http.StatusOK {
			return refusedBy(*raw, code)
		}
		return err
	}, &plan)
	if err != nil {
		return err
	}
	if *f.format == "json" {
		err = writeJSON(c, raw)
	} else {
		overview.Plan(c.OutOrStdout(), &plan, overview.Style{Color: term.color})
	}
	switch {
	case err != nil:
		return err
	case plan.Refused != "":
		return status(statusRefused)
	case f.exitCode && plan.Changes:
		return status(statusWouldChange)
	}
	return nil
}

// refusedBy is the error that the daemon answered with.
func refusedBy(raw json.RawMessage, code int) error {
	var said struct{ Error string }
	if json.Unmarshal(raw, &said) != nil || said.Error == "" {
		said.Error = "status " + http.StatusText(code)
	}
	if code == http.StatusNotFound {
		return errors.New("this daemon does not know plan; it is of an earlier version than the command")
	}
	return fmt.Errorf("the daemon answers: %s", said.Error)
}
