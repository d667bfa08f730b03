package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/internal/super"
)

// statusUsage is the exit status of a subcommand that was called wrongly or could
// not read or write something.
const statusUsage = 2

// status is an exit status without a message: what there is to say has been said.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// isCommand reports whether the first word names a subcommand. Under the name
// keepalived there is none: a stray word is what it is there.
func isCommand(args []string) bool {
	// Written down here, since the daemon starts without making the tree of commands.
	names := []string{"check", "check-now", "completion", "diff", "director", "drain", "events", "explain", "failover",
		"fmt", "log-level", "lvs", "maint", "maintenance", "overrides", "plan", "print", "ready", "realserver", "rehearse",
		"reload", "status", "undrain", "upgrade", "warnings", "weight", "why", "help", "generate", genhashName,
		super.TrialCommand, cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd}
	return len(args) > 1 && !asKeepalived(args[0]) && slices.Contains(names, args[1])
}

// runCommand runs a subcommand; args begin with its name.
func runCommand(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out := bufio.NewWriter(stdout)
	root := commands(terminalOf(stdout))
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(out)
	root.SetErr(stderr)
	cmd, err := root.ExecuteC()
	// A full disk shows here first, and must not end with status 0.
	if flushed := out.Flush(); err == nil && flushed != nil {
		err = fmt.Errorf("write: %w", flushed)
	}
	var s status
	switch {
	case err == nil:
		return 0
	case errors.As(err, &s):
		return int(s)
	}
	complain(cmd, err)
	return statusUsage
}

// complain tells an error of a subcommand; errors that are joined are told line by line.
func complain(cmd *cobra.Command, err error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", cmd.CommandPath(), line)
	}
}

// commands makes the tree of subcommands. It is built when one is asked for, not
// when the daemon starts.
func commands(term terminal) *cobra.Command {
	root := &cobra.Command{
		Use:           "holdfast",
		Short:         "VRRP and LVS daemon that takes keepalived's place",
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(*cobra.Command, []string) error { return nil }, // options alone are the daemon's
	}
	// The command that cobra adds has a subcommand for each shell; ours takes the shell as a word.
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(checkCommand(term), explainCommand(), printCommand(), diffCommand(), planCommand(term),
		fmtCommand(), rehearseCommand(),
		reloadCommand(), statusCommand(term), whyCommand(term), warningsCommand(term), eventsCommand(term),
		readyCommand(),
		drainCommand(), undrainCommand(), maintCommand(), weightCommand(), checkNowCommand(), maintenanceCommand(),
		directorCommand(),
		failoverCommand(), logLevelCommand(), overridesCommand(term), upgradeCommand(),
		trialCommand(),
		lvsCommand(), realserverCommand(), completionCommand(), generateCommand(), genhashCommand())
	root.SetHelpCommand(helpCommand())
	help := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		if c == root {
			printCommands(c.OutOrStdout(), root)
			return
		}
		help(c, args)
	})
	addOptions(root)
	return root
}

func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "list the subcommands, or tell about one",
		Args:  cobra.MaximumNArgs(1),
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, sub := range c.Root().Commands() {
				if len(args) == 0 && !sub.Hidden {
					names = append(names, sub.Name()+"\t"+sub.Short)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				if near := nearest(c.Root(), args[0]); near != "" {
					return fmt.Errorf("there is no subcommand %s; did you mean holdfast help %s?", args[0], near)
				}
				return fmt.Errorf("there is no subcommand %s; holdfast help lists them", args[0])
			}
			// Cobra adds --help to the command that it runs, and that is help itself here.
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// printCommands is what holdfast help says.
func printCommands(w io.Writer, root *cobra.Command) {
	fmt.Fprintf(w, "%s: %s\n\nUsage:\n", root.Name(), root.Short)
	fmt.Fprintf(w, "  %-38s run the daemon, with keepalived's options; -h lists them\n", "holdfast [OPTION...]")
	for _, c := range root.Commands() {
		if !c.Hidden {
			fmt.Fprintf(w, "  %-38s %s\n", "holdfast "+c.Use, c.Short)
		}
	}
	fmt.Fprint(w, "\nholdfast help COMMAND tells more. Under the name keepalived there are no subcommands.\n")
}

// formats adds --format with its completion.
func formats(c *cobra.Command, names ...string) *string { return formatsAs(c, "", names...) }

// formatsAs adds it with a letter.
func formatsAs(c *cobra.Command, letter string, names ...string) *string {
	format := c.Flags().StringP("format", letter, names[0], "how to write the answer: "+strings.Join(names, ", "))
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
	before := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		if !slices.Contains(names, *format) {
			return fmt.Errorf("--format %s: want %s", *format, strings.Join(names, ", "))
		}
		if before != nil {
			return before(c, args)
		}
		return nil
	}
	return format
}
