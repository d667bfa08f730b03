package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"holdfast/internal/super"
)

// The exit statuses of reload beside statusUsage.
const (
	statusRefused    = 1 // the old configuration stays
	statusUnanswered = 3 // nobody knows yet
)

// reloadCommand makes the daemon read its configuration again, and tells what came of it.
func reloadCommand() *cobra.Command {
	c := &cobra.Command{
		Use:        "reload [PID]",
		SuggestFor: []string{"hup", "refresh"},
		Short:      "make the running daemon read its configuration again, and wait",
		Long: "Does what signal HUP does to the daemon with this process id, by default the one that runs on this\n" +
			"host, in whatever network namespace; waits until it is over and tells the reason if it was refused.\n" +
			"systemctl reload uses it. A process that is no holdfast is left alone.\n\n" +
			"Exit status:\n  0  the new configuration is in force\n  1  it was refused, the old one stays in force\n" +
			"  2  there is no such daemon, or reload was called wrongly\n" +
			"  3  the daemon was sent HUP and cannot answer; its log tells how the reload ended",
		Args: cobra.MaximumNArgs(1),
	}
	allowEmpty := c.Flags().Bool("allow-empty", false,
		"take over a configuration with nothing to run, which is refused otherwise: "+
			"everything that runs is given up")
	c.RunE = func(c *cobra.Command, args []string) error {
		d, err := findDaemon(args)
		if err != nil {
			return err
		}
		// It holds a descriptor of the process, so that no other one with its number is signalled.
		defer d.Close()
		// Asking comes first: a signal makes the daemon reload too, but brings no answer back.
		refused, err := super.AskReload(d, *allowEmpty)
		switch {
		// HUP would ask for another thing: a reload that is refused if there is nothing to run.
		case errors.Is(err, super.ErrNotListening) && *allowEmpty:
			return fmt.Errorf("process %d gives no answer, and a signal cannot say --allow-empty; "+
				"stop the daemon instead", d.PID)
		// It may be where we must not go, or the name of its socket is taken.
		case errors.Is(err, super.ErrNotListening):
			if err := d.Signal(unix.SIGHUP); err != nil {
				return fmt.Errorf("signal process %d: %w", d.PID, err)
			}
			fmt.Fprintf(c.ErrOrStderr(), "Process %d was sent HUP and gives no answer; "+
				"its log tells how the reload ended.\n", d.PID)
			return status(statusUnanswered)
		case err != nil:
			return err
		case refused != "":
			fmt.Fprintln(c.ErrOrStderr(), "Reload refused, the old configuration stays in force: "+refused)
			return status(statusRefused)
		}
		return nil
	}
	return c
}

// findDaemon is the daemon that the command line or the pid file names.
func findDaemon(args []string) (*super.Daemon, error) {
	if len(args) == 0 {
		file, err := super.OnlyDaemon(func(file string) error {
			d, err := super.DaemonOf(file)
			if err == nil {
				d.Close()
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		return super.DaemonOf(file)
	}
	pid, err := strconv.Atoi(args[0])
	// To kill(2) a number of 0 or below is not one process but many.
	if err != nil || pid <= 0 {
		return nil, fmt.Errorf("'%s' is not a process id", args[0])
	}
	return super.FindDaemon(pid)
}
