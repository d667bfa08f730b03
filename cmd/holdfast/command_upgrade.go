package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"holdfast/config/finding"
	"holdfast/config/syntax"
	"holdfast/internal/super"
)

// upgradeCommand has the daemon become another program, and tells what came of it.
func upgradeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:        "upgrade [PROGRAM]",
		SuggestFor: []string{"update", "restart"},
		Short:      "have the running daemon go on as another program, without anybody noticing",
		Long: "The daemon executes the program in its own place, by default the one at the path it was started from,\n" +
			"which a package may have replaced. Addresses and the IPVS table stay, no advert is missed, no state changes,\n" +
			"BFD sessions stay up, what is announced stays so, and checks, counters, events and scripts go on where they\n" +
			"are. It reads no other configuration: if the files say\n" +
			"something else than what runs, it wants a reload first. The program is asked first whether it can go on;\n" +
			"if it cannot, or one of its processes fails within three seconds, the one of before goes on.\n\n" +
			"Exit status:\n  0  the daemon is the other program now; with --check, it could be\n" +
			"  1  it was refused or has failed, and the program of before goes on\n" +
			"  2  there is no such daemon, or upgrade was called wrongly",
		Args: cobra.MaximumNArgs(1),
	}
	check := c.Flags().Bool("check", false, "only ask whether the program could go on")
	pid := c.Flags().IntP("pid", "p", 0, "the daemon with this process id, if several run")
	c.RunE = func(c *cobra.Command, args []string) error {
		path := ""
		if len(args) > 0 {
			var err error
			if path, err = filepath.Abs(args[0]); err != nil {
				return err
			}
		}
		var of []string
		if *pid != 0 {
			of = []string{fmt.Sprint(*pid)}
		}
		d, err := findDaemon(of)
		if err != nil {
			return err
		}
		defer d.Close()
		version, refused, err := super.AskUpgrade(d, path, *check)
		switch {
		case err != nil:
			return err
		case refused != "":
			fmt.Fprintln(c.ErrOrStderr(), "Not upgraded: "+refused)
			return status(statusRefused)
		case *check:
			fmt.Fprintf(c.OutOrStdout(), "version %s can go on\n", version)
		default:
			fmt.Fprintf(c.OutOrStdout(), "process %d is version %s\n", d.PID, version)
		}
		return nil
	}
	return c
}

// trialCommand answers a daemon that wants to know whether this program can go on in its place.
func trialCommand() *cobra.Command {
	return &cobra.Command{
		Use:    super.TrialCommand,
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var t super.Trial
			if err := json.NewDecoder(c.InOrStdin()).Decode(&t); err != nil {
				return fmt.Errorf("read what the daemon asks: %w", err)
			}
			return json.NewEncoder(c.OutOrStdout()).Encode(t.Judge(version, options{}.roles(), runnable))
		},
	}
}

// runnable says why a daemon with these options could not run.
func runnable(args []string) error {
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	if at, ok := super.InheritedPlace(); ok {
		o.stay(at)
	}
	s, err := o.load()
	if err != nil {
		return err
	}
	cfg, diags := o.bind(s)
	for _, d := range diags {
		if d.Severity == syntax.Fatal {
			return errors.New(finding.Line(d))
		}
	}
	return fillSecrets(cfg)
}
