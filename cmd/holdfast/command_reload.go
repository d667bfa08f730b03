package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"holdfast/internal/super"
)

// statusRefused is the exit status of reload when the old configuration stays.
const statusRefused = 1

// reloadCommand makes the daemon read its configuration again, and tells what came of it.
func reloadCommand() *cobra.Command {
	c := &cobra.Command{
		Use:        "reload [PID]",
		SuggestFor: []string{"hup", "refresh"},
		Short:      "make the running daemon read its configuration again, and wait",
		Long: "Does what signal HUP does to the daemon with this process id, by default the one in " + defaultPID + ", waits\n" +
			"until it is over and tells the reason if it was refused. systemctl reload uses it.\n\n" +
			"Exit status:\n  0  the new configuration is in force\n  1  it was refused, the old one stays in force\n" +
			"  2  there is no such daemon, or reload was called wrongly",
		Args: cobra.MaximumNArgs(1),
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		pid, err := daemonPID(args)
		if err != nil {
			return err
		}
		refused, err := super.AskReload(pid)
		switch {
		case errors.Is(err, super.ErrNotListening): // one of before this command
			if err := unix.Kill(pid, unix.SIGHUP); err != nil {
				return fmt.Errorf("signal process %d: %w", pid, err)
			}
			fmt.Fprintf(c.ErrOrStderr(), "Process %d was sent HUP and gives no answer; its log tells how the reload ended.\n", pid)
			return nil
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

// daemonPID is the process the command line or the pid file names.
func daemonPID(args []string) (int, error) {
	text := ""
	if len(args) > 0 {
		text = args[0]
	} else {
		b, err := os.ReadFile(defaultPID)
		if err != nil {
			return 0, err
		}
		text = strings.TrimSpace(string(b))
	}
	pid, err := strconv.Atoi(text)
	if err != nil || pid <= 0 {
		return 0, fmt.Errorf("'%s' is not a process id", text)
	}
	return pid, nil
}
