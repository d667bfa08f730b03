package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"holdfast/config/agreement"
	"holdfast/config/check"
	"holdfast/internal/rehearsal"
)

// What is played where nothing is said: the first director fails and comes back.
const (
	usualScript = "20 kill d1\n40 start d1\n"
	afterScript = 20 * time.Second
)

// rehearseCommand plays what directors would do.
func rehearseCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "rehearse FILE FILE...",
		Short: "play what directors with these files would do",
		Long:  rehearseLong(),
		Example: "  holdfast rehearse director1.conf director2.conf\n" +
			"  holdfast rehearse --script failures.txt --log director1.conf director2.conf\n" +
			"  holdfast rehearse --format svg director1.conf director2.conf >pair.svg",
		Args: severalFiles,
	}
	var script, id string
	var seconds float64
	var with rehearsal.With
	c.Flags().StringVar(&script, "script", "", "a file with what happens")
	c.Flags().Float64Var(&seconds, "for", 0, "how many seconds to play; 20 after the last event if not given")
	c.Flags().BoolVar(&with.Logs, "log", false, "with the lines of the directors' logs")
	c.Flags().BoolVar(&with.Adverts, "adverts", false, "with each advert")
	configIDFlag(c, &id)
	format := formats(c, "text", "json", "svg")
	c.RunE = func(c *cobra.Command, args []string) error {
		reads, err := readConfigs(c, id, args)
		if err != nil {
			return err
		}
		events, end, err := readScript(c, script, id)
		if err != nil {
			return err
		}
		if seconds > 0 {
			end = time.Duration(min(seconds, 1e6) * float64(time.Second))
		}
		r, err := rehearsal.Play(directorsOf(reads), events, end)
		if err != nil {
			return err
		}
		write := rehearsal.Text
		switch *format {
		case "json":
			write = rehearsal.JSON
		case "svg":
			write = func(w io.Writer, r rehearsal.Result, _ rehearsal.With) error { return rehearsal.SVG(w, r) }
		}
		if err := write(c.OutOrStdout(), r, with); err != nil {
			return err
		}
		if !r.Served() {
			return status(check.StatusFound)
		}
		return nil
	}
	return c
}

// rehearseLong is what the command's help says.
func rehearseLong() string {
	return "Plays what the directors of one network would do: the protocol as the daemon speaks it, on an Ethernet\n" +
		"and in a time that do not exist. It needs no root and takes no time. FILE is the configuration of a director,\n" +
		"of keepalived as well; they are called d1, d2 and so on, start together, and then happens what the script says.\n" +
		"Without one d1 is killed after 20 s and started again after 40 s. Interfaces are on one network where a virtual\n" +
		"router is on both; every packet arrives after a millisecond. What is tracked is well until the script has it\n" +
		"fail, and where no file tells an address to send from, later directors have higher ones. Real servers answer\n" +
		"their checkers until the script has them fail; then nothing comes back but silence, and a script exits with 1.\n" +
		"Of each virtual server it is told whom clients find who come to the director that has its address.\n\n" +
		"A line of a script is a time in seconds, what happens and to whom:\n" + rehearsal.Help() + "\n" +
		"Exit status:\n" +
		"  0  at the end each virtual router has one master, and all clients of virtual servers are answered\n" +
		"  1  it is not so\n" +
		"  2  a file cannot be read, or rehearse was called wrongly"
}

func severalFiles(_ *cobra.Command, args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("want the files of two directors or more, not %d", len(args))
	}
	return nil
}

func directorsOf(reads []check.Read) []agreement.Director {
	var all []agreement.Director
	for _, r := range reads {
		all = append(all, agreement.Director{File: r.File, Snapshot: r.Snapshot, Config: r.Config})
	}
	return all
}

// readScript reads a script with the files that it names, and tells when it is over.
func readScript(c *cobra.Command, name, id string) ([]rehearsal.Event, time.Duration, error) {
	script := usualScript
	if name != "" {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, 0, fmt.Errorf("read script: %w", err)
		}
		script = string(text)
	}
	events, err := rehearsal.Parse(script)
	if err != nil {
		return nil, 0, fmt.Errorf("script %s: %w", name, err)
	}
	end := time.Duration(0)
	for i := range events {
		e := &events[i]
		end = max(end, e.At)
		if e.What != rehearsal.Reload {
			continue
		}
		read, err := readConfigs(c, id, []string{e.Object})
		if errors.As(err, new(status)) {
			return nil, 0, err
		}
		if err != nil {
			return nil, 0, fmt.Errorf("script %s: %w", name, err)
		}
		e.Config = read[0].Config
	}
	return events, end + afterScript, nil
}
