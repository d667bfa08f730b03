package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"holdfast/config/check"
	"holdfast/config/difference"
	"holdfast/config/finding"
	"holdfast/config/language"
	"holdfast/config/source"
	"holdfast/internal/role"
	"holdfast/internal/thishost"
)

// statusDiffers is the exit status of diff when something differs.
const statusDiffers = 1

// printCommand writes a file as it is understood.
func printCommand() *cobra.Command {
	c := &cobra.Command{
		Use:        "print FILE",
		SuggestFor: []string{"dump", "show", "cat"},
		Short:      "write a configuration with everything expanded and every default",
		Long: "Writes a configuration as it is understood: includes read, definitions and loops expanded, conditions\n" +
			"decided, defaults filled in, in the order of the reference. What is written means the same as the file.\n" +
			"\"-\" is standard input. Passwords are written as they are, but with --redact. " +
			"What is wrong in the file goes to standard error.\n\n" +
			"Exit status:\n  0  written\n  1  written, but the file has errors\n" +
			"  2  the file cannot be read, or print was called wrongly",
		Args: cobra.ExactArgs(1),
	}
	var id string
	configIDFlag(c, &id)
	how := language.Printing{Env: language.Env{HostName: thishost.Name()}}
	c.Flags().BoolVar(&how.Redact, "redact", false, "write REDACTED in place of passwords and keys")
	c.Flags().BoolVar(&how.Changed, "changed", false, "leave out what would be the same if it did not stand there")
	c.RunE = func(c *cobra.Command, args []string) error {
		read, err := readConfigs(c, id, args)
		if err != nil {
			return err
		}
		if err := language.Print(c.OutOrStdout(), read[0].Config, how); err != nil {
			return err
		}
		// Written all the same: what could be read is shown, and the status tells of the rest.
		if s := check.Status([]check.Result{read[0].Result}, onlyErrors()); s != check.StatusClean {
			return status(s)
		}
		return nil
	}
	return c
}

// diffCommand tells what a reload from one file to another changes.
func diffCommand() *cobra.Command {
	c := &cobra.Command{
		Use:        "diff OLD NEW",
		SuggestFor: []string{"compare"},
		Short:      "tell what a reload from one configuration to another changes",
		Long: "Compares what two files mean, not how they are written: the objects that are added, removed and changed,\n" +
			"the statements that differ, and what a reload does about them. \"-\" is standard input.\n\n" +
			"Exit status:\n  0  nothing changes\n  1  something changes\n" +
			"  2  a file cannot be read, a reload would be refused, or diff was called wrongly",
		Args: cobra.ExactArgs(2),
	}
	var id string
	configIDFlag(c, &id)
	allowEmpty := c.Flags().Bool("allow-empty", false,
		"a reload to nothing is meant, as with holdfast reload --allow-empty")
	format := formats(c, "text", "json")
	c.RunE = func(c *cobra.Command, args []string) error {
		read, err := readConfigs(c, id, args)
		if err != nil {
			return err
		}
		for _, r := range read {
			// There is nothing to compare with: the daemon would refuse it (cli 5.3).
			if !language.Runnable(r.Findings) {
				return fmt.Errorf("%s cannot be run; a reload is refused", r.File)
			}
		}
		differences := difference.Compare(read[0].Config, read[1].Config)
		write := difference.Text
		if *format == "json" {
			write = difference.JSON
		}
		// Before the refusal: what differs often shows why a reload is refused.
		if err := write(c.OutOrStdout(), differences); err != nil {
			return err
		}
		if why := refused(read[0], read[1], *allowEmpty); why != "" {
			return fmt.Errorf("%s: a reload to it is refused: %s", read[1].File, why)
		}
		if len(differences) > 0 {
			return status(statusDiffers)
		}
		return nil
	}
	return c
}

// refused says why a daemon that runs one configuration refuses to take another over, "" if it
// does not. What only a host can tell may be another reason.
func refused(old, new check.Read, allowEmpty bool) string {
	switch d, found := language.NewError(language.ErrorTexts(old.Findings), new.Findings); {
	// Errors that the running configuration has as well are no reason: only new ones are.
	case found:
		return finding.Line(d)
	// A daemon that runs nothing already loses nothing by it.
	case !allowEmpty && role.All().Idle(new.Config) && !role.All().Idle(old.Config):
		return "it has nothing to run (holdfast reload --allow-empty takes it over)"
	}
	return ""
}

// onlyErrors is for commands that say what a file means: what is not run means something too.
func onlyErrors() check.Policy { return check.Policy{AllowUnsupported: true} }

// readConfigs reads files and tells errors in them on standard error; check tells the rest.
func readConfigs(c *cobra.Command, id string, files []string) ([]check.Read, error) {
	src, err := withStdin(source.OS{}, c.InOrStdin(), files)
	if err != nil {
		return nil, err
	}
	out := make([]check.Read, len(files))
	for i, name := range files {
		// AllowEmpty: a file with nothing to run can be printed and compared, see refused.
		o := check.Options{ConfigID: nodeID(id), Dir: workingDirectory(), Getenv: os.Getenv, AllowEmpty: true,
			Env: language.Env{HostName: thishost.Name()}}
		out[i] = check.ReadFile(src, shownName(name), o)
		bad := check.Deciding(out[i].Findings, onlyErrors())
		term := terminalOf(c.ErrOrStderr())
		if err := finding.Text(c.ErrOrStderr(), bad, term.findings(check.Lines(src))); err != nil {
			return nil, err
		}
		// What there is to say about it is among the findings.
		if out[i].Unread {
			return nil, status(check.StatusUnread)
		}
	}
	return out, nil
}
